"""The recipe: what a user asks for, declared once.

DALI form fields, the JSON API, the stored job, the worker's input, the library's call, the command line and the
saved provenance are all this one model. Imports pydantic and nothing heavier.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from trainingset.combine_recipe import CombineRecipe, combine_recipe_of
from trainingset.draft import Draft, read_draft
from trainingset.presets import PresetUsed, find_preset, preset_names, standard_presets
from trainingset.recipe_choices import (
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
from trainingset.redshift_source import ROLE_NAMES, require_roles, require_source
from trainingset.wire import BadRows, DaliBoolean, Format, Formats, Items, Pairs, ResponseFormat, Wire

__all__ = [
    "COMBINED",
    "HELD_OUT",
    "MOST_NEIGHBORS",
    "MOST_TARGET_ROWS",
    "CrossmatchRecipe",
    "Dereddening",
    "Engine",
    "Hdf5Profile",
    "How",
    "Match",
    "Recipe",
    "SplitBy",
    "Subsets",
    "Unique",
    "WhereOrder",
    "ZeroPoints",
    "validate_recipe",
]


MOST_NEIGHBORS = 1000
"""Largest ``neighbors``."""

MOST_TARGET_ROWS = 1_000_000
"""Largest ``target_rows``."""

COMBINED = "combined"
"""Name of the redshifts that a combine recipe makes on the way to a cross-match."""

HELD_OUT = "holdout"
"""Name of the subset of what is held out."""

_HELD_OUT_ITEM = re.compile(r"(survey|field):\s*\S.*")
_SUBSET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")


def _source_or_combination(value: object) -> object:
    """Read a source's name, or a combine recipe as JSON says it."""
    combination = combine_recipe_of(value)
    return require_source(value) if combination is None else combination


