"""``tsm-service compilation``: publish a compilation of redshifts for a data release, and look after its versions."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from service.known_stores import NoServiceError, known_stores
from service.service_folder import ServiceFolder
from trainingset.errors import RecipeError, TrainingSetError
from uws.blobs import BlobStore
from uws.config import StoreSettings
from uws.database import Database
from uws.errors import UwsError
from uws.publications import NewPublication, Publication, PublicationService

__all__ = ["PublishOrder", "list_compilations", "publish_compilation", "retire_compilation", "tag_compilation"]

_CHUNK_BYTES = 1 << 20
_RESULT = "parquet"
"""Result of a job that is published: it holds every row and column as computed."""
_PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class PublishOrder:
    """What an operator publishes."""

    source: str
    """A file, or the id of a completed job."""
    name: str
    version: str
    release: str
    title: str
    description: str = ""
    doi: str | None = None
    notes: str = ""
    citations: tuple[str, ...] = ()
    provenance: Path | None = None
    """Record of a file; a job has its own."""
    required_right: str | None = None
    latest: bool = False


@dataclass(frozen=True, slots=True)
class _Stores:
    publications: PublicationService
    blobs: BlobStore


@dataclass(frozen=True, slots=True)
class _Material:
    """The file to publish, and where it comes from."""

    path: Path
    filename: str
    media_type: str
    record: dict[str, Any] | None


def publish_compilation(order: PublishOrder, root: Path) -> int:
    """Inspect and publish a compilation.

    Returns
    -------
    int
        Exit code: 1 if it was refused, which is printed.
    """

    async def publish(stores: _Stores, console: Console) -> None:
        with tempfile.TemporaryDirectory(prefix="tsm-publish-") as folder:
            material = _own_file(order) or await _result_of_job(order, stores, Path(folder))
            details = await asyncio.to_thread(_inspect, order, material)
            new = NewPublication(
                name=order.name,
                version=order.version,
                release=order.release,
                filename=material.filename,
                media_type=material.media_type,
                details=details,
                record=material.record,
                required_right=order.required_right,
            )
            published = await stores.publications.publish(new, _chunks(material.path), latest=order.latest)
        _print_one(published, console)

    return _run(publish, root)


def list_compilations(root: Path, *, name: str | None, with_retired: bool) -> int:
    """Print all versions, the last published first."""

    async def print_all(stores: _Stores, console: Console) -> None:
        table = Table("compilation", "release", "latest for", "rows", "bytes", "published", "title", box=None)
        for found in await stores.publications.list(name=name, with_retired=with_retired):
            is_retired = " (retired)" if found.retirement_time is not None else ""
            table.add_row(
                f"{found.name}@{found.version}{is_retired}",
                found.release,
                ", ".join(found.latest_for),
                f"{found.details['profile']['n_rows']:,}",
                f"{found.size:,}",
                f"{found.publication_time:%Y-%m-%d}",
                found.details["title"],
            )
        console.print(table)

    return _run(print_all, root)


def tag_compilation(name: str, version: str, root: Path, *, release: str) -> int:
    """Make a version the latest of a release."""

    async def tag(stores: _Stores, console: Console) -> None:
        _print_one(await stores.publications.tag(name, version, release=release), console)

    return _run(tag, root)


def retire_compilation(name: str, version: str, root: Path) -> int:
    """Take a version from the lists; it can still be fetched."""

    async def retire(stores: _Stores, console: Console) -> None:
        _print_one(await stores.publications.retire(name, version), console)

    return _run(retire, root)


def _run(do: Callable[[_Stores, Console], Awaitable[None]], root: Path) -> int:
    console = Console(soft_wrap=True, highlight=False, markup=False)

    async def run(settings: StoreSettings) -> None:
        async with _open_stores(settings) as stores:
            await do(stores, console)

    try:
        asyncio.run(run(known_stores(ServiceFolder(root.absolute()))))
    except RecipeError as error:
        for problem in error.problems:
            console.print(str(problem))
        return 1
    except (NoServiceError, UwsError, TrainingSetError, OSError) as error:
        console.print(str(error))
        return 1
    return 0


@asynccontextmanager
async def _open_stores(settings: StoreSettings) -> AsyncIterator[_Stores]:
    database = Database(settings.database_url)
    blobs = BlobStore(settings.blob_root, settings.blob_options)
    try:
        yield _Stores(PublicationService(database, blobs), blobs)
    finally:
        await database.close()


def _own_file(order: PublishOrder) -> _Material | None:
    """The operator's file; None if the source is no file."""
    path = Path(order.source)
    if not path.is_file():
        return None
    record = json.loads(order.provenance.read_text()) if order.provenance is not None else None
    media_type = _PARQUET if path.suffix == ".parquet" else "application/octet-stream"
    return _Material(path, path.name, media_type, record)


async def _result_of_job(order: PublishOrder, stores: _Stores, folder: Path) -> _Material:
    """A local copy of a job's result."""
    job = await stores.publications.completed_job(order.source)
    result = next(result for result in job.results if result.id == _RESULT)
    copy = folder / result.filename
    await stores.blobs.fetch(result.blob, copy)
    return _Material(copy, f"{order.name}_{order.version}.parquet", result.mime_type, job.record)


def _inspect(order: PublishOrder, material: _Material) -> dict[str, Any]:
    """Read the file once: what its columns mean, where it lies, whose redshifts it holds.

    Raises
    ------
    RecipeError
        If it is no table of redshifts that can be matched as it is.
    """
    # It brings astropy and pyarrow, which the other commands can do without.
    from trainingset.checksum import sha256_of
    from trainingset.inspection import profile_table
    from trainingset.published import PublishedCompilation
    from trainingset.registry import Citation
    from trainingset.specz.survey import cited_surveys
    from trainingset.tables import read_table

    table = read_table(material.path, name=material.filename, media_type=material.media_type)
    profile = profile_table(table, name=material.filename, sha256=sha256_of(material.path))
    if profile.role_problems:
        raise RecipeError(profile.role_problems)
    surveys: list[str] = []
    if (column := profile.roles.get("survey")) is not None:
        surveys = sorted({str(value) for value in table[column].unique().to_pylist() if value})
    told = (material.record or {}).get("citations") or [
        citation.model_dump() for survey in cited_surveys(surveys) for citation in survey.references
    ]
    given = [Citation(text=text).model_dump() for text in order.citations]
    details = PublishedCompilation(
        title=order.title,
        description=order.description,
        doi=order.doi,
        notes=order.notes,
        surveys=tuple(surveys),
        citations=tuple(Citation.model_validate(citation) for citation in (*given, *told)),
        profile=profile,
    )
    return details.model_dump(mode="json")


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk


def _print_one(published: Publication, console: Console) -> None:
    latest = f", the latest for {', '.join(published.latest_for)}" if published.latest_for else ""
    retired = ", retired" if published.retirement_time is not None else ""
    console.print(
        f"compilation:{published.name}@{published.version} for {published.release}{latest}{retired}: "
        f"{published.details['profile']['n_rows']:,} rows, {published.size:,} bytes, SHA-256 {published.sha256}"
    )
