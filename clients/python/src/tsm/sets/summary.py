"""A training set in numbers: rows, subsets, surveys, redshifts, bands, separations, notes."""

from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trainingset.provenance import Provenance
from tsm.sets.saved_table import SavedTable
from tsm.tables.column_meanings import Meanings, read_meanings, redshift_roles

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["BandSummary", "SeparationSummary", "Summary", "summarize"]

QUANTILES = {"min": 0.0, "5 %": 0.05, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "95 %": 0.95, "max": 1.0}
"""Quantiles of redshifts by name."""
_SURVEYS_SHOWN = 12

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BandSummary:
    """How complete one band is, as fractions of the rows with an object."""

    band: str
    detected: float
    not_detected: float
    not_observed: float
    median_magnitude: float | None
    """Of the first flux kind; None without magnitudes."""


@dataclass(frozen=True, slots=True)
class SeparationSummary:
    """How far redshifts and objects are apart, in arcseconds."""

    radius: float | None
    """Match radius."""
    median: float
    largest_95: float
    """95 % of the pairs are nearer."""
    largest: float
    expected_by_chance: float | None
    """Pairs that would be there if all objects were strewn at random: the sum of ``chance_probability``."""
    ambiguous: int
    """Pairs with more than one object within the radius."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A training set in numbers; prints as tables, and shows as tables in a notebook."""

    catalog: str
    rows: int
    unmatched: int
    """Rows without an object."""
    subsets: dict[str, int]
    surveys: dict[str, int]
    redshifts: dict[str, float]
    """Quantiles by name; empty without finite redshifts."""
    bands: tuple[BandSummary, ...]
    separations: SeparationSummary | None
    """None without pairs."""
    notes: tuple[str, ...]

    @property
    def facts(self) -> dict[str, str]:
        """The lines above the tables."""
        facts = {"Catalog": self.catalog} if self.catalog else {}
        facts["Rows"] = f"{self.rows:,}"
        if self.unmatched:
            facts["Without an object"] = _share(self.unmatched, self.rows)
        if self.subsets:
            facts["Subsets"] = _counted(self.subsets, self.rows)
        if self.surveys:
            facts["Surveys"] = _counted(self.surveys, self.rows)
        if self.redshifts:
            facts["Redshifts"] = ", ".join(f"{name} {value:.4g}" for name, value in self.redshifts.items())
        if self.separations is not None:
            facts["Separations"] = _separations_text(self.separations)
        return facts

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        facts = Table.grid(padding=(0, 2))
        for name, value in self.facts.items():
            facts.add_row(Text(name, style="bold"), Text(value))
        parts: list[RenderableType] = [facts]
        if self.bands:
            bands = Table(title="Bands", title_justify="left", box=None, padding=(0, 2, 0, 0))
            for number, header in enumerate(_BAND_HEADERS):
                bands.add_column(header, justify="right" if number else "left")
            for cells in self._band_cells():
                bands.add_row(*(Text(cell) for cell in cells))
            parts += [Text(""), bands]
        parts += [Text(f"• {note}") for note in self.notes]
        return Group(*parts)

    def __str__(self) -> str:
        from rich.console import Console

        text = StringIO()
        Console(file=text, width=100, color_system=None, force_jupyter=False).print(self)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        facts = "".join(
            f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(value)}</td></tr>'
            for name, value in self.facts.items()
        )
        parts = [f"<table>{facts}</table>"]
        if self.bands:
            head = "".join(f"<th>{escape(header)}</th>" for header in _BAND_HEADERS)
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>" for cells in self._band_cells()
            )
            parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        if self.notes:
            parts.append("<ul>" + "".join(f"<li>{escape(note)}</li>" for note in self.notes) + "</ul>")
        return "".join(parts)

    def _band_cells(self) -> list[tuple[str, ...]]:
        return [
            (
                band.band,
                *(f"{100 * share:.1f} %" for share in (band.detected, band.not_detected, band.not_observed)),
                "" if band.median_magnitude is None else f"{band.median_magnitude:.2f}",
            )
            for band in self.bands
        ]


_BAND_HEADERS = ("band", "detected", "not detected", "not observed", "median mag")


