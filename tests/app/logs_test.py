"""Logs are lines of JSON, and no token gets into them."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from app.logs import configure_logs
from tests.app.gafaelfawr import new_token


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_event_is_one_line_of_json_with_what_was_bound(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(log_format="json", level="info")

    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("app.test").info("job queued", job_id="j1", owner="mlima")

    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert {"event": "job queued", "job_id": "j1", "owner": "mlima", "request_id": "r1", "level": "info"}.items() <= (
        event.items()
    )


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_token_is_hidden_in_events_messages_arguments_and_tracebacks(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token = new_token()
    configure_logs(log_format=log_format, level="debug")  # type: ignore[arg-type]  # one of the two words

    structlog.get_logger("app.test").info("asked", header=f"Bearer {token}", **{token: 1})
    logging.getLogger("library").warning("got %s", token)
    try:
        raise ValueError(f"cannot use {token}")
    except ValueError:
        logging.getLogger("library").exception("failed")

    written = capsys.readouterr().err
    assert len(re.findall(r"gt-\*\*\*", written)) >= 4
    assert token.partition(".")[2] not in written


def test_configuring_twice_writes_each_event_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        configure_logs(log_format="json", level="info")

    logging.getLogger("library").warning("once")

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_address_of_a_request_is_not_logged_by_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(log_format="json", level="info")

    logging.getLogger("uvicorn.access").info('"GET /tsm/api/v1/me?token=secret HTTP/1.1" 200')

    assert "secret" not in capsys.readouterr().err
