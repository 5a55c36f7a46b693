"""What the operator sets for the job life: addresses of the stores, and limits."""

import os
from typing import Any

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

__all__ = ["SECRETS_FOLDER_VARIABLE", "LifeLimits", "StoreSettings"]

SECRETS_FOLDER_VARIABLE = "TSM_SECRETS_FOLDER"
"""Names a folder with a file for each setting that is a secret, as orchestrators mount them."""

DAY_SECONDS = 86_400
GIB = 2**30


class StoreSettings(BaseSettings):
    """Where jobs, wake-ups and files are; environment variables ``TSM_DATABASE_URL`` and so on."""

    # Addresses hold passwords: no error about a setting and no repr shows what it was set to.
    model_config = SettingsConfigDict(env_prefix="TSM_", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(repr=False)
    """``postgresql+asyncpg://user@host/database``, or ``...?host=/folder/of/socket``."""
    queue_url: str = Field(repr=False)
    """``redis://host:port/database`` or ``unix:///path/of/socket``."""
    blob_root: str
    """A folder, shared by all processes, or ``s3://bucket/prefix``."""
    blob_options: dict[str, Any] = Field(default_factory=dict, repr=False)
    """Options of the S3 file system (``endpoint_url``, ``key``, ``secret``), as JSON; usual AWS variables work too."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the folder of files that ``TSM_SECRETS_FOLDER`` names (``TSM_DATABASE_URL``)."""
        folder = os.environ.get(SECRETS_FOLDER_VARIABLE)
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder else ()
        return init_settings, env_settings, *files


class LifeLimits(BaseModel, frozen=True):
    """Limits of a job's life. Durations are in seconds of wall-clock time."""

    default_execution_duration: int = Field(default=3600, ge=0)
    max_execution_duration: int = Field(default=DAY_SECONDS, ge=0)
    """0 = jobs may run without limit."""
    default_lifetime: int = Field(default=30 * DAY_SECONDS, gt=0)
    """From creation to destruction."""
    max_lifetime: int = Field(default=365 * DAY_SECONDS, gt=0)
    """Latest destruction that may be asked for, from now."""
    max_wait_seconds: int = Field(default=30, gt=0)
    """Longest WAIT: below the read timeouts of proxies and clients."""
    max_running_per_owner: int = Field(default=4, gt=0)
    max_queued: int = Field(default=0, ge=0)
    """Jobs of all owners that may wait; 0 = any number."""
    min_free_bytes: int = Field(default=GIB, ge=0)
    """Space of the file system of a blob folder below which neither uploads nor jobs are taken; 0 = no check."""
    max_attempts: int = Field(default=3, gt=0)
    """Runs that may end with a silent worker before the job is given up."""
    small_job_seconds: float = Field(default=10, ge=0)
    """A job that is expected to take no longer has a place of its own in each worker, beside large ones; 0 = none."""
    lease_seconds: float = Field(default=15, gt=0)
    """A job of a worker that is silent for so long goes to another."""
