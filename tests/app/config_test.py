"""Settings of the web process: read from the environment, tidy, and never without identity."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.config import AppConfig

_NEEDED = {
    "TSM_DATABASE_URL": "postgresql+asyncpg:///tsm",
    "TSM_QUEUE_URL": "redis://localhost",
    "TSM_BLOB_ROOT": "/srv/blobs",
    "TSM_REGISTRY_PATH": "/etc/tsm/catalogs.yaml",
    "TSM_IDENTITY__URL": "https://data.example.org",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in _NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_five_settings_are_enough(environment: pytest.MonkeyPatch) -> None:
    config = AppConfig()

    assert (config.prefix, config.public_url, config.identity.required_scope) == ("/tsm", None, "read:tap")


def test_identity_cannot_be_left_out(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("TSM_IDENTITY__URL")

    with pytest.raises(ValidationError, match="identity"):
        AppConfig()


def test_nested_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TSM_IDENTITY__RIGHTS_BY_GROUP", '{"g_users": ["dp1", "dp2"]}')
    environment.setenv("TSM_LIMITS__MAX_WAIT_SECONDS", "7")

    config = AppConfig()

    assert config.identity.rights_by_group == {"g_users": {"dp1", "dp2"}}
    assert config.limits.max_wait_seconds == 7


@pytest.mark.parametrize(("given", "kept"), [("tsm", "/tsm"), ("/a/b/", "/a/b"), ("/", ""), ("", "")])
def test_prefix_begins_with_a_slash_and_ends_without(environment: pytest.MonkeyPatch, given: str, kept: str) -> None:
    environment.setenv("TSM_PREFIX", given)

    assert AppConfig().prefix == kept


@pytest.mark.parametrize(
    "change",
    [
        {"TSM_IDENTITY__REALM": 'say "friend"'},
        {"TSM_IDENTITY__CACHE_SECONDS": "301"},
        {"TSM_UPLOAD_LIMIT_BYTES": "0"},
        {"TSM_LOG_FORMAT": "xml"},
    ],
)
def test_setting_that_cannot_work_is_refused_at_start(environment: pytest.MonkeyPatch, change: dict[str, Any]) -> None:
    for name, value in change.items():
        environment.setenv(name, value)

    with pytest.raises(ValidationError):
        AppConfig()


@pytest.mark.parametrize("origins", ['["*"]', '["https://portal.example.org/path"]', '["http://portal.example.org"]'])
def test_origins_of_pages_are_whole_and_safe(environment: pytest.MonkeyPatch, origins: str) -> None:
    environment.setenv("TSM_CORS_ORIGINS", origins)

    with pytest.raises(ValidationError, match="write each as https://host"):
        AppConfig()


def test_origins_of_pages_may_have_ports(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TSM_CORS_ORIGINS", '["https://portal.example.org:8443", "http://localhost:3000"]')

    assert AppConfig().cors_origins == {"https://portal.example.org:8443", "http://localhost:3000"}
