"""Services to break, and the table of what they survived."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.cluster import Cluster
from tests.faults.load import Audit, LightSender, Load, RealSender, Sender
from trainingset.mock.place import MockSky

REPORT = Path("build") / "faults.json"
COLUMNS = ("jobs", "faults", "repeated", "lost", "duplicated", "stuck", "orphans", "seconds")
_PROPERTY = "faults"

Underload = Callable[..., Any]


@pytest.fixture(scope="session")
def light_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """All processes of a service, whose workers' children compute next to nothing."""
    with Cluster(tmp_path_factory.mktemp("light") / "service", None) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def light_service(light_cluster: Cluster) -> Iterator[tuple[Cluster, Sender]]:
    sender = LightSender(light_cluster)
    yield light_cluster, sender
    sender.close()


@pytest.fixture(scope="session")
def real_service(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Sender]]:
    """A service that matches the mock sky and combines redshifts of it."""
    with Cluster(tmp_path_factory.mktemp("real") / "service", mock_sky) as cluster:
        sender = RealSender(cluster, mock_sky)
        yield cluster, sender
        sender.close()


@pytest.fixture
def under_load(record_property: Callable[[str, object], None]) -> Underload:
    """A block in which jobs come in; at its end all are waited for and audited."""

    @contextmanager
    def load(service: tuple[Cluster, Sender], *, fault: str, n_jobs: int = 100) -> Iterator[Load]:
        cluster, sender = service
        running = Load(cluster, sender, n_jobs=n_jobs)
        yield running
        audit: Audit = running.finish()
        record_property(_PROPERTY, {"fault": fault, **audit.numbers()})
        assert audit.is_clean, audit

    return load


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what every fault cost, and keep it in a file."""
    rows = [
        {**value, "passed": report.passed}
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == _PROPERTY
    ]
    if not rows:
        return
    rows.append({"fault": "all", "passed": all(row["passed"] for row in rows)} | _sum(rows))
    width = max(len(row["fault"]) for row in rows)
    terminalreporter.section("faults")
    terminalreporter.line("  ".join([f"{'fault':<{width}}", *(f"{name:>10}" for name in COLUMNS)]))
    for row in rows:
        terminalreporter.line("  ".join([f"{row['fault']:<{width}}", *(f"{row[name]:>10}" for name in COLUMNS)]))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(rows, indent=1) + "\n")


def _sum(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: round(sum(row[name] for row in rows), 1) for name in COLUMNS}
