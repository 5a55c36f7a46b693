"""The quality report of a training set as one HTML page that opens anywhere: no script, nothing from the network."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import numpy as np

from trainingset.columns import ColumnDescription
from trainingset.report_elements import add_heading, add_paragraph, add_table, clean_text, html_page
from trainingset.set_report.coverage import CoverageMap
from trainingset.set_report.figures import HistogramFigure
from trainingset.set_report.maps import draw_coverage, draw_offsets
from trainingset.set_report.tally import OFFSET_CELLS, OTHERS, SKY_ORDER, Groups, SetTally
from trainingset.specz.report.drawing import draw_histogram, draw_sky

__all__ = ["PALETTE", "set_page"]

PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
"""Colors that the color-blind can tell apart (Okabe and Ito 2008)."""
_OTHERS = "#888888"
_MOST_TABLE_ROWS = 200
_STYLE = " ".join(f".type-{place} {{ fill: {color}; }}" for place, color in enumerate((*PALETTE, _OTHERS)))
_FACTS = {
    "matched": "with an object",
    "ambiguous": "with several objects within the radius",
    "several_redshifts": "whose object has several redshifts",
    "z_conflict": "whose object has redshifts that contradict each other",
    "without_redshift": "without a redshift",
}


def set_page(
    tally: SetTally,
    figures: Sequence[HistogramFigure],
    groups: Groups,
    columns: Sequence[ColumnDescription],
    *,
    title: str,
    coverage: Sequence[CoverageMap] = (),
    radius_arcsec: float = 1.0,
) -> str:
    """Write the quality report.

    Parameters
    ----------
    tally
        Counts of all rows, made with these figures and groups.
    columns
        Metadata of the columns of the table.
    title
        Heading of the page; as every text it may hold anything.
    coverage
        Rows beside target objects; empty without a sample of those.
    radius_arcsec
        Where the map of offsets ends.

    Returns
    -------
    str
        A whole HTML document, well-formed as XML too.
    """
    body = ET.Element("main")
    ET.SubElement(body, "h1").text = clean_text(title)
    add_paragraph(body, f"{tally.rows} rows of {_survey_number(tally)} surveys.")
    _facts(body, tally)
    _surveys(body, tally)
    add_heading(body, "Sky")
    pixels = np.flatnonzero(tally.sky)
    body.append(draw_sky(SKY_ORDER, pixels.tolist(), tally.sky[pixels].tolist()))
    for place, figure in enumerate(figures):
        add_heading(body, figure.title)
        _histograms(body, tally, place, figure, groups)
    add_heading(body, "Offsets in two dimensions")
    edges = np.linspace(-radius_arcsec, radius_arcsec, OFFSET_CELLS + 1).round(12).tolist()
    body.append(draw_offsets(tally.offsets, edges))
    _coverage(body, coverage)
    _states(body, tally)
    _schema(body, tally, columns)
    return html_page(title, body, style=_STYLE)


def _survey_number(tally: SetTally) -> str:
    names = {survey for survey, _ in tally.kinds}
    return f"more than {len(names - {OTHERS})}" if OTHERS in names else str(len(names))


def _facts(body: ET.Element, tally: SetTally) -> None:
    rows = [
        (words, tally.facts[fact], f"{100 * tally.facts[fact] / tally.rows:.1f} %" if tally.rows else "")
        for fact, words in _FACTS.items()
    ]
    add_table(body, "Rows", ["rows", "number", "part of all"], rows)


def _surveys(body: ET.Element, tally: SetTally) -> None:
    add_heading(body, "Surveys and subsets")
    kinds = sorted(tally.kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    rows = [(survey, subset, count) for (survey, subset), count in kinds[:_MOST_TABLE_ROWS]]
    add_table(body, "Rows by survey and subset", ["survey", "subset", "rows"], rows)
    if len(kinds) > _MOST_TABLE_ROWS:
        add_paragraph(body, f"These are the {_MOST_TABLE_ROWS} largest of {len(kinds)}.")


def _histograms(body: ET.Element, tally: SetTally, place: int, figure: HistogramFigure, groups: Groups) -> None:
    for kind in ("survey", "subset"):
        found = {name: counts for (at, by, name), counts in tally.bins.items() if (at, by) == (place, kind)}
        if not found or (kind == "subset" and groups.subset is None):
            continue
        order = list(groups.drawn) if kind == "survey" else sorted(name for name in found if name is not None)
        named = {_color(index): name for index, name in enumerate(order[: len(PALETTE)]) if name in found}
        rest = [counts for name, counts in found.items() if name not in named.values()]
        counts = {key: found[name].tolist() for key, name in named.items()}
        words = {key: clean_text(name) for key, name in named.items()}
        if rest:
            others = _color(len(PALETTE))
            counts[others], words[others] = np.sum(rest, axis=0).tolist(), f"other {kind}s"
        drawn = draw_histogram(
            figure.edges, counts, words, title=f"{figure.title} by {kind}", axis=figure.axis, symbol=figure.axis
        )
        body.append(drawn)
        _legend(body, kind, words, {key: sum(values) for key, values in counts.items()})
    if tally.outside[place]:
        add_paragraph(body, f"{tally.outside[place]} rows are outside {figure.low:g} to {figure.high:g}.")


def _coverage(body: ET.Element, coverage: Sequence[CoverageMap]) -> None:
    if not coverage:
        return
    add_heading(body, "Coverage of the target objects")
    add_paragraph(
        body,
        "Cells of magnitude and color with objects that were drawn at random from the target catalog: blue where the "
        "set has rows, red where it has none, grey with rows alone; darker where more objects are.",
    )
    rows = []
    for found in coverage:
        fractions = [found.covered_fraction(least) for least in (1, 5)]
        percent = [f"{100 * fraction:.1f} %" if fraction == fraction else "" for fraction in fractions]
        rows.append((found.grid.title, int(found.target.sum()), *percent))
    heads = ["map", "target objects", "in cells with a row", "with five rows"]
    add_table(body, "Part of the target objects that the set covers", heads, rows)
    for found in coverage:
        add_heading(body, found.grid.title)
        body.append(draw_coverage(found))


def _color(index: int) -> str:
    return str(index)


def _legend(body: ET.Element, kind: str, words: dict[str, str], totals: dict[str, int]) -> None:
    legend = ET.SubElement(body, "p")
    legend.text = f"By {kind}: "
    for key, name in words.items():
        item = ET.SubElement(legend, "span")
        mark = ET.SubElement(item, "svg", {"viewBox": "0 0 12 12", "style": "width:.8em", "aria-hidden": "true"})
        ET.SubElement(mark, "rect", {"width": "12", "height": "12", "class": f"type-{key}"})
        mark.tail = f" {name}: {totals[key]}   "


def _states(body: ET.Element, tally: SetTally) -> None:
    states = ("detected", "not_detected", "not_observed")
    bands = list(dict.fromkeys(band for band, _ in tally.states))
    if not bands:
        return
    add_heading(body, "Missing bands")
    rows = [(band, *(tally.states[band, state] for state in states)) for band in bands]
    add_table(body, "Rows by band and what is known of it", ["band", *(s.replace("_", " ") for s in states)], rows)


def _schema(body: ET.Element, tally: SetTally, columns: Sequence[ColumnDescription]) -> None:
    add_heading(body, "Columns")
    rows = [
        (
            column.name,
            column.datatype.value,
            column.unit or "",
            column.ucd or "",
            tally.nulls[column.name],
            column.description or "",
        )
        for column in columns
    ]
    add_table(body, "Columns of the table", ["name", "type", "unit", "UCD", "nulls", "description"], rows)
