"""Where the chart sends jobs' tasks, and that the cluster sees the folder in which they work."""

from typing import Any

import pytest
from helm_python.errors import HelmError

from tests.deployment.chart import example, render, values_with
from worker.engines import SchedulerEngine

S3 = {"storage__kind": "s3", "storage__s3__root": "s3://results/tsm", "dask__kind": "operator"}


def engine_of(environment: dict[str, str | None]) -> SchedulerEngine:
    prefix = "TSM_DASK__"
    return SchedulerEngine.model_validate(
        {name.removeprefix(prefix).lower(): text for name, text in environment.items() if name.startswith(prefix)}
    )


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("idac-token", "tcp://tsm-dask-scheduler:8786"),
        ("prometheus-scaling", "tcp://scheduler.dask.svc:8786"),
    ],
)
def test_workers_read_the_address_that_the_chart_tells_them(name: str, address: str) -> None:
    assert engine_of(example(name).environment("worker")) == SchedulerEngine(address=address)


def test_without_a_cluster_nothing_is_said_of_one() -> None:
    assert not [name for name in example("minimal").environment("worker") if "DASK" in name]


def test_both_kinds_of_workers_have_the_same_folder_on_the_same_path() -> None:
    (cluster,) = example("idac-token").of_kind("DaskCluster")
    ours = example("idac-token").one("Deployment", "tsm-worker")["spec"]["template"]["spec"]
    theirs = cluster["spec"]["worker"]["spec"]
    assert claimed(theirs) == claimed(ours) == {"/var/lib/tsm": "tsm-blobs"}


def claimed(pod: dict[str, Any]) -> dict[str, str]:
    """Claims of a pod by the path where they are mounted."""
    (container,) = pod["containers"]
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    mounts = container["volumeMounts"]
    return {mount["mountPath"]: claims[mount["name"]] for mount in mounts if mount["name"] in claims}


def test_a_cluster_that_cannot_see_the_work_folder_is_refused_with_what_to_do() -> None:
    with pytest.raises(HelmError, match=r"worker\.settings\.TSM_WORK_FOLDER"):
        render(values_with("minimal", **S3))


def test_a_shared_work_folder_beside_s3_is_the_operators_word() -> None:
    shared = {"TSM_WORK_FOLDER": "/shared/work"}
    release = render(values_with("minimal", **S3, worker__settings=shared))
    assert release.environment("worker")["TSM_WORK_FOLDER"] == "/shared/work"
