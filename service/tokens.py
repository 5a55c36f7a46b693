"""Tokens of the embedded stack: made here, kept as hashes in one file of the service folder."""

import fcntl
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NewType

from pydantic import BaseModel, ConfigDict, TypeAdapter

__all__ = ["InvalidUsernameError", "TokenFile", "TokenKey", "TokenRecord"]

TokenKey = NewType("TokenKey", str)
"""First half of a token; names it in logs, opens nothing."""

_TOKEN = re.compile(r"gt-([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})")
_USERNAME = re.compile(r"(?=.*[a-z])[a-z0-9](?:[a-z0-9]|-[a-z0-9])*")
_HALF_BYTES = 16
"""22 characters of URL-safe base64 each."""


class InvalidUsernameError(ValueError):
    """No user can have this name."""


class TokenRecord(BaseModel):
    """What is remembered of a token: everything but the token."""

    model_config = ConfigDict(frozen=True)

    secret_sha256: str
    """Of the second half. It is 128 random bits, so that a slow hash would protect nothing more."""
    username: str
    scopes: tuple[str, ...]
    groups: tuple[str, ...] = ()
    token_name: str
    created: int
    """Seconds since the epoch."""
    expires: int | None
    """Seconds since the epoch, None = never."""


_RECORDS: TypeAdapter[dict[TokenKey, TokenRecord]] = TypeAdapter(dict[TokenKey, TokenRecord])


class TokenFile:
    """The tokens of one service folder.

    Parameters
    ----------
    path
        JSON file; need not exist yet. Several processes may use it at once.
    clock
        Seconds since the epoch.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock

    def create(
        self,
        username: str,
        *,
        scopes: tuple[str, ...] = ("read:tap",),
        groups: tuple[str, ...] = (),
        lifetime_seconds: int | None = None,
        name: str = "made by hand",
    ) -> str:
        """Make a token and return it; it is shown this once.

        Parameters
        ----------
        username
            Lower-case letters, digits and single inner hyphens, at least one letter.
        scopes, groups
            What it may do, and groups from which data rights follow.
        lifetime_seconds
            None = it never expires.
        name
            By which its owner will know it.

        Raises
        ------
        InvalidUsernameError
            If no user can have that name.
        """
        if not _USERNAME.fullmatch(username) or username.startswith("bot-"):
            raise InvalidUsernameError(
                f"{username!r} is no user name: lower-case letters, digits and single inner hyphens, "
                "at least one letter, and not starting with bot-"
            )
        key, secret = (secrets.token_urlsafe(_HALF_BYTES) for _ in range(2))
        now = int(self._clock())
        record = TokenRecord(
            secret_sha256=_digest(secret),
            username=username,
            scopes=scopes,
            groups=groups,
            token_name=name,
            created=now,
            expires=None if lifetime_seconds is None else now + lifetime_seconds,
        )
        self._change(lambda records: {**records, TokenKey(key): record})
        return f"gt-{key}.{secret}"

    def revoke(self, key: TokenKey) -> None:
        """Forget a token; an unknown one is forgotten already."""
        self._change(lambda records: {known: record for known, record in records.items() if known != key})

    def find(self, token: str) -> tuple[TokenKey, TokenRecord] | None:
        """The key and record of a whole token, or None if it is malformed, unknown, expired or revoked."""
        halves = _TOKEN.fullmatch(token)
        if halves is None:
            return None
        key = TokenKey(halves[1])
        record = self._read().get(key)
        if record is None or not hmac.compare_digest(record.secret_sha256, _digest(halves[2])):
            return None
        if record.expires is not None and record.expires <= self._clock():
            return None
        return key, record

    def _read(self) -> Mapping[TokenKey, TokenRecord]:
        try:
            return _RECORDS.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return {}

    def _change(self, change: Callable[[Mapping[TokenKey, TokenRecord]], Mapping[TokenKey, TokenRecord]]) -> None:
        """Rewrite the file in one step, dropping what has expired."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_name(f".{self._path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            now = self._clock()
            records = {k: r for k, r in change(self._read()).items() if r.expires is None or r.expires > now}
            fresh = self._path.with_name(f".{self._path.name}.new")
            fresh.touch(mode=0o600)
            fresh.write_bytes(_RECORDS.dump_json(records, indent=1))
            fresh.replace(self._path)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
