"""Pages for people: written from templates that escape everything, and allowed to run nothing from elsewhere."""

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import jinja2
from fastapi import Response
from fastapi.responses import HTMLResponse

from trainingset.errors import Problem

__all__ = ["PAGE_HEADERS", "error_page", "page", "static_file"]

PAGE_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        # Forms say where they come from to us, which is looked at, and links to nobody.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Cookie",
    }
)
"""In place of the strictest policy, which is for answers that are no pages."""

_templates = jinja2.Environment(
    loader=jinja2.PackageLoader("app.browser"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _instant(moment: datetime | None) -> str:
    """A time as people read it, in UTC."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _size(n_bytes: int) -> str:
    """Bytes as people read them."""
    amount, unit = float(n_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < _THOUSAND:
            break
        amount, unit = amount / _THOUSAND, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


_THOUSAND = 1000
_templates.filters["instant"] = _instant
_templates.filters["size"] = _size


def page(template: str, *, base: str, status: int = HTTPStatus.OK, **content: Any) -> Response:
    """Write a page.

    Parameters
    ----------
    template
        Name of a file of ``templates/``.
    base
        Path of the pages as the browser sees it.
    content
        What the template shows.
    """
    text = _templates.get_template(template).render(base=base, visitor=content.pop("visitor", None), **content)
    return HTMLResponse(text, status_code=status, headers=PAGE_HEADERS)


def error_page(message: str, *, base: str, status: int, problems: Iterable[Problem] = ()) -> Response:
    """Say on a page what went wrong, and where to go from there."""
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    return page("error.html", base=base, status=status, title=title, message=message, problems=list(problems))


def static_file(name: str) -> str:
    """A file that is the same for all."""
    source, _, _ = jinja2.PackageLoader("app.browser").get_source(_templates, name)
    return source
