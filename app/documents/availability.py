"""The VOSI availability document, by vo-models."""

from collections.abc import Iterable
from datetime import UTC, datetime

from vo_models.voresource.types import UTCTimestamp
from vo_models.vosi.availability.models import Availability

from app.documents.markup import legal_text

__all__ = ["availability_document"]


def availability_document(*, is_available: bool, up_since: datetime, notes: Iterable[str]) -> bytes:
    """Write whether a job that is sent now would be computed soon, and what stands against it."""
    availability = Availability(
        available=is_available,
        up_since=UTCTimestamp.fromisoformat(up_since.astimezone(UTC).isoformat()),
        note=[legal_text(note) for note in notes],
    )
    document = availability.to_xml(skip_empty=True, encoding="UTF-8", xml_declaration=True)
    assert isinstance(document, bytes)
    return document
