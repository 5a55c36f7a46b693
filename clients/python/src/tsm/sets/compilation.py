"""A compilation of redshifts in hand: its rows, the report on its quality, where it comes from."""

import os
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from trainingset.combine_recipe import CombineRecipe
from trainingset.provenance import Provenance
from tsm.errors import DiskError, UnknownResultError, UnknownSubsetError
from tsm.sets.training_set import TrainingSet

__all__ = ["Compilation", "report_beside"]

_REPORT_NAME = "report.html"


class Compilation(TrainingSet):
    """The rows of a finished compilation, with what is told of them; see `TrainingSet` for all that both can.

    Parameters
    ----------
    path
        Canonical Parquet file of the job.
    provenance
        Record of the job.
    report_path
        The report on its quality; None where it lies beside the rows, or nowhere.

    Examples
    --------
    >>> compilation = tsm.combine(["vvds.fits", "deep2.csv"]).result()                  # doctest: +SKIP
    >>> compilation.to_pandas()                                                         # doctest: +SKIP
    >>> Path("report.html").write_text(compilation.report)                              # doctest: +SKIP
    """

    _noun: ClassVar[str] = "Compilation"

    def __init__(
        self, path: str | os.PathLike[str], provenance: Provenance, *, report_path: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(path, provenance)
        self._report_path = None if report_path is None else Path(report_path)

    # A compilation is no match: it shares what can be done with rows and record, not the recipe.
    @cached_property
    def recipe(self) -> CombineRecipe:  # type: ignore[override]
        """The recipe with everything set that its preset sets; running it again makes the same rows."""
        return CombineRecipe.model_validate(self._provenance.recipe)

    @property
    def report(self) -> str:
        """The report on its quality as HTML: counts, n(z), the sky, repeated measurements, agreement of surveys.

        Raises
        ------
        UnknownResultError
            If it was not kept with the rows.
        """
        path = self._report_path or report_beside(self.path)
        if path is None:
            raise UnknownResultError(
                f"there is no report beside {self.path}; fetch it from its job: job.download('report', 'report.html')"
            )
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise DiskError(f"the report {path} cannot be read: {error.strerror}") from error

    def __getitem__(self, name: str) -> TrainingSet:
        """Nothing: compilations have no subsets.

        Raises
        ------
        UnknownSubsetError
            Always; match the compilation first, and split the match.
        """
        meant = f"; take the column from the table: .table[{name!r}]" if name in self.columns else ""
        raise UnknownSubsetError(f"there is no subset {name!r}: a compilation is split when it is matched{meant}")

    def to_lsdb_code(
        self, redshifts_path: str | os.PathLike[str], *, catalog_path: str | os.PathLike[str] | None = None
    ) -> str:
        """Nothing: that script is for matches.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(
            "a compilation is no match: LSDB has no code that makes it; match it, and take that of the match"
        )


def report_beside(path: Path) -> Path | None:
    """The report that lies beside a compilation, as `Compilation.report` finds it."""
    candidates = (path.with_name(f"{path.stem}.{_REPORT_NAME}"), path.with_name(_REPORT_NAME))
    return next((candidate for candidate in candidates if candidate.is_file()), None)
