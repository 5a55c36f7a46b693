"""Forms of the pages, as their own browser sends them and no other site can."""

import hmac
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

from app.addresses import AddressesDep
from app.body_size import require_claim_within
from app.browser.sign_in import Visitor, VisitorDep
from app.cross_site import CrossSiteError, origin_of

__all__ = ["SentForm", "require_form_of", "require_own_origin", "sent_fields"]

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 100


def require_own_origin(request: Request, own: str) -> None:
    """Refuse a form that does not say it comes from a page of ours; every browser says it.

    Raises
    ------
    CrossSiteError
        If so.
    """
    if request.headers.get("origin") != origin_of(own):
        raise CrossSiteError("this form does not come from a page of this service: open the page again, and send it")


async def sent_fields(request: Request) -> Mapping[str, str]:
    """Fields of an urlencoded form, in memory; of a repeated one, the last."""
    require_claim_within(request, _MOST_BYTES, advice="this form is short")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the form has more than {_MOST_BYTES} bytes")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the form cannot be read") from error
    return MappingProxyType({name: value.replace("\0", "") for name, value in pairs})


async def sent_form(request: Request, visitor: VisitorDep, addresses: AddressesDep) -> Mapping[str, str]:
    """Fields of a form that this visitor was shown.

    Raises
    ------
    CrossSiteError
        If it comes from elsewhere.
    """
    require_own_origin(request, addresses.base)
    fields = await sent_fields(request)
    require_form_of(visitor, fields.get("form", ""))
    return fields


def require_form_of(visitor: Visitor, brought: str) -> None:
    """Refuse a form that this visitor was not shown. Raises CrossSiteError if so."""
    if not hmac.compare_digest(visitor.form.encode(), brought.encode()):
        raise CrossSiteError("this form belongs to another session: open the page again, and send it")


SentForm = Annotated[Mapping[str, str], Depends(sent_form)]
