"""What can be wrong with a HATS catalog, and what to do about each."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

__all__ = ["ADVICE", "CatalogFault", "FaultKind", "FaultList", "Severity"]

_MOST_OF_A_KIND = 100
"""Faults of one kind in one catalog that are kept; the others are counted."""
_CONVERT = "rewrite the collection with `tsm-service catalog convert`"


class Severity(StrEnum):
    """How much a fault matters."""

    ERROR = "error"
    """Matches would fail, or lose or invent pairs."""
    WARNING = "warning"
    """Matches are right, but slower, or some objects can never be matched."""


class FaultKind(StrEnum):
    """What is wrong."""

    ENTRY = "entry"
    NO_CATALOG = "no_catalog"
    PROPERTIES = "properties"
    PARTITION_INFO = "partition_info"
    COMMON_METADATA = "common_metadata"
    FILE_MISSING = "file_missing"
    FILE_EXTRA = "file_extra"
    FILE_UNREADABLE = "file_unreadable"
    SCHEMA_DIFFERS = "schema_differs"
    ROW_COUNT = "row_count"
    METADATA_MISSING = "metadata_missing"
    METADATA_DIFFERS = "metadata_differs"
    STATISTICS_MISSING = "statistics_missing"
    STATISTICS_WRONG = "statistics_wrong"
    OUTSIDE_PIXEL = "outside_pixel"
    UNSORTED = "unsorted"
    INDEX_WRONG = "index_wrong"
    NO_COORDINATES = "no_coordinates"
    LARGE_ROW_GROUPS = "large_row_groups"
    MARGIN_MISSING = "margin_missing"
    MARGIN_TOO_NARROW = "margin_too_narrow"
    MARGIN_OF_ANOTHER = "margin_of_another"
    MARGIN_INCOMPLETE = "margin_incomplete"

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return Severity.WARNING if self in _WARNINGS else Severity.ERROR


_WARNINGS = frozenset(
    {
        FaultKind.FILE_EXTRA,
        FaultKind.METADATA_MISSING,
        FaultKind.STATISTICS_MISSING,
        FaultKind.UNSORTED,
        FaultKind.NO_COORDINATES,
        FaultKind.LARGE_ROW_GROUPS,
    }
)

ADVICE: dict[FaultKind, str] = {
    FaultKind.ENTRY: "Correct the entry in the registry.",
    FaultKind.NO_CATALOG: "Correct the path, or import the data with hats-import.",
    FaultKind.PROPERTIES: "Correct the file, or copy it again from where the catalog comes from.",
    FaultKind.PARTITION_INFO: "Copy it again from where the catalog comes from.",
    FaultKind.COMMON_METADATA: f"Copy it again from where the catalog comes from, or {_CONVERT}.",
    FaultKind.FILE_MISSING: "Copy the file again from where the catalog comes from.",
    FaultKind.FILE_EXTRA: "Nothing reads it: remove it, or copy the catalog again if it belongs there.",
    FaultKind.FILE_UNREADABLE: "Copy the file again from where the catalog comes from.",
    FaultKind.SCHEMA_DIFFERS: "It comes from another version: copy the file again from where the catalog comes from.",
    FaultKind.ROW_COUNT: "Rows were lost or came in addition: copy the catalog again from where it comes from.",
    FaultKind.METADATA_MISSING: f"Plans know less without it: copy it again, or {_CONVERT}.",
    FaultKind.METADATA_DIFFERS: f"Files and metadata come from different versions: copy both again, or {_CONVERT}.",
    FaultKind.STATISTICS_MISSING: f"Without them a match reads every row group: {_CONVERT}.",
    FaultKind.STATISTICS_WRONG: f"A match would skip rows that it must read: {_CONVERT}.",
    FaultKind.OUTSIDE_PIXEL: "The rows would never be found there: import the catalog anew with hats-import.",
    FaultKind.UNSORTED: f"A match looks at more rows than it must: {_CONVERT}, which sorts them.",
    FaultKind.INDEX_WRONG: "Rows would not be found where they are: import the catalog anew with hats-import.",
    FaultKind.NO_COORDINATES: "These objects can never match; nothing else comes of it.",
    FaultKind.LARGE_ROW_GROUPS: f"To read less, {_CONVERT} --row-group-rows.",
    FaultKind.MARGIN_MISSING: "Nothing can be matched without one: `tsm-service catalog convert --margin 5` makes it.",
    FaultKind.MARGIN_TOO_NARROW: "Make a wider one with `tsm-service catalog convert --margin`, or offer less.",
    FaultKind.MARGIN_OF_ANOTHER: "Make it again from this catalog with `tsm-service catalog convert --margin`.",
    FaultKind.MARGIN_INCOMPLETE: "Make it again with `tsm-service catalog convert --margin`.",
}


class CatalogFault(BaseModel):
    """One thing that is wrong, complete enough to be mended without looking again."""

    model_config = ConfigDict(frozen=True)

    kind: FaultKind
    severity: Severity
    catalog: str
    """Name of the catalog within the collection."""
    message: str
    file: str | None = None
    """Relative to the collection."""
    value: str | None = None
    """What is there."""
    limit: str | None = None
    """What should be."""
    advice: str
    """What to do."""

    @classmethod
    def of(
        cls,
        kind: FaultKind,
        catalog: str,
        message: str,
        *,
        file: str | None = None,
        value: object = None,
        limit: object = None,
    ) -> "CatalogFault":
        """A fault with the severity and the advice of its kind."""
        told = {name: str(given) for name, given in (("value", value), ("limit", limit)) if given is not None}
        return cls(
            kind=kind, severity=kind.severity, catalog=catalog, message=message, file=file, advice=ADVICE[kind], **told
        )

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file is not None else ""
        return f"{where}{self.message}"


class FaultList:
    """Faults as they are found; of each kind not more than one reads."""

    def __init__(self) -> None:
        self._kept: list[CatalogFault] = []
        self._counts: Counter[tuple[str, FaultKind]] = Counter()

    def add(self, fault: CatalogFault) -> None:
        """Keep a fault, or count it if there are many of its kind."""
        group = (fault.catalog, fault.kind)
        self._counts[group] += 1
        if self._counts[group] <= _MOST_OF_A_KIND:
            self._kept.append(fault)

    def extend(self, faults: Iterable[CatalogFault]) -> None:
        """Add several."""
        for fault in faults:
            self.add(fault)

    def told(self) -> tuple[CatalogFault, ...]:
        """Errors before warnings, each in the order found; then how many more there are of a kind."""
        more = (
            CatalogFault.of(kind, catalog, f"and {count - _MOST_OF_A_KIND:,} more of these", value=count)
            for (catalog, kind), count in self._counts.items()
            if count > _MOST_OF_A_KIND
        )
        return tuple(sorted([*self._kept, *more], key=lambda fault: fault.severity is Severity.WARNING))
