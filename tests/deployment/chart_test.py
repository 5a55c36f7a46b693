"""The chart with every documented file of values: Helm, Kubernetes' schemas, and the schemas of other resources."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import kubernetes_validate.utils
import pytest
import yaml
from helm_python.chart import lint
from helm_python.errors import HelmError

from tests.deployment.chart import CHART, EXAMPLES, example, render, values_with
from tests.deployment.custom_resources import problems_of

OLDEST, NEWEST = "1.27", "1.37"
OURS = ("GafaelfawrIngress", "ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PodMonitor", "DaskCluster")
WARNING = 2

by_example = pytest.mark.parametrize("name", [file.stem for file in EXAMPLES])


@by_example
def test_helm_finds_nothing_to_complain_about(name: str) -> None:
    report = lint(CHART, values_with(name), strict=True)

    assert [message for message in report["messages"] if message["severity"] >= WARNING] == []


@pytest.fixture(scope="module")
def kept_schemas() -> Iterator[None]:
    """The validator reads a megabyte of definitions for every manifest: read them once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kubernetes_validate.utils, "schema_contents", cache(kubernetes_validate.utils.schema_contents))
        yield


@pytest.mark.usefixtures("kept_schemas")
@by_example
def test_kubernetes_knows_every_field_of_every_manifest(name: str) -> None:
    for manifest in example(name).manifests:
        if manifest["kind"] not in OURS:
            for version in (OLDEST, NEWEST):
                kubernetes_validate.validate(manifest, version, strict=True)


@by_example
def test_other_resources_fit_their_schemas(name: str) -> None:
    others = [manifest for manifest in example(name).manifests if manifest["kind"] in OURS]

    assert {manifest["metadata"]["name"]: problems_of(manifest) for manifest in others if problems_of(manifest)} == {}


def test_the_documented_values_bring_every_kind_of_resource() -> None:
    kinds = {manifest["kind"] for file in EXAMPLES for manifest in example(file.stem).manifests}

    assert kinds >= {
        *OURS,
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "Job",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }


def test_a_wrong_field_is_found_whosever_the_resource_is() -> None:
    cluster = yaml.safe_load(yaml.safe_dump(example("idac-token").of_kind("DaskCluster")[0]))
    cluster["spec"]["worker"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    ingress = yaml.safe_load(yaml.safe_dump(example("rsp-ingress").one("GafaelfawrIngress", "tsm-anonymous")))
    ingress["config"]["authType"] = "basic"

    assert any("imagePullPolice" in problem for problem in problems_of(cluster))
    assert problems_of(ingress)


@by_example
def test_names_are_unique_and_selectors_meet_their_pods(name: str) -> None:
    release = example(name)
    names = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in release.manifests]
    labels = [
        deployment["spec"]["template"]["metadata"]["labels"].items() for deployment in release.of_kind("Deployment")
    ]
    chosen = [service["spec"]["selector"] for service in release.of_kind("Service")]
    chosen += [budget["spec"]["selector"]["matchLabels"] for budget in release.of_kind("PodDisruptionBudget")]
    chosen += [deployment["spec"]["selector"]["matchLabels"] for deployment in release.of_kind("Deployment")]

    assert len(set(names)) == len(names)
    assert all(sum(selector.items() <= one for one in labels) == 1 for selector in chosen)


def test_the_migration_runs_before_the_rest_and_needs_nothing_of_it() -> None:
    release = example("minimal")
    job = release.one("Job", "tsm-migration")
    pod = job["spec"]["template"]["spec"]
    account = release.one("ServiceAccount", pod["serviceAccountName"])

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert account["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert int(account["metadata"]["annotations"]["helm.sh/hook-weight"]) < int(
        job["metadata"]["annotations"]["helm.sh/hook-weight"]
    )
    assert all("emptyDir" in volume or "secret" in volume for volume in pod["volumes"])
    assert "envFrom" not in pod["containers"][0]


