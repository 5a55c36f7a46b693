"""The recipe of a compilation: which redshift tables become one, and how repeated measurements are resolved.

Imports pydantic and nothing heavier.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from trainingset.draft import Draft, read_draft
from trainingset.redshift_source import require_roles, require_source
from trainingset.wire import BadRows, DaliBoolean, Format, Formats, Items, Pairs, ResponseFormat, Wire

__all__ = [
    "CombineInput",
    "CombineRecipe",
    "CombinedRedshift",
    "DzScale",
    "Mode",
    "Preset",
    "RadiusFrom",
    "Repeats",
    "RuleSet",
    "Sentinels",
    "Stars",
    "Ties",
    "combine_recipe_of",
    "validate_combine",
]


class Preset(StrEnum):
    """Defaults of a compilation."""

    TRAINING = "training"
    """One secure redshift for each galaxy: what photo-z codes are trained with."""
    REFERENCE = "reference"
    """Exactly the answer of the PZ Server's pipeline (``pzserver_combine_redshift_dedup``)."""
    COMPLETE = "complete"
    """Every row, marked."""


class Mode(StrEnum):
    """What becomes of repeated measurements."""

    CONCATENATE = "concatenate"
    """They are not looked for."""
    MARK = "mark"
    REMOVE = "remove"


class Ties(StrEnum):
    """What becomes of groups whose best measurements contradict each other, in the mode ``remove``."""

    REMOVE_ALL = "remove_all"
    KEEP_ALL = "keep_all"
    DRAW_ONE = "draw_one"
    """One of them, drawn by the seed."""


class RadiusFrom(StrEnum):
    """How far apart two measurements of one galaxy may be."""

    FIXED = "fixed"
    """As the radius says, for all."""
    SURVEY = "survey"
    """Wider for surveys whose positions are known to be less accurate: three times their accuracy."""


class DzScale(StrEnum):
    """What the difference of two redshifts is compared with."""

    ABSOLUTE = "absolute"
    ONE_PLUS_Z = "one_plus_z"
    ERROR = "error"
    """Their combined error: of the row, else the survey's typical precision."""


class Stars(StrEnum):
    """Whether stars stay in the compilation; either way they join no galaxies."""

    KEEP = "keep"
    DROP = "drop"


class Sentinels(StrEnum):
    """What becomes of values that stand for no redshift, such as -9.999 and -99."""

    NULL = "null"
    KEEP = "keep"


class RuleSet(StrEnum):
    """Which rules turn survey flags into the common scale."""

    CURRENT = "current"
    REFERENCE = "reference"
    """Those of the PZ Server's pipeline, mistakes included."""


class CombinedRedshift(StrEnum):
    """Which redshift the kept row of a group has."""

    BEST = "best"
    """Its own."""
    MEAN = "mean"
    """The mean of the best measurements that agree, weighted by their errors."""


class Repeats(StrEnum):
    """Whether one file may be given twice, and one survey in two releases."""

    ERROR = "error"
    ALLOW = "allow"


class CombineInput(BaseModel):
    """One table of redshifts that goes into a compilation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(
        title="Source",
        description="`upload:ID`, `job:ID`, `catalog:ID`, `compilation:NAME[@VERSION]`, `pz:ID` or the name of an "
        "inline upload",
    )
    survey: str | None = Field(
        None,
        title="Survey",
        description="Survey of all rows, where no column tells it. Without either it is recognized by its columns.",
        min_length=1,
        max_length=64,
    )
    roles: dict[str, str] = Field(default_factory=dict, title="Roles", description="Columns by meaning.")

    @field_validator("source")
    @classmethod
    def _is_a_source(cls, value: str) -> str:
        return require_source(value)

    @field_validator("roles")
    @classmethod
    def _are_roles(cls, value: dict[str, str]) -> dict[str, str]:
        # Rules, results and the PZ Server call the survey's own flag so.
        return require_roles({"quality_flag" if role == "z_flag" else role: name for role, name in value.items()})


_SURVEY_NAME = "survey_name"


def _inputs_from_text(value: object) -> object:
    """Read ``upload:a;survey_name=VVDS;z=Z,upload:b``: inputs by comma, each a source and its roles by semicolon."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        return value
    inputs: list[object] = []
    for item in given:
        if isinstance(item, str):
            inputs += [_input_from_text(text.strip()) for text in item.split(",") if text.strip()]
        else:
            inputs.append(item)
    return tuple(inputs)


