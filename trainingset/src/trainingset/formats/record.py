"""The provenance record among the facts that travel inside a file."""

from collections.abc import Iterable

from trainingset.formats.info import Info
from trainingset.record_names import RECORD_INFO

__all__ = ["record_among"]


def record_among(infos: Iterable[Info]) -> str | None:
    """The record among infos; None if it is not there."""
    return next((info.value for info in infos if info.name == RECORD_INFO), None)
