"""The VOSI capabilities document, by vo-models."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import AnyUrl
from vo_models.tapregext.models import (
    DataLimit,
    DataLimits,
    Language,
    LanguageFeature,
    LanguageFeatureList,
    OutputFormat,
    TableAccess,
    TimeLimits,
    UploadMethod,
    Version,
)
from vo_models.vodataservice import ParamHTTP
from vo_models.voresource.models import AccessURL, Capability, Interface, SecurityMethod
from vo_models.vosi.capabilities.models import VOSICapabilities

from trainingset.wire import MEDIA_TYPES, ResponseFormat

__all__ = ["TapLimits", "capabilities_document"]

_SECURITY_METHODS = ("ivo://ivoa.net/sso#BasicAA", "ivo://ivoa.net/sso#OAuth")
"""Ways to present a token; a client takes whichever its user has."""


_LANGUAGES = {"ivo://ivoa.net/std/ADQL#v2.0": "2.0", "ivo://ivoa.net/std/ADQL#v2.1": "2.1"}
_UPLOAD_INLINE = "ivo://ivoa.net/std/TAPRegExt#upload-inline"
"""Without it TOPCAT shows no examples with uploads."""
_UPLOAD_HTTP = "ivo://ivoa.net/std/TAPRegExt#upload-http"
_GEOMETRY = "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo"
_WHOLE_SETS = frozenset({ResponseFormat.HDF5, ResponseFormat.HATS})


@dataclass(frozen=True, slots=True)
class TapLimits:
    """What TAP clients are told before they ask."""

    default_lifetime: int
    """Seconds."""
    max_lifetime: int
    default_execution_duration: int
    """Seconds."""
    max_execution_duration: int
    """Seconds; 0 without a limit."""
    upload_bytes: int
    fetches_uploads: bool
    """Whether there are hosts from which tables are fetched."""


def capabilities_document(*, vosi: str, services: Sequence[str], tap: str, limits: TapLimits) -> bytes:
    """Write what the service offers and where one must sign in.

    Parameters
    ----------
    vosi
        Address under which the VOSI resources are, without signing in.
    services
        Address of each kind of job: everything else below it needs a token.
    tap
        The one of them that reads ADQL.
    """
    capabilities = [
        _open("ivo://ivoa.net/std/VOSI#capabilities", f"{vosi}/capabilities"),
        _open("ivo://ivoa.net/std/VOSI#availability", f"{vosi}/availability"),
        _open("ivo://ivoa.net/std/VOSI#tables-1.1", f"{vosi}/tables"),
        _open("ivo://ivoa.net/std/DALI#examples", f"{tap}/examples"),
        *(_job_list(service) for service in services),
        _table_access(tap, limits),
    ]
    document = VOSICapabilities(capability=capabilities).to_xml(skip_empty=True, encoding="UTF-8", xml_declaration=True)
    assert isinstance(document, bytes)
    return document


def _open(standard_id: str, address: str) -> Capability:
    interface = ParamHTTP(role="std", access_url=[AccessURL(value=AnyUrl(address), use="full")])
    return Capability(standard_id=AnyUrl(standard_id), interface=[interface])


def _table_access(address: str, limits: TapLimits) -> Capability:
    methods = [_UPLOAD_INLINE, *([_UPLOAD_HTTP] if limits.fetches_uploads else [])]
    return TableAccess(
        standard_id="ivo://ivoa.net/std/TAP",
        interface=[_protected_interface(address, role="std", version="1.1")],
        language=[_adql()],
        output_format=[_output_format(fmt) for fmt in ResponseFormat if fmt not in _WHOLE_SETS],
        upload_method=[UploadMethod(ivo_id=method) for method in methods],
        retention_period=TimeLimits(default=limits.default_lifetime, hard=limits.max_lifetime),
        execution_duration=TimeLimits(
            default=limits.default_execution_duration, hard=limits.max_execution_duration or None
        ),
        upload_limit=DataLimits(hard=DataLimit(value=limits.upload_bytes, unit="byte")),
    )


def _adql() -> Language:
    features = [LanguageFeature(form=form) for form in ("POINT", "CIRCLE", "CONTAINS", "DISTANCE")]
    return Language(
        name="ADQL",
        version=[Version(value=number, ivo_id=ivo_id) for ivo_id, number in _LANGUAGES.items()],
        description="Cross-matches: an uploaded table or a compilation joined by position with an object catalog.",
        language_features=[LanguageFeatureList(feature=features, type=_GEOMETRY)],
    )


def _output_format(fmt: ResponseFormat) -> OutputFormat:
    mime = next(media_type for media_type, known in MEDIA_TYPES.items() if known is fmt)
    return OutputFormat(mime=mime, alias=[fmt.value])


def _job_list(service: str) -> Capability:
    # pyvo's AuthSession sends the token to every address below a base, such as sync.
    interfaces: list[Interface] = [_protected_interface(f"{service}/async", role="std"), _protected_interface(service)]
    return Capability(standard_id=AnyUrl("ivo://ivoa.net/std/UWS#rest-1.1"), interface=interfaces)


def _protected_interface(address: str, *, role: str | None = None, version: str | None = None) -> ParamHTTP:
    # Never "full": pyvo would then forget the methods that its user has registered for the base.
    return ParamHTTP(
        role=role,
        version=version,
        access_url=[AccessURL(value=AnyUrl(address), use="base")],
        security_method=[SecurityMethod(standard_id=AnyUrl(method)) for method in _SECURITY_METHODS],
    )
