"""Where results go: which format a file name asks for, whether a file may be written there, and writing it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsm.cli.output import is_interactive

if TYPE_CHECKING:
    from trainingset.recipe import CrossmatchRecipe, ResponseFormat
    from tsm import Job

__all__ = ["FORMAT_NAMES", "Overwrite", "Target", "fetch", "fields_for", "require_targets"]

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist already.")]

PROVENANCE = "provenance"
"""Id of the result that tells where a training set comes from."""

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
    ".h5": "hdf5",
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
        from trainingset.recipe import ResponseFormat
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
    from tsm.placing import require_target

    paths = tuple(dict.fromkeys(paths))
    existing = [path for path in paths if path.is_file() or path.is_symlink()]
    if existing and not overwrite and is_interactive():
        names = ", ".join(map(str, existing))
        overwrite = typer.confirm(f"{names} {'exist' if len(existing) > 1 else 'exists'}. Replace?", err=True)
    for path in paths:
        require_target(path, overwrite=overwrite)
    return overwrite


def fields_for(targets: Sequence[Target], recipe: "CrossmatchRecipe") -> dict[str, Any]:
    """Fields of the recipe that make the job write files of the targets' formats."""
    formats = [fmt.value for fmt in (*recipe.formats, *(target.fmt for target in targets))]
    if not targets:
        return {"formats": formats} if formats else {}
    # Parquet is made for every job: as the answer, too, it saves a VOTable that nobody fetches.
    answer = recipe.responseformat.value if "responseformat" in recipe.model_fields_set else "parquet"
    return {"responseformat": answer, "formats": [fmt for fmt in dict.fromkeys(formats) if fmt != answer]}


def fetch(job: "Job", targets: Sequence[Target], *, overwrite: bool) -> list[Path]:
    """Write the files of a finished job, with its provenance record beside them.

    Returns
    -------
    list of Path
        All files, in the order of the targets.
    """
    files = [
        job.download(result, path, overwrite=overwrite)
        for target in targets
        for result, path in _results_for(job, target)
    ]
    records = dict.fromkeys(target.record for target in targets)
    return files + [job.download(PROVENANCE, record, overwrite=overwrite) for record in records]


def _results_for(job: "Job", target: Target) -> list[tuple[str, Path]]:
    """Ids of the job's results in the target's format, and where each goes."""
    from tsm.errors import UnknownResultError

    name = target.fmt.value.replace("/", "_")
    if name in job.results:
        return [(name, target.path)]
    if job.recipe.responseformat is target.fmt:
        return [("result", target.path)]
    parts = [result for result in job.results if result.startswith(f"{name}_")]
    if not parts:
        raise UnknownResultError(
            f"job {job.id} made no file of format {target.fmt.value!r}; it has: {', '.join(job.results) or 'none yet'}"
        )
    return [(part, _part_path(target, part.removeprefix(f"{name}_"), job.results[part].filename)) for part in parts]


def _part_path(target: Target, part: str, filename: str) -> Path:
    """Where one of several files goes: by its own suffix, since descriptions of the others may be among them."""
    return target.path.with_name(f"{target.stem}_{part}{Path(filename).suffix}")
