"""Figures that need neither display nor `matplotlib.pyplot`, and show themselves in notebooks."""

from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING

from tsm.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["new_figure", "panels", "plain_axes"]

_PANEL_INCHES = (3.6, 2.9)
_MOST_COLUMNS = 3


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure; sizes in inches.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("plots", "tsm.plots") from error

    class NotebookFigure(Figure):
        """Shows as a picture in a notebook, whatever backend is chosen there."""

        def _repr_png_(self) -> bytes:
            content = BytesIO()
            self.savefig(content, format="png", dpi=110)
            return content.getvalue()

    return NotebookFigure(figsize=(width, height), layout="constrained")


def panels(count: int) -> "tuple[Figure, list[Axes]]":
    """A figure with this many panels in rows."""
    columns = 2 if count == 4 else min(count, _MOST_COLUMNS)
    rows = ceil(count / columns)
    figure = new_figure(max(_PANEL_INCHES[0] * columns, 4.8), max(_PANEL_INCHES[1] * rows, 3.4))
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for axis in axes[count:]:
        axis.remove()
    for axis in axes[:count]:
        plain_axes(axis)
    return figure, axes[:count]


def plain_axes(axis: "Axes") -> None:
    """Take away what is no data."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(visible=True, color="0.9", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize="small")
