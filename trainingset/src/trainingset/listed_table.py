"""The tables that VO tools are shown, with their columns: in documents of tables and in ``TAP_SCHEMA``. Light."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from trainingset.columns import ColumnDescription
from trainingset.profile import TableProfile
from trainingset.query.identifiers import DEFAULT_SCHEMA
from trainingset.registry import CatalogCard, CatalogContent

__all__ = ["ForeignKey", "ListedTable"]

_MAIN_RA, _MAIN_DEC = "pos.eq.ra;meta.main", "pos.eq.dec;meta.main"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column whose values are those of a column of another table."""

    column: str
    target_table: str
    target_column: str


@dataclass(frozen=True, slots=True)
class ListedTable:
    """A table as it is shown."""

    name: str
    """Its name in queries; what stands before the first dot is its schema."""
    title: str | None
    description: str | None
    n_rows: int | None
    """None where nobody counts them."""
    columns: tuple[ColumnDescription, ...]
    is_matched: bool = False
    """Whether it holds objects, with which redshifts are matched."""
    main: dict[str, str] = field(default_factory=dict)
    """UCD of the coordinates that are matched, by column: TOPCAT looks for "main" before it proposes a match."""
    keys: tuple[ForeignKey, ...] = ()

    @classmethod
    def of_catalog(cls, card: CatalogCard) -> "ListedTable":
        """A registered catalog."""
        entry = card.entry
        main = {entry.ra_column: _MAIN_RA, entry.dec_column: _MAIN_DEC}
        is_matched = entry.content is CatalogContent.OBJECTS
        return cls(entry.id, entry.title, entry.description, card.n_rows, card.columns, is_matched, main)

    @classmethod
    def of_compilation(cls, name: str, title: str, description: str, profile: TableProfile) -> "ListedTable":
        """The latest version of a published compilation."""
        roles = {"ra": _MAIN_RA, "dec": _MAIN_DEC}
        main = {profile.roles[role]: ucd for role, ucd in roles.items() if role in profile.roles}
        return cls(name, title, description, profile.n_rows, profile.columns, main=main)

    @property
    def schema(self) -> str:
        """What stands before the first dot."""
        schema, dot, _ = self.name.partition(".")
        return schema if dot else DEFAULT_SCHEMA

    def shown_columns(self) -> Iterator[ColumnDescription]:
        """The columns with what is told of the main coordinates."""
        for column in self.columns:
            if (ucd := self.main.get(column.name)) is not None:
                yield column.model_copy(update={"ucd": ucd, "unit": column.unit or "deg"})
            else:
                yield column
