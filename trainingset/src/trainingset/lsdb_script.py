"""The LSDB script that a recipe stands for: what the service does, with stock LSDB and pandas alone.

Light: the script is printed, not run. Names and values are written as literals of Python, so that no content of them
can become code.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from trainingset import lsdb_script_pieces as pieces
from trainingset.condition_code import CONDITION_FUNCTIONS, NotExpressibleError, condition_code
from trainingset.expression_tree import Condition
from trainingset.recipe import CrossmatchRecipe, Dereddening, How, Match, SplitBy, Unique, WhereOrder, ZeroPoints
from trainingset.wire import BadRows

__all__ = ["ScriptInputs", "lsdb_script"]

_ALL_NEIGHBORS = 1000
"""Objects around one redshift that a mutual match looks at."""

_MORE_NEIGHBORS = 5
"""Stock LSDB settles ties by chance: these more are asked for, and the smaller ids taken."""

_COMPUTED = re.compile(r".+_.+(Mag|MagErr|SNR|Mag_dered)|.+_state")
"""Names that a constraint on objects gives to what the service computes; no column of the catalog is meant."""


@dataclass(frozen=True, slots=True)
class ScriptInputs:
    """What a script is made of besides its recipe."""

    catalog_path: str
    redshifts_path: str
    columns: tuple[str, ...]
    """Object columns: id, right ascension, declination, then the others."""
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Columns of the redshift table by role; ``ra`` and ``dec`` at least."""
    where: Condition | None = None
    """The recipe's ``where``, checked against the columns of the catalog; None where it could not be."""
    redshifts_where: Condition | None = None
    flux_zero_point: float = 31.4
    """AB magnitude of one unit of flux."""
    notes: tuple[str, ...] = ()
    """What the computation noted, for the head of the script."""
    output_path: str = "training_set_lsdb.parquet"


def lsdb_script(recipe: CrossmatchRecipe, inputs: ScriptInputs) -> str:
    """Write the script.

    Parameters
    ----------
    recipe
        Resolved: with a radius.

    Raises
    ------
    ValueError
        If radius, object columns or the roles ``ra`` and ``dec`` are not told.
    """
    missing = [] if recipe.radius_arcsec is not None else ["radius_arcsec"]
    missing += [] if len(inputs.columns) >= 3 else ["columns (object id, right ascension, declination, ...)"]
    missing += [f"the role {role!r}" for role in ("ra", "dec") if role not in inputs.roles]
    if missing:
        raise ValueError(f"the script needs to be told {', '.join(missing)}; the record of a finished job tells it all")
    return _Script(recipe, inputs).text()