def test_a_change_of_settings_starts_new_pods_and_other_changes_do_not() -> None:
    def stamp(**changes: Any) -> str:
        worker = render(values_with("minimal", **changes)).one("Deployment", "tsm-worker")
        return str(worker["spec"]["template"]["metadata"]["annotations"]["checksum/settings"])

    assert stamp(worker__slots=3) != stamp()
    assert stamp(worker__replicas=7, registry__catalogs=[{"id": "new"}]) == stamp()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no host": ({"host": ""}, "host"),
    "no secret": ({"secrets__existingSecret": ""}, "existingSecret"),
    "nobody to ask about tokens": ({"identity__url": ""}, "url"),
    "a misspelled value": ({"replicas": 3}, "replicas"),
    "a misspelled setting": ({"settings": {"LIMITS": "1"}}, "LIMITS"),
    "a number where a setting is text": ({"settings": {"TSM_SLOTS": 1}}, "TSM_SLOTS"),
    "the database's address in plain sight": (
        {"settings": {"TSM_DATABASE_URL": "postgresql://u:p@h"}},
        "settings.TSM_DATABASE_URL",
    ),
    "a password in plain sight": (
        {"app__settings": {"TSM_IDENTITY__OIDC__CLIENT_SECRET": "x"}},
        "app.settings.TSM_IDENTITY__OIDC__CLIENT_SECRET",
    ),
    "keys of S3 in plain sight": (
        {"worker__settings": {"TSM_BLOB_OPTIONS": '{"secret": "x"}'}},
        "worker.settings.TSM_BLOB_OPTIONS",
    ),
    "a password in S3's address": ({"storage__s3": {"endpointUrl": "https://me:pass@s3"}}, "endpointUrl"),
    "S3 without a bucket": ({"storage__kind": "s3"}, "root"),
    "a promise that only a NetworkPolicy keeps": (
        {"app__settings": {"TSM_IDENTITY__BEHIND_INGRESS": "true"}},
        "app.settings.TSM_IDENTITY__BEHIND_INGRESS",
    ),
    "proxies to trust where tokens count": ({"identity__trustedProxies": ["10.0.0.0/8"]}, "trustedProxies"),
    "metrics for everybody": ({"ingress": {"paths": ["/metrics"]}}, "paths"),
    "a provider that knows no name of this service": (
        {"identity__oidc__issuer": "https://data.lsst.cloud", "identity__sessionKeysKey": "keys"},
        "clientId",
    ),
    "a provider without keys of sessions": (
        {"identity__oidc__issuer": "https://data.lsst.cloud", "identity__oidc__clientId": "tsm"},
        "sessionKeysKey",
    ),
    "a plain ingress that would let anybody say who calls": ({"identity__mode": "ingress"}, "kind"),
    "Gafaelfawr's ingress, which takes tokens away, in front of token mode": ({"ingress__kind": "gafaelfawr"}, "kind"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_values_that_cannot_be_meant_are_refused_with_their_name(what: str) -> None:
    changes, name = REFUSED[what]

    with pytest.raises(HelmError, match=name):
        render(values_with("minimal", **changes))


def test_all_settings_that_should_be_secret_are_told_at_once() -> None:
    secrets = {"TSM_QUEUE_URL": "redis://:x@h", "TSM_SESSIONS__HMAC_KEY": "x", "TSM_LIMITS__MAX_RUNNING_PER_OWNER": "2"}

    with pytest.raises(HelmError) as refusal:
        render(values_with("minimal", settings=secrets, app__settings={"TSM_SMTP_PASSWORD": "x"}))

    assert "settings.TSM_QUEUE_URL" in str(refusal.value)
    assert "settings.TSM_SESSIONS__HMAC_KEY" in str(refusal.value)
    assert "app.settings.TSM_SMTP_PASSWORD" in str(refusal.value)
    assert "MAX_RUNNING" not in str(refusal.value)


REFUSED_BEHIND_AN_INGRESS: dict[str, dict[str, Any]] = {
    "no network policy": {"networkPolicy": {"enabled": False}},
    "a service monitor": {"metrics": {"serviceMonitor": {"enabled": True}}},
    "all pods of the namespace": {"networkPolicy": {"from": [{"podSelector": {}}]}},
    "all namespaces": {"networkPolicy": {"from": [{"namespaceSelector": {}}]}},
    "all addresses": {"networkPolicy": {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}},
    "a peer that says nothing": {"networkPolicy": {"from": [{}]}},
}


@pytest.mark.parametrize("what", REFUSED_BEHIND_AN_INGRESS)
def test_in_ingress_mode_nothing_but_the_ingress_can_be_let_in(what: str) -> None:
    with pytest.raises(HelmError, match=r"networkPolicy|serviceMonitor"):
        render(values_with("rsp-ingress", **REFUSED_BEHIND_AN_INGRESS[what]))


def test_no_file_of_the_chart_holds_a_secret_resource() -> None:
    assert not [file for file in CHART.rglob("*.yaml") if "kind: Secret\n" in Path(file).read_text(encoding="utf-8")]
