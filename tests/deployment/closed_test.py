"""What the chart lets in and out: pod security `restricted`, network, routes, secrets."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.config import AppConfig, IdentityConfig
from app.main import create_app
from tests.deployment.chart import EXAMPLES, example, render, values_with

by_example = pytest.mark.parametrize("name", [file.stem for file in EXAMPLES])

RESTRICTED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "secret", "projected", "downwardAPI", "csi"}
INTERNAL = ("/health", "/metrics")
"""Routes below the prefix that users do not reach; what of them answers without signing in is named in the values."""


@by_example
def test_every_pod_meets_the_restricted_standard_and_writes_to_mounted_folders_alone(name: str) -> None:
    """Rules of https://kubernetes.io/docs/concepts/security/pod-security-standards/ ("restricted")."""
    for pod, spec in example(name).pods():
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), pod
        assert spec["securityContext"]["runAsNonRoot"] is True, pod
        assert spec["securityContext"]["runAsUser"] > 0, pod
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, pod
        assert spec["automountServiceAccountToken"] is False, pod
        for volume in spec["volumes"]:
            assert volume.keys() - {"name"} <= RESTRICTED_VOLUMES, pod
        for container in spec["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, pod
            assert security["capabilities"] == {"drop": ["ALL"]}, pod
            assert security["readOnlyRootFilesystem"] is True, pod
            assert not any("hostPort" in port for port in container.get("ports", [])), pod
            assert "/tmp" in [mount["mountPath"] for mount in container["volumeMounts"]], pod
            assert container["resources"]["limits"]["memory"], pod


@by_example
def test_addresses_with_passwords_and_keys_come_from_secrets(name: str) -> None:
    release = example(name)
    maps = [text for one in release.of_kind("ConfigMap") for text in one["data"].items()]

    for process in ("app", "worker"):
        environment = release.environment(process)
        assert environment["TSM_DATABASE_URL"] is None
        assert environment["TSM_QUEUE_URL"] is None
    assert not [key for key, _ in maps if key in ("TSM_DATABASE_URL", "TSM_QUEUE_URL") or key.startswith("AWS_")]
    assert not release.of_kind("Secret")


def test_keys_of_s3_reach_both_processes_from_their_secret() -> None:
    for process in ("app", "worker"):
        environment = example("s3").environment(process)

        assert environment["AWS_SECRET_ACCESS_KEY"] is None
        assert environment["AWS_SESSION_TOKEN"] is None
        assert json.loads(environment["TSM_BLOB_OPTIONS"] or "") == {"endpoint_url": "https://s3.example.org"}
    web, worker = (example("s3").environment(process) for process in ("app", "worker"))
    assert web["TSM_SIGNED_DOWNLOADS__SECONDS"] == "60"
    assert web["TSM_SIGNED_DOWNLOADS__ENDPOINT_URL"] == "https://downloads.example.org"
    assert "TSM_SIGNED_DOWNLOADS__SECONDS" not in worker


def peers(name: str, policy: str) -> list[dict[str, Any]]:
    spec = example(name).one("NetworkPolicy", policy)["spec"]
    assert "Ingress" in spec["policyTypes"]
    return [peer for rule in spec.get("ingress", []) for peer in rule.get("from", [{"everybody": True}])]


def test_behind_an_ingress_nothing_else_reaches_the_web_process() -> None:
    gafaelfawr = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"gafaelfawr.lsst.io/ingress": "true"}}}

    assert peers("rsp-ingress", "tsm-app") == [gafaelfawr]


def test_with_tokens_everybody_reaches_the_web_process_unless_peers_are_named() -> None:
    assert peers("minimal", "tsm-app") == [{"everybody": True}]
    assert [peer["namespaceSelector"]["matchLabels"].popitem()[1] for peer in peers("idac-token", "tsm-app")] == [
        "ingress-nginx",
        "monitoring",
    ]


@by_example
def test_workers_are_reached_for_their_metrics_alone_and_migrations_by_nobody(name: str) -> None:
    release = example(name)
    components = [
        policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for policy in release.of_kind("NetworkPolicy")
    ]
    rules = release.one("NetworkPolicy", "tsm-worker")["spec"].get("ingress", [])

    assert {"app", "worker", "migration"} <= set(components)
    assert [rule["ports"] for rule in rules] == [[{"port": "metrics", "protocol": "TCP"}] for _ in rules]
    assert all(rule["from"] for rule in rules)
    assert bool(rules) is bool(release.of_kind("PodMonitor"))
    assert peers(name, "tsm-migration") == []


