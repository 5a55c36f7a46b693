"""What is told of compilations and training sets that are published. Models alone; light."""

from pydantic import BaseModel, ConfigDict

from trainingset.presets import PresetUsed
from trainingset.profile import TableProfile
from trainingset.registry import Citation

__all__ = ["PublishedCompilation", "PublishedSet"]


class PublishedCompilation(BaseModel):
    """Title, words, references and contents of a published compilation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    description: str = ""
    doi: str | None = None
    notes: str = ""
    """What to know before using it."""
    surveys: tuple[str, ...] = ()
    """Surveys whose redshifts it holds."""
    citations: tuple[Citation, ...] = ()
    """What its users are asked to cite."""
    profile: TableProfile
    """What its inspection found when it was published."""


class PublishedSet(BaseModel):
    """Title, words, references and contents of an official training set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    description: str = ""
    doi: str | None = None
    notes: str = ""
    """What to know before using it."""
    publisher: str
    """Who published it."""
    catalog: str
    """Id of the object catalog."""
    preset: PresetUsed | None = None
    rows: int
    rows_by_subset: dict[str, int] = {}
    row_checksum: str
    """Of the rows, which all formats share: who makes the set again has the same."""
    citations: tuple[Citation, ...] = ()
    """What its users are asked to cite."""
    required_rights: tuple[str, ...] = ()
    """Rights that are needed to see it: those that making it needs."""
