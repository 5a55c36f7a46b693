"""The VOSI capabilities document, by vo-models."""

from collections.abc import Sequence

from pydantic import AnyUrl
from vo_models.vodataservice import ParamHTTP
from vo_models.voresource.models import AccessURL, Capability, SecurityMethod
from vo_models.vosi.capabilities.models import VOSICapabilities

__all__ = ["capabilities_document"]

_SECURITY_METHODS = ("ivo://ivoa.net/sso#BasicAA", "ivo://ivoa.net/sso#OAuth")
"""Ways to present a token; a client takes whichever its user has."""


def capabilities_document(*, vosi: str, services: Sequence[str]) -> bytes:
    """Write what the service offers and where one must sign in.

    Parameters
    ----------
    vosi
        Address under which the VOSI resources are, without signing in.
    services
        Address of each kind of job: everything else below it needs a token.
    """
    capabilities = [
        _open("ivo://ivoa.net/std/VOSI#capabilities", f"{vosi}/capabilities"),
        _open("ivo://ivoa.net/std/VOSI#availability", f"{vosi}/availability"),
        _open("ivo://ivoa.net/std/VOSI#tables-1.1", f"{vosi}/tables"),
        *(_protected("ivo://ivoa.net/std/UWS#rest-1.1", f"{service}/async") for service in services),
        # pyvo's AuthSession sends the token to every address below a base, such as sync.
        *(_protected(None, service) for service in services),
    ]
    document = VOSICapabilities(capability=capabilities).to_xml(skip_empty=True, encoding="UTF-8", xml_declaration=True)
    assert isinstance(document, bytes)
    return document


def _open(standard_id: str, address: str) -> Capability:
    interface = ParamHTTP(role="std", access_url=[AccessURL(value=AnyUrl(address), use="full")])
    return Capability(standard_id=AnyUrl(standard_id), interface=[interface])


def _protected(standard_id: str | None, address: str) -> Capability:
    # Never "full": pyvo would then forget the methods that its user has registered for the base.
    interface = ParamHTTP(
        role="std" if standard_id else None,
        access_url=[AccessURL(value=AnyUrl(address), use="base")],
        security_method=[SecurityMethod(standard_id=AnyUrl(method)) for method in _SECURITY_METHODS],
    )
    return Capability(standard_id=AnyUrl(standard_id) if standard_id else None, interface=[interface])
