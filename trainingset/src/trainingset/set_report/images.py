"""The figures of a quality report as PNG files in one archive, for slides and papers."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from trainingset.set_report.coverage import CoverageMap
from trainingset.set_report.figures import HistogramFigure
from trainingset.set_report.report import SetReport

__all__ = ["image_names", "write_images"]

_SIZE_INCHES = (7.0, 4.5)
_DPI = 150
_SAME_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every file in the archive: equal figures make equal archives."""


def image_names(report: SetReport) -> list[str]:
    """Names of the files, in the order of the page."""
    titles = [*(figure.title for figure in report.figures), "Offsets", *(found.grid.title for found in report.coverage)]
    return [f"{number:02}_{_file_name(title)}.png" for number, title in enumerate(titles, start=1)]


def write_images(report: SetReport, path: Path) -> None:
    """Draw every figure and write the archive.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is not installed.
    """
    # A late import: it takes a second, and who makes no report can do without.
    from matplotlib.figure import Figure

    drawings: list[Any] = []
    for place, figure in enumerate(report.figures):
        drawing = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
        _draw_histogram(drawing.subplots(), report, place, figure)
        drawings.append(drawing)
    offsets = Figure(figsize=(5.5, 5), dpi=_DPI, layout="constrained")
    _draw_offsets(offsets.subplots(), report)
    drawings.append(offsets)
    for found in report.coverage:
        drawing = Figure(figsize=(6, 5.5), dpi=_DPI, layout="constrained")
        _draw_coverage(drawing.subplots(), found)
        drawings.append(drawing)
    with zipfile.ZipFile(path, "w") as archive:
        for name, drawing in zip(image_names(report), drawings, strict=True):
            content = io.BytesIO()
            drawing.savefig(content, format="png", metadata={"Software": None})
            archive.writestr(zipfile.ZipInfo(name, _SAME_TIME), content.getvalue())


def _draw_histogram(axes: Any, report: SetReport, place: int, figure: HistogramFigure) -> None:
    bins = {name: counts for (at, kind, name), counts in report.tally.bins.items() if (at, kind) == (place, "survey")}
    below = np.zeros(figure.n_bins)
    edges = np.array(figure.edges)
    for name in sorted(bins, key=lambda name: (name is None, -bins[name].sum(), name or "")):
        # A dollar sign would begin a formula.
        label = "other surveys" if name is None else name.replace("$", r"\$")
        axes.bar(edges[:-1], bins[name], np.diff(edges), bottom=below, align="edge", label=label)
        below += bins[name]
    axes.set(title=figure.title, xlabel=figure.axis, ylabel="rows")
    if bins:
        axes.legend(fontsize="small")


def _draw_offsets(axes: Any, report: SetReport) -> None:
    reach = report.radius_arcsec
    axes.imshow(np.log1p(report.tally.offsets.T), origin="lower", extent=(-reach, reach, -reach, reach), cmap="Blues")
    axes.invert_xaxis()
    axes.set(title="Offsets of objects from redshifts", xlabel="east / arcsec", ylabel="north / arcsec")


def _draw_coverage(axes: Any, found: CoverageMap) -> None:
    colors, magnitudes = found.grid.color_edges, found.grid.magnitude_edges
    counts = np.log1p(found.target.astype(np.float64))
    for is_shown, shades in ((found.rows > 0, "Blues"), (found.rows == 0, "Oranges")):
        cells = np.ma.masked_where(~is_shown | (found.target == 0), counts)
        axes.pcolormesh(colors, magnitudes, cells, cmap=shades, vmin=0, vmax=max(float(counts.max()), 1.0))
    axes.invert_yaxis()
    fraction = found.covered_fraction(1)
    share = f"{100 * fraction:.1f} % in cells with rows (blue), others orange" if fraction == fraction else "no objects"
    title = f"{found.grid.title}\n{share}"
    axes.set(xlabel="color / mag", ylabel="magnitude / AB mag")
    axes.set_title(title, fontsize="medium")


def _file_name(title: str) -> str:
    words = "".join(sign if sign.isalnum() else " " for sign in title)
    return "_".join(words.split()).lower()