def _input_from_text(text: str) -> object:
    source, *pairs = (part.strip() for part in text.split(";"))
    roles: dict[str, str] = {}
    for pair in filter(None, pairs):
        key, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not key or not column:
            raise ValueError(f"{pair!r} is not of the form role=column")
        if key in roles:
            raise ValueError(f"{key!r} is given twice for {source}")
        roles[key] = column
    return {"source": source, "survey": roles.pop(_SURVEY_NAME, None), "roles": roles}


PRESETS: Mapping[Preset, Mapping[str, object]] = MappingProxyType(
    {
        Preset.TRAINING: MappingProxyType(
            {
                "mode": Mode.REMOVE,
                "radius_from": RadiusFrom.SURVEY,
                "max_diameter_arcsec": 3.0,
                "dz_scale": DzScale.ONE_PLUS_Z,
                "priority": ("instrument_type", "quality_flag"),
                "min_quality": 3.0,
                "instrument_types": ("s", "g"),
                "stars": Stars.DROP,
                "z_min": 0.001,
                "sentinels": Sentinels.NULL,
                "rules": RuleSet.CURRENT,
                "repeats": Repeats.ERROR,
                "wrap_ra": True,
            }
        ),
        Preset.REFERENCE: MappingProxyType(
            {
                "mode": Mode.MARK,
                "radius_from": RadiusFrom.FIXED,
                "dz_scale": DzScale.ABSOLUTE,
                "priority": ("quality_flag", "instrument_type"),
                "min_quality": 0.0,
                "instrument_types": (),
                "stars": Stars.KEEP,
                "sentinels": Sentinels.KEEP,
                "rules": RuleSet.REFERENCE,
                "repeats": Repeats.ALLOW,
                "wrap_ra": False,
            }
        ),
        Preset.COMPLETE: MappingProxyType(
            {
                "mode": Mode.MARK,
                "radius_from": RadiusFrom.SURVEY,
                "max_diameter_arcsec": 3.0,
                "dz_scale": DzScale.ONE_PLUS_Z,
                "priority": ("instrument_type", "quality_flag"),
                "min_quality": 0.0,
                "instrument_types": (),
                "stars": Stars.KEEP,
                "sentinels": Sentinels.NULL,
                "rules": RuleSet.CURRENT,
                "repeats": Repeats.ALLOW,
                "wrap_ra": True,
            }
        ),
    }
)
"""What each preset sets; a field that is absent here stays None, which means no such limit."""

_AS_PRESET = "Without it, as the preset says."