class CrossmatchRecipe(BaseModel):
    """A cross-match of redshifts with an object catalog, and what is made of the pairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["crossmatch"] = "crossmatch"
    catalog: Annotated[str, Wire("CATALOG")] = Field(
        title="Object catalog", description="Id of a registered object catalog.", min_length=1, max_length=128
    )
    redshifts: Annotated[str | CombineRecipe, BeforeValidator(_source_or_combination), Wire("REDSHIFTS")] = Field(
        title="Redshifts",
        description="Source of redshifts: `upload:ID`, `job:ID`, `catalog:ID`, `compilation:NAME` or "
        "`compilation:NAME@VERSION`, `pz:ID` or `pz:internal_name` of a PZ Server, or the name of an inline upload; or "
        "a whole recipe of kind `combine` (as JSON), "
        "whose rows are then matched.",
    )
    preset: Annotated[str | None, Wire("PRESET")] = Field(
        None,
        title="Preset",
        description="Preset of a standardized set, `NAME` or `NAME@VERSION`: its parameters hold where the recipe says "
        "nothing else. There are " + ", ".join(f"`{name}`" for name in preset_names()) + ".",
    )
    roles: Annotated[dict[str, str], Pairs, Wire("ROLES")] = Field(
        default_factory=dict,
        title="Column roles",
        description=(
            "Columns of the redshift table by meaning, where UCDs and names do not tell: "
            "`ra=RAJ2000,dec=DEJ2000,z=zspec`. Roles: " + ", ".join(ROLE_NAMES) + "."
        ),
    )
    radius_arcsec: Annotated[float | None, Wire("RADIUS", unit="arcsec")] = Field(
        None,
        title="Match radius",
        description="Largest separation of a pair in arcsec, at most the margin of the catalog. "
        "Without it, the catalog's own default.",
        gt=0,
        allow_inf_nan=False,
        json_schema_extra={"unit": "arcsec"},
    )
    match: Annotated[Match, Wire("MATCH")] = Field(
        Match.NEAREST,
        title="Pairs",
        description="`nearest` (each redshift its nearest object), `mutual` (mutual nearest pairs only) or `all` "
        "(every pair up to `neighbors`).",
    )
    neighbors: Annotated[int, Wire("NEIGHBORS")] = Field(
        10,
        title="Neighbors",
        description="Most objects for one redshift, with `match=all` only.",
        ge=1,
        le=MOST_NEIGHBORS,
    )
    how: Annotated[How, Wire("HOW")] = Field(
        How.INNER, title="Unmatched redshifts", description="`inner` drops them, `left` keeps them."
    )
    unique: Annotated[Unique, Wire("UNIQUE")] = Field(
        Unique.BEST,
        title="Several redshifts at one object",
        description="`best` keeps one by quality flag, instrument type, redshift error, separation and key; "
        "`nearest` keeps the nearest; `none` keeps all.",
    )
    redshifts_where: Annotated[str | None, Wire("REDSHIFTS_WHERE")] = Field(
        None,
        title="Constraint on redshifts",
        description="ADQL search condition on redshift rows, applied before matching.",
        max_length=10_000,
    )
    where: Annotated[str | None, Wire("WHERE")] = Field(
        None,
        title="Constraint on objects",
        description="ADQL search condition on object columns and derived names such as `i_gaap1p0SNR`.",
        max_length=10_000,
    )
    where_order: Annotated[WhereOrder, Wire("WHERE_ORDER")] = Field(
        WhereOrder.AFTER,
        title="Order of the constraint on objects",
        description="`after` or `before` matching. Cutting before lets a redshift attach to the next surviving object.",
    )
    flux: Annotated[tuple[str, ...], Items, Wire("FLUX", multiple=True)] = Field(
        ("gaap1p0",),
        title="Flux kinds",
        description="Flux kinds to return: `gaap1p0`, `cModel`, `psf`, ...",
        min_length=1,
    )
    columns: Annotated[tuple[str, ...], Items, Wire("COLUMNS", multiple=True)] = Field(
        (),
        title="Further columns",
        description="Object columns or named groups beyond the registered default set.",
        max_length=2000,
    )
    select: Annotated[str | None, Wire("SELECT")] = Field(
        None,
        title="Columns of the answer",
        description="ADQL select list: exactly these columns are in the result named `result`, instead of all. "
        "Columns come from `objects`, `redshifts` and `pairs`: "
        "`objects.*, redshifts.z AS z_sent, pairs.separation_arcsec`. `TOP n` in front takes the first rows. "
        "With it, the source need not hold redshifts: any positions are matched. The Parquet result stays whole.",
        max_length=50_000,
    )
    magnitudes: Annotated[bool, DaliBoolean, Wire("MAGNITUDES")] = Field(
        True, title="Magnitudes", description="Whether AB magnitudes and errors are made of the fluxes."
    )
    dereddening: Annotated[Dereddening, Wire("DEREDDEN")] = Field(
        Dereddening.NONE,
        title="Correction for dust",
        description="Coefficients that magnitudes are corrected with for dust in the Milky Way: `none`, `rail` or "
        "`sf11`. Corrected names end in `_dered`; the uncorrected ones stay.",
    )
    zero_points: Annotated[ZeroPoints, Wire("ZEROPOINTS")] = Field(
        ZeroPoints.NONE,
        title="Zero-point offsets",
        description="`release` takes the published zero-point offsets of the release off the magnitudes; fluxes "
        "stay as they are.",
    )
    split: Annotated[dict[str, float], Pairs, Wire("SPLIT")] = Field(
        default_factory=dict,
        title="Split",
        description="Subsets and their fractions, adding to 1: `train=0.7,validation=0.15,test=0.15`.",
    )
    split_by: Annotated[SplitBy, Wire("SPLIT_BY")] = Field(
        SplitBy.OBJECT,
        title="Split unit",
        description="What stays together besides everything that is one sky object: `object` (nothing more), `sky` "
        "(HEALPix pixels), `survey` or `field`.",
    )
    split_order: Annotated[int, Wire("SPLIT_ORDER")] = Field(
        7,
        title="Order of the split's pixels",
        description="HEALPix order of the pixels of `split_by=sky`; 7 has pixels of 0.46 degrees.",
        ge=0,
        le=12,
    )
    split_exact: Annotated[bool, DaliBoolean, Wire("SPLIT_EXACT")] = Field(
        False,
        title="Exact proportions",
        description="Rank the hashes, so that proportions are exact to one unit; adding rows may then move others.",
    )
    hold_out: Annotated[tuple[str, ...], Items, Wire("HOLD_OUT", multiple=True)] = Field(
        (),
        title="Held out",
        description="Surveys and fields that are the subset `holdout` of a split, with every row of their sky objects: "
        "`survey:DESI`, `field:ECDFS`.",
        max_length=100,
    )
    cap: Annotated[int | None, Wire("CAP")] = Field(
        None,
        title="Cap",
        description="Most rows of one survey in a cell of magnitude and redshift; which of them stay is drawn by their "
        "keys. Without it there is no cap.",
        ge=1,
    )
    cap_band: Annotated[str | None, Wire("CAP_BAND")] = Field(
        None,
        title="Band of the cap",
        description="Band of the cells' magnitude; without it the reference band of the catalog.",
    )
    cap_magnitude_step: Annotated[float, Wire("CAP_MAGNITUDE_STEP", unit="mag")] = Field(
        0.5,
        title="Cells of the cap in magnitude",
        description="Size of a cell in magnitudes.",
        ge=0.01,
        le=100,
        json_schema_extra={"unit": "mag"},
    )
    cap_redshift_step: Annotated[float, Wire("CAP_REDSHIFT_STEP")] = Field(
        0.1, title="Cells of the cap in redshift", description="Size of a cell in redshift.", ge=0.001, le=100
    )
    cap_subsets: Annotated[tuple[str, ...], Items, Wire("CAP_SUBSETS", multiple=True)] = Field(
        (),
        title="Subsets that are capped",
        description="Subsets that are capped, each on its own; without it the whole set is, before it is split.",
        max_length=100,
    )
    weights: Annotated[tuple[str, ...], Items, Wire("WEIGHTS", multiple=True)] = Field(
        (),
        title="Weights",
        description="Bands in whose magnitude and colors the set, or each of its subsets, is weighted to resemble the "
        "target objects: the column `weight`, by nearest neighbors (Lima et al. 2008).",
        max_length=100,
    )
    weight_neighbors: Annotated[int, Wire("WEIGHT_NEIGHBORS")] = Field(
        20,
        title="Neighbors of the weights",
        description="Rows in the neighborhood over which a weight is taken; more make smoother weights.",
        ge=1,
        le=10_000,
    )
    seed: Annotated[int, Wire("SEED")] = Field(
        0,
        title="Seed",
        description="Key of the hashes that split, cap and draw target objects.",
        ge=0,
        lt=2**32,
    )
    responseformat: Annotated[ResponseFormat, Format, Wire("RESPONSEFORMAT")] = Field(
        ResponseFormat.VOTABLE,
        title="Format of the answer",
        description="Format of the result named `result`.",
    )
    formats: Annotated[tuple[ResponseFormat, ...], Formats, Wire("FORMATS", multiple=True)] = Field(
        (), title="Further formats", description="Further formats of the result. Parquet is always made."
    )
    bad_rows: Annotated[BadRows, Wire("BAD_ROWS")] = Field(
        BadRows.ERROR,
        title="Rows without coordinates",
        description="`error` refuses a redshift table that has them, `drop` leaves them out and counts them.",
    )
    engine: Annotated[Engine, Wire("ENGINE")] = Field(
        Engine.TSM, title="Engine", description="`tsm`, or `lsdb` for the stock algorithm as a reference."
    )
    hdf5_profile: Annotated[Hdf5Profile, Wire("PROFILE")] = Field(
        Hdf5Profile.RAIL,
        title="Profile of HDF5",
        description="Names and conventions of HDF5 files: `rail`, `rubin` or `pz-challenge`.",
    )
    subsets: Annotated[Subsets, Wire("SUBSETS")] = Field(
        Subsets.COLUMN,
        title="Subsets as",
        description="`column` in one table, or `files` besides, one for each subset.",
    )
    report: Annotated[bool, DaliBoolean, Wire("REPORT")] = Field(
        False,
        title="Quality report",
        description="Whether a report on the quality of the training set is made besides: one HTML page, the result "
        "named `report`, and its figures as PNG in an archive, `report_figures`.",
    )
    target_rows: Annotated[int, Wire("TARGET_ROWS")] = Field(
        20_000,
        title="Target objects",
        description="Objects that are drawn at random from the catalog, about so many: the report compares the set "
        "with them, and weights are made for them. 0 draws none.",
        ge=0,
        le=MOST_TARGET_ROWS,
    )
    target_where: Annotated[str | None, Wire("TARGET_WHERE")] = Field(
        None,
        title="Constraint on target objects",
        description="ADQL search condition on the objects that the set is for, as `where`; without it `where` holds "
        "for them too.",
        max_length=10_000,
    )
    maxrec: Annotated[int | None, Wire("MAXREC")] = Field(
        None, title="Most rows", description="Most rows of the result; 0 gives the columns alone.", ge=0
    )

    @property
    def source(self) -> str:
        """Name of the source of redshifts; `COMBINED` where a combine recipe takes its place."""
        return self.redshifts if isinstance(self.redshifts, str) else COMBINED

    @property
    def subset_names(self) -> tuple[str, ...]:
        """Subsets of the split, with the one that is held out."""
        return (*self.split, HELD_OUT) if self.hold_out else tuple(self.split)

    @property
    def preset_used(self) -> PresetUsed | None:
        """The preset with what the recipe says otherwise; None without one."""
        found = None if self.preset is None else find_preset(self.preset)
        if found is None:
            return None
        mine = self.model_dump(mode="json")
        changed = tuple(name for name, value in found.parameters.items() if mine[name] != value)
        return PresetUsed(name=found.name, version=found.version, changed=changed)

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, values: object) -> object:
        """Fill in what the preset sets and the recipe does not, so that everybody sees it."""
        if not isinstance(values, Mapping) or not isinstance(values.get("preset"), str):
            return values
        found = find_preset(values["preset"])
        return values if found is None else {**found.parameters, **values, "preset": found.reference}

    @field_validator("preset")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        if value is not None and find_preset(value) is None:
            there = ", ".join(standard_presets())
            raise ValueError(f"there is no preset {value[:80]!r}; there are {there}")
        return value

    @field_validator("hold_out")
    @classmethod
    def _names_surveys_or_fields(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [item for item in value if not _HELD_OUT_ITEM.fullmatch(item)]:
            raise ValueError(f"{bad[0]!r} is neither survey:NAME nor field:NAME")
        return value

    @field_validator("roles")
    @classmethod
    def _are_roles(cls, value: dict[str, str]) -> dict[str, str]:
        return require_roles(value)

    @field_validator("split")
    @classmethod
    def _adds_to_one(cls, value: dict[str, float]) -> dict[str, float]:
        if not value:
            return value
        if bad := [name for name in value if not _SUBSET_NAME.fullmatch(name)]:
            raise ValueError(f"{bad[0]!r} is no name of a subset: a letter, then letters, digits and _ (at most 32)")
        if len({name.casefold() for name in value}) < len(value):
            raise ValueError("two subsets differ in case alone; their files could not be told apart everywhere")
        if bad := [name for name, fraction in value.items() if not 0 < fraction <= 1]:
            raise ValueError(f"the fraction of {bad[0]} is {value[bad[0]]:g}; it must be above 0 and at most 1")
        if HELD_OUT in {name.casefold() for name in value}:
            raise ValueError(f"{HELD_OUT!r} is the subset of what HOLD_OUT names; take another name")
        if abs(sum(value.values()) - 1) > 1e-6:
            raise ValueError(f"the fractions add to {sum(value.values()):g}; they must add to 1")
        return value

    def to_lsdb_code(
        self,
        *,
        catalog_path: str | None = None,
        redshifts_path: str = "redshifts.parquet",
        columns: Sequence[str] | None = None,
        roles: Mapping[str, str] | None = None,
        **details: Any,
    ) -> str:
        """Write the stand-alone LSDB script that this recipe stands for.

        Parameters
        ----------
        catalog_path
            HATS collection of the objects: a folder or an address; without it, a folder named like the catalog.
        redshifts_path
            File with the redshifts; its suffix tells how to read it.
        columns
            Object columns: id, right ascension, declination, then the others; without them, those of the recipe,
            which a resolved one has.
        roles
            Columns of the redshift table by role; those of the recipe come first, and where neither tells them they
            are ``ra``, ``dec`` and, for ``z``, ``redshift``.
        **details
            Further fields of `trainingset.lsdb_script.ScriptInputs`.

        Returns
        -------
        str
            A script of Python. What it cannot do is said in its head.

        Raises
        ------
        ValueError
            If radius or columns are not told; the recipe of a job has both.
        """
        # A late import: who makes recipes need not know of scripts.
        from trainingset.lsdb_script import ScriptInputs, lsdb_script

        inputs = ScriptInputs(
            catalog_path=catalog_path or self.catalog,
            redshifts_path=redshifts_path,
            columns=tuple(self.columns if columns is None else columns),
            roles={"ra": "ra", "dec": "dec", "z": "redshift", **(roles or {}), **self.roles},
            **details,
        )
        return lsdb_script(self, inputs)


Recipe = Annotated[CrossmatchRecipe | CombineRecipe, Field(discriminator="kind")]
"""Everything that a user can ask for."""


def validate_recipe(values: Mapping[str, object]) -> Draft[CrossmatchRecipe]:
    """Read the fields of a cross-match, each on its own.

    Parameters
    ----------
    values
        Recipe fields by name; texts are read as on the wire (``train=0.7,test=0.3``).
    """
    return read_draft(CrossmatchRecipe, values, stand_ins={"catalog": "refused", "redshifts": "refused"})
