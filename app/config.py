"""What the operator sets for the web process; read in `app.main` and handed down."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from app.user_limits import GroupLimits, UserLimits
from pz.config import PzServerConfig
from uws.config import LifeLimits, StoreSettings

__all__ = [
    "ApiTokenConfig",
    "AppConfig",
    "BrowserConfig",
    "IdentityConfig",
    "IdentityMode",
    "OidcConfig",
    "RightsSource",
]

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?")


class IdentityMode(StrEnum):
    """Who tells who is calling; never both."""

    TOKEN = "token"  # noqa: S105 - a mode
    """A remote Gafaelfawr is asked about the token that a request carries; headers of an ingress mean nothing."""
    INGRESS = "ingress"
    """A Gafaelfawr ingress in front of this service has asked already, and tells it in headers."""


class RightsSource(StrEnum):
    """Where data rights are found in mode ``ingress``."""

    GROUPS = "groups"
    """In our table of rights by group."""
    USERINFO = "userinfo"
    """In what that Gafaelfawr's OpenID Connect server says of the delegated token."""


class IdentityConfig(BaseModel):
    """Who tells who is calling, and what a token must be able to do here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: IdentityMode = IdentityMode.TOKEN
    behind_ingress: bool = False
    """The operator's word that nothing reaches this process but through the ingress: anybody else could send its
    headers. Mode ``ingress`` starts with it only."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Networks from which mode ``ingress`` takes requests (``10.1.0.0/16``); none takes them from everywhere."""
    rights_from: RightsSource = RightsSource.GROUPS
    url: str = ""
    """Address of the Gafaelfawr that knows the tokens, without ``/auth`` (``https://data.lsst.cloud``). In mode
    ``ingress`` it is asked for groups with the delegated token; without it, nobody has groups or rights. In mode
    ``token`` it may be left out where people sign in by OpenID Connect: tokens made here are then the only ones."""
    socket: Path | None = None
    """Unix socket on which that Gafaelfawr listens, for one on the same machine; ``url`` then names host and path."""
    realm: str = Field("tsm", pattern=r"^[ -!#-\[\]-~]+$")
    """Name that clients show when they ask for a password; no quotes or backslashes."""
    token_types: frozenset[str] = frozenset({"user"})
    """Kinds of token that are accepted; ``notebook`` carries all of its user's scopes, so it is a choice."""
    required_scope: str = "read:tap"
    refused_scopes: frozenset[str] = frozenset({"user:token", "admin:*"})
    """Tokens that could do this are turned away: nobody should lend us so much. ``x:*`` stands for all of ``x:``."""
    rights_by_group: dict[str, frozenset[str]] = Field(default_factory=dict)
    """Data rights by group name: our copy of the table of the identity provider, which tells groups alone."""
    rights_file: Path | None = None
    """YAML file of the same table, read again when it changes; its groups come before those above."""
    cache_seconds: float = Field(60, ge=0, le=300)
    """How long a known token is not asked about again; also how long a revoked one still works."""
    refusal_cache_seconds: float = Field(15, ge=0, le=30)
    """The same for unknown tokens: short, since a token may just have been made."""
    cache_size: int = Field(10_000, ge=1)
    """Most tokens remembered; beyond it the least recently used are forgotten."""
    connect_seconds: float = Field(2, gt=0)
    total_seconds: float = Field(5, gt=0)

    @model_validator(mode="after")
    def _is_one_mode(self) -> Self:
        problems: list[str] = []
        if self.mode is IdentityMode.TOKEN:
            of_ingress = {
                "TSM_IDENTITY__BEHIND_INGRESS": self.behind_ingress,
                "TSM_IDENTITY__TRUSTED_PROXIES": self.trusted_proxies,
                "TSM_IDENTITY__RIGHTS_FROM": self.rights_from is not RightsSource.GROUPS,
            }
            problems += [
                f"{name} belongs to mode ingress, not to mode token" for name, is_set in of_ingress.items() if is_set
            ]
        elif not self.behind_ingress:
            problems.append(
                "mode ingress believes whoever sends X-Auth-Request-User: say TSM_IDENTITY__BEHIND_INGRESS=true if "
                "nothing reaches this service but through a Gafaelfawr ingress, or use mode token"
            )
        if self.mode is IdentityMode.INGRESS and self.rights_from is RightsSource.USERINFO and not self.url:
            problems.append("TSM_IDENTITY__RIGHTS_FROM=userinfo needs TSM_IDENTITY__URL")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class SignedDownloads(BaseModel):
    """Whether results are sent by S3 itself, from an address that is signed for one file and a short time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: int = Field(0, ge=0, le=900)
    """How long an address holds; whoever has it can read the file so long. 0 = results pass through this process."""
    endpoint_url: str | None = Field(None, pattern=r"^https?://[^/?#@\s]+$")
    """Address of the store for users (``https://s3.example.org``), if it is another one than for the service."""


class ApiTokenConfig(BaseModel):
    """Tokens that users make here for their scripts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default_days: int = Field(30, ge=1)
    """Until a token expires."""
    max_days: int = Field(90, ge=1)
    """The most that a user may ask for: as long, a right that the user lost may still work."""
    most_per_user: int = Field(20, ge=1)


class OidcConfig(BaseModel):
    """The OpenID Connect provider where people sign in, and who this service is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$")
    """Its address (``https://data.lsst.cloud``), below which ``.well-known/openid-configuration`` is. Its users must
    be those of ``TSM_IDENTITY__URL``: a name is the same person."""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    needs_data_rights: bool = True
    """Whether only users with data rights are let in: to be able to sign in there proves nothing (DMTN-253)."""
    connect_seconds: float = Field(2, gt=0)
    total_seconds: float = Field(10, gt=0)

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if not re.match(r"https://|http://(localhost|127\.0\.0\.1)(:|/|$)", value):
            raise ValueError("secrets are sent there: it must begin with https://")
        return value


class BrowserConfig(BaseModel):
    """Sessions of people in a browser."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_keys: tuple[Annotated[SecretStr, Field(min_length=32)], ...] = ()
    """Random texts that seal sessions; the first seals, all open, so that a new one can go before the old one. The
    same in all web processes. Without any, each process makes its own, and sessions end with it."""
    session_hours: float = Field(12, gt=0, le=168)
    """Until people must sign in again; as long, a right that the user lost may still work."""


class AppConfig(StoreSettings):
    """Everything an operator can turn in the web process, from ``TSM_...`` (nested: ``TSM_IDENTITY__URL``)."""

    model_config = SettingsConfigDict(env_prefix="TSM_", env_nested_delimiter="__", extra="ignore", frozen=True)

    prefix: str = "/tsm"
    """Path under which everything lives; empty for the root."""
    public_url: str | None = None
    """Address under which users reach the prefix (``https://host/tsm``); without it, the one a request came to."""
    registry_path: Path
    """YAML file of the registered object catalogs."""
    identity: IdentityConfig
    oidc: OidcConfig | None = None
    """Where people sign in with a browser; without it, by a token that they type in."""
    browser: BrowserConfig = BrowserConfig()
    api_tokens: ApiTokenConfig = ApiTokenConfig()
    pz: PzServerConfig | None = None
    """The PZ Server that redshifts may come from (``TSM_PZ__URL``); workers need the same settings."""
    limits: LifeLimits = LifeLimits()
    signed_downloads: SignedDownloads = SignedDownloads()
    upload_limit_bytes: int = Field(2 * 1024**3, gt=0)
    """Most bytes of one uploaded table."""
    upload_limit_rows: int = Field(5_000_000, gt=0)
    """Most rows of one uploaded table; workers know the same limit, and hold it."""
    user_limits: UserLimits = UserLimits()
    """What everybody may do and keep."""
    results_need_rights: bool = False
    """Whether results made from a catalog that needs a right can be had only as long as their owner has it."""
    official_right: str | None = "official"
    """Right (``official``) or group (``group:NAME``) with which users publish training sets as official; without it,
    nobody does."""
    group_limits: dict[str, GroupLimits] = Field(default_factory=dict)
    """What members of a group may do and keep instead; of several groups the most generous one holds."""
    upload_hosts: frozenset[str] = frozenset()
    """Hosts from which ``UPLOAD=name,https://...`` may fetch; none by default."""
    cors_origins: frozenset[str] = frozenset()
    """Origins (``https://portal.example.org``) whose pages may read answers in a browser; none by default."""
    inspection_wait_seconds: float = Field(5, ge=0, le=30)
    """How long a JSON submission waits for an upload that is still being inspected."""
    card_cache_seconds: float = Field(5, ge=0)
    """How long a catalog card and the registry are used before they are looked at again."""
    sync_seconds: float = Field(60, gt=0)
    """How long a ``sync`` request may keep its connection before it is told to use ``async``."""
    event_ping_seconds: float = Field(15, gt=0)
    """Heartbeat of event streams, below the read timeout of proxies."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _knows_who_is_calling(self) -> Self:
        problems: list[str] = []
        if self.identity.mode is IdentityMode.TOKEN and not self.identity.url and self.oidc is None:
            problems.append(
                "mode token needs TSM_IDENTITY__URL, the Gafaelfawr that knows the tokens, or TSM_OIDC__ISSUER, where "
                "people sign in to make tokens here"
            )
        if self.oidc is not None:
            if self.identity.mode is IdentityMode.INGRESS:
                problems.append("TSM_OIDC__... belongs to mode token: in mode ingress the ingress signs people in")
            if self.public_url is None:
                problems.append("TSM_OIDC__... needs TSM_PUBLIC_URL: the provider sends people back there")
            elif not re.match(r"https://|http://(localhost|127\.0\.0\.1)(:|/|$)", self.public_url):
                problems.append(f"TSM_OIDC__... needs a TSM_PUBLIC_URL with https://, not {self.public_url}")
            if not self.browser.session_keys:
                problems.append("TSM_OIDC__... needs TSM_BROWSER__SESSION_KEYS, random texts of 32 letters or more")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _signs_where_it_can(self) -> Self:
        if self.signed_downloads.seconds and not self.blob_root.startswith("s3://"):
            raise ValueError("TSM_SIGNED_DOWNLOADS__SECONDS needs a TSM_BLOB_ROOT in S3: a folder signs nothing")
        return self

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: frozenset[str]) -> frozenset[str]:
        if odd := sorted(origin for origin in value if not _ORIGIN.fullmatch(origin)):
            raise ValueError(f"{', '.join(odd)}: write each as https://host or https://host:port, without a path or *")
        return value

    @field_validator("prefix")
    @classmethod
    def _starts_with_one_slash(cls, value: str) -> str:
        trimmed = value.strip("/")
        return f"/{trimmed}" if trimmed else ""

    @field_validator("public_url")
    @classmethod
    def _ends_without_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else None
