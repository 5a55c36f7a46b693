"""The recipe of a plain query: rows of one table, or of ``TAP_SCHEMA``. A model alone; light."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trainingset.draft import Draft, read_draft
from trainingset.wire import Format, Formats, ResponseFormat, Wire

__all__ = ["QueryRecipe", "validate_query"]


class QueryRecipe(BaseModel):
    """A query of ADQL that is no cross-match."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["query"] = "query"
    query: Annotated[str, Wire("QUERY")] = Field(
        title="Query", description="ADQL: `SELECT ... FROM` one catalog or table, or tables of `TAP_SCHEMA`."
    )
    catalog: str | None = Field(
        None,
        title="Object catalog",
        description="Id of the catalog whose rows are asked for, if they are those of one.",
    )
    source: str | None = Field(
        None, title="Table", description="Source of the table whose rows are asked for, if it is no object catalog."
    )
    responseformat: Annotated[ResponseFormat, Format, Wire("RESPONSEFORMAT")] = Field(
        ResponseFormat.VOTABLE, title="Format of the answer", description="Format of the result named `result`."
    )
    formats: Annotated[tuple[ResponseFormat, ...], Formats, Wire("FORMATS", multiple=True)] = Field(
        (), title="Further formats", description="Further formats of the result. Parquet is always made."
    )
    maxrec: Annotated[int | None, Wire("MAXREC")] = Field(
        None, title="Most rows", description="Most rows of the result; 0 gives the columns alone.", ge=0
    )


def validate_query(values: Mapping[str, object]) -> Draft[QueryRecipe]:
    """Read the fields of a recipe, each on its own."""
    return read_draft(QueryRecipe, values, stand_ins={"query": ""})
