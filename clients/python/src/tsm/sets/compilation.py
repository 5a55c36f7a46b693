"""A compilation of redshifts in hand: its rows, the report on its quality, where it comes from."""

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import ValidationError

from trainingset.combine_recipe import CombineRecipe
from trainingset.provenance import Provenance
from tsm.errors import DiskError, NotATrainingSetError, UnknownResultError, UnknownSubsetError
from tsm.plots.compilation.accessor import CompilationPlots
from tsm.sets.training_set import TrainingSet

if TYPE_CHECKING:
    from trainingset.specz.report.numbers import CompilationNumbers

__all__ = ["Compilation"]

_REPORT_NAME = "report.html"
_NUMBERS_NAME = "report.json"


class Compilation(TrainingSet):
    """The rows of a finished compilation, with what is told of them; see `TrainingSet` for all that both can.

    Parameters
    ----------
    path
        Canonical Parquet file of the job.
    provenance
        Record of the job.
    report_path, numbers_path
        The report on its quality, and its numbers; None where they lie beside the rows, or nowhere.

    Examples
    --------
    >>> compilation = tsm.combine(["vvds.fits", "deep2.csv"]).result()                  # doctest: +SKIP
    >>> compilation.to_pandas()                                                         # doctest: +SKIP
    >>> Path("report.html").write_text(compilation.report)                              # doctest: +SKIP
    >>> compilation.plot.save("figures")                                                # doctest: +SKIP
    """

    _noun: ClassVar[str] = "Compilation"

    def __init__(
        self,
        path: str | os.PathLike[str],
        provenance: Provenance,
        *,
        report_path: str | os.PathLike[str] | None = None,
        numbers_path: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(path, provenance)
        self._report_path = None if report_path is None else Path(report_path)
        self._numbers_path = None if numbers_path is None else Path(numbers_path)

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
        path = self._report_path or _beside(self.path, _REPORT_NAME)
        if path is None:
            raise UnknownResultError(
                f"there is no report beside {self.path}; fetch it from its job: job.download('report', 'report.html')"
            )
        return _read(path)

    @cached_property
    def numbers(self) -> "CompilationNumbers":
        """The numbers of the report, of which the figures are made.

        They are of all measurements within the recipe's limits, also of those that ``mode="remove"`` removed. Where
        they were not kept, the rows in hand are counted, and only their own repeats are known.
        """
        # It brings what reads healpix pixels.
        from trainingset.specz.report.numbers import CompilationNumbers, compilation_numbers

        path = self._numbers_path or _beside(self.path, _NUMBERS_NAME)
        if path is None:
            return compilation_numbers(self.to_arrow(), self._provenance.input_reports)
        try:
            return CompilationNumbers.model_validate_json(_read(path))
        except ValidationError as error:
            raise NotATrainingSetError(f"{path} does not hold the numbers of a report: move it away") from error

    # A compilation has other figures than a match, and both kinds of rows have a map.
    @property
    def plot(self) -> CompilationPlots:  # type: ignore[override]
        """Figures of its quality, see `tsm.plots`: ``compilation.plot.agreement()``."""
        return CompilationPlots(self)

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


def _beside(path: Path, name: str) -> Path | None:
    """A file of the report that lies beside a compilation, by either name that it may have there."""
    candidates = (path.with_name(f"{path.stem}.{name}"), path.with_name(name))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DiskError(f"the report {path} cannot be read: {error.strerror}") from error