class CombineRecipe(BaseModel):
    """A compilation of redshift tables: one quality scale, one best redshift for each galaxy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["combine"] = "combine"
    inputs: Annotated[tuple[CombineInput, ...], BeforeValidator(_inputs_from_text), Wire("INPUT", multiple=True)] = (
        Field(
            title="Inputs",
            description="Tables of redshifts: `upload:ID`, `job:ID`, `catalog:ID`, `compilation:NAME[@VERSION]`, "
            "`pz:ID` or the name of an inline upload, each with what its columns do not tell: "
            "`upload:a1;survey_name=VVDS;z=Z;quality_flag=ZFLAGS`.",
            min_length=1,
            max_length=200,
        )
    )
    preset: Annotated[Preset, Wire("PRESET")] = Field(
        Preset.TRAINING,
        title="Preset",
        description="Sets what is not given: `training` (finite z > 0.001, spectroscopic before grism, flags 3 and 4, "
        "no photometric redshifts and no stars), `reference` (exactly the PZ Server's pipeline) or `complete` "
        "(everything, marked).",
    )
    mode: Annotated[Mode | None, Wire("MODE")] = Field(
        None,
        title="Repeated measurements",
        description=f"`concatenate` (not looked for), `mark` or `remove`. {_AS_PRESET}",
    )
    ties: Annotated[Ties, Wire("TIES")] = Field(
        Ties.REMOVE_ALL,
        title="Ties",
        description="Groups whose best measurements contradict each other, with `mode=remove`: `remove_all`, "
        "`keep_all` or `draw_one`.",
    )
    radius_arcsec: Annotated[float, Wire("RADIUS", unit="arcsec")] = Field(
        0.5,
        title="Match radius",
        description="Largest separation in arcsec of two measurements of one galaxy.",
        gt=0,
        le=30,
        allow_inf_nan=False,
        json_schema_extra={"unit": "arcsec"},
    )
    radius_from: Annotated[RadiusFrom | None, Wire("RADIUS_FROM")] = Field(
        None,
        title="Radius by survey",
        description="`fixed`, or `survey` for a wider one where a survey's positions are known to be less accurate; "
        f"of two surveys the wider radius holds. {_AS_PRESET}",
    )
    survey_radius: Annotated[dict[str, float], Pairs, Wire("SURVEY_RADIUS", unit="arcsec")] = Field(
        default_factory=dict,
        title="Radius of single surveys",
        description="Match radius in arcsec by survey, before everything else: `2DFGRS=1.5,6DFGS=2`.",
        json_schema_extra={"unit": "arcsec"},
    )
    max_diameter_arcsec: Annotated[float | None, Wire("DIAMETER", unit="arcsec")] = Field(
        None,
        title="Largest group",
        description=f"Largest separation in arcsec of two members of a group; longer chains are broken. {_AS_PRESET}",
        gt=0,
        allow_inf_nan=False,
        json_schema_extra={"unit": "arcsec"},
    )
    dz: Annotated[float, Wire("DZ")] = Field(
        0.001,
        title="Agreement of redshifts",
        description="Measurements that differ by at most this agree; 0 lets none agree. Scaled as `dz_scale` says.",
        ge=0,
        allow_inf_nan=False,
    )
    dz_scale: Annotated[DzScale | None, Wire("DZ_SCALE")] = Field(
        None,
        title="Scale of the agreement",
        description="`absolute`, `one_plus_z`, or `error` (of `dz` combined errors, of the rows or of the surveys). "
        f"{_AS_PRESET}",
    )
    priority: Annotated[tuple[str, ...] | None, Items, Wire("PRIORITY", multiple=True)] = Field(
        None,
        title="Priority",
        description="What decides between measurements, in this order: `quality_flag`, `instrument_type`, `z_err` "
        "(lowest error), `date` (most recent), or an extra column of numbers (`-column` if less is better). "
        f"{_AS_PRESET}",
        min_length=1,
        max_length=20,
    )
    min_quality: Annotated[float | None, Wire("MIN_QUALITY")] = Field(
        None,
        title="Least quality",
        description="Least homogenized flag of a row, before matching; 0 keeps all. Stars (6) pass. " + _AS_PRESET,
        ge=0,
        le=6,
    )
    instrument_types: Annotated[
        tuple[Literal["s", "g", "p"], ...] | None, Items, Wire("INSTRUMENT_TYPES", multiple=True)
    ] = Field(
        None,
        title="Instrument types",
        description="Kinds of measurement that are wanted: `s` spectroscopic, `g` grism or prism, `p` photometric. "
        + _AS_PRESET,
    )
    stars: Annotated[Stars | None, Wire("STARS")] = Field(
        None, title="Stars", description=f"`keep` or `drop`. {_AS_PRESET}"
    )
    z_min: Annotated[float | None, Wire("Z_MIN")] = Field(
        None,
        title="Least redshift",
        description=f"Redshifts must be finite and above this. {_AS_PRESET}",
        allow_inf_nan=False,
    )
    sentinels: Annotated[Sentinels | None, Wire("SENTINELS")] = Field(
        None,
        title="Values for no redshift",
        description=f"`null` makes -9.999, -99 and the like null and counts them, `keep` leaves them. {_AS_PRESET}",
    )
    rules: Annotated[RuleSet | None, Wire("RULES")] = Field(
        None,
        title="Survey rules",
        description="`current`, or `reference` for those of the PZ Server's pipeline, mistakes included. " + _AS_PRESET,
    )
    survey_rules: Annotated[str | None, Wire("SURVEY_RULES")] = Field(
        None,
        title="Rules of further surveys",
        description="Rule files (YAML, several documents one after another) of surveys of your own; they come before "
        "those of the same name here.",
        max_length=200_000,
    )
    z_from: Annotated[CombinedRedshift, Wire("Z_FROM")] = Field(
        CombinedRedshift.BEST,
        title="Redshift of a group",
        description="`best`, or `mean` of the best measurements that agree, weighted by their errors.",
    )
    repeats: Annotated[Repeats | None, Wire("REPEATS")] = Field(
        None,
        title="Repeated inputs",
        description="`error` refuses one file given twice and one survey in two releases, `allow` takes them. "
        + _AS_PRESET,
    )
    footprints: Annotated[tuple[str, ...], Items, Wire("FOOTPRINTS", multiple=True)] = Field(
        (),
        title="Footprints",
        description="Flags to add for being within a footprint: `dp1`, one that the operator named, or `catalog:ID` "
        "for the coverage of a registered catalog.",
        max_length=20,
    )
    extra_columns: Annotated[tuple[str, ...], Items, Wire("EXTRA_COLUMNS", multiple=True)] = Field(
        (),
        title="Extra columns",
        description="Further columns of the inputs to keep: `NAME`, or `NAME=COLUMN` under another name; null where an "
        "input lacks it.",
        max_length=200,
    )
    wrap_ra: Annotated[bool | None, DaliBoolean, Wire("WRAP_RA")] = Field(
        None,
        title="Right ascension beyond 360",
        description="Whether right ascensions below 0 or from 360 degrees on are brought back by a full turn and "
        f"counted; otherwise they are refused. {_AS_PRESET}",
    )
    bad_rows: Annotated[BadRows, Wire("BAD_ROWS")] = Field(
        BadRows.ERROR,
        title="Rows without coordinates",
        description="`error` refuses a table that has them, `drop` leaves them out and counts them.",
    )
    seed: Annotated[int, Wire("SEED")] = Field(
        0, title="Seed", description="Key of the hash by which `ties=draw_one` draws.", ge=0, lt=2**32
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

    @field_validator("survey_radius")
    @classmethod
    def _are_radii(cls, value: dict[str, float]) -> dict[str, float]:
        if bad := [survey for survey, radius in value.items() if not 0 < radius <= 30]:
            raise ValueError(f"the radius of {bad[0]} is {value[bad[0]]:g}; it must be above 0 and at most 30 arcsec")
        return {survey.upper(): radius for survey, radius in value.items()}

    @property
    def extra_sources(self) -> dict[str, str]:
        """Column of the inputs by its name in the compilation, for each of the extra columns."""
        pairs = (text.partition("=") for text in self.extra_columns)
        return {name.strip(): (column or name).strip() for name, _, column in pairs}

    def resolved(self) -> "CombineRecipe":
        """The recipe with everything set that its preset sets."""
        preset = PRESETS[self.preset]
        return self.model_copy(update={name: value for name, value in preset.items() if getattr(self, name) is None})


def combine_recipe_of(value: object) -> CombineRecipe | None:
    """A combine recipe in place of a source: as a model, a mapping or its JSON; None if the value is no such thing.

    Raises
    ------
    ValueError
        If it is one, with everything that is wrong with it.
    """
    if isinstance(value, CombineRecipe):
        return value
    content: Any = value
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            content = json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"looks like JSON, but is none: {error.msg} at character {error.pos}") from error
    if not isinstance(content, dict):
        return None
    draft = validate_combine(content)
    if draft.problems:
        raise ValueError("; ".join(f"{problem.parameter} {problem.message}" for problem in draft.problems))
    return draft.recipe


def validate_combine(values: Mapping[str, object]) -> Draft[CombineRecipe]:
    """Read the fields of a compilation, each on its own.

    Parameters
    ----------
    values
        Recipe fields by name; texts are read as on the wire.
    """
    return read_draft(CombineRecipe, values, stand_ins={"inputs": ({"source": "refused"},)})