@by_example
def test_a_monitor_finds_the_port_that_it_names(name: str) -> None:
    release = example(name)
    ports = {
        port["name"]: (deployment["metadata"]["name"], port["containerPort"])
        for deployment in release.of_kind("Deployment")
        for port in deployment["spec"]["template"]["spec"]["containers"][0].get("ports", [])
    }

    assert [ports["http"] for _ in release.of_kind("ServiceMonitor")] in ([], [("tsm-app", 8080)])
    for monitor in release.of_kind("PodMonitor"):
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert ports[endpoint["port"]] == ("tsm-worker", int(release.environment("worker")["TSM_METRICS_PORT"] or 0))


def test_a_dask_scheduler_is_reached_by_workers_alone() -> None:
    components = [peer["podSelector"]["matchLabels"] for peer in peers("idac-token", "tsm-dask")]

    assert [labels["app.kubernetes.io/component"] for labels in components] == ["dask", "worker"]


def test_named_egress_leaves_dns_open_and_nothing_else() -> None:
    spec = example("idac-token").one("NetworkPolicy", "tsm-app")["spec"]

    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for port in spec["egress"][0]["ports"]} == {53}
    assert all(rule.get("to") or rule.get("ports") for rule in spec["egress"])


@pytest.fixture(scope="module")
def routes() -> list[str]:
    """All paths of the web process below its prefix, those that its OpenAPI document leaves out included."""
    identity = IdentityConfig(url="https://gafaelfawr.example.org")
    config = AppConfig(
        database_url="postgresql+asyncpg://nobody@localhost/none",
        queue_url="redis://localhost",
        blob_root="/nonexistent",
        registry_path=Path("/nonexistent/registry.yaml"),
        identity=identity,
    )
    include = FastAPI.include_router
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastAPI, "include_router", lambda *args, **kwargs: include(*args, **_with_all(kwargs)))
        application = create_app(config)
    document = get_openapi(title="all", version="0", routes=application.routes)
    return [path.removeprefix("/tsm") for path in document["paths"]]


def _with_all(kwargs: dict[str, Any]) -> dict[str, Any]:
    return kwargs | {"include_in_schema": True}


def exposed(name: str, kind: str, ingress: str) -> list[tuple[str, str]]:
    manifest = example(name).one(kind, ingress)
    spec = manifest["template"]["spec"] if kind == "GafaelfawrIngress" else manifest["spec"]
    return [(path["path"], path["pathType"]) for rule in spec["rules"] for path in rule["http"]["paths"]]


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_users_reach_every_route_but_those_for_operators(routes: list[str]) -> None:
    found = [*exposed("minimal", "Ingress", "tsm"), *exposed("minimal", "Ingress", "tsm-pages")]
    prefixes = [path.removeprefix("/tsm") for path, kind in found if kind == "Prefix"]

    # Both kinds of jobs are below paths of their own.
    everything = {route.replace("{kind}", kind) for route in routes for kind in ("crossmatch", "combine")}
    hidden = {route for route in everything if not any(f"{route}/".startswith(f"{prefix}/") for prefix in prefixes)}

    # A new route belongs to `ingress.paths` of values.yaml, or to INTERNAL here.
    assert {route for route in hidden if not route.startswith(INTERNAL)} == set()
    assert {"/metrics", "/health/ready", "/health/live"} <= hidden
    assert len(everything - hidden) > 20


@pytest.mark.parametrize(("name", "kind"), [("minimal", "Ingress"), ("rsp-ingress", "GafaelfawrIngress")])
def test_availability_and_capabilities_alone_are_reached_without_signing_in(name: str, kind: str) -> None:
    anonymous = exposed(name, kind, "tsm-anonymous")

    assert {kind for _, kind in anonymous} == {"Exact"}
    assert {path.rsplit("/", 1)[-1] for path, _ in anonymous} == {"availability", "capabilities"}


def test_gafaelfawr_guards_programs_and_pages_and_leaves_the_rest_open() -> None:
    guarded, pages, anonymous = (
        example("rsp-ingress").one("GafaelfawrIngress", name)["config"]
        for name in ("tsm", "tsm-pages", "tsm-anonymous")
    )

    assert guarded["scopes"] == {"all": ["read:tap"]}
    assert guarded["authType"] == "basic"
    assert guarded["allowCookies"] is False
    assert guarded["delegate"]["internal"] == {"service": guarded["service"], "scopes": []}
    # Cookies sign pages alone, where forms are known as ours.
    assert exposed("rsp-ingress", "GafaelfawrIngress", "tsm-pages") == [("/api/tsm/jobs", "Prefix")]
    assert (pages["loginRedirect"], pages["scopes"]) == (True, guarded["scopes"])
    assert anonymous == {"scopes": {"anonymous": True}}


def test_without_a_prefix_paths_start_at_the_root() -> None:
    release = render(values_with("s3"))
    paths = release.one("Ingress", "tsm")["spec"]["rules"][0]["http"]["paths"]
    probe = release.one("Deployment", "tsm-app")["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]

    assert paths[0]["path"] == "/api"
    assert probe["httpGet"]["path"] == "/health/live"
