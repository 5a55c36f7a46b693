"""What the web process left in a job for the worker, read back into types."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pz.products import NamedProduct
from trainingset.errors import Problem

__all__ = ["InspectRequest", "RecipeRequest", "Request", "StoredInput", "read_request"]


class StoredInput(BaseModel):
    """A table in the blob store."""

    model_config = ConfigDict(frozen=True)

    blob: str
    name: str
    media_type: str | None = None
    sha256: str = ""
    size: int = 0


class Reproduced(BaseModel):
    """What the result of a job is to be compared with."""

    model_config = ConfigDict(frozen=True)

    record: dict[str, Any]
    rows: StoredInput | None = None
    """The recorded rows, if they are still there."""


class RecipeRequest(BaseModel):
    """A recipe to run, whatever is wrong with it: all problems are reported together."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["crossmatch", "combine", "query"]
    recipe: dict[str, Any]
    """Fields as they were given."""
    problems: tuple[Problem, ...] = ()
    inputs: dict[str, StoredInput] = Field(default_factory=dict)
    """By source, spelled as the recipe spells it."""
    products: dict[str, NamedProduct] = Field(default_factory=dict)
    """Products of a PZ Server that are to be fetched, by source."""
    catalogs: tuple[str, ...] = ()
    """Ids of the catalogs that the owner may use."""
    compilations: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Published compilations that the owner may use, by their names in queries; for those of ``TAP_SCHEMA``."""

    reproduces: Reproduced | None = None
    """A provenance record that is run again."""

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the recipe; those of a form, which lies at the path of its kind, do not name the kind."""
        return self.recipe if self.kind == "crossmatch" else {**self.recipe, "kind": self.kind}

    @property
    def source_parameter(self) -> str:
        """Wire name of the parameter that names tables."""
        return {"crossmatch": "REDSHIFTS", "combine": "INPUT", "query": "QUERY"}[self.kind]


class InspectRequest(BaseModel):
    """A table that was uploaded and is to be looked at once."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["inspect"]
    input: StoredInput


Request = RecipeRequest | InspectRequest

_REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])


def read_request(request: dict[str, Any]) -> Request:
    """Read the request of a job.

    Raises
    ------
    pydantic.ValidationError
        If another release of the service wrote it in a form that this one does not know.
    """
    return _REQUESTS.validate_python(request)
