"""Columns that a match adds, and what each means. Light: the web process checks select lists with it."""

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.recipe import CrossmatchRecipe, Match

__all__ = ["PAIR_COLUMNS", "pair_columns_of"]


def _column(name: str, datatype: ColumnType, ucd: str, description: str, unit: str | None = None) -> ColumnDescription:
    return ColumnDescription(name=name, datatype=datatype, unit=unit, ucd=ucd, description=description)


PAIR_COLUMNS: tuple[ColumnDescription, ...] = (
    _column(
        "separation_arcsec",
        ColumnType.FLOAT64,
        "pos.angDistance",
        "Great-circle separation of redshift and object",
        "arcsec",
    ),
    _column(
        "delta_ra_arcsec",
        ColumnType.FLOAT64,
        "pos.eq.ra;arith.diff",
        "Right ascension of the object minus that of the redshift, times the cosine of declination",
        "arcsec",
    ),
    _column(
        "delta_dec_arcsec",
        ColumnType.FLOAT64,
        "pos.eq.dec;arith.diff",
        "Declination of the object minus that of the redshift",
        "arcsec",
    ),
    _column("match_rank", ColumnType.INT32, "meta.number", "1 for the nearest object of the redshift, 2 for the next"),
    _column("n_within_radius", ColumnType.INT32, "meta.number", "Objects within the match radius, before any cut"),
    _column(
        "second_separation_arcsec",
        ColumnType.FLOAT64,
        "pos.angDistance",
        "Separation of the second nearest object within the radius, before any cut; null if there is none",
        "arcsec",
    ),
    _column(
        "neighbors_truncated",
        ColumnType.BOOLEAN,
        "meta.code",
        "Whether the redshift has more objects within the radius than were asked for",
    ),
    _column(
        "chance_probability",
        ColumnType.FLOAT32,
        "stat.probability",
        "Probability that an unrelated object lies this near, from the density of objects around",
    ),
    _column(
        "brightest_within_radius",
        ColumnType.BOOLEAN,
        "meta.code",
        "Whether no object within the radius is brighter in the reference band; null if its flux is unknown",
    ),
    _column("n_redshifts", ColumnType.INT32, "meta.number", "Redshifts paired with this object, before one is chosen"),
    _column(
        "z_scatter",
        ColumnType.FLOAT64,
        "stat.value;src.redshift",
        "Largest minus smallest over 1 + median of those redshifts; null with one",
    ),
    _column("z_conflict", ColumnType.BOOLEAN, "meta.code", "Whether those redshifts scatter by more than 0.005"),
    _column("release", ColumnType.STRING, "meta.version", "Data release of the object catalog"),
    _column("row_key", ColumnType.STRING, "meta.id;meta.main", "Stable key of the row: redshift key and object id"),
    _column("subset", ColumnType.STRING, "meta.code.class", "Part of the split that the row belongs to"),
    _column(
        "split_unit",
        ColumnType.STRING,
        "meta.id.part",
        "What was split as a whole: a sky object, by its smallest redshift key, or a pixel, survey or field",
    ),
    _column("is_training_set", ColumnType.BOOLEAN, "meta.code", "Whether the row belongs to the part named train"),
    _column(
        "weight",
        ColumnType.FLOAT64,
        "stat.weight",
        "Weight that makes the rows, or those of their subset, resemble the target objects; 1 on the average",
    ),
)
"""Every column that a match can add, in the order of the result; some depend on what was asked for."""

_OF_SPLITS = frozenset({"subset", "split_unit", "is_training_set"})
_OF_SEVERAL = frozenset({"neighbors_truncated"})
_OF_WEIGHTS = frozenset({"weight"})


def pair_columns_of(recipe: CrossmatchRecipe) -> tuple[ColumnDescription, ...]:
    """The columns that a recipe's match adds."""
    absent = (frozenset() if recipe.split else _OF_SPLITS) | (frozenset() if recipe.match is Match.ALL else _OF_SEVERAL)
    absent |= frozenset() if recipe.weights else _OF_WEIGHTS
    return tuple(column for column in PAIR_COLUMNS if column.name not in absent)
