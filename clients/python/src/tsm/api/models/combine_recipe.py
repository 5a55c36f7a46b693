from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define

from ..models.bad_rows import BadRows, check_bad_rows
from ..models.combine_recipe_instrument_types_type_0_item import (
    CombineRecipeInstrumentTypesType0Item,
    check_combine_recipe_instrument_types_type_0_item,
)
from ..models.combined_redshift import CombinedRedshift, check_combined_redshift
from ..models.dz_scale import DzScale, check_dz_scale
from ..models.mode import Mode, check_mode
from ..models.preset import Preset, check_preset
from ..models.radius_from import RadiusFrom, check_radius_from
from ..models.repeats import Repeats, check_repeats
from ..models.response_format import ResponseFormat, check_response_format
from ..models.rule_set import RuleSet, check_rule_set
from ..models.sentinels import Sentinels, check_sentinels
from ..models.stars import Stars, check_stars
from ..models.ties import Ties, check_ties
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.combine_input import CombineInput
    from ..models.combine_recipe_radius_of_single_surveys import CombineRecipeRadiusOfSingleSurveys


T = TypeVar("T", bound="CombineRecipe")


@_attrs_define(frozen=True)
class CombineRecipe:
    """A compilation of redshift tables: one quality scale, one best redshift for each galaxy.

    Attributes:
        inputs (list[CombineInput]): Tables of redshifts: `upload:ID`, `job:ID`, `catalog:ID`,
            `compilation:NAME[@VERSION]`, `pz:ID` or the name of an inline upload, each with what its columns do not tell:
            `upload:a1;survey_name=VVDS;z=Z;quality_flag=ZFLAGS`.
        kind (Literal['combine'] | Unset):  Default: 'combine'.
        preset (Preset | Unset): Defaults of a compilation.
        mode (Mode | None | Unset): `concatenate` (not looked for), `mark` or `remove`. Without it, as the preset says.
        ties (Ties | Unset): What becomes of groups whose best measurements contradict each other, in the mode
            ``remove``.
        radius_arcsec (float | Unset): Largest separation in arcsec of two measurements of one galaxy. Default: 0.5.
        radius_from (None | RadiusFrom | Unset): `fixed`, or `survey` for a wider one where a survey's positions are
            known to be less accurate; of two surveys the wider radius holds. Without it, as the preset says.
        survey_radius (CombineRecipeRadiusOfSingleSurveys | Unset): Match radius in arcsec by survey, before everything
            else: `2DFGRS=1.5,6DFGS=2`.
        max_diameter_arcsec (float | None | Unset): Largest separation in arcsec of two members of a group; longer
            chains are broken. Without it, as the preset says.
        dz (float | Unset): Measurements that differ by at most this agree; 0 lets none agree. Scaled as `dz_scale`
            says. Default: 0.001.
        dz_scale (DzScale | None | Unset): `absolute`, `one_plus_z`, or `error` (of `dz` combined errors, of the rows or
            of the surveys). Without it, as the preset says.
        priority (list[str] | None | Unset): What decides between measurements, in this order: `quality_flag`,
            `instrument_type`, `z_err` (lowest error), `date` (most recent), or an extra column of numbers (`-column` if
            less is better). Without it, as the preset says.
        min_quality (float | None | Unset): Least homogenized flag of a row, before matching; 0 keeps all. Stars (6)
            pass. Without it, as the preset says.
        instrument_types (list[CombineRecipeInstrumentTypesType0Item] | None | Unset): Kinds of measurement that are
            wanted: `s` spectroscopic, `g` grism or prism, `p` photometric. Without it, as the preset says.
        stars (None | Stars | Unset): `keep` or `drop`. Without it, as the preset says.
        z_min (float | None | Unset): Redshifts must be finite and above this. Without it, as the preset says.
        sentinels (None | Sentinels | Unset): `null` makes -9.999, -99 and the like null and counts them, `keep` leaves
            them. Without it, as the preset says.
        rules (None | RuleSet | Unset): `current`, or `reference` for those of the PZ Server's pipeline, mistakes
            included. Without it, as the preset says.
        survey_rules (None | str | Unset): Rule files (YAML, several documents one after another) of surveys of your
            own; they come before those of the same name here.
        z_from (CombinedRedshift | Unset): Which redshift the kept row of a group has.
        repeats (None | Repeats | Unset): `error` refuses one file given twice and one survey in two releases, `allow`
            takes them. Without it, as the preset says.
        footprints (list[str] | Unset): Flags to add for being within a footprint: `dp1`, one that the operator named,
            or `catalog:ID` for the coverage of a registered catalog.
        extra_columns (list[str] | Unset): Further columns of the inputs to keep: `NAME`, or `NAME=COLUMN` under another
            name; null where an input lacks it.
        wrap_ra (bool | None | Unset): Whether right ascensions below 0 or from 360 degrees on are brought back by a
            full turn and counted; otherwise they are refused. Without it, as the preset says.
        bad_rows (BadRows | Unset): What happens to redshift rows without valid coordinates.
        seed (int | Unset): Key of the hash by which `ties=draw_one` draws. Default: 0.
        responseformat (ResponseFormat | Unset): Formats of a result, by their DALI short names.
        formats (list[ResponseFormat] | Unset): Further formats of the result. Parquet is always made.
        maxrec (int | None | Unset): Most rows of the result; 0 gives the columns alone.
    """

    inputs: list[CombineInput]
    kind: Literal["combine"] | Unset = "combine"
    preset: Preset | Unset = UNSET
    mode: Mode | None | Unset = UNSET
    ties: Ties | Unset = UNSET
    radius_arcsec: float | Unset = 0.5
    radius_from: None | RadiusFrom | Unset = UNSET
    survey_radius: CombineRecipeRadiusOfSingleSurveys | Unset = UNSET
    max_diameter_arcsec: float | None | Unset = UNSET
    dz: float | Unset = 0.001
    dz_scale: DzScale | None | Unset = UNSET
    priority: list[str] | None | Unset = UNSET
    min_quality: float | None | Unset = UNSET
    instrument_types: list[CombineRecipeInstrumentTypesType0Item] | None | Unset = UNSET
    stars: None | Stars | Unset = UNSET
    z_min: float | None | Unset = UNSET
    sentinels: None | Sentinels | Unset = UNSET
    rules: None | RuleSet | Unset = UNSET
    survey_rules: None | str | Unset = UNSET
    z_from: CombinedRedshift | Unset = UNSET
    repeats: None | Repeats | Unset = UNSET
    footprints: list[str] | Unset = UNSET
    extra_columns: list[str] | Unset = UNSET
    wrap_ra: bool | None | Unset = UNSET
    bad_rows: BadRows | Unset = UNSET
    seed: int | Unset = 0
    responseformat: ResponseFormat | Unset = UNSET
    formats: list[ResponseFormat] | Unset = UNSET
    maxrec: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        inputs = []
        for inputs_item_data in self.inputs:
            inputs_item = inputs_item_data.to_dict()
            inputs.append(inputs_item)

        kind = self.kind

        preset: str | Unset = UNSET
        if not isinstance(self.preset, Unset):
            preset = self.preset

        mode: None | str | Unset
        if isinstance(self.mode, Unset):
            mode = UNSET
        elif isinstance(self.mode, str):
            mode = self.mode
        else:
            mode = self.mode

        ties: str | Unset = UNSET
        if not isinstance(self.ties, Unset):
            ties = self.ties

        radius_arcsec = self.radius_arcsec

        radius_from: None | str | Unset
        if isinstance(self.radius_from, Unset):
            radius_from = UNSET
        elif isinstance(self.radius_from, str):
            radius_from = self.radius_from
        else:
            radius_from = self.radius_from

        survey_radius: dict[str, Any] | Unset = UNSET
        if not isinstance(self.survey_radius, Unset):
            survey_radius = self.survey_radius.to_dict()

        max_diameter_arcsec: float | None | Unset
        if isinstance(self.max_diameter_arcsec, Unset):
            max_diameter_arcsec = UNSET
        else:
            max_diameter_arcsec = self.max_diameter_arcsec

        dz = self.dz

        dz_scale: None | str | Unset
        if isinstance(self.dz_scale, Unset):
            dz_scale = UNSET
        elif isinstance(self.dz_scale, str):
            dz_scale = self.dz_scale
        else:
            dz_scale = self.dz_scale

        priority: list[str] | None | Unset
        if isinstance(self.priority, Unset):
            priority = UNSET
        elif isinstance(self.priority, list):
            priority = self.priority

        else:
            priority = self.priority

        min_quality: float | None | Unset
        if isinstance(self.min_quality, Unset):
            min_quality = UNSET
        else:
            min_quality = self.min_quality

        instrument_types: list[str] | None | Unset
        if isinstance(self.instrument_types, Unset):
            instrument_types = UNSET
        elif isinstance(self.instrument_types, list):
            instrument_types = []
            for instrument_types_type_0_item_data in self.instrument_types:
                instrument_types_type_0_item: str = instrument_types_type_0_item_data
                instrument_types.append(instrument_types_type_0_item)

        else:
            instrument_types = self.instrument_types

        stars: None | str | Unset
        if isinstance(self.stars, Unset):
            stars = UNSET
        elif isinstance(self.stars, str):
            stars = self.stars
        else:
            stars = self.stars

        z_min: float | None | Unset
        if isinstance(self.z_min, Unset):
            z_min = UNSET
        else:
            z_min = self.z_min

        sentinels: None | str | Unset
        if isinstance(self.sentinels, Unset):
            sentinels = UNSET
        elif isinstance(self.sentinels, str):
            sentinels = self.sentinels
        else:
            sentinels = self.sentinels

        rules: None | str | Unset
        if isinstance(self.rules, Unset):
            rules = UNSET
        elif isinstance(self.rules, str):
            rules = self.rules
        else:
            rules = self.rules

        survey_rules: None | str | Unset
        if isinstance(self.survey_rules, Unset):
            survey_rules = UNSET
        else:
            survey_rules = self.survey_rules

        z_from: str | Unset = UNSET
        if not isinstance(self.z_from, Unset):
            z_from = self.z_from

        repeats: None | str | Unset
        if isinstance(self.repeats, Unset):
            repeats = UNSET
        elif isinstance(self.repeats, str):
            repeats = self.repeats
        else:
            repeats = self.repeats

        footprints: list[str] | Unset = UNSET
        if not isinstance(self.footprints, Unset):
            footprints = self.footprints

        extra_columns: list[str] | Unset = UNSET
        if not isinstance(self.extra_columns, Unset):
            extra_columns = self.extra_columns

        wrap_ra: bool | None | Unset
        if isinstance(self.wrap_ra, Unset):
            wrap_ra = UNSET
        else:
            wrap_ra = self.wrap_ra

        bad_rows: str | Unset = UNSET
        if not isinstance(self.bad_rows, Unset):
            bad_rows = self.bad_rows

        seed = self.seed

        responseformat: str | Unset = UNSET
        if not isinstance(self.responseformat, Unset):
            responseformat = self.responseformat

        formats: list[str] | Unset = UNSET
        if not isinstance(self.formats, Unset):
            formats = []
            for formats_item_data in self.formats:
                formats_item: str = formats_item_data
                formats.append(formats_item)

        maxrec: int | None | Unset
        if isinstance(self.maxrec, Unset):
            maxrec = UNSET
        else:
            maxrec = self.maxrec

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "inputs": inputs,
            }
        )
        if kind is not UNSET:
            field_dict["kind"] = kind
        if preset is not UNSET:
            field_dict["preset"] = preset
        if mode is not UNSET:
            field_dict["mode"] = mode
        if ties is not UNSET:
            field_dict["ties"] = ties
        if radius_arcsec is not UNSET:
            field_dict["radius_arcsec"] = radius_arcsec
        if radius_from is not UNSET:
            field_dict["radius_from"] = radius_from
        if survey_radius is not UNSET:
            field_dict["survey_radius"] = survey_radius
        if max_diameter_arcsec is not UNSET:
            field_dict["max_diameter_arcsec"] = max_diameter_arcsec
        if dz is not UNSET:
            field_dict["dz"] = dz
        if dz_scale is not UNSET:
            field_dict["dz_scale"] = dz_scale
        if priority is not UNSET:
            field_dict["priority"] = priority
        if min_quality is not UNSET:
            field_dict["min_quality"] = min_quality
        if instrument_types is not UNSET:
            field_dict["instrument_types"] = instrument_types
        if stars is not UNSET:
            field_dict["stars"] = stars
        if z_min is not UNSET:
            field_dict["z_min"] = z_min
        if sentinels is not UNSET:
            field_dict["sentinels"] = sentinels
        if rules is not UNSET:
            field_dict["rules"] = rules
        if survey_rules is not UNSET:
            field_dict["survey_rules"] = survey_rules
        if z_from is not UNSET:
            field_dict["z_from"] = z_from
        if repeats is not UNSET:
            field_dict["repeats"] = repeats
        if footprints is not UNSET:
            field_dict["footprints"] = footprints
        if extra_columns is not UNSET:
            field_dict["extra_columns"] = extra_columns
        if wrap_ra is not UNSET:
            field_dict["wrap_ra"] = wrap_ra
        if bad_rows is not UNSET:
            field_dict["bad_rows"] = bad_rows
        if seed is not UNSET:
            field_dict["seed"] = seed
        if responseformat is not UNSET:
            field_dict["responseformat"] = responseformat
        if formats is not UNSET:
            field_dict["formats"] = formats
        if maxrec is not UNSET:
            field_dict["maxrec"] = maxrec

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.combine_input import CombineInput  # noqa: PLC0415
        from ..models.combine_recipe_radius_of_single_surveys import CombineRecipeRadiusOfSingleSurveys  # noqa: PLC0415

        d = dict(src_dict)
        inputs = []
        _inputs = d.pop("inputs")
        for inputs_item_data in _inputs:
            inputs_item = CombineInput.from_dict(inputs_item_data)

            inputs.append(inputs_item)

        kind = cast(Literal["combine"] | Unset, d.pop("kind", UNSET))

        _preset = d.pop("preset", UNSET)
        preset: Preset | Unset
        if isinstance(_preset, Unset):
            preset = UNSET
        else:
            preset = check_preset(_preset)

        def _parse_mode(data: object) -> Mode | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                mode_type_0 = check_mode(data)

                return mode_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Mode | None | Unset, data)

        mode = _parse_mode(d.pop("mode", UNSET))

        _ties = d.pop("ties", UNSET)
        ties: Ties | Unset
        if isinstance(_ties, Unset):
            ties = UNSET
        else:
            ties = check_ties(_ties)

        radius_arcsec = d.pop("radius_arcsec", UNSET)

        def _parse_radius_from(data: object) -> None | RadiusFrom | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                radius_from_type_0 = check_radius_from(data)

                return radius_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RadiusFrom | Unset, data)

        radius_from = _parse_radius_from(d.pop("radius_from", UNSET))

        _survey_radius = d.pop("survey_radius", UNSET)
        survey_radius: CombineRecipeRadiusOfSingleSurveys | Unset
        if isinstance(_survey_radius, Unset):
            survey_radius = UNSET
        else:
            survey_radius = CombineRecipeRadiusOfSingleSurveys.from_dict(_survey_radius)

        def _parse_max_diameter_arcsec(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        max_diameter_arcsec = _parse_max_diameter_arcsec(d.pop("max_diameter_arcsec", UNSET))

        dz = d.pop("dz", UNSET)

        def _parse_dz_scale(data: object) -> DzScale | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                dz_scale_type_0 = check_dz_scale(data)

                return dz_scale_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DzScale | None | Unset, data)

        dz_scale = _parse_dz_scale(d.pop("dz_scale", UNSET))

        def _parse_priority(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                priority_type_0 = cast(list[str], data)

                return priority_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        priority = _parse_priority(d.pop("priority", UNSET))

        def _parse_min_quality(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        min_quality = _parse_min_quality(d.pop("min_quality", UNSET))

        def _parse_instrument_types(data: object) -> list[CombineRecipeInstrumentTypesType0Item] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                instrument_types_type_0 = []
                _instrument_types_type_0 = data
                for instrument_types_type_0_item_data in _instrument_types_type_0:
                    instrument_types_type_0_item = check_combine_recipe_instrument_types_type_0_item(
                        instrument_types_type_0_item_data
                    )

                    instrument_types_type_0.append(instrument_types_type_0_item)

                return instrument_types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[CombineRecipeInstrumentTypesType0Item] | None | Unset, data)

        instrument_types = _parse_instrument_types(d.pop("instrument_types", UNSET))

        def _parse_stars(data: object) -> None | Stars | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                stars_type_0 = check_stars(data)

                return stars_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Stars | Unset, data)

        stars = _parse_stars(d.pop("stars", UNSET))

        def _parse_z_min(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        z_min = _parse_z_min(d.pop("z_min", UNSET))

        def _parse_sentinels(data: object) -> None | Sentinels | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                sentinels_type_0 = check_sentinels(data)

                return sentinels_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Sentinels | Unset, data)

        sentinels = _parse_sentinels(d.pop("sentinels", UNSET))

        def _parse_rules(data: object) -> None | RuleSet | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                rules_type_0 = check_rule_set(data)

                return rules_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RuleSet | Unset, data)

        rules = _parse_rules(d.pop("rules", UNSET))

        def _parse_survey_rules(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        survey_rules = _parse_survey_rules(d.pop("survey_rules", UNSET))

        _z_from = d.pop("z_from", UNSET)
        z_from: CombinedRedshift | Unset
        if isinstance(_z_from, Unset):
            z_from = UNSET
        else:
            z_from = check_combined_redshift(_z_from)

        def _parse_repeats(data: object) -> None | Repeats | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                repeats_type_0 = check_repeats(data)

                return repeats_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Repeats | Unset, data)

        repeats = _parse_repeats(d.pop("repeats", UNSET))

        footprints = cast(list[str], d.pop("footprints", UNSET))

        extra_columns = cast(list[str], d.pop("extra_columns", UNSET))

        def _parse_wrap_ra(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        wrap_ra = _parse_wrap_ra(d.pop("wrap_ra", UNSET))

        _bad_rows = d.pop("bad_rows", UNSET)
        bad_rows: BadRows | Unset
        if isinstance(_bad_rows, Unset):
            bad_rows = UNSET
        else:
            bad_rows = check_bad_rows(_bad_rows)

        seed = d.pop("seed", UNSET)

        _responseformat = d.pop("responseformat", UNSET)
        responseformat: ResponseFormat | Unset
        if isinstance(_responseformat, Unset):
            responseformat = UNSET
        else:
            responseformat = check_response_format(_responseformat)

        _formats = d.pop("formats", UNSET)
        formats: list[ResponseFormat] | Unset = UNSET
        if _formats is not UNSET:
            formats = []
            for formats_item_data in _formats:
                formats_item = check_response_format(formats_item_data)

                formats.append(formats_item)

        def _parse_maxrec(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        maxrec = _parse_maxrec(d.pop("maxrec", UNSET))

        return cls(
            inputs=inputs,
            kind=kind,
            preset=preset,
            mode=mode,
            ties=ties,
            radius_arcsec=radius_arcsec,
            radius_from=radius_from,
            survey_radius=survey_radius,
            max_diameter_arcsec=max_diameter_arcsec,
            dz=dz,
            dz_scale=dz_scale,
            priority=priority,
            min_quality=min_quality,
            instrument_types=instrument_types,
            stars=stars,
            z_min=z_min,
            sentinels=sentinels,
            rules=rules,
            survey_rules=survey_rules,
            z_from=z_from,
            repeats=repeats,
            footprints=footprints,
            extra_columns=extra_columns,
            wrap_ra=wrap_ra,
            bad_rows=bad_rows,
            seed=seed,
            responseformat=responseformat,
            formats=formats,
            maxrec=maxrec,
        )
