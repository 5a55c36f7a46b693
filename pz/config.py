"""What the operator says of the PZ Server; the web process and the workers read the same settings."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

__all__ = ["PzAccess", "PzServerConfig"]

_GIB = 2**30


class PzAccess(StrEnum):
    """Whose token is shown to the PZ Server."""

    SERVICE = "service"
    """One account of the service; who may use which product is decided here, by releases and rights."""
    USER = "user"
    """The token that a user sends with the request; the PZ Server decides."""


class PzServerConfig(BaseModel):
    """The PZ Server from which redshift products come (``TSM_PZ__URL``); without it there is none."""

    # Tokens and keys: no error about a setting shows what it was set to.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str
    """Address of its API, ``https://pzserver.linea.org.br/api/``."""
    access: PzAccess = PzAccess.SERVICE
    """``service`` or ``user``."""
    token: SecretStr | None = None
    """Of the account of the service (``access=service``)."""
    rights_by_release: dict[str, str] = Field(default_factory=dict)
    """The right that products of a release need here (``{"DP1": "dp1"}``), by the release's name. With
    ``access=service``, products of releases that are not named are open to nobody; those without a release are open
    to everybody, as they are there. With ``access=user`` it tells which right the results need."""
    seal_keys: tuple[Annotated[SecretStr, Field(min_length=32)], ...] = ()
    """Random texts that seal the tokens of users in their jobs (``access=user``): the first seals, all open. The same
    for the web processes and the workers."""
    connect_seconds: float = Field(5, gt=0)
    read_seconds: float = Field(60, gt=0)
    """Longest silence of the server."""
    answer_seconds: float = Field(10, gt=0)
    """Longest time for an answer while a user waits for it."""
    prepare_seconds: float = Field(600, gt=0)
    """How long the server may take to make an archive of a catalog."""
    download_seconds: float = Field(3600, gt=0)
    """Longest download of one product."""
    register_seconds: float = Field(1200, gt=0)
    """Longest silence while the server takes a file or reads it, which it does within one request."""
    attempts: int = Field(3, ge=1)
    """For what can be repeated without harm."""
    pause_seconds: float = Field(0.5, ge=0)
    """Before the second attempt, and between two looks at an archive that is being made; longer and longer."""
    most_bytes: int = Field(4 * _GIB, gt=0)
    """Largest main file that is fetched."""
    most_unpacked_bytes: int = Field(16 * _GIB, gt=0)
    """The same of a HATS catalog, unpacked."""
    most_upload_bytes: int = Field(200_000_000, gt=0)
    """Largest file of a product that is registered: what the documentation of the PZ Server allows."""
    cache_bytes: int = Field(20 * _GIB, ge=0)
    """Products that a worker keeps beside its work folder; the longest unused go first. 0 = none."""

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if not re.fullmatch(r"(https://[^/?#@\s]+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?)(/[^?#\s]*)?", value):
            raise ValueError("tokens are sent there: write https://host/api/, without a user, a query or a fragment")
        return value.rstrip("/") + "/"

    @model_validator(mode="after")
    def _knows_whose_token(self) -> Self:
        if self.access is PzAccess.SERVICE and self.token is None:
            raise ValueError("TSM_PZ__ACCESS=service needs TSM_PZ__TOKEN, the token of the account of this service")
        if self.access is PzAccess.USER and self.token is not None:
            raise ValueError("TSM_PZ__TOKEN belongs to TSM_PZ__ACCESS=service: with access=user it would never be used")
        if self.access is PzAccess.USER and not self.seal_keys:
            raise ValueError("TSM_PZ__ACCESS=user needs TSM_PZ__SEAL_KEYS, random texts of 32 letters or more")
        return self
