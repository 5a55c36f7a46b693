"""Settings that are secrets: where they come from, and that nothing shows them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config import AppConfig
from uws.config import StoreSettings
from worker.config import WorkerConfig

SECRET = "hunter2hunter2"  # as unlike anything else as a password should be
ADDRESSES = {
    "TSM_DATABASE_URL": f"postgresql+asyncpg://tsm:{SECRET}@db.example/tsm",
    "TSM_QUEUE_URL": f"redis://:{SECRET}@queue.example",
    "TSM_BLOB_ROOT": "s3://bucket/tsm",
    "TSM_BLOB_OPTIONS": f'{{"key": "tsm", "secret": "{SECRET}"}}',
    "TSM_REGISTRY_PATH": "/etc/tsm/catalogs.yaml",
    "TSM_IDENTITY__URL": "https://data.example.org",
}
MODELS = (StoreSettings, AppConfig, WorkerConfig)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("model", MODELS)
def test_settings_do_not_show_secrets(environment: pytest.MonkeyPatch, model: type[StoreSettings]) -> None:
    settings = model()

    assert SECRET in settings.database_url
    assert SECRET not in f"{settings!r} {settings!s} {list(settings.__rich_repr__())!r}"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TSM_BLOB_OPTIONS", f'["{SECRET}"]'),
        ("TSM_BLOB_OPTIONS", f"not JSON {SECRET}"),
        ("TSM_LIMITS__LEASE_SECONDS", SECRET),
        ("TSM_IDENTITY__CACHE_SECONDS", SECRET),
        ("TSM_UPLOAD_LIMIT_ROWS", SECRET),
    ],
)
def test_settings_that_are_wrong_are_named_and_not_shown(
    environment: pytest.MonkeyPatch, model: type[StoreSettings], name: str, value: str
) -> None:
    environment.setenv(name, value)
    try:
        told = repr(model())
    except Exception as error:  # of pydantic, or of pydantic-settings for what is no JSON
        told = f"{error} {error!r}"
        assert name.removeprefix("TSM_").partition("__")[0].lower() in told

    assert SECRET not in told


def test_secrets_may_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in ADDRESSES.items():
        (tmp_path / name).write_text(f"{value}\n")
    monkeypatch.setenv("TSM_SECRETS_FOLDER", str(tmp_path))
    monkeypatch.setenv("TSM_BLOB_ROOT", "/srv/blobs")

    settings = StoreSettings()

    assert settings.database_url == ADDRESSES["TSM_DATABASE_URL"]
    assert settings.blob_options["secret"] == SECRET
    assert settings.blob_root == "/srv/blobs", "the environment wins"


def test_without_files_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ValidationError, match="database_url"):
        StoreSettings()
