"""What the chart tells the processes: every setting is known to the one that gets it, and its text can be read."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app.config import AppConfig, IdentityMode
from app.rights import RightsTable
from tests.deployment.chart import EXAMPLES, example, render, values_with
from trainingset.registry import Registry
from uws.config import SECRETS_FOLDER_VARIABLE, StoreSettings
from worker.config import WorkerConfig

CONFIGURATIONS: dict[str, type[StoreSettings]] = {"app": AppConfig, "worker": WorkerConfig, "migration": StoreSettings}
SECRETS = {
    "TSM_DATABASE_URL": "postgresql+asyncpg://tsm:secret@postgres.databases/tsm",
    "TSM_QUEUE_URL": "redis://:secret@valkey.databases:6379/0",
}

by_example = pytest.mark.parametrize("name", [file.stem for file in EXAMPLES])


NO_FIELDS = {SECRETS_FOLDER_VARIABLE}
"""Settings that name where settings are."""


def is_known(variable: str, configuration: type[BaseModel]) -> bool:
    """Whether a variable names a setting, or a part of one."""
    first, *rest = variable.removeprefix("TSM_").lower().split("__")
    annotation: Any = configuration
    for part in (first, *rest):
        models = [kind for kind in (annotation, *get_args(annotation)) if hasattr(kind, "model_fields")]
        fields = [model.model_fields[part].annotation for model in models if part in model.model_fields]
        if not fields:
            return False
        annotation = fields[0]
    return True


def test_only_settings_that_exist_count_as_known() -> None:
    assert is_known("TSM_IDENTITY__CACHE_SECONDS", AppConfig)
    assert is_known("TSM_LIMITS__LEASE_SECONDS", WorkerConfig)
    assert not is_known("TSM_IDENTITY__CACHED_SECONDS", AppConfig)
    assert not is_known("TSM_SLOTS", AppConfig)
    assert not is_known("TSM_LIMITS__LEASE_SECONDS__MORE", WorkerConfig)


@by_example
@pytest.mark.parametrize("process", CONFIGURATIONS)
def test_every_setting_is_one_of_the_process_that_gets_it(name: str, process: str) -> None:
    if not any(manifest["metadata"]["name"] == f"tsm-{process}" for manifest in example(name).of_kind("Job")):
        process = process.replace("migration", "worker")
    ours = [variable for variable in example(name).environment(process) if variable.startswith("TSM_")]

    assert [
        variable for variable in ours if variable not in NO_FIELDS and not is_known(variable, CONFIGURATIONS[process])
    ] == []
    assert ours


def configuration(name: str, process: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    """What a process reads from the variables and secret files that the chart gives it."""
    settings = example(name).environment(process)
    for variable, text in settings.items():
        if variable in SECRETS:
            (folder / variable).write_text(SECRETS[variable], encoding="utf-8")
        else:
            secret = '["a random text of 32 letters or more"]' if variable.endswith("_KEYS") else "from a secret"
            monkeypatch.setenv(variable, secret if text is None else text)
    monkeypatch.setenv(SECRETS_FOLDER_VARIABLE, str(folder))
    return CONFIGURATIONS[process]()


@by_example
def test_both_processes_can_read_their_settings_and_agree(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    web = configuration(name, "app", monkeypatch, tmp_path)
    worker = configuration(name, "worker", monkeypatch, tmp_path)

    shared = ("database_url", "queue_url", "blob_root", "blob_options", "public_url", "limits", "upload_limit_rows")
    assert {field: getattr(web, field) for field in shared} == {field: getattr(worker, field) for field in shared}
    assert web.public_url.endswith(web.prefix)


def test_settings_of_the_values_arrive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    web = configuration("idac-token", "app", monkeypatch, tmp_path)
    worker = configuration("idac-token", "worker", monkeypatch, tmp_path)

    assert web.database_url == SECRETS["TSM_DATABASE_URL"]
    assert web.identity.url == "https://data.lsst.cloud"
    assert web.upload_hosts == {"cdsarc.cds.unistra.fr"}
    assert web.public_url == "https://tsm.idac.example.org/tsm"
    assert worker.limits.max_running_per_owner == 2
    assert (worker.slots, worker.compute_threads, worker.memory_bytes) == (2, 2, 3 * 2**30)


def test_people_sign_in_where_the_values_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    web = configuration("idac-oidc", "app", monkeypatch, tmp_path)

    assert (web.oidc.issuer, web.oidc.client_id) == ("https://data.lsst.cloud", "tsm.idac.example.org")
    assert web.oidc.client_secret.get_secret_value() == "from a secret"
    assert len(web.browser.session_keys) == 1
    # The worker gets none of it.
    assert not [name for name in example("idac-oidc").environment("worker") if "OIDC" in name or "SESSION" in name]


def test_headers_of_an_ingress_are_believed_behind_one_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    web = configuration("rsp-ingress", "app", monkeypatch, tmp_path)

    assert (web.identity.mode, web.identity.behind_ingress) == (IdentityMode.INGRESS, True)
    assert [str(network) for network in web.identity.trusted_proxies] == ["10.1.0.0/16"]
    assert "TSM_IDENTITY__BEHIND_INGRESS" not in example("minimal").environment("app")


@by_example
def test_a_pod_may_end_after_its_jobs_and_has_memory_for_them(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    worker = configuration(name, "worker", monkeypatch, tmp_path)
    pod = example(name).one("Deployment", "tsm-worker")["spec"]["template"]["spec"]
    limit = re.fullmatch(r"(\d+)Gi", pod["containers"][0]["resources"]["limits"]["memory"])
    # A warm process holds about 0.4 GB; one more than slots waits, and one inspects.
    warm = (worker.slots + 2) * 0.4 * 2**30
    needed = worker.slots * worker.memory_bytes + worker.inspect_memory_bytes + warm

    assert limit is not None
    assert needed < int(limit[1]) * 2**30
    assert pod["terminationGracePeriodSeconds"] > worker.grace_seconds


@by_example
@pytest.mark.parametrize("process", ["app", "worker"])
def test_folders_that_are_written_are_mounted(
    name: str, process: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = configuration(name, process, monkeypatch, tmp_path)
    pod = example(name).one("Deployment", f"tsm-{process}")["spec"]["template"]["spec"]
    mounted = [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"] if not mount.get("readOnly")]
    written = [] if "://" in settings.blob_root else [settings.blob_root]
    written += [str(settings.workplaces)] if process == "worker" else []

    assert [folder for folder in written if not any(folder.startswith(f"{place}/") for place in mounted)] == []
    assert any(
        str(settings.registry_path).startswith(mount["mountPath"]) for mount in pod["containers"][0]["volumeMounts"]
    )


def test_a_further_secret_reaches_the_processes_that_it_is_for() -> None:
    extra = [
        {"name": "TSM_IDENTITY__URL", "key": "one", "processes": ["app"]},
        {"name": "AWS_PROFILE", "key": "two", "secret": "other"},
    ]
    release = render(values_with("minimal", secrets__extra=extra))
    (container,) = release.one("Deployment", "tsm-app")["spec"]["template"]["spec"]["containers"]

    assert {"TSM_IDENTITY__URL", "AWS_PROFILE"} <= release.environment("app").keys()
    assert "TSM_IDENTITY__URL" not in release.environment("worker")
    assert container["env"][-1] == {
        "name": "AWS_PROFILE",
        "valueFrom": {"secretKeyRef": {"name": "other", "key": "two"}},
    }


def test_the_rights_of_the_values_are_those_that_the_web_process_reads(tmp_path: Path) -> None:
    environment = example("idac-token").environment("app")
    pod = example("idac-token").one("Deployment", "tsm-app")["spec"]["template"]["spec"]
    folder, name = (environment["TSM_IDENTITY__RIGHTS_FILE"] or "").rsplit("/", 1)
    (volume,) = [mount["name"] for mount in pod["containers"][0]["volumeMounts"] if mount["mountPath"] == folder]
    (source,) = [one["configMap"]["name"] for one in pod["volumes"] if one["name"] == volume]
    file = tmp_path / name
    file.write_text(example("idac-token").one("ConfigMap", source)["data"][name], encoding="utf-8")

    assert RightsTable({}, file).rights_of(["g_users", "others"]) == {"dp1", "dp2"}


def test_the_registry_of_the_values_is_the_registry_file(tmp_path: Path) -> None:
    text = example("rsp-ingress").one("ConfigMap", "tsm-registry")["data"]["registry.yaml"]
    file = tmp_path / "registry.yaml"
    file.write_text(text, encoding="utf-8")

    assert [entry.id for entry in Registry.load(file)] == ["lsst_dp1"]
