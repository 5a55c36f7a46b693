"""What is told of a compilation that an operator publishes. A model alone; light."""

from pydantic import BaseModel, ConfigDict

from trainingset.profile import TableProfile
from trainingset.registry import Citation

__all__ = ["PublishedCompilation"]


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
