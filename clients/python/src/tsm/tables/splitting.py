"""Splits tables here as the service splits its results: one sky object is never in two subsets."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import described, schema_descriptions
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.errors import Problem, RecipeError, TableError
from trainingset.pair_descriptions import PAIR_COLUMNS
from trainingset.positions import position_problems, read_positions
from trainingset.recipe import SplitBy, validate_recipe
from trainingset.redshift_keys import KEY_COLUMN, key_texts, redshift_keys
from trainingset.registry import SkyField
from trainingset.roles import find_roles
from trainingset.split import assign_subsets, find_units
from trainingset.split_unit import name_units, unit_names
from tsm.errors import TableRefusedError
from tsm.sets.training_set import TrainingSet
from tsm.tables.column_meanings import redshift_roles
from tsm.tables.user_table import arrow_of, user_table

__all__ = ["split"]

Table = TypeVar("Table")
IntArray = npt.NDArray[np.int64]

_OBJECTS: dict[str, str] = {"id": "objectId", "ra": "coord_ra", "dec": "coord_dec"}
"""Object columns of LSST."""
_UNIT = "split_unit"
_PLACED = ("subset", "is_training_set")


@overload
def split(
    table: TrainingSet,
    fractions: Mapping[str, float],
    seed: int = 0,
    by: SplitBy | str = SplitBy.OBJECT,
    *,
    exact: bool = False,
    order: int = 7,
    fields: Mapping[str, SkyField | tuple[float, float, float]] = MappingProxyType({}),
    roles: Mapping[str, str] = MappingProxyType({}),
    objects: Mapping[str, str] | None = None,
) -> Any: ...
@overload
def split(
    table: Table,
    fractions: Mapping[str, float],
    seed: int = 0,
    by: SplitBy | str = SplitBy.OBJECT,
    *,
    exact: bool = False,
    order: int = 7,
    fields: Mapping[str, SkyField | tuple[float, float, float]] = MappingProxyType({}),
    roles: Mapping[str, str] = MappingProxyType({}),
    objects: Mapping[str, str] | None = None,
) -> Table: ...
def split(
    table: Any,
    fractions: Mapping[str, float],
    seed: int = 0,
    by: SplitBy | str = SplitBy.OBJECT,
    *,
    exact: bool = False,
    order: int = 7,
    fields: Mapping[str, SkyField | tuple[float, float, float]] = MappingProxyType({}),
    roles: Mapping[str, str] = MappingProxyType({}),
    objects: Mapping[str, str] | None = None,
) -> Any:
    """Give every row a subset, by the same rule and with the same outcome as a cross-match with ``split``.

    The order of rows, and rows that are added elsewhere on the sky, change nothing; rows of one object, of one
    redshift or group, and of objects within 0.5 arcsec stay together.

    Parameters
    ----------
    table
        A training set, or redshifts alone, as `tsm.TrainingSet`, pandas DataFrame, astropy Table or pyarrow Table. It
        comes back as what it is; of a `tsm.TrainingSet`, the astropy table of its rows.
    fractions
        Share of each subset, adding to 1: ``{"train": 0.7, "test": 0.3}``.
    seed
        Key of the hash.
    by
        What stays together besides: ``object``, ``sky`` (HEALPix pixels), ``survey`` or ``field``.
    exact
        Whether proportions are exact to one unit; rows that are added may then move others.
    order
        HEALPix order of the pixels of ``sky``.
    fields
        Fields of ``by="field"``: right ascension, declination and radius in degrees by name.
    roles
        Columns of the redshifts by meaning, where UCDs and names do not tell.
    objects
        Columns of the objects: ``{"id": ..., "ra": ..., "dec": ...}``. Those of LSST if the table has them; ``{}``
        for a table of redshifts alone.

    Returns
    -------
    Table
        With ``subset`` and ``is_training_set``; null where a row has no object.

    Raises
    ------
    TableRefusedError
        With everything wrong with the arguments, or if positions, surveys or fields that are needed are missing.

    Notes
    -----
    The service splits all pairs that it found before it leaves out any (``where``, ``unique``), and says in the column
    ``split_unit`` what it kept whole; a table that has it, made for the same `by` and `order`, is split by these
    units. In other tables only rows that are there can hold others together, so parts are those of the service for
    sets made with ``unique="none"`` and no constraint; of other sets a few objects with several redshifts may come to
    another side.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"ra": [150.1, 150.2], "dec": [2.2, 2.3], "z": [0.7, 0.8]})
    >>> tsm.split(table, {"train": 0.5, "test": 0.5}, seed=1)["subset"].to_list()
    ['train', 'test']
    """
    asked = {"split": dict(fractions), "seed": seed, "split_by": by, "split_exact": exact, "split_order": order}
    draft = validate_recipe({"catalog": "table", "redshifts": "table", **asked})
    if draft.problems:
        raise TableRefusedError(draft.problems)
    recipe = draft.recipe
    ours = user_table(table)
    told = redshift_roles(table.provenance) if isinstance(table, TrainingSet) else {}
    rows = _Rows.read(arrow_of(ours), {**told, **roles}, objects)
    named = None if fields else rows.units_of(recipe.split_by, recipe.split_order)
    names = named or unit_names(
        rows.keys,
        rows.units(),
        recipe.split_by,
        places=rows.places,
        surveys=_surveys(rows, recipe.split_by),
        fields=_fields(fields, recipe.split_by),
        order=recipe.split_order,
    )
    sides = assign_subsets(names, recipe.split, seed=recipe.seed, exact=recipe.split_exact)
    return ours.with_columns(_subset_columns(sides, rows.has_object)).plain


class _Rows(NamedTuple):
    """What a split looks at; only rows with an object, shape (n,) each."""

    keys: pa.Array
    places: SkyPositions
    objects: IntArray
    object_places: SkyPositions
    groups: IntArray | None
    surveys: pa.Array
    has_survey: bool
    told_units: pa.Array | None
    """Units of an earlier split, if the table tells them."""
    has_object: npt.NDArray[np.bool_]
    """For all rows of the table."""

    @classmethod
    def read(cls, table: pa.Table, roles: Mapping[str, str], objects: Mapping[str, str] | None) -> "_Rows":
        columns = _object_columns(table, objects)
        known = _roles(table, roles, columns)
        whole = np.ones(table.num_rows, bool)
        has_object = whole if not columns else table[columns["id"]].is_valid().to_numpy()
        positions = _positions(table, known)
        keys = _keys(table, known, positions)
        wanted = pa.array(has_object)
        rows, places = table.filter(wanted), positions.take(np.flatnonzero(has_object))
        numbers = np.arange(rows.num_rows)
        at_objects = _positions(rows, columns) if columns else places
        return cls(
            keys=keys.filter(wanted),
            places=places,
            objects=_codes(rows[columns["id"]]) if columns else numbers,
            object_places=at_objects,
            groups=_codes(rows[known["group"]]) if "group" in known else None,
            surveys=key_texts(rows, known.get("survey")),
            has_survey="survey" in known,
            told_units=rows[_UNIT].combine_chunks() if _UNIT in rows.column_names else None,
            has_object=has_object,
        )

    def units_of(self, by: SplitBy, order: int) -> pa.Array | None:
        """Units of an earlier split of this kind, which knew more rows; None if there are none."""
        told = self.told_units
        if told is None or not pa.types.is_string(told.type) or told.null_count or not name_units(told, by, order):
            return None
        return told

    def units(self) -> IntArray:
        """Number of the sky object of each row."""
        return find_units(_codes(self.keys), self.objects, places=self.object_places, groups=self.groups)


def _object_columns(table: pa.Table, given: Mapping[str, str] | None) -> dict[str, str]:
    """Object columns by meaning; none for a table of redshifts alone."""
    names = table.column_names
    if given is None:
        if {*_OBJECTS.values()} <= {*names}:
            return dict(_OBJECTS)
        if "row_key" not in names:
            return {}
        listed = ", ".join(f"{meaning!r}: ..." for meaning in _OBJECTS)
        raise _refused(f"the columns of the objects cannot be told; name them: objects={{{listed}}}.")
    if given and {*given} != {*_OBJECTS}:
        raise _refused(f"objects names {', '.join(given)}; it needs {', '.join(_OBJECTS)}, or nothing at all.")
    if missing := [column for column in given.values() if column not in names]:
        raise _refused(f"the table has no column {missing[0]!r}, which objects names.")
    return dict(given)


def _roles(table: pa.Table, roles: Mapping[str, str], objects: Mapping[str, str]) -> dict[str, str]:
    """Columns of the redshifts by meaning, as far as a split needs them."""
    # A redshift column whose name the object catalog has was renamed on the way into the set.
    renamed = {role: f"{name}_specz" if f"{name}_specz" in table.column_names else name for role, name in roles.items()}
    columns = [column for column in schema_descriptions(table.schema) if column.name not in objects.values()]
    found = find_roles(columns, renamed)
    problems = [problem for problem in found.problems if problem.value in ("ra", "dec", "survey", "group")]
    if problems:
        raise TableRefusedError(problems)
    return {role: name for role, name in found.roles.items() if name in table.column_names}


def _positions(table: pa.Table, roles: Mapping[str, str]) -> SkyPositions:
    if problems := position_problems(table, roles):
        raise TableRefusedError(problems)
    positions = read_positions(table, roles)
    if positions.row_problems:
        raise TableRefusedError(positions.row_problems)
    return SkyPositions(positions.ra, positions.dec)


def _keys(table: pa.Table, roles: Mapping[str, str], positions: SkyPositions) -> pa.Array:
    if KEY_COLUMN in table.column_names:
        return table[KEY_COLUMN].combine_chunks().cast(pa.string())
    try:
        return redshift_keys(table, roles, ra=positions.ra, dec=positions.dec)
    except (TableError, RecipeError) as error:
        raise TableRefusedError(error.problems) from error


def _codes(values: pa.Array | pa.ChunkedArray) -> IntArray:
    """A number for each value, negative for null."""
    chunks = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    codes: IntArray = pd.factorize(chunks.to_pandas(types_mapper=pd.ArrowDtype))[0].astype(np.int64)
    return codes


def _surveys(rows: _Rows, by: SplitBy) -> pa.Array:
    if by is SplitBy.SURVEY and not rows.has_survey:
        raise _refused("no column is known as survey; say which one is: roles={'survey': COLUMN}.")
    return rows.surveys


def _fields(given: Mapping[str, SkyField | tuple[float, float, float]], by: SplitBy) -> dict[str, SkyField]:
    if by is SplitBy.FIELD and not given:
        raise _refused("by='field' needs fields={NAME: (ra, dec, radius)}, in degrees; the registry entry has them.")
    return {
        name: field if isinstance(field, SkyField) else SkyField(ra=field[0], dec=field[1], radius_deg=field[2])
        for name, field in given.items()
    }


def _subset_columns(sides: pa.Array, has_object: npt.NDArray[np.bool_]) -> pa.Table:
    places = np.cumsum(has_object) - 1
    subsets = sides.take(pa.array(places, mask=~has_object))
    fields = [described(column) for column in PAIR_COLUMNS if column.name in _PLACED]
    return pa.table([subsets, pc.equal(subsets, "train")], schema=pa.schema(fields))


def _refused(message: str) -> TableRefusedError:
    return TableRefusedError([Problem(parameter="TABLE", message=message)])