def summarize(table: SavedTable, provenance: Provenance) -> Summary:
    """Summarize a training set; one column is in memory at a time."""
    meanings = read_meanings(table.schema.names, redshift_roles(provenance))
    has_object = _has_object(table)
    catalogs = [f"{catalog.id} (release {catalog.release})" for catalog in provenance.catalogs]
    return Summary(
        catalog=", ".join(catalogs),
        rows=table.n_rows,
        unmatched=int(np.count_nonzero(~has_object)),
        subsets={} if meanings.subset is None else table.counts(meanings.subset),
        surveys={} if meanings.survey is None else table.counts(meanings.survey),
        redshifts=_quantiles(table),
        bands=_bands(table, meanings, has_object),
        separations=_separations(table, provenance),
        notes=provenance.notes,
    )


def _has_object(table: SavedTable) -> npt.NDArray[np.bool_]:
    if "match_rank" not in table.schema.names:
        return np.ones(table.n_rows, np.bool_)
    valid: npt.NDArray[np.bool_] = table.read(["match_rank"])["match_rank"].is_valid().to_numpy().astype(bool)
    return valid


def _finite(table: SavedTable, name: str) -> FloatArray:
    if name not in table.schema.names:
        return np.empty(0)
    values: FloatArray = table.read([name])[name].drop_null().to_numpy().astype(np.float64)
    return values[np.isfinite(values)]


def _quantiles(table: SavedTable) -> dict[str, float]:
    # The rows of a match have the redshift as it was read, those of a compilation as it was resolved.
    values = _finite(table, "redshift" if "redshift" in table.schema.names else "z")
    if not len(values):
        return {}
    return dict(zip(QUANTILES, np.quantile(values, list(QUANTILES.values())).tolist(), strict=True))


def _bands(table: SavedTable, meanings: Meanings, has_object: npt.NDArray[np.bool_]) -> tuple[BandSummary, ...]:
    n_objects = int(np.count_nonzero(has_object))
    if not n_objects:
        return ()
    summaries = []
    for columns in meanings.bands:
        if columns.state is None:
            continue
        counts = table.counts(columns.state)
        magnitudes = _finite(table, columns.magnitudes[0]) if columns.magnitudes else np.empty(0)
        median = float(np.median(magnitudes)) if len(magnitudes) else None
        summaries.append(
            BandSummary(
                columns.band,
                detected=counts.get("detected", 0) / n_objects,
                not_detected=counts.get("not_detected", 0) / n_objects,
                not_observed=counts.get("not_observed", 0) / n_objects,
                median_magnitude=median,
            )
        )
    return tuple(summaries)


def _separations(table: SavedTable, provenance: Provenance) -> SeparationSummary | None:
    values = _finite(table, "separation_arcsec")
    if not len(values):
        return None
    chances = _finite(table, "chance_probability")
    radius = provenance.recipe.get("radius_arcsec")
    return SeparationSummary(
        radius=float(radius) if isinstance(radius, int | float) else None,
        median=float(np.median(values)),
        largest_95=float(np.quantile(values, 0.95)),
        largest=float(values.max()),
        expected_by_chance=float(chances.sum()) if len(chances) else None,
        ambiguous=int(np.count_nonzero(_finite(table, "n_within_radius") > 1)),
    )


def _separations_text(separations: SeparationSummary) -> str:
    parts = [f'median {separations.median:.3f}", 95 % below {separations.largest_95:.3f}"']
    parts.append(f'largest {separations.largest:.3f}"')
    if separations.radius is not None:
        parts.append(f'radius {separations.radius:g}"')
    if separations.expected_by_chance is not None:
        parts.append(f"{separations.expected_by_chance:.3g} pairs expected by chance")
    if separations.ambiguous:
        parts.append(f"{separations.ambiguous:,} with several objects in reach")
    return ", ".join(parts)


def _share(count: int, rows: int) -> str:
    return f"{count:,} ({100 * count / max(rows, 1):.1f} %)"


def _counted(counts: dict[str, int], rows: int) -> str:
    """Largest first; of many only the first are named."""
    largest = sorted(counts, key=lambda name: (-counts[name], name))
    shown = [f"{name} {_share(counts[name], rows)}" for name in largest[:_SURVEYS_SHOWN]]
    rest = len(counts) - len(shown)
    return ", ".join([*shown, f"and {rest} more"] if rest > 0 else shown)
