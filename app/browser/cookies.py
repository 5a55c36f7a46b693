"""The cookies of the pages: sent to no address outside of them, read by no script, by no other site's form."""

from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response

__all__ = ["ATTEMPT", "FORM", "SESSION", "Cookies"]

SESSION = "tsm-session"
"""Who is signed in."""
ATTEMPT = "tsm-sign-in"
"""A sign-in that has begun."""
FORM = "tsm-form"
"""By which forms are known as ours where an ingress, and no session, tells who is signed in."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """Puts, reads and drops cookies below one path.

    Parameters
    ----------
    path
        Path of the pages as the browser sees it; no other request carries these cookies.
    is_secure
        Whether users come by HTTPS, which browsers then hold us to.
    """

    path: str
    is_secure: bool

    def name_of(self, cookie: str) -> str:
        """The name with the prefix by which browsers take it over HTTPS only."""
        return f"__Secure-{cookie}" if self.is_secure else cookie

    def put(
        self, response: Response, cookie: str, value: str, *, seconds: int, same_site: Literal["lax", "strict"] = "lax"
    ) -> None:
        """Let the browser keep a value so long."""
        response.set_cookie(
            self.name_of(cookie),
            value,
            max_age=seconds,
            path=self.path,
            secure=self.is_secure,
            httponly=True,
            samesite=same_site,
        )

    def drop(self, response: Response, cookie: str) -> None:
        """Let the browser forget it."""
        response.delete_cookie(
            self.name_of(cookie), path=self.path, secure=self.is_secure, httponly=True, samesite="lax"
        )

    def read(self, request: Request, cookie: str) -> str | None:
        """What the browser sends, as anybody could make it up."""
        return request.cookies.get(self.name_of(cookie))
