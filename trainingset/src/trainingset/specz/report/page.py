"""The quality report as one HTML page that opens anywhere: no script, nothing from the network."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from xml.etree import ElementTree as ET

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

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #c9d1d9; --s: #2563a8; --g: #2a9d6f;
  --p: #d98b1f; --null: #888; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14181c; --line: #3a4149; --s: #6aa9ea;
  --g: #5cc79b; --p: #eeb04f; --null: #aaa; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--ink); }
.axis, .sky { stroke: var(--line); fill: none; } .pixel { fill: var(--s); }
.type-s { fill: var(--s); } .type-g { fill: var(--g); } .type-p { fill: var(--p); } .type-null { fill: var(--null); }
table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .7rem; text-align: right; }
th:first-child, td:first-child, td.words { text-align: left; } .scroll { overflow-x: auto; }
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
    ET.SubElement(body, "h1").text = _clean(title)
    _paragraph(body, _summary(numbers))
    _heading(body, "Redshifts")
    body.append(draw_histogram(numbers.z_edges, numbers.n_of_z, _TYPES))
    _legend(body, numbers.n_of_z)
    _heading(body, "Sky")
    body.append(draw_sky(numbers.sky_order, numbers.sky_pixels, numbers.sky_counts))
    _heading(body, "Surveys")
    _surveys(body, numbers)
    _heading(body, "Repeated measurements")
    _repeats(body, numbers)
    _heading(body, "Agreement of surveys")
    _agreement(body, numbers)
    _heading(body, "Inputs")
    _inputs(body, numbers)
    content = ET.tostring(body, encoding="unicode", short_empty_elements=False)
    head = '<meta charset="utf-8"/><meta name="viewport" content="width=device-width"/>'
    head += f"<title>{escape(_clean(title))}</title>"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head>\n<body>{content}</body></html>\n'
    )


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
    _table(body, "Rows by survey, homogenized flag and instrument type", heads, rows)


def _repeats(body: ET.Element, numbers: CompilationNumbers) -> None:
    if not numbers.tie_results:
        _paragraph(body, "Repeated measurements were not looked for.")
        return
    _table(
        body, "Galaxies by number of measurements", ["measurements", "galaxies"], sorted(numbers.group_sizes.items())
    )
    results = [(f"{key}: {_TIES.get(key, '')}", count) for key, count in numbers.tie_results.items()]
    _table(body, "Rows by tie_result", ["tie_result", "rows"], results)
    _table(body, "What decided", ["resolved_by", "rows"], numbers.resolved_by.items())


def _agreement(body: ET.Element, numbers: CompilationNumbers) -> None:
    if not numbers.agreement:
        _paragraph(body, "No galaxy has two redshifts.")
        return
    _paragraph(
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
    _table(body, "Agreement of repeated measurements", heads, rows)


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
    _table(body, "What became of the rows of each input", heads, rows)
    told = [
        (report.name, f"{report.without_position} rows without a position, {report.wrapped_ra} with a wrapped ra")
        for report in numbers.inputs
        if report.without_position or report.wrapped_ra
    ]
    for name, words in told:
        _paragraph(body, f"{name}: {words}.")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{value}: {count}" for value, count in counts.items()) or "none"


def _heading(body: ET.Element, words: str) -> None:
    ET.SubElement(body, "h2").text = words


def _paragraph(body: ET.Element, words: str) -> None:
    ET.SubElement(body, "p").text = _clean(words)


def _legend(body: ET.Element, counts: Mapping[str, Sequence[int]]) -> None:
    legend = ET.SubElement(body, "p")
    for key, name in _TYPES.items():
        if key in counts:
            item = ET.SubElement(legend, "span")
            drawing = ET.SubElement(item, "svg", {"viewBox": "0 0 12 12", "style": "width:.8em", "aria-hidden": "true"})
            ET.SubElement(drawing, "rect", {"width": "12", "height": "12", "class": f"type-{key}"})
            drawing.tail = f" {name}: {sum(counts[key])}   "


def _table(body: ET.Element, caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    frame = ET.SubElement(body, "div", {"class": "scroll"})
    table = ET.SubElement(frame, "table")
    ET.SubElement(table, "caption").text = caption
    line = ET.SubElement(ET.SubElement(table, "thead"), "tr")
    for head in heads:
        ET.SubElement(line, "th", {"scope": "col"}).text = head
    content = ET.SubElement(table, "tbody")
    for row in rows:
        line = ET.SubElement(content, "tr")
        for value in row:
            cell = ET.SubElement(line, "td", {} if isinstance(value, int) else {"class": "words"})
            cell.text = _clean(str(value))


def _clean(words: str) -> str:
    """Words without characters that XML cannot hold; the element tree escapes the others."""
    return _NOT_XML.sub("?", words)
