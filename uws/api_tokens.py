"""Tokens that users make for their scripts: kept as a hash, expiring, revocable.

A token is ``tsm-<key>.<secret>``. The secret has 256 random bits, so a single SHA-256 of it cannot be reversed by
trying: slow hashes are for passwords, which people choose.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from uws.database import Database
from uws.errors import InvalidControlError, TooManyTokensError, UnknownApiTokenError
from uws.tables import ApiTokenRow, stamp

__all__ = ["PREFIX", "TOKEN_FORM", "ApiToken", "ApiTokenService"]

PREFIX = "tsm-"
"""Begins every token, so that people and scanners of secrets know what they found."""
TOKEN_FORM = re.compile(r"tsm-([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")

_KEY_BYTES = 16
_SECRET_BYTES = 32
_LONGEST_NAME = 64
_USE_STEP = timedelta(hours=1)
"""How exactly the last use is known: a row is not written for every request."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token, without what could be used to sign in."""

    key: str
    owner: str
    name: str
    scopes: frozenset[str]
    rights: frozenset[str]
    groups: frozenset[str]
    creation_time: datetime
    expiry_time: datetime
    last_use_time: datetime | None


class ApiTokenService:
    """What may be asked of tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        owner: str,
        *,
        name: str,
        scopes: Iterable[str],
        rights: Iterable[str],
        groups: Iterable[str],
        lifetime: timedelta,
        most: int,
    ) -> tuple[ApiToken, str]:
        """Make a token; its text is told here and never again.

        Parameters
        ----------
        name
            By which its owner knows it.
        rights, groups
            What the owner has now, and the token for its lifetime.
        most
            Living tokens that the owner may have.

        Raises
        ------
        InvalidControlError
            If the name is empty, long or cannot be printed.
        TooManyTokensError
            If the owner has as many as may be.
        """
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidControlError(f"A token needs a name of 1 to {_LONGEST_NAME} printable characters.")
        key, secret = secrets.token_urlsafe(_KEY_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        async with self._database.transaction() as session:
            # Two that are made at once are counted one after the other.
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"api_tokens:{owner}"))))
            living = await session.scalar(
                select(func.count()).select_from(ApiTokenRow).where(ApiTokenRow.owner == owner, _is_living())
            )
            if living is not None and living >= most:
                raise TooManyTokensError(f"You have {living} tokens; the limit is {most}. Revoke one that is not used.")
            now = await session.scalar(select(stamp()))
            assert now is not None, "the database has a clock"
            row = ApiTokenRow(
                key=key,
                owner=owner,
                name=name.strip(),
                secret_sha256=_hash(secret),
                scopes=sorted(scopes),
                rights=sorted(rights),
                groups=sorted(groups),
                creation_time=now,
                expiry_time=now + lifetime,
            )
            session.add(row)
            token = _token_of(row)
        return token, f"{PREFIX}{key}.{secret}"

    async def identify(self, text: str) -> ApiToken:
        """The living token of this text.

        Raises
        ------
        UnknownApiTokenError
            If there is none; why is not told.
        """
        unknown = UnknownApiTokenError("the token is not known: it may be mistyped, expired or revoked")
        parts = TOKEN_FORM.fullmatch(text)
        if parts is None:
            raise unknown
        key, secret = parts.groups()
        async with self._database.reading() as session:
            row = await session.scalar(select(ApiTokenRow).where(ApiTokenRow.key == key, _is_living()))
            if row is None or not hmac.compare_digest(row.secret_sha256, _hash(secret)):
                raise unknown
            token = _token_of(row)
            # Where it is recent nothing is written, nor locked.
            is_due = or_(ApiTokenRow.last_use_time.is_(None), ApiTokenRow.last_use_time < stamp() - _USE_STEP)
            await session.execute(
                update(ApiTokenRow)
                .where(ApiTokenRow.key == key, is_due)
                .values(last_use_time=stamp())
                .execution_options(synchronize_session=False)
            )
        return token

    async def list(self, *, owner: str | None = None) -> Sequence[ApiToken]:
        """Living tokens of an owner, or of everybody, the latest first."""
        query = select(ApiTokenRow).where(_is_living()).order_by(ApiTokenRow.creation_time.desc(), ApiTokenRow.key)
        if owner is not None:
            query = query.where(ApiTokenRow.owner == owner)
        async with self._database.reading() as session:
            return [_token_of(row) for row in await session.scalars(query)]

    async def revoke(self, key: str, *, owner: str) -> None:
        """End a token now.

        Raises
        ------
        UnknownApiTokenError
            If the owner has no such living token.
        """
        if not await self._revoke(and_(ApiTokenRow.key == key, ApiTokenRow.owner == owner)):
            raise UnknownApiTokenError(f"you have no token {key[:64]!r}")

    async def revoke_all(self, owner: str) -> int:
        """End every token of an owner; how many there were."""
        return await self._revoke(ApiTokenRow.owner == owner)

    async def _revoke(self, which: ColumnElement[bool]) -> int:
        revoked = update(ApiTokenRow).where(which, _is_living()).values(revocation_time=stamp())
        revoked = revoked.execution_options(synchronize_session=False)
        async with self._database.transaction() as session:
            return len((await session.scalars(revoked.returning(ApiTokenRow.key))).all())


def _is_living() -> ColumnElement[bool]:
    return and_(ApiTokenRow.revocation_time.is_(None), ApiTokenRow.expiry_time > stamp())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _token_of(row: ApiTokenRow) -> ApiToken:
    return ApiToken(
        key=row.key,
        owner=row.owner,
        name=row.name,
        scopes=frozenset(row.scopes),
        rights=frozenset(row.rights),
        groups=frozenset(row.groups),
        creation_time=row.creation_time,
        expiry_time=row.expiry_time,
        last_use_time=row.last_use_time,
    )
