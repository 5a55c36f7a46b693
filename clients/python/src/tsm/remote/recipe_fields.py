"""Fields of a recipe as users give them in Python, and as they go over the wire."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict

from trainingset.recipe import (
    Dereddening,
    Engine,
    Hdf5Profile,
    How,
    Match,
    SplitBy,
    Subsets,
    Unique,
    WhereOrder,
    ZeroPoints,
)
from trainingset.wire import BadRows, ResponseFormat

__all__ = ["RecipeFields", "plain_fields"]

FormatName = Literal["votable", "votable/td", "parquet", "fits", "csv", "hdf5", "hats"]


class RecipeFields(TypedDict, total=False):
    """Keywords of a cross-match besides its catalog and its redshifts; all have defaults.

    The same fields as `trainingset.recipe.CrossmatchRecipe`, which describes them.
    """

    preset: str | None
    """Preset of a standardized set, ``NAME`` or ``NAME@VERSION``; its parameters hold where nothing else is said."""
    roles: Mapping[str, str] | str
    """Columns of the redshift table by meaning: ``{"ra": "RAJ2000", "z": "zspec"}``."""
    radius_arcsec: float | None
    """Largest separation of a pair in arcsec; the catalog's own default unless given."""
    match: Match | Literal["nearest", "mutual", "all"]
    """Which pairs count."""
    neighbors: int
    """Most objects for one redshift, with ``match="all"``."""
    how: How | Literal["inner", "left"]
    """Whether redshifts without an object are dropped or kept."""
    unique: Unique | Literal["best", "nearest", "none"]
    """Which redshift stays when several meet one object."""
    redshifts_where: str | None
    """ADQL search condition on redshift rows."""
    where: str | None
    """ADQL search condition on object columns and derived names such as ``i_gaap1p0SNR``."""
    where_order: WhereOrder | Literal["after", "before"]
    """When ``where`` applies: after or before matching."""
    flux: Iterable[str]
    """Flux kinds: one name or several."""
    columns: Iterable[str]
    """Further object columns or named groups: one name or several."""
    select: str | None
    """ADQL select list: the columns of the file ``result``, instead of all."""
    magnitudes: bool
    """Whether AB magnitudes are made of the fluxes."""
    dereddening: Dereddening | Literal["none", "rail", "sf11"]
    """Coefficients that magnitudes are corrected with for dust."""
    zero_points: ZeroPoints | Literal["none", "release"]
    """Published offsets of zero points that magnitudes are corrected with."""
    split: Mapping[str, float] | str
    """Subsets and their fractions: ``{"train": 0.7, "test": 0.3}``."""
    split_by: SplitBy | Literal["object", "sky", "survey", "field"]
    """What stays together in the split."""
    split_order: int
    """HEALPix order of the pixels of ``split_by="sky"``."""
    split_exact: bool
    """Whether proportions are exact to one unit."""
    hold_out: Iterable[str]
    """Surveys and fields that are the subset ``holdout``: ``["survey:DESI"]``."""
    cap: int | None
    """Most rows of one survey in a cell of magnitude and redshift."""
    cap_band: str | None
    """Band of the cells' magnitude."""
    cap_magnitude_step: float
    """Size of a cell in magnitudes."""
    cap_redshift_step: float
    """Size of a cell in redshift."""
    cap_subsets: Iterable[str]
    """Subsets that are capped; the whole set unless given."""
    weights: Iterable[str]
    """Bands in whose magnitude and colors rows are weighted towards the target objects."""
    weight_neighbors: int
    """Rows in the neighborhood over which a weight is taken."""
    seed: int
    """Key of the hashes that split, cap and draw target objects."""
    responseformat: ResponseFormat | FormatName
    """Format of the result named ``result``."""
    formats: Iterable[ResponseFormat | FormatName]
    """Further formats: one or several."""
    bad_rows: BadRows | Literal["error", "drop"]
    """What happens to redshift rows without valid coordinates."""
    engine: Engine | Literal["tsm", "lsdb"]
    """Which algorithm matches."""
    hdf5_profile: Hdf5Profile | Literal["rail", "rubin", "pz-challenge"]
    """Names and conventions of HDF5 files."""
    subsets: Subsets | Literal["column", "files"]
    """How the subsets of a split are delivered."""
    report: bool
    """Whether a report on the quality of the training set is made besides."""
    target_rows: int
    """Objects that are drawn at random from the catalog, to compare the set with."""
    target_where: str | None
    """ADQL search condition on the objects that the set is for."""
    maxrec: int | None
    """Most rows of the result."""


def plain_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """Fields as JSON knows them.

    What a notebook holds is taken as it is meant: numbers of numpy, angles of astropy for the radius, tuples, sets,
    arrays and indexes of names. Whether a field exists and what it may hold is the service's to say: it may know more
    than this client.
    """
    return {name: _plain(name, value) for name, value in fields.items()}


def _plain(name: str, value: object) -> Any:
    if name == "radius_arcsec" and hasattr(value, "to_value"):
        return float(value.to_value("arcsec"))  # an astropy Quantity
    match value:
        # Enumerations of texts are texts already; a subclass of its own would be spelled by its class.
        case str():
            return str(value)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(key): _plain("", item) for key, item in value.items()}
        case set() | frozenset():
            return sorted(_plain("", item) for item in value)
        case _ if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
            return value.item()  # a number of numpy
        case Iterable():
            return [_plain("", item) for item in value]
    return str(value)
