"""What a recipe of a cross-match chooses from: closed sets of values. Imports nothing."""

from enum import StrEnum

__all__ = [
    "Dereddening",
    "Engine",
    "Hdf5Profile",
    "How",
    "Match",
    "SplitBy",
    "Subsets",
    "Unique",
    "WhereOrder",
    "ZeroPoints",
]


class Match(StrEnum):
    """Which pairs of redshift and object count as a match."""

    NEAREST = "nearest"
    """Each redshift with its nearest object."""
    MUTUAL = "mutual"
    """Only pairs that are each other's nearest."""
    ALL = "all"
    """Every pair within the radius, up to ``neighbors`` for one redshift."""


class How(StrEnum):
    """What happens to redshifts without an object."""

    INNER = "inner"
    LEFT = "left"


class Unique(StrEnum):
    """Which redshift stays when several meet one object."""

    BEST = "best"
    """By quality flag, instrument type, redshift error, separation, key, in this order."""
    NEAREST = "nearest"
    NONE = "none"


class WhereOrder(StrEnum):
    """When the constraint on objects applies; the two give different samples."""

    AFTER = "after"
    BEFORE = "before"


class SplitBy(StrEnum):
    """What stays together in a split; a sky object always does."""

    OBJECT = "object"
    SKY = "sky"
    """Whole HEALPix pixels, so that the subsets share no area."""
    SURVEY = "survey"
    """Whole redshift surveys."""
    FIELD = "field"
    """Whole fields of the object catalog, as its registry entry names them."""


class Dereddening(StrEnum):
    """Coefficients A(band)/E(B-V) that magnitudes are corrected with for dust in the Milky Way."""

    NONE = "none"
    RAIL = "rail"
    """Those that RAIL takes for LSST, for E(B-V) as Schlegel, Finkbeiner and Davis (1998) published it."""
    SF11 = "sf11"
    """Schlafly and Finkbeiner (2011), R_V = 3.1, which contain their recalibration: 12 to 18 % below."""


class ZeroPoints(StrEnum):
    """Published offsets of the photometric zero points that magnitudes are corrected with."""

    NONE = "none"
    RELEASE = "release"
    """Those that the catalog's registry entry holds for its release."""


class Hdf5Profile(StrEnum):
    """Names and conventions of HDF5 files, which are for photo-z codes."""

    RAIL = "rail"
    """Group ``photometry``, ``mag_u_lsst``, 99 for a band that was not detected: RAIL's own defaults."""
    RUBIN = "rubin"
    """No group, ``u_gaap1p0Mag``, NaN for a band that was not detected: the Rubin photo-z group's files."""
    PZ_CHALLENGE = "pz-challenge"
    """No group, ``mag_u_lsst`` and ``mag_u_lsst_err``, NaN: the PZ Data Challenge's files."""


class Engine(StrEnum):
    """Which algorithm matches: ours, or the stock LSDB one as a reference."""

    TSM = "tsm"
    LSDB = "lsdb"


class Subsets(StrEnum):
    """How the subsets of a split are delivered."""

    COLUMN = "column"
    FILES = "files"
