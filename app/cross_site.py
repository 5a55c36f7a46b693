"""Pages of other sites change nothing here: what a browser would add by itself to their requests is never enough.

A POST of UWS is one that every page may send without asking, and a browser adds a password that it remembers (HTTP
Basic) or the cookie of an ingress. It also says which site the page is of, and programs say nothing of the kind.
"""

from urllib.parse import urlsplit

from fastapi import Request

from app.addresses import Addresses

__all__ = ["CrossSiteError", "origin_of", "refuse_other_sites"]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteError(Exception):
    """The request comes from a page of another site, which nobody allowed to send it."""


def origin_of(address: str) -> str:
    """Scheme, host and port, as browsers write them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


async def refuse_other_sites(request: Request) -> None:
    """Refuse what changes something and comes from a page of a site that the operator did not name.

    Raises
    ------
    CrossSiteError
        If so.
    """
    origin = request.headers.get("origin")
    if origin is None or request.method in _READING:
        return
    allowed = request.app.state.services.config.cors_origins
    if origin in allowed or origin == origin_of(Addresses.of(request).base):
        return
    raise CrossSiteError(
        f"pages of {origin[:200]!r} may not change anything here: the operator of this service can name them "
        "(TSM_CORS_ORIGINS)"
    )
