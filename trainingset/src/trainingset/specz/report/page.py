"""The quality report as one HTML page that opens anywhere: no script, nothing from the network."""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from trainingset.report_elements import add_heading, add_paragraph, add_table, clean_text, html_page
from trainingset.specz.report.drawing import draw_histogram, draw_sky
from trainingset.specz.report.numbers import DISAGREEMENT, OUTLIER, CompilationNumbers

__all__ = ["report_page"]

_TYPES = {"s": "spectroscopic", "g": "grism or prism", "p": "photometric", "null": "unknown type"}
_TIES = {
    "0": "repeated and not the best",
    "1": "the row to use",
    "2": "tied with a contradicting one",
    "3": "star",
}
_FLAGS = ("0", "1", "2", "3", "4", "6", "null")
_MOST_PAIRS_OF_SURVEYS = 60
"""Pairs of surveys in the table; the numbers have all."""

_STYLE = """
:root { --s: #2563a8; --g: #2a9d6f; --p: #d98b1f; --null: #888; --pixel: var(--s); }
@media (prefers-color-scheme: dark) { :root { --s: #6aa9ea; --g: #5cc79b; --p: #eeb04f; --null: #aaa; } }
.type-s { fill: var(--s); } .type-g { fill: var(--g); } .type-p { fill: var(--p); } .type-null { fill: var(--null); }
"""


def report_page(numbers: CompilationNumbers, *, title: str) -> str:
    """Write the quality report.

    Parameters
    ----------
    title
        Heading of the page; as every text it may hold anything.

    Returns
    -------
    str
        A whole HTML document, well-formed as XML too.
    """
    body = ET.Element("main")
    ET.SubElement(body, "h1").text = clean_text(title)
    add_paragraph(body, _summary(numbers))
    add_heading(body, "Redshifts")
    body.append(draw_histogram(numbers.z_edges, numbers.n_of_z, _TYPES))
    _legend(body, numbers.n_of_z)
    add_heading(body, "Sky")
    body.append(draw_sky(numbers.sky_order, numbers.sky_pixels, numbers.sky_counts))
    add_heading(body, "Surveys")
    _surveys(body, numbers)
    add_heading(body, "Repeated measurements")
    _repeats(body, numbers)
    add_heading(body, "Agreement of surveys")
    _agreement(body, numbers)
    add_heading(body, "Inputs")
    _inputs(body, numbers)
    return html_page(title, body, style=_STYLE)


def _summary(numbers: CompilationNumbers) -> str:
    repeated = sum(count for size, count in numbers.group_sizes.items() if size > 1)
    text = (
        f"{numbers.rows} rows of {len(numbers.surveys)} surveys; {numbers.used} are the ones to use, {numbers.stars} "
        f"are stars and {numbers.without_redshift} have no redshift."
    )
    return f"{text} {repeated} galaxies were measured several times." if numbers.group_sizes else text


def _surveys(body: ET.Element, numbers: CompilationNumbers) -> None:
    rows = [
        [
            survey.survey,
            survey.rows,
            survey.used,
            *(survey.quality.get(flag, 0) for flag in _FLAGS),
            *(survey.instrument_types.get(letter, 0) for letter in _TYPES),
        ]
        for survey in numbers.surveys
    ]
    heads = ["survey", "rows", "to use", *(f"flag {flag}" for flag in _FLAGS), *(f"type {letter}" for letter in _TYPES)]
    add_table(body, "Rows by survey, homogenized flag and instrument type", heads, rows)


def _repeats(body: ET.Element, numbers: CompilationNumbers) -> None:
    if not numbers.tie_results:
        add_paragraph(body, "Repeated measurements were not looked for.")
        return
    add_table(
        body, "Galaxies by number of measurements", ["measurements", "galaxies"], sorted(numbers.group_sizes.items())
    )
    results = [(f"{key}: {_TIES.get(key, '')}", count) for key, count in numbers.tie_results.items()]
    add_table(body, "Rows by tie_result", ["tie_result", "rows"], results)
    add_table(body, "What decided", ["resolved_by", "rows"], numbers.resolved_by.items())


def _agreement(body: ET.Element, numbers: CompilationNumbers) -> None:
    if not numbers.agreement:
        add_paragraph(body, "No galaxy has two redshifts.")
        return
    add_paragraph(
        body,
        "Differences dz/(1+z) of all two measurements of one galaxy: their median (bias), 1.4826 times their median "
        f"absolute deviation (scatter), and how many exceed {DISAGREEMENT:g} and {OUTLIER:g}.",
    )
    rows = [
        [
            one.survey,
            one.other,
            one.pairs,
            f"{one.bias:+.2e}",
            f"{one.scatter:.2e}",
            one.disagreements,
            f"{one.outliers} ({100 * one.outliers / one.pairs:.1f} %)",
        ]
        for one in numbers.agreement[:_MOST_PAIRS_OF_SURVEYS]
    ]
    heads = ["survey", "with", "pairs", "bias", "scatter", f"> {DISAGREEMENT:g}", f"> {OUTLIER:g}"]
    add_table(body, "Agreement of repeated measurements", heads, rows)


def _inputs(body: ET.Element, numbers: CompilationNumbers) -> None:
    rows = [
        [
            report.name,
            survey.survey,
            survey.rows,
            survey.wanted,
            _listed(survey.unmapped_flags),
            _listed(survey.sentinels),
            survey.out_of_range,
            survey.repeated_ids,
        ]
        for report in numbers.inputs
        for survey in report.surveys
    ]
    heads = [
        "input",
        "survey",
        "rows",
        "within limits",
        "flags without rule",
        "values for no redshift",
        "z out of range",
        "repeated ids",
    ]
    add_table(body, "What became of the rows of each input", heads, rows)
    told = [
        (report.name, f"{report.without_position} rows without a position, {report.wrapped_ra} with a wrapped ra")
        for report in numbers.inputs
        if report.without_position or report.wrapped_ra
    ]
    for name, words in told:
        add_paragraph(body, f"{name}: {words}.")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{value}: {count}" for value, count in counts.items()) or "none"


def _legend(body: ET.Element, counts: Mapping[str, Sequence[int]]) -> None:
    legend = ET.SubElement(body, "p")
    for key, name in _TYPES.items():
        if key in counts:
            item = ET.SubElement(legend, "span")
            drawing = ET.SubElement(item, "svg", {"viewBox": "0 0 12 12", "style": "width:.8em", "aria-hidden": "true"})
            ET.SubElement(drawing, "rect", {"width": "12", "height": "12", "class": f"type-{key}"})
            drawing.tail = f" {name}: {sum(counts[key])}   "
