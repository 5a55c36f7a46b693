from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define

from ..models.bad_rows import BadRows, check_bad_rows
from ..models.dereddening import Dereddening, check_dereddening
from ..models.engine import Engine, check_engine
from ..models.hdf_5_profile import Hdf5Profile, check_hdf_5_profile
from ..models.how import How, check_how
from ..models.match import Match, check_match
from ..models.response_format import ResponseFormat, check_response_format
from ..models.split_by import SplitBy, check_split_by
from ..models.subsets import Subsets, check_subsets
from ..models.unique import Unique, check_unique
from ..models.where_order import WhereOrder, check_where_order
from ..models.zero_points import ZeroPoints, check_zero_points
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.combine_recipe import CombineRecipe
    from ..models.crossmatch_recipe_column_roles import CrossmatchRecipeColumnRoles
    from ..models.crossmatch_recipe_split import CrossmatchRecipeSplit


T = TypeVar("T", bound="CrossmatchRecipe")


@_attrs_define(frozen=True)
class CrossmatchRecipe:
    """A cross-match of redshifts with an object catalog, and what is made of the pairs.

    Attributes:
        catalog (str): Id of a registered object catalog.
        redshifts (CombineRecipe | str): Source of redshifts: `upload:ID`, `job:ID`, `catalog:ID`, `compilation:NAME` or
            `compilation:NAME@VERSION`, `pz:ID` or `pz:internal_name` of a PZ Server, or the name of an inline upload; or a
            whole recipe of kind `combine` (as JSON), whose rows are then matched.
        kind (Literal['crossmatch'] | Unset):  Default: 'crossmatch'.
        preset (None | str | Unset): Preset of a standardized set, `NAME` or `NAME@VERSION`: its parameters hold where
            the recipe says nothing else. There are `dp1-holdout`, `dp1-training`, `dp2-training`.
        roles (CrossmatchRecipeColumnRoles | Unset): Columns of the redshift table by meaning, where UCDs and names do
            not tell: `ra=RAJ2000,dec=DEJ2000,z=zspec`. Roles: ra, dec, z, z_err, id, survey, quality_flag, instrument_type,
            group, date.
        radius_arcsec (float | None | Unset): Largest separation of a pair in arcsec, at most the margin of the catalog.
            Without it, the catalog's own default.
        match (Match | Unset): Which pairs of redshift and object count as a match.
        neighbors (int | Unset): Most objects for one redshift, with `match=all` only. Default: 10.
        how (How | Unset): What happens to redshifts without an object.
        unique (Unique | Unset): Which redshift stays when several meet one object.
        redshifts_where (None | str | Unset): ADQL search condition on redshift rows, applied before matching.
        where (None | str | Unset): ADQL search condition on object columns and derived names such as `i_gaap1p0SNR`.
        where_order (WhereOrder | Unset): When the constraint on objects applies; the two give different samples.
        flux (list[str] | Unset): Flux kinds to return: `gaap1p0`, `cModel`, `psf`, ...
        columns (list[str] | Unset): Object columns or named groups beyond the registered default set.
        select (None | str | Unset): ADQL select list: exactly these columns are in the result named `result`, instead
            of all. Columns come from `objects`, `redshifts` and `pairs`: `objects.*, redshifts.z AS z_sent,
            pairs.separation_arcsec`. `TOP n` in front takes the first rows. With it, the source need not hold redshifts:
            any positions are matched. The Parquet result stays whole.
        magnitudes (bool | Unset): Whether AB magnitudes and errors are made of the fluxes. Default: True.
        dereddening (Dereddening | Unset): Coefficients A(band)/E(B-V) that magnitudes are corrected with for dust in
            the Milky Way.
        zero_points (ZeroPoints | Unset): Published offsets of the photometric zero points that magnitudes are corrected
            with.
        split (CrossmatchRecipeSplit | Unset): Subsets and their fractions, adding to 1:
            `train=0.7,validation=0.15,test=0.15`.
        split_by (SplitBy | Unset): What stays together in a split; a sky object always does.
        split_order (int | Unset): HEALPix order of the pixels of `split_by=sky`; 7 has pixels of 0.46 degrees. Default:
            7.
        split_exact (bool | Unset): Rank the hashes, so that proportions are exact to one unit; adding rows may then
            move others. Default: False.
        hold_out (list[str] | Unset): Surveys and fields that are the subset `holdout` of a split, with every row of
            their sky objects: `survey:DESI`, `field:ECDFS`.
        cap (int | None | Unset): Most rows of one survey in a cell of magnitude and redshift; which of them stay is
            drawn by their keys. Without it there is no cap.
        cap_band (None | str | Unset): Band of the cells' magnitude; without it the reference band of the catalog.
        cap_magnitude_step (float | Unset): Size of a cell in magnitudes. Default: 0.5.
        cap_redshift_step (float | Unset): Size of a cell in redshift. Default: 0.1.
        cap_subsets (list[str] | Unset): Subsets that are capped, each on its own; without it the whole set is, before
            it is split.
        weights (list[str] | Unset): Bands in whose magnitude and colors the set, or each of its subsets, is weighted to
            resemble the target objects: the column `weight`, by nearest neighbors (Lima et al. 2008).
        weight_neighbors (int | Unset): Rows in the neighborhood over which a weight is taken; more make smoother
            weights. Default: 20.
        seed (int | Unset): Key of the hashes that split, cap and draw target objects. Default: 0.
        responseformat (ResponseFormat | Unset): Formats of a result, by their DALI short names.
        formats (list[ResponseFormat] | Unset): Further formats of the result. Parquet is always made.
        bad_rows (BadRows | Unset): What happens to redshift rows without valid coordinates.
        engine (Engine | Unset): Which algorithm matches: ours, or the stock LSDB one as a reference.
        hdf5_profile (Hdf5Profile | Unset): Names and conventions of HDF5 files, which are for photo-z codes.
        subsets (Subsets | Unset): How the subsets of a split are delivered.
        report (bool | Unset): Whether a report on the quality of the training set is made besides: one HTML page, the
            result named `report`, and its figures as PNG in an archive, `report_figures`. Default: False.
        target_rows (int | Unset): Objects that are drawn at random from the catalog, about so many: the report compares
            the set with them, and weights are made for them. 0 draws none. Default: 20000.
        target_where (None | str | Unset): ADQL search condition on the objects that the set is for, as `where`; without
            it `where` holds for them too.
        maxrec (int | None | Unset): Most rows of the result; 0 gives the columns alone.
    """

    catalog: str
    redshifts: CombineRecipe | str
    kind: Literal["crossmatch"] | Unset = "crossmatch"
    preset: None | str | Unset = UNSET
    roles: CrossmatchRecipeColumnRoles | Unset = UNSET
    radius_arcsec: float | None | Unset = UNSET
    match: Match | Unset = UNSET
    neighbors: int | Unset = 10
    how: How | Unset = UNSET
    unique: Unique | Unset = UNSET
    redshifts_where: None | str | Unset = UNSET
    where: None | str | Unset = UNSET
    where_order: WhereOrder | Unset = UNSET
    flux: list[str] | Unset = UNSET
    columns: list[str] | Unset = UNSET
    select: None | str | Unset = UNSET
    magnitudes: bool | Unset = True
    dereddening: Dereddening | Unset = UNSET
    zero_points: ZeroPoints | Unset = UNSET
    split: CrossmatchRecipeSplit | Unset = UNSET
    split_by: SplitBy | Unset = UNSET
    split_order: int | Unset = 7
    split_exact: bool | Unset = False
    hold_out: list[str] | Unset = UNSET
    cap: int | None | Unset = UNSET
    cap_band: None | str | Unset = UNSET
    cap_magnitude_step: float | Unset = 0.5
    cap_redshift_step: float | Unset = 0.1
    cap_subsets: list[str] | Unset = UNSET
    weights: list[str] | Unset = UNSET
    weight_neighbors: int | Unset = 20
    seed: int | Unset = 0
    responseformat: ResponseFormat | Unset = UNSET
    formats: list[ResponseFormat] | Unset = UNSET
    bad_rows: BadRows | Unset = UNSET
    engine: Engine | Unset = UNSET
    hdf5_profile: Hdf5Profile | Unset = UNSET
    subsets: Subsets | Unset = UNSET
    report: bool | Unset = False
    target_rows: int | Unset = 20000
    target_where: None | str | Unset = UNSET
    maxrec: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.combine_recipe import CombineRecipe  # noqa: PLC0415

        catalog = self.catalog

        redshifts: dict[str, Any] | str
        if isinstance(self.redshifts, CombineRecipe):
            redshifts = self.redshifts.to_dict()
        else:
            redshifts = self.redshifts

        kind = self.kind

        preset: None | str | Unset
        if isinstance(self.preset, Unset):
            preset = UNSET
        else:
            preset = self.preset

        roles: dict[str, Any] | Unset = UNSET
        if not isinstance(self.roles, Unset):
            roles = self.roles.to_dict()

        radius_arcsec: float | None | Unset
        if isinstance(self.radius_arcsec, Unset):
            radius_arcsec = UNSET
        else:
            radius_arcsec = self.radius_arcsec

        match: str | Unset = UNSET
        if not isinstance(self.match, Unset):
            match = self.match

        neighbors = self.neighbors

        how: str | Unset = UNSET
        if not isinstance(self.how, Unset):
            how = self.how

        unique: str | Unset = UNSET
        if not isinstance(self.unique, Unset):
            unique = self.unique

        redshifts_where: None | str | Unset
        if isinstance(self.redshifts_where, Unset):
            redshifts_where = UNSET
        else:
            redshifts_where = self.redshifts_where

        where: None | str | Unset
        if isinstance(self.where, Unset):
            where = UNSET
        else:
            where = self.where

        where_order: str | Unset = UNSET
        if not isinstance(self.where_order, Unset):
            where_order = self.where_order

        flux: list[str] | Unset = UNSET
        if not isinstance(self.flux, Unset):
            flux = self.flux

        columns: list[str] | Unset = UNSET
        if not isinstance(self.columns, Unset):
            columns = self.columns

        select: None | str | Unset
        if isinstance(self.select, Unset):
            select = UNSET
        else:
            select = self.select

        magnitudes = self.magnitudes

        dereddening: str | Unset = UNSET
        if not isinstance(self.dereddening, Unset):
            dereddening = self.dereddening

        zero_points: str | Unset = UNSET
        if not isinstance(self.zero_points, Unset):
            zero_points = self.zero_points

        split: dict[str, Any] | Unset = UNSET
        if not isinstance(self.split, Unset):
            split = self.split.to_dict()

        split_by: str | Unset = UNSET
        if not isinstance(self.split_by, Unset):
            split_by = self.split_by

        split_order = self.split_order

        split_exact = self.split_exact

        hold_out: list[str] | Unset = UNSET
        if not isinstance(self.hold_out, Unset):
            hold_out = self.hold_out

        cap: int | None | Unset
        if isinstance(self.cap, Unset):
            cap = UNSET
        else:
            cap = self.cap

        cap_band: None | str | Unset
        if isinstance(self.cap_band, Unset):
            cap_band = UNSET
        else:
            cap_band = self.cap_band

        cap_magnitude_step = self.cap_magnitude_step

        cap_redshift_step = self.cap_redshift_step

        cap_subsets: list[str] | Unset = UNSET
        if not isinstance(self.cap_subsets, Unset):
            cap_subsets = self.cap_subsets

        weights: list[str] | Unset = UNSET
        if not isinstance(self.weights, Unset):
            weights = self.weights

        weight_neighbors = self.weight_neighbors

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

        bad_rows: str | Unset = UNSET
        if not isinstance(self.bad_rows, Unset):
            bad_rows = self.bad_rows

        engine: str | Unset = UNSET
        if not isinstance(self.engine, Unset):
            engine = self.engine

        hdf5_profile: str | Unset = UNSET
        if not isinstance(self.hdf5_profile, Unset):
            hdf5_profile = self.hdf5_profile

        subsets: str | Unset = UNSET
        if not isinstance(self.subsets, Unset):
            subsets = self.subsets

        report = self.report

        target_rows = self.target_rows

        target_where: None | str | Unset
        if isinstance(self.target_where, Unset):
            target_where = UNSET
        else:
            target_where = self.target_where

        maxrec: int | None | Unset
        if isinstance(self.maxrec, Unset):
            maxrec = UNSET
        else:
            maxrec = self.maxrec

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "catalog": catalog,
                "redshifts": redshifts,
            }
        )
        if kind is not UNSET:
            field_dict["kind"] = kind
        if preset is not UNSET:
            field_dict["preset"] = preset
        if roles is not UNSET:
            field_dict["roles"] = roles
        if radius_arcsec is not UNSET:
            field_dict["radius_arcsec"] = radius_arcsec
        if match is not UNSET:
            field_dict["match"] = match
        if neighbors is not UNSET:
            field_dict["neighbors"] = neighbors
        if how is not UNSET:
            field_dict["how"] = how
        if unique is not UNSET:
            field_dict["unique"] = unique
        if redshifts_where is not UNSET:
            field_dict["redshifts_where"] = redshifts_where
        if where is not UNSET:
            field_dict["where"] = where
        if where_order is not UNSET:
            field_dict["where_order"] = where_order
        if flux is not UNSET:
            field_dict["flux"] = flux
        if columns is not UNSET:
            field_dict["columns"] = columns
        if select is not UNSET:
            field_dict["select"] = select
        if magnitudes is not UNSET:
            field_dict["magnitudes"] = magnitudes
        if dereddening is not UNSET:
            field_dict["dereddening"] = dereddening
        if zero_points is not UNSET:
            field_dict["zero_points"] = zero_points
        if split is not UNSET:
            field_dict["split"] = split
        if split_by is not UNSET:
            field_dict["split_by"] = split_by
        if split_order is not UNSET:
            field_dict["split_order"] = split_order
        if split_exact is not UNSET:
            field_dict["split_exact"] = split_exact
        if hold_out is not UNSET:
            field_dict["hold_out"] = hold_out
        if cap is not UNSET:
            field_dict["cap"] = cap
        if cap_band is not UNSET:
            field_dict["cap_band"] = cap_band
        if cap_magnitude_step is not UNSET:
            field_dict["cap_magnitude_step"] = cap_magnitude_step
        if cap_redshift_step is not UNSET:
            field_dict["cap_redshift_step"] = cap_redshift_step
        if cap_subsets is not UNSET:
            field_dict["cap_subsets"] = cap_subsets
        if weights is not UNSET:
            field_dict["weights"] = weights
        if weight_neighbors is not UNSET:
            field_dict["weight_neighbors"] = weight_neighbors
        if seed is not UNSET:
            field_dict["seed"] = seed
        if responseformat is not UNSET:
            field_dict["responseformat"] = responseformat
        if formats is not UNSET:
            field_dict["formats"] = formats
        if bad_rows is not UNSET:
            field_dict["bad_rows"] = bad_rows
        if engine is not UNSET:
            field_dict["engine"] = engine
        if hdf5_profile is not UNSET:
            field_dict["hdf5_profile"] = hdf5_profile
        if subsets is not UNSET:
            field_dict["subsets"] = subsets
        if report is not UNSET:
            field_dict["report"] = report
        if target_rows is not UNSET:
            field_dict["target_rows"] = target_rows
        if target_where is not UNSET:
            field_dict["target_where"] = target_where
        if maxrec is not UNSET:
            field_dict["maxrec"] = maxrec

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.combine_recipe import CombineRecipe  # noqa: PLC0415
        from ..models.crossmatch_recipe_column_roles import CrossmatchRecipeColumnRoles  # noqa: PLC0415
        from ..models.crossmatch_recipe_split import CrossmatchRecipeSplit  # noqa: PLC0415

        d = dict(src_dict)
        catalog = d.pop("catalog")

        def _parse_redshifts(data: object) -> CombineRecipe | str:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                redshifts_type_1 = CombineRecipe.from_dict(data)

                return redshifts_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CombineRecipe | str, data)

        redshifts = _parse_redshifts(d.pop("redshifts"))

        kind = cast(Literal["crossmatch"] | Unset, d.pop("kind", UNSET))

        def _parse_preset(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        preset = _parse_preset(d.pop("preset", UNSET))

        _roles = d.pop("roles", UNSET)
        roles: CrossmatchRecipeColumnRoles | Unset
        if isinstance(_roles, Unset):
            roles = UNSET
        else:
            roles = CrossmatchRecipeColumnRoles.from_dict(_roles)

        def _parse_radius_arcsec(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        radius_arcsec = _parse_radius_arcsec(d.pop("radius_arcsec", UNSET))

        _match = d.pop("match", UNSET)
        match: Match | Unset
        if isinstance(_match, Unset):
            match = UNSET
        else:
            match = check_match(_match)

        neighbors = d.pop("neighbors", UNSET)

        _how = d.pop("how", UNSET)
        how: How | Unset
        if isinstance(_how, Unset):
            how = UNSET
        else:
            how = check_how(_how)

        _unique = d.pop("unique", UNSET)
        unique: Unique | Unset
        if isinstance(_unique, Unset):
            unique = UNSET
        else:
            unique = check_unique(_unique)

        def _parse_redshifts_where(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        redshifts_where = _parse_redshifts_where(d.pop("redshifts_where", UNSET))

        def _parse_where(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        where = _parse_where(d.pop("where", UNSET))

        _where_order = d.pop("where_order", UNSET)
        where_order: WhereOrder | Unset
        if isinstance(_where_order, Unset):
            where_order = UNSET
        else:
            where_order = check_where_order(_where_order)

        flux = cast(list[str], d.pop("flux", UNSET))

        columns = cast(list[str], d.pop("columns", UNSET))

        def _parse_select(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        select = _parse_select(d.pop("select", UNSET))

        magnitudes = d.pop("magnitudes", UNSET)

        _dereddening = d.pop("dereddening", UNSET)
        dereddening: Dereddening | Unset
        if isinstance(_dereddening, Unset):
            dereddening = UNSET
        else:
            dereddening = check_dereddening(_dereddening)

        _zero_points = d.pop("zero_points", UNSET)
        zero_points: ZeroPoints | Unset
        if isinstance(_zero_points, Unset):
            zero_points = UNSET
        else:
            zero_points = check_zero_points(_zero_points)

        _split = d.pop("split", UNSET)
        split: CrossmatchRecipeSplit | Unset
        if isinstance(_split, Unset):
            split = UNSET
        else:
            split = CrossmatchRecipeSplit.from_dict(_split)

        _split_by = d.pop("split_by", UNSET)
        split_by: SplitBy | Unset
        if isinstance(_split_by, Unset):
            split_by = UNSET
        else:
            split_by = check_split_by(_split_by)

        split_order = d.pop("split_order", UNSET)

        split_exact = d.pop("split_exact", UNSET)

        hold_out = cast(list[str], d.pop("hold_out", UNSET))

        def _parse_cap(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        cap = _parse_cap(d.pop("cap", UNSET))

        def _parse_cap_band(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        cap_band = _parse_cap_band(d.pop("cap_band", UNSET))

        cap_magnitude_step = d.pop("cap_magnitude_step", UNSET)

        cap_redshift_step = d.pop("cap_redshift_step", UNSET)

        cap_subsets = cast(list[str], d.pop("cap_subsets", UNSET))

        weights = cast(list[str], d.pop("weights", UNSET))

        weight_neighbors = d.pop("weight_neighbors", UNSET)

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

        _bad_rows = d.pop("bad_rows", UNSET)
        bad_rows: BadRows | Unset
        if isinstance(_bad_rows, Unset):
            bad_rows = UNSET
        else:
            bad_rows = check_bad_rows(_bad_rows)

        _engine = d.pop("engine", UNSET)
        engine: Engine | Unset
        if isinstance(_engine, Unset):
            engine = UNSET
        else:
            engine = check_engine(_engine)

        _hdf5_profile = d.pop("hdf5_profile", UNSET)
        hdf5_profile: Hdf5Profile | Unset
        if isinstance(_hdf5_profile, Unset):
            hdf5_profile = UNSET
        else:
            hdf5_profile = check_hdf_5_profile(_hdf5_profile)

        _subsets = d.pop("subsets", UNSET)
        subsets: Subsets | Unset
        if isinstance(_subsets, Unset):
            subsets = UNSET
        else:
            subsets = check_subsets(_subsets)

        report = d.pop("report", UNSET)

        target_rows = d.pop("target_rows", UNSET)

        def _parse_target_where(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        target_where = _parse_target_where(d.pop("target_where", UNSET))

        def _parse_maxrec(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        maxrec = _parse_maxrec(d.pop("maxrec", UNSET))

        return cls(
            catalog=catalog,
            redshifts=redshifts,
            kind=kind,
            preset=preset,
            roles=roles,
            radius_arcsec=radius_arcsec,
            match=match,
            neighbors=neighbors,
            how=how,
            unique=unique,
            redshifts_where=redshifts_where,
            where=where,
            where_order=where_order,
            flux=flux,
            columns=columns,
            select=select,
            magnitudes=magnitudes,
            dereddening=dereddening,
            zero_points=zero_points,
            split=split,
            split_by=split_by,
            split_order=split_order,
            split_exact=split_exact,
            hold_out=hold_out,
            cap=cap,
            cap_band=cap_band,
            cap_magnitude_step=cap_magnitude_step,
            cap_redshift_step=cap_redshift_step,
            cap_subsets=cap_subsets,
            weights=weights,
            weight_neighbors=weight_neighbors,
            seed=seed,
            responseformat=responseformat,
            formats=formats,
            bad_rows=bad_rows,
            engine=engine,
            hdf5_profile=hdf5_profile,
            subsets=subsets,
            report=report,
            target_rows=target_rows,
            target_where=target_where,
            maxrec=maxrec,
        )
