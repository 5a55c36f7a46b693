"""``compilation.plot``: the figures of a compilation as methods, and all of them at once."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tsm import plots
from tsm.plots.source import NotPlottableError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsm.sets.compilation import Compilation

__all__ = ["CompilationPlots"]

_FIGURES = ("counts", "redshifts", "sky", "repeats", "agreement")
_SUFFIXES = (".pdf", ".png", ".svg")


class CompilationPlots:
    """Figures of one compilation; each method is the function ``compilation_...`` of `tsm.plots`.

    Examples
    --------
    >>> figure = compilation.plot.agreement()                                           # doctest: +SKIP
    >>> paths = compilation.plot.save("figures", suffix=".pdf")                         # doctest: +SKIP
    """

    def __init__(self, compilation: "Compilation") -> None:
        self._compilation = compilation

    def __repr__(self) -> str:
        return f"<plots: {', '.join((*_FIGURES, 'sky_map'))}>"

    def counts(self) -> "Figure":
        """Rows by survey, type and flag, see `tsm.plots.compilation_counts`."""
        return plots.compilation_counts(self._compilation)

    def redshifts(self) -> "Figure":
        """Redshifts by type and survey, see `tsm.plots.compilation_redshifts`."""
        return plots.compilation_redshifts(self._compilation)

    def sky(self) -> "Figure":
        """Rows by pixel of the sky, see `tsm.plots.compilation_sky`."""
        return plots.compilation_sky(self._compilation)

    def repeats(self) -> "Figure":
        """What became of repeated measurements, see `tsm.plots.compilation_repeats`."""
        return plots.compilation_repeats(self._compilation)

    def agreement(self) -> "Figure":
        """How well surveys agree, see `tsm.plots.compilation_agreement`."""
        return plots.compilation_agreement(self._compilation)

    def sky_map(self, **options: Any) -> "Figure":
        """Positions of the rows in hand, field by field, see `tsm.plots.sky_map`."""
        return plots.sky_map(self._compilation, **options)

    def all(self) -> "dict[str, Figure]":
        """Every figure that this compilation has, by name: without repeats there are none of repeats and agreement."""
        found = {}
        for name in _FIGURES:
            try:
                found[name] = getattr(self, name)()
            except NotPlottableError:
                continue
        return found

    def save(
        self, folder: str | os.PathLike[str], *, suffix: str = ".png", overwrite: bool = False
    ) -> "dict[str, Path]":
        """Save every figure that this compilation has.

        Parameters
        ----------
        folder
            Where the files go, as ``counts.png``; it is made if it is not there.
        suffix
            Kind of file: ``.png``, ``.pdf`` or ``.svg``.
        overwrite
            Whether files that are there may be replaced.

        Returns
        -------
        dict of str to Path
            Files by the name of the figure.

        Raises
        ------
        TargetExistsError
            If a file exists and may not be replaced; nothing is written then.
        DiskError
            If a file cannot be written.
        """
        # Late, as matplotlib is: most sessions save no figures.
        from tsm.remote.placing import explained_disk_errors, require_target

        if suffix not in _SUFFIXES:
            raise ValueError(f"the suffix {suffix!r} names no kind of picture; take one of {', '.join(_SUFFIXES)}")
        place = Path(folder)
        figures = self.all()
        paths = {name: place / f"{name}{suffix}" for name in figures}
        with explained_disk_errors(place):
            place.mkdir(parents=True, exist_ok=True)
        for path in paths.values():
            require_target(path, overwrite=overwrite)
        for name, path in paths.items():
            with explained_disk_errors(path):
                figures[name].savefig(path)
        return paths
