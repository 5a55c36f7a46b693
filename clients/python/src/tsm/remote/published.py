"""Compilations that were published: which one is meant, its file, whom to cite."""

from pathlib import Path

from trainingset.registry import Citation
from tsm.api.api.redshifts import get_compilation, get_latest_compilation
from tsm.api.models.compilation_file import CompilationFile
from tsm.api.models.redshift_catalog import RedshiftCatalog
from tsm.errors import UnknownResultError
from tsm.remote.connection import Connection
from tsm.remote.downloads import download, published_file
from tsm.remote.placing import target_in
from tsm.sets.citations import Citations

__all__ = ["citations_of", "fetch", "find"]


async def find(connection: Connection, which: str | RedshiftCatalog, release: str | None) -> RedshiftCatalog:
    """The compilation that is meant: a row of a listing, or ``NAME@VERSION``; without a version, the latest.

    Raises
    ------
    RequestRefusedError
        If there is none, or it needs a right that the user lacks.
    """
    if isinstance(which, RedshiftCatalog):
        return which
    name, _, version = which.removeprefix("compilation:").partition("@")
    # What was asked by version is that version, of whatever release.
    if version:
        request = get_compilation._get_kwargs(name, version)
    else:
        request = get_latest_compilation._get_kwargs(name, release=release)
    return await connection.get(request, RedshiftCatalog.from_dict)


async def fetch(connection: Connection, found: RedshiftCatalog, path: Path, *, overwrite: bool) -> Path:
    """Fetch its file and check it.

    Raises
    ------
    UnknownResultError
        If it is a registered catalog, which has no file to fetch, or is kept in another format than the path tells.
    """
    file = found.compilation
    if not isinstance(file, CompilationFile):
        raise UnknownResultError(f"{found.source} is a catalog of the service and no file: match it, or combine it")
    target = target_in(path, file.filename)
    kept = Path(file.filename).suffix
    if target.suffix and target.suffix.lower() != kept.lower():
        raise UnknownResultError(
            f"{found.source} is kept as {kept or 'a file without a suffix'}, and {target.name!r} tells another format: "
            f"fetch it as {target.stem}{kept}, or combine it for other formats"
        )
    return await download(connection, published_file(file), target, overwrite=overwrite)


def citations_of(found: RedshiftCatalog) -> Citations:
    """What its users are asked to cite."""
    return Citations(Citation.model_validate(citation.to_dict()) for citation in found.citations)
