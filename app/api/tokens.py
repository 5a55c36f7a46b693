"""The tokens that a user made for scripts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, ConfigDict, Field

from app.api.problem import errors
from app.api_tokens import Scope
from app.identity import SignedIn
from app.services import ServicesDep
from uws.api_tokens import ApiToken

__all__ = ["tokens_router"]

tokens_router = APIRouter(tags=["me"])

TokenKey = Annotated[str, Path(max_length=64, description="Key of a token: what stands before its dot, without tsm-.")]


class TokenDocument(BaseModel):
    """One token, without what could be used to sign in."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "key": "Zm9yZXhhbXBsZW9ubHkxMg",
                "name": "nightly matches",
                "scopes": ["read", "submit"],
                "rights": ["dp1"],
                "groups": ["g_users"],
                "creation_time": "2026-11-22T14:03:11.120000Z",
                "expiry_time": "2026-12-22T14:03:11.120000Z",
                "last_use_time": None,
            }
        }
    )

    key: str
    name: str
    scopes: list[Scope]
    rights: list[str] = Field(description="Data rights that its owner had when it was made, besides those of groups.")
    groups: list[str] = Field(description="Groups of its owner when it was made.")
    creation_time: datetime
    expiry_time: datetime
    last_use_time: datetime | None = Field(description="Within an hour; null if it was never used.")

    @classmethod
    def of(cls, token: ApiToken) -> "TokenDocument":
        """The token as its owner sees it."""
        return cls(
            key=token.key,
            name=token.name,
            scopes=sorted(Scope(scope) for scope in token.scopes),
            rights=sorted(token.rights),
            groups=sorted(token.groups),
            creation_time=token.creation_time,
            expiry_time=token.expiry_time,
            last_use_time=token.last_use_time,
        )


@tokens_router.get("/tokens", summary="List your tokens", responses=errors())
async def list_tokens(identity: SignedIn, services: ServicesDep) -> list[TokenDocument]:
    """Tokens that you made in a browser for your scripts and that still work, the latest first."""
    return [TokenDocument.of(token) for token in await services.token_store.list(owner=identity.username)]


@tokens_router.delete(
    "/tokens/{key}", summary="Revoke a token", status_code=status.HTTP_204_NO_CONTENT, responses=errors(404, 422)
)
async def revoke_token(key: TokenKey, identity: SignedIn, services: ServicesDep) -> None:
    """End one of your tokens now."""
    await services.token_store.revoke(key, owner=identity.username)
