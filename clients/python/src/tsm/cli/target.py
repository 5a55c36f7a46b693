"""Where results go: which format a file name asks for, whether a file may be written there, and writing it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsm.cli.questions import confirm, is_interactive

if TYPE_CHECKING:
    from trainingset.combine_recipe import CombineRecipe
    from trainingset.recipe import CrossmatchRecipe
    from trainingset.wire import ResponseFormat
    from tsm import Job

__all__ = ["FORMAT_NAMES", "Overwrite", "Target", "all_files", "fetch", "fields_for", "require_targets"]

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist already.")]

PROVENANCE = "provenance"
"""Id of the result that tells where a training set comes from."""
REPORT = "report"
"""Id of the result that is the report on the quality of a training set."""

_FORMATS = {
    ".td.vot": "votable/td",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
    ".parquet": "parquet",
    ".parq": "parquet",
    ".fits": "fits",
    ".fit": "fits",
    ".csv": "csv",
    ".hdf5": "hdf5",
    ".hats.zip": "hats",
    ".zip": "hats",
}
"""Formats by the end of a file name; longer ends come first."""

FORMAT_NAMES = tuple(dict.fromkeys(_FORMATS.values()))


@dataclass(frozen=True)
class Target:
    """A file that results are to be written to."""

    path: Path
    fmt: "ResponseFormat"

    @classmethod
    def of(cls, path: Path) -> "Target":
        """The target of this name.

        Raises
        ------
        UsageProblemsError
            If the name tells no format.
        """
        from trainingset.errors import Problem
        from trainingset.wire import ResponseFormat
        from tsm.cli.problems import UsageProblemsError

        for suffix, name in _FORMATS.items():
            if path.name.lower().endswith(suffix):
                return cls(path, ResponseFormat(name))
        message = f"the name {path.name!r} tells no format; let it end in one of {', '.join(_FORMATS)}"
        raise UsageProblemsError([Problem(parameter="-o", message=message)])

    @property
    def suffix(self) -> str:
        """The end of the name that tells the format, as it is spelled."""
        name = self.path.name
        return next(name[-len(suffix) :] for suffix in _FORMATS if name.lower().endswith(suffix))

    @property
    def stem(self) -> str:
        """The name without that end."""
        return self.path.name.removesuffix(self.suffix)

    @property
    def record(self) -> Path:
        """Where the provenance record of the file lies: beside it."""
        return self.path.with_name(f"{self.stem}.provenance.json")

    @property
    def report(self) -> Path:
        """Where the quality report lies, if the recipe asks for one: beside it too."""
        return self.path.with_name(f"{self.stem}.report.html")


def require_targets(paths: Iterable[Path], *, overwrite: bool) -> bool:
    """Make sure before any work that the files may be written, asking if somebody can be asked.

    Returns
    -------
    bool
        Whether files that exist are to be replaced.

    Raises
    ------
    TargetExistsError
        If there is one, and nobody can be asked or says no.
    DiskError
        If no file can be written there.
    """
    from tsm.remote.placing import require_target

    paths = tuple(dict.fromkeys(paths))
    existing = [path for path in paths if path.is_file() or path.is_symlink()]
    if existing and not overwrite and is_interactive():
        names = ", ".join(map(str, existing))
        overwrite = confirm(f"{names} {'exist' if len(existing) > 1 else 'exists'}. Replace?")
    for path in paths:
        require_target(path, overwrite=overwrite)
    return overwrite


def fields_for(targets: Sequence[Target], recipe: "CrossmatchRecipe | CombineRecipe") -> dict[str, Any]:
    """Fields of the recipe that make the job write files of the targets' formats."""
    from trainingset.recipe import CrossmatchRecipe, Subsets

    formats = [fmt.value for fmt in (*recipe.formats, *(target.fmt for target in targets))]
    if not targets:
        return {"formats": formats} if formats else {}
    if "responseformat" in recipe.model_fields_set:
        answer = recipe.responseformat.value
    else:
        # Files of subsets have the format of the answer. Otherwise Parquet, which every job makes, saves a VOTable
        # that nobody fetches.
        has_parts = isinstance(recipe, CrossmatchRecipe) and recipe.subsets is Subsets.FILES
        answer = targets[0].fmt.value if has_parts else "parquet"
    return {"responseformat": answer, "formats": [fmt for fmt in dict.fromkeys(formats) if fmt != answer]}


def files_for(target: Target, recipe: "CrossmatchRecipe | CombineRecipe") -> dict[str, Path]:
    """Files that a job of this recipe makes for a target, by the id of the result; empty if it makes none.

    An HDF5 file comes with one for each subset, and with what photo-z codes must know of its columns.
    """
    from trainingset.recipe import CrossmatchRecipe, Subsets
    from trainingset.wire import ResponseFormat

    is_answer = target.fmt is recipe.responseformat
    if target.fmt in (ResponseFormat.PARQUET, *recipe.formats):
        files = {target.fmt.value.replace("/", "_"): target.path}
    elif is_answer:
        files = {"result": target.path}
    else:
        return {}
    if not isinstance(recipe, CrossmatchRecipe):
        return files
    parts = {name: target.path.with_name(f"{target.stem}_{name}{target.suffix}") for name in recipe.subset_names}
    if target.fmt is ResponseFormat.HDF5:
        files |= {f"hdf5_{name}": path for name, path in parts.items()}
        files |= {"catalog_tag": target.path.with_name(f"{target.stem}.yaml")}
    elif is_answer and recipe.subsets is Subsets.FILES:
        files |= {f"subset_{name}": path for name, path in parts.items()}
    return files


def all_files(targets: Iterable[Target], recipe: "CrossmatchRecipe | CombineRecipe") -> list[Path]:
    """Every file that will be written, provenance records and quality reports included."""
    return [
        path for target in targets for path in (*files_for(target, recipe).values(), *_beside(target, recipe).values())
    ]


def _beside(target: Target, recipe: "CrossmatchRecipe | CombineRecipe") -> dict[str, Path]:
    """Files about the target, by the id of the result; the report of a compilation has an option of its own."""
    from trainingset.recipe import CrossmatchRecipe

    has_report = isinstance(recipe, CrossmatchRecipe) and recipe.report
    return {PROVENANCE: target.record} | ({REPORT: target.report} if has_report else {})


def fetch(job: "Job", targets: Sequence[Target], *, overwrite: bool) -> list[Path]:
    """Write the files of a finished job, with its provenance record and its quality report, if any, beside them.

    Returns
    -------
    list of Path
        All files, in the order of the targets.

    Raises
    ------
    UnknownResultError
        If the job made no file of a target's format.
    """
    from tsm.errors import UnknownResultError

    found = {target: files_for(target, job.recipe) for target in targets}
    if missing := [target.fmt.value for target, files in found.items() if not files]:
        raise UnknownResultError(
            f"job {job.id} made no file of format {missing[0]!r}; it has: {', '.join(job.results) or 'none yet'}"
        )
    wanted = [(result, path) for files in found.values() for result, path in files.items()]
    wanted += dict.fromkeys(file for target in targets for file in _beside(target, job.recipe).items())
    return [job.download(result, path, overwrite=overwrite) for result, path in wanted]
