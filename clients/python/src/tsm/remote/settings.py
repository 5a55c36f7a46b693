"""Where the service is and who asks: from arguments, the environment or the file that `login` leaves."""

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tsm.errors import DiskError, NotTheServiceError, SignInError

__all__ = ["Secret", "Settings", "find_settings", "login", "logout", "service_url", "settings_path"]

_HOW_TO = (
    "Give TrainingSetMaker(url, token), set TSM_URL and TSM_TOKEN, or store both once with `tsm login` "
    "(tsm.login(url, token) in Python)."
)
_TOKEN = re.compile(r"[!-~]{1,4096}", re.ASCII)
_TOKEN_VARIABLES = ("TSM_TOKEN", "ACCESS_TOKEN")
"""The second is what a notebook of the Rubin Science Platform holds."""
_PZ_TOKEN_VARIABLE = "TSM_PZ_TOKEN"  # noqa: S105 - the name of a variable


class Secret:
    """A text that nothing shows by accident: neither ``repr`` nor ``str``, nor a copy of it by ``pickle``."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret('...')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._text, other._text)

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a token is not stored or sent to other processes")

    def reveal(self) -> str:
        """The text, for the one place that needs it."""
        return self._text


@dataclass(frozen=True)
class Settings:
    """How to reach a service."""

    url: str
    """Address of the service with its prefix, without a slash at its end."""
    token: Secret | None
    """None if nobody gave one: public pages alone can then be read."""
    pz_token: Secret | None = None
    """The user's token for the PZ Server, which the service passes on where its operators let users fetch with it."""


def find_settings(
    url: str | None = None, token: str | None = None, *, environment: Mapping[str, str] | None = None
) -> Settings:
    """Take what is given, then ``TSM_URL`` and ``TSM_TOKEN`` or ``ACCESS_TOKEN``, then what `login` stored.

    A token for the PZ Server is taken from ``TSM_PZ_TOKEN``.

    Parameters
    ----------
    url, token
        As the user gave them.
    environment
        Variables; those of the process unless given.

    Raises
    ------
    NotTheServiceError
        If no address is known, or if it is none.
    SignInError
        If the token cannot be one, or if others can read the file that holds it.
    """
    variables = os.environ if environment is None else environment
    address = url or variables.get("TSM_URL")
    if address is None:
        address = _Stored.read().default
    if address is None:
        raise NotTheServiceError(f"no address of a service is known. {_HOW_TO}")
    address = service_url(address)
    if token is None:
        token = next((variables[name] for name in _TOKEN_VARIABLES if variables.get(name)), None)
    if token is None:
        # A stored token is for the service that it was stored with, and for no other.
        token = _Stored.read().tokens.get(address)
    pz_token = variables.get(_PZ_TOKEN_VARIABLE)
    return Settings(
        address, None if token is None else _secret(token), pz_token=_secret(pz_token) if pz_token else None
    )


def service_url(text: str) -> str:
    """Bring an address into the form that everything else counts on.

    Raises
    ------
    NotTheServiceError
        If it is no address of a web service.
    """
    parts = urlsplit(text.strip())
    try:
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        is_address = False
    if not is_address or parts.query or parts.fragment or parts.username is not None:
        shown = "it holds a user name or password" if parts.username is not None else repr(text)
        raise NotTheServiceError(
            f"this is no address of a service ({shown}); it should look like https://data.example.org/tsm"
        )
    # What people copy from a browser or from the documentation of the API.
    path = re.sub(r"(/api(/v1)?(/openapi\.json)?)?/*$", "", parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def settings_path() -> Path:
    """The file in which `login` stores addresses and tokens, readable by its owner alone."""
    # It takes longer to load than this module does.
    from platformdirs import user_config_path

    return user_config_path("tsm", appauthor=False) / "services.json"


def login(url: str, token: str) -> None:
    """Store address and token for later sessions, in a file that its owner alone can read.

    The service stored last is the one that is used when no address is given.

    Parameters
    ----------
    url
        Address of the service with its prefix.
    token
        Token of the service's identity provider.

    Raises
    ------
    NotTheServiceError, SignInError
        If they cannot be an address and a token. Neither is tried out: `tsm.me` does.
    DiskError
        If the file cannot be written.
    """
    address, secret = service_url(url), _secret(token)
    stored = _Stored.read()
    _Stored(address, {**stored.tokens, address: secret.reveal()}).write()


def logout(url: str | None = None) -> None:
    """Forget the stored token of one service, or all that is stored."""
    if url is None:
        settings_path().unlink(missing_ok=True)
        return
    stored, address = _Stored.read(), service_url(url)
    left = {known: token for known, token in stored.tokens.items() if known != address}
    _Stored(None if stored.default == address else stored.default, left).write()


def _secret(token: str) -> Secret:
    if not _TOKEN.fullmatch(token.strip()):
        raise SignInError(f"the token is empty or holds characters that no token has ({len(token)} characters)")
    return Secret(token.strip())


@dataclass(frozen=True)
class _Stored:
    """What the file holds."""

    default: str | None
    tokens: dict[str, str]

    def __repr__(self) -> str:
        return f"_Stored({self.default!r}, {sorted(self.tokens)})"

    @classmethod
    def read(cls) -> "_Stored":
        path = settings_path()
        try:
            if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise SignInError(f"{path} holds tokens, but others can read it: chmod 600 {path}")
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(content["default"], {str(url): str(token) for url, token in content["tokens"].items()})
        except FileNotFoundError:
            return cls(None, {})
        except OSError as error:
            raise DiskError(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError):
            # What it holds may be a token: it is shown by no message.
            raise SignInError(f"{path} is damaged: remove it and store the token again with `tsm login`") from None

    def write(self) -> None:
        path = settings_path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = path.with_name(f".{path.name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({"default": self.default, "tokens": self.tokens}, file, indent=1)
            fresh.replace(path)
        except OSError as error:
            raise DiskError(f"{path} cannot be written: {error.strerror}") from error
