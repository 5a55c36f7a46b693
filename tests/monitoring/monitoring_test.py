"""Dashboard and alert rules ask for metrics that exist, and alerts say what to do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.metrics import Metrics
from uws.life import QueueNumbers
from worker.metrics import RunEnd, WorkerMetrics

ROOT = Path(__file__).parents[2]
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((ROOT / "monitoring/alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
PANELS: list[dict[str, Any]] = json.loads((ROOT / "monitoring/dashboard.json").read_text())["panels"]
QUESTIONS = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]


@pytest.fixture(scope="module")
def exposed() -> dict[str, set[str]]:
    """Labels of every metric that a web process and a worker expose, by name."""
    app, worker = Metrics(), WorkerMetrics()
    app.show_queue(QueueNumbers(jobs_by_phase={}, oldest_queued_seconds=None, workers_alive=0, lost_runs=0))
    app.count_request(method="GET", route="/", status=429, seconds=1, fault="TooManyQueuedError")
    with app.held("wait"):
        worker.count_run("crossmatch", RunEnd.COMPLETED, seconds=1)
        worker.observe_stage("match", 1)
        exposition = app.exposition() + generate_latest(worker.registry)
    families = text_string_to_metric_families(exposition.decode())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def test_dashboard_and_rules_ask_for_metrics_and_labels_that_exist(exposed: dict[str, set[str]]) -> None:
    for question in QUESTIONS:
        asked = re.findall(r"\btsm_\w+", question)
        assert asked, question
        assert set(asked) <= set(exposed), question
        known = set().union(*(exposed[name] for name in asked))
        grouped = [label for labels in re.findall(r"by \(([^)]*)\)", question) for label in labels.split(", ")]
        matched = re.findall(r"[{,](\w+)(?:=~|!~|!=|=)", question)
        assert {*grouped, *matched} <= known, question


def test_every_metric_is_on_the_dashboard_or_in_a_rule(exposed: dict[str, set[str]]) -> None:
    families = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exposed if not name.endswith("_created")}

    assert {name for name in families if not any(name in question for question in QUESTIONS)} == set()


@pytest.mark.parametrize("end", re.findall(r'end=~?"([a-z_|]+)"', " ".join(QUESTIONS)))
def test_questions_name_ends_that_runs_have(end: str) -> None:
    assert set(end.split("|")) <= {known.value for known in RunEnd}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alert_says_what_to_do_and_where_it_is_told(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert {"summary", "action", "runbook"} == set(rule["annotations"])
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