class _Script:
    def __init__(self, recipe: CrossmatchRecipe, inputs: ScriptInputs) -> None:
        self._recipe = recipe
        self._inputs = inputs
        self._limitations = _limitations(recipe)
        self._fluxes = _flux_columns(recipe.flux, inputs.columns)
        self._object_where = self._condition("WHERE", recipe.where, inputs.where, self._derived_sources())
        z = inputs.roles.get("z")
        z_source = {} if z is None else {"redshift": f"number(rows, {z!r})"}
        self._redshift_where = self._condition(
            "REDSHIFTS_WHERE", recipe.redshifts_where, inputs.redshifts_where, z_source
        )
        if recipe.magnitudes and not self._fluxes:
            self._limitations.append("Magnitudes: no flux column is named like 'i_psfFlux' beside 'i_psfFluxErr'.")

    def text(self) -> str:
        """The whole script."""
        steps = "\n\n".join(step.strip("\n") for step in self._steps())
        head = [self._head(), pieces.IMPORTS + (pieces.SPLIT_IMPORTS if self._recipe.split else ""), self._constants()]
        return (
            "\n\n".join(part for part in [*(each.strip("\n") for each in head), self._functions(steps), steps] if part)
            + "\n"
        )

    def _condition(
        self, parameter: str, text: str | None, condition: Condition | None, sources: Mapping[str, str]
    ) -> str | None:
        if text is None:
            return None
        try:
            if condition is None:
                raise NotExpressibleError("the types of its columns are not known here")
            if parameter == "WHERE" and (computed := self._computed_elsewhere(condition)):
                raise NotExpressibleError(f"the service computes {', '.join(computed)}, this script does not")
            return condition_code(condition, sources=sources)
        except NotExpressibleError as error:
            self._limitations.append(f"{parameter}: {text} ({error}). Write it as code where the script says so.")
            return None

    def _computed_elsewhere(self, condition: Condition) -> list[str]:
        """Columns of a constraint on objects that are neither in the catalog nor computed here."""
        known = self._derived_sources()
        return [name for name in condition.columns if _COMPUTED.fullmatch(name) and name not in known]

    def _derived_sources(self) -> dict[str, str]:
        """Code of the columns that constraints may name and that are computed from fluxes."""
        sources = {}
        for name, (flux, error) in self._fluxes.items():
            if self._recipe.zero_points is ZeroPoints.NONE:
                sources[f"{name}Mag"] = f"magnitude(rows, {flux!r})"
            sources[f"{name}MagErr"] = f"magnitude_error(rows, {flux!r}, {error!r})"
            sources[f"{name}SNR"] = f"signal_to_noise(rows, {flux!r}, {error!r})"
        return sources

    def _head(self) -> str:
        recipe = self._recipe
        # With sorted keys, since the stores that a recipe comes from keep no order.
        asked = json.dumps(recipe.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
        lines = [
            f"# Cross-match with {_one_line(recipe.catalog)}: the recipe below, done by stock LSDB and pandas.",
            "# Run it where the catalog and the redshifts are: pip install 'lsdb>=0.11,<0.12' astropy",
            "#",
            f"# Recipe: {_one_line(asked)}",
        ]
        lines += [f"# Note of the computation: {_one_line(note)}" for note in self._inputs.notes]
        if self._limitations:
            lines += ["#", "# Not in this script:"]
            lines += [f"# - {_one_line(limitation)}" for limitation in self._limitations]
        return "\n".join(lines)

    def _constants(self) -> str:
        recipe, inputs = self._recipe, self._inputs
        values: dict[str, object] = {
            "CATALOG": inputs.catalog_path,
            "REDSHIFTS": inputs.redshifts_path,
            "OUTPUT": inputs.output_path,
            "RADIUS_ARCSEC": recipe.radius_arcsec,
            "OBJECT_ID": inputs.columns[0],
            "OBJECT_RA": inputs.columns[1],
            "OBJECT_DEC": inputs.columns[2],
        }
        lines = [f"{name} = {value!r}" for name, value in values.items()]
        lines.append(_sequence("OBJECT_COLUMNS", self._read_columns()))
        lines += [f"{role.upper()} = {inputs.roles[role]!r}" for role in ("ra", "dec")]
        if recipe.split:
            lines += [f"SPLIT = {dict(sorted(recipe.split.items()))!r}", f"SEED = {recipe.seed!r}"]
        return "\n".join(lines)

    def _read_columns(self) -> tuple[str, ...]:
        condition = self._inputs.where if self._object_where is not None else None
        named = [] if condition is None else [name for name in condition.columns if name not in self._derived_sources()]
        return tuple(dict.fromkeys([*self._inputs.columns, *named]))

    def _functions(self, steps: str) -> str:
        """The functions that the steps call, and those that these call."""
        wanted = []
        if self._redshift_where is not None:
            wanted.append(_wanted("redshifts_wanted", "REDSHIFTS_WHERE", self._redshift_where))
        if self._object_where is not None:
            wanted.append(_wanted("objects_wanted", "WHERE", self._object_where))
        magnitudes = pieces.MAGNITUDES.replace("ZERO_POINT", repr(self._inputs.flux_zero_point)).split("\n\n\n")
        calling = "\n".join([steps, *wanted])
        used = [each for each in magnitudes if f"{_function_name(each)}(" in calling]
        calling = "\n".join([calling, *used])
        basic = [each for each in CONDITION_FUNCTIONS.split("\n\n\n") if f"{_function_name(each)}(" in calling]
        parts = [*basic, *used, *wanted]
        return "\n" + "\n\n\n".join(part.strip("\n") for part in parts) + "\n" if parts else ""

    def _steps(self) -> Iterable[str]:
        yield self._read_redshifts()
        yield self._keys()
        yield self._clean()
        yield self._match()
        if self._recipe.split:
            yield self._units()
        yield self._select()
        if self._recipe.split:
            yield pieces.SIDES_EXACT if self._recipe.split_exact else pieces.SIDES
        if self._recipe.how is How.LEFT:
            yield pieces.UNMATCHED
        if self._recipe.magnitudes and self._fluxes:
            yield self._magnitudes()
        yield self._finish()

    def _read_redshifts(self) -> str:
        recipe, inputs = self._recipe, self._inputs
        lines = [
            "# 1. Redshifts, with positions in ICRS degrees: convert them here if a note above says so.",
            _reader(inputs.redshifts_path),
            pieces.TIDY,
        ]
        if self._redshift_where is not None:
            lines.append("redshifts = redshifts[redshifts_wanted(redshifts)]")
        elif recipe.redshifts_where is not None:
            lines.append("# Here the constraint on redshifts belongs: redshifts = redshifts[...]")
        lines += [
            "ra = redshifts[RA].to_numpy(np.float64, na_value=np.nan)",
            "dec = redshifts[DEC].to_numpy(np.float64, na_value=np.nan)",
            "is_placed = (ra >= -180) & (ra <= 360) & (np.abs(dec) <= 90)",
        ]
        if recipe.bad_rows is BadRows.ERROR:
            lines.append('assert is_placed.all(), f"{(~is_placed).sum()} redshifts have no valid position"')
        lines += [
            "sent = redshifts[is_placed].reset_index(drop=True)",
            "ra, dec = ra[is_placed] % 360, dec[is_placed]",
            "ra[ra >= 360] = 0",
        ]
        return "\n".join(lines)

    def _clean(self) -> str:
        lines = ["redshifts = sent.assign(**{RA: ra, DEC: dec})"]
        z = self._inputs.roles.get("z")
        if z is not None and z != "redshift":
            lines.append(f"redshifts = redshifts.rename(columns={{'redshift': 'redshift_2', {z!r}: 'redshift'}})")
        lines += [
            "# Columns that the objects have too are told apart.",
            'shared = {name: f"{name}_specz" for name in redshifts if name in OBJECT_COLUMNS}',
            "redshifts = redshifts.rename(columns=shared)",
            "RA, DEC = shared.get(RA, RA), shared.get(DEC, DEC)",
            'redshifts["redshift_key"] = keys',
        ]
        return "\n".join(lines)

    def _column(self, role: str) -> str | None:
        """Code of the name that a role's column has once columns are told apart; None without such a column."""
        name = self._inputs.roles.get(role)
        return None if name is None else f"shared.get({name!r}, {name!r})"

    def _keys(self) -> str:
        survey, native = self._inputs.roles.get("survey"), self._inputs.roles.get("id")
        nothing = "[None] * len(sent)"
        # A result of ours that is matched again keeps its keys.
        keys = "keys = texts('redshift_key', '(?!)')" if native == "redshift_key" else pieces.KEYS
        lines = [
            pieces.KEY_FUNCTION,
            "",
            f"surveys = {nothing if survey is None else f'texts({survey!r}, {pieces.SURVEY_SIGNS!r})'}",
            f"ids = {nothing if native is None else f'texts({native!r}, {pieces.ID_SIGNS!r})'}",
            keys,
            pieces.NUMBERED,
        ]
        return "\n".join(lines)

    def _match(self) -> str:
        recipe = self._recipe
        neighbors = {Match.NEAREST: 1, Match.ALL: recipe.neighbors, Match.MUTUAL: _ALL_NEIGHBORS}[recipe.match]
        lines = ["# 2. The match: LSDB reads what is near redshifts.", pieces.OPEN]
        if recipe.where_order is WhereOrder.BEFORE:
            lines += self._wanted_objects("objects = objects.map_partitions(lambda rows: rows[objects_wanted(rows)])")
        lines += [pieces.CROSSMATCH.replace("N_NEIGHBORS", repr(neighbors + _MORE_NEIGHBORS)), pieces.RANKS]
        if recipe.match is not Match.MUTUAL:
            lines.append(f'pairs = pairs[pairs["match_rank"] <= {neighbors!r}].reset_index(drop=True)')
        if recipe.match is Match.MUTUAL:
            lines.append(pieces.MUTUAL)
        return "\n".join(lines)

    def _wanted_objects(self, line: str) -> list[str]:
        if self._object_where is not None:
            return [line]
        return [] if self._recipe.where is None else ["# Here the constraint on objects belongs."]

    def _units(self) -> str:
        recipe = self._recipe
        group = self._column("group")
        labels = f"'redshift_key', OBJECT_ID, {group}" if group else "'redshift_key', OBJECT_ID"
        lines = [pieces.UNITS.replace("LABELS", labels)]
        if recipe.split_by is SplitBy.SKY:
            lines.append(pieces.SKY_UNITS.replace("ORDER", repr(recipe.split_order)))
        elif recipe.split_by is SplitBy.SURVEY and (survey := self._column("survey")):
            lines.append(pieces.SURVEY_UNITS.replace("SURVEY", survey))
        return "\n".join(lines)

    def _select(self) -> str:
        recipe = self._recipe
        lines = ["# 3. Which pairs stay."]
        if recipe.where_order is WhereOrder.AFTER:
            lines += self._wanted_objects("pairs = pairs[objects_wanted(pairs)]")
        lines.append('matched_keys = set(pairs["redshift_key"])')
        if recipe.unique is Unique.NONE:
            return "\n".join([*lines, "training_set = pairs"])
        if recipe.unique is Unique.BEST:
            lines += [
                "# Of several redshifts at one object the best: flag, kind of instrument, error, separation, key."
            ]
            lines += self._criteria()
        by = [*(["_quality", "_instrument", "_error"] if recipe.unique is Unique.BEST else [])]
        lines += [
            f"order = [OBJECT_ID, {''.join(f'{name!r}, ' for name in by)}'separation_arcsec', 'redshift_key']",
            "training_set = pairs.sort_values(order, kind='stable').drop_duplicates(OBJECT_ID)",
        ]
        if by:
            lines.append(f"training_set = training_set.drop(columns={by!r})")
        return "\n".join(lines)

    def _criteria(self) -> list[str]:
        quality, instrument, error = (self._column(role) for role in ("quality_flag", "instrument_type", "z_err"))
        lines = []
        if quality is not None or error is not None:
            lines.append(pieces.NUMERIC)
        if quality is not None:
            lines += [
                f"quality = numeric({quality})",
                "# 6 marks stars; it is no rank.",
                "quality = np.where(np.isnan(quality) | (quality == 6), np.inf, -quality)",
            ]
        if instrument is not None:
            lines += [
                f"letters = pairs[{instrument}].astype(str).str.strip().str.lower().str[:1]",
                "instrument = letters.map({'s': 0, 'g': 1, 'p': 2}).fillna(3).to_numpy(np.float64)",
            ]
        if error is not None:
            lines += [f"error = numeric({error})", "error = np.where(error > 0, error, np.inf)"]
        values = {
            "_quality": "quality" if quality is not None else "0.0",
            "_instrument": "instrument" if instrument is not None else "0.0",
            "_error": "error" if error is not None else "0.0",
        }
        assigned = ", ".join(f"{name}={value}" for name, value in values.items())
        return [*lines, f"pairs = pairs.assign({assigned})"]

    def _magnitudes(self) -> str:
        lines = ["# AB magnitudes, and errors of small fractional flux errors."]
        for name, (flux, error) in self._fluxes.items():
            lines.append(f"training_set[{name + 'Mag'!r}] = magnitude(training_set, {flux!r})")
            lines.append(f"training_set[{name + 'MagErr'!r}] = magnitude_error(training_set, {flux!r}, {error!r})")
        return "\n".join(lines)

    def _finish(self) -> str:
        lines = [pieces.FINISH]
        if self._recipe.maxrec is not None:
            lines.append(f"training_set = training_set.head({self._recipe.maxrec!r})")
        lines.append("training_set.to_parquet(OUTPUT)")
        lines.append('print(f"{len(training_set):,} rows written to {OUTPUT}")')
        return "\n".join(lines)


def _wanted(function: str, parameter: str, code: str) -> str:
    return (
        f'def {function}(rows):\n    """{parameter}: true where the constraint is."""\n'
        f'    with np.errstate(all="ignore"):\n        return {code}\n'
    )


def _function_name(code: str) -> str:
    return code.removeprefix("def ").partition("(")[0]


def _reader(path: str) -> str:
    """Code that reads the redshifts, by the suffix of their file."""
    suffix = path.casefold().removesuffix(".gz").rpartition(".")[2]
    if suffix in ("parquet", "parq", "pq"):
        return 'redshifts = pd.read_parquet(REDSHIFTS, dtype_backend="pyarrow")'
    if suffix in ("csv", "txt", "tsv"):
        separator = ', sep="\\t"' if suffix == "tsv" else ""
        return f'redshifts = pd.read_csv(REDSHIFTS, dtype_backend="pyarrow"{separator})'
    formats = {"fits": "fits", "fit": "fits", "ecsv": "ascii.ecsv"}
    return "\n".join(
        [
            "from astropy.table import Table",
            "",
            f"table = Table.read(REDSHIFTS, format={formats.get(suffix, 'votable')!r})",
            "table.convert_bytestring_to_unicode()",
            'redshifts = table.to_pandas().convert_dtypes(dtype_backend="pyarrow")',
        ]
    )


def _flux_columns(kinds: Sequence[str], columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Flux and its error by band and kind (``i_psf``), as LSST names them."""
    found = {}
    for kind in kinds:
        for name in columns:
            stem = name.removesuffix("Flux")
            if name.endswith(f"_{kind}Flux") and f"{name}Err" in columns:
                found[stem] = (name, f"{name}Err")
    return found


def _limitations(recipe: CrossmatchRecipe) -> list[str]:
    told = [
        "Columns that the service adds: chance_probability, n_within_radius, second_separation_arcsec, "
        "brightest_within_radius, n_redshifts, z_scatter, z_conflict, states of bands, offsets."
    ]
    if recipe.dereddening is not Dereddening.NONE:
        told.append(f"DEREDDEN={recipe.dereddening}: magnitudes are not corrected for dust here.")
    if recipe.zero_points is not ZeroPoints.NONE:
        told.append(f"ZEROPOINTS={recipe.zero_points}: zero-point offsets are not taken off here.")
    if recipe.select is not None:
        told.append("SELECT: the select list is not applied here; choose the columns of the result.")
    if recipe.split and recipe.split_by is SplitBy.FIELD:
        told.append("SPLIT_BY=field: the fields of the catalog are not known here; the split is by sky object.")
    if recipe.hold_out:
        told.append(f"HOLD_OUT={','.join(recipe.hold_out)}: nothing is held out here.")
    if recipe.cap is not None:
        told.append(f"CAP={recipe.cap}: rows are not capped here.")
    if recipe.weights:
        told.append(f"WEIGHTS={','.join(recipe.weights)}: there is no column weight here.")
    return told


def _sequence(name: str, values: Iterable[str]) -> str:
    return f"{name} = [\n" + "".join(f"    {value!r},\n" for value in values) + "]"


def _one_line(text: str) -> str:
    """Text that a comment can hold: no sign of it ends the line."""
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))
