"""The LSDB script of a training set: its recipe, with what the record and the columns tell."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trainingset.arrow_metadata import schema_descriptions
from trainingset.columns import ColumnType
from trainingset.errors import RecipeError
from trainingset.expression import parse_condition
from trainingset.expression_tree import Condition
from trainingset.photometry import AB_ZERO_POINTS
from trainingset.provenance import Provenance
from trainingset.recipe import CrossmatchRecipe

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["lsdb_code"]

_KEY = "redshift_key"
_Z_SOURCE = re.compile(r"Redshift, from the column (?P<name>.*)", re.DOTALL)


def lsdb_code(
    recipe: CrossmatchRecipe,
    provenance: Provenance,
    schema: "pa.Schema",
    *,
    redshifts_path: str,
    catalog_path: str | None,
) -> str:
    """Write the script.

    Parameters
    ----------
    schema
        Columns of the training set, whose types the constraints are read with.
    catalog_path
        None for the path in the record.
    """
    source, catalog = provenance.inputs[0], provenance.catalogs[0]
    types = {column.name: column.datatype for column in schema_descriptions(schema)}
    last = schema.names.index(_KEY)
    ours = {name: types[name] for name in schema.names[:last]}
    theirs = {name: types[name] for name in schema.names[last + 1 :] if name in types}
    roles = _roles(source.roles, schema)
    sent = {name.removesuffix("_specz"): datatype for name, datatype in ours.items()}
    return recipe.to_lsdb_code(
        catalog_path=catalog_path or catalog.path,
        redshifts_path=redshifts_path,
        roles=roles,
        where=_condition(recipe.where, theirs | _derived_types(recipe), "WHERE"),
        redshifts_where=_condition(recipe.redshifts_where, {roles["z"]: sent["redshift"]} | sent, "REDSHIFTS_WHERE"),
        flux_zero_point=_zero_point(recipe, schema),
        notes=provenance.notes,
    )


def _roles(roles: Mapping[str, str], schema: "pa.Schema") -> dict[str, str]:
    """Columns as the source names them: the first records name the column of redshifts as the result does."""
    told = dict(roles)
    description = (schema.field("redshift").metadata or {}).get(b"description", b"").decode()
    if match := _Z_SOURCE.fullmatch(description):
        told["z"] = match["name"]
    return told


def _condition(text: str | None, types: Mapping[str, ColumnType], parameter: str) -> Condition | None:
    """The constraint, if all of its columns are in the result, where their types are told."""
    if text is None:
        return None
    try:
        return parse_condition(text, types, parameter=parameter)
    except RecipeError:
        return None


def _derived_types(recipe: CrossmatchRecipe) -> dict[str, ColumnType]:
    """Columns that are computed from fluxes, whether the result has them or not."""
    stems = [
        name.removesuffix("Flux") for name in recipe.columns for kind in recipe.flux if name.endswith(f"_{kind}Flux")
    ]
    return {f"{stem}{quantity}": ColumnType.FLOAT64 for stem in stems for quantity in ("Mag", "MagErr", "SNR")}


def _zero_point(recipe: CrossmatchRecipe, schema: "pa.Schema") -> float:
    """By the unit of the fluxes; nJy where none is told."""
    for name in schema.names:
        if any(name.endswith(f"_{kind}Flux") for kind in recipe.flux):
            unit = (schema.field(name).metadata or {}).get(b"unit", b"nJy").decode()
            return AB_ZERO_POINTS.get(unit, AB_ZERO_POINTS["nJy"])
    return AB_ZERO_POINTS["nJy"]
