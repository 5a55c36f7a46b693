"""Where redshifts come from: a recipe's sources turned into stored files and what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from pydantic import BaseModel, ConfigDict

from app.catalogs import OpenCatalogs
from app.identity import Identity
from app.job_kinds import NamedSource
from app.pz_products import PzProducts
from app.result_rights import named_rights, required_rights, rights_needed_by
from pz.errors import ProductError, PzServerError, PzTokenError
from pz.products import NamedProduct
from trainingset.errors import Problem
from trainingset.profile import TableProfile
from trainingset.registry import CatalogCard, CatalogContent
from trainingset.roles import find_roles
from uws.errors import UnknownJobError, UnknownPublicationError, UnknownUploadError
from uws.job import ErrorSummary, Job, JobId
from uws.life import JobService
from uws.phase import ExecutionPhase
from uws.publications import PublicationService
from uws.uploads import Upload, UploadService, UploadState

__all__ = ["FoundSource", "InputBlob", "SourceFinder"]

_CANONICAL_RESULT = "parquet"
"""Id of the result that every finished job has and that can be matched or combined again."""


class InputBlob(BaseModel):
    """A stored table, as the request of a job names it."""

    model_config = ConfigDict(frozen=True)

    blob: str
    """Key in the blob store."""
    name: str
    """Name by which the user knows it."""
    media_type: str | None = None
    """As its sender declared it."""
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A source that exists and belongs to the user."""

    input: InputBlob | None
    """None for a registered catalog, which is no file of ours."""
    profile: TableProfile | None = None
    """What its inspection found; None if it was not inspected (yet)."""
    inspecting: Upload | None = None
    """The upload, while its inspection is still under way."""
    problems: tuple[Problem, ...] = ()
    """Why its inspection rejected it."""
    required_rights: frozenset[str] = frozenset()
    """Without which its rows could not be had."""
    product: NamedProduct | None = None
    """What a worker fetches from a PZ Server; then there is no input of ours."""


class SourceFinder:
    """Finds the sources of one user among uploads, results, compilations and the tables sent with a request."""

    def __init__(
        self,
        jobs: JobService,
        uploads: UploadService,
        publications: PublicationService,
        *,
        pz: PzProducts,
        results_need_rights: bool = False,
    ) -> None:
        self._jobs = jobs
        self._uploads = uploads
        self._publications = publications
        self._pz = pz
        self._results_need_rights = results_need_rights

    async def find(
        self, named: NamedSource, *, identity: Identity, catalogs: OpenCatalogs, inline: Mapping[str, InputBlob]
    ) -> FoundSource | Problem:
        """Find one source; a problem says why it cannot be used.

        Parameters
        ----------
        named
            Spelled as in a recipe.
        catalogs
            Those that the owner may use.
        inline
            Tables that came with the request, by the name that ``UPLOAD`` gave them.
        """
        found = await self._find(named.source, identity, catalogs, inline)
        if isinstance(found, Problem):
            return _said_of(named, found)
        return replace(found, problems=tuple(_said_of(named, problem) for problem in found.problems))

    async def _find(
        self, source: str, identity: Identity, catalogs: OpenCatalogs, inline: Mapping[str, InputBlob]
    ) -> FoundSource | Problem:
        kind, colon, identifier = source.partition(":")
        match kind if colon else "inline":
            case "upload":
                return await self._upload(identifier, identity.username)
            case "job":
                return await self._job(JobId(identifier), identity)
            case "compilation":
                return await self._compilation(source, identity.grants)
            case "pz":
                return await self._product(identifier, identity)
            case "catalog" if identifier in catalogs.entries:
                card = catalogs.cards.get(identifier)
                return FoundSource(
                    input=None,
                    profile=_catalog_profile(card) if card is not None else None,
                    required_rights=rights_needed_by([catalogs.entries[identifier].required_right]),
                )
            case "catalog":
                return _problem(source, f"there is no catalog {identifier!r} that you may use")
        if source in inline:
            return FoundSource(input=inline[source])
        return _problem(
            source,
            f"no table named {source!r} came with the request: send it as UPLOAD={source},param:FIELD with a file "
            "in the form field FIELD, or name upload:ID, job:ID, catalog:ID, compilation:NAME or pz:ID",
        )

    async def _upload(self, upload_id: str, owner: str) -> FoundSource | Problem:
        try:
            upload = await self._uploads.get(upload_id, owner)
        except UnknownUploadError:
            return _problem(f"upload:{upload_id}", f"you have no upload {upload_id!r}: send the table again")
        stored = InputBlob(
            blob=upload.blob, name=upload.name, media_type=upload.media_type, sha256=upload.sha256, size=upload.size
        )
        match upload.state:
            case UploadState.INSPECTING:
                return FoundSource(stored, inspecting=upload)
            case UploadState.REJECTED:
                return FoundSource(stored, problems=_rejections(upload))
            case UploadState.READY:
                return FoundSource(stored, profile=TableProfile.model_validate(upload.profile))
            case state:
                assert_never(state)

    async def _job(self, job_id: JobId, identity: Identity) -> FoundSource | Problem:
        source = f"job:{job_id}"
        try:
            job = await self._jobs.get(job_id, owner=identity.username)
        except UnknownJobError:
            return _problem(source, f"you have no job {job_id!r}")
        result = next((result for result in job.results if result.id == _CANONICAL_RESULT), None)
        if result is None:
            return _problem(source, f"job {job_id} has no table to match: {_why_without_result(job)}")
        lost = required_rights(job) - identity.grants
        if lost and self._results_need_rights:
            return _problem(source, f"the result of job {job_id} needs {named_rights(lost)}, which you no longer have")
        return FoundSource(
            InputBlob(
                blob=result.blob,
                name=result.filename,
                media_type=result.mime_type,
                sha256=result.sha256,
                size=result.size,
            ),
            required_rights=required_rights(job),
        )

    async def _product(self, named: str, identity: Identity) -> FoundSource | Problem:
        try:
            found = await self._pz.find(named, identity)
        except (ProductError, PzTokenError, PzServerError) as error:
            return _problem(f"pz:{named}", str(error))
        return FoundSource(None, required_rights=rights_needed_by([found.required_right]), product=found.named)

    async def _compilation(self, source: str, rights: frozenset[str]) -> FoundSource | Problem:
        name, _, version = source.removeprefix("compilation:").partition("@")
        try:
            found = await (
                self._publications.get(name, version) if version else self._publications.get_latest(name, rights=rights)
            )
        except UnknownPublicationError:
            found = None
        if found is None or not found.is_open_to(rights):
            message = (
                f"there is no version {version!r} of a compilation {name!r}"
                if version
                else (f"there is no compilation {name!r} with a version that is tagged as the latest")
            )
            return _problem(source, f"{message} that you may use; /api/v1/redshifts lists what there is")
        stored = InputBlob(
            blob=found.blob,
            name=f"{found.name}@{found.version}",
            media_type=found.media_type,
            sha256=found.sha256,
            size=found.size,
        )
        return FoundSource(
            stored,
            profile=TableProfile.model_validate(found.details["profile"]),
            required_rights=rights_needed_by([found.required_right]),
        )


def _said_of(named: NamedSource, problem: Problem) -> Problem:
    """The problem under the parameter that names the source; of several inputs it tells which one."""
    if named.number is None:
        return problem
    message = f"input {named.number}, {named.source}: {problem.message}"
    return problem.model_copy(update={"parameter": named.parameter, "message": message})


def _catalog_profile(card: CatalogCard) -> TableProfile | None:
    """What is known of a catalog as a table of redshifts; of objects only what their columns are called."""
    if card.entry.content is CatalogContent.REDSHIFTS:
        return card.profile
    found = find_roles(card.columns, card.entry.redshift_roles)
    return TableProfile(
        name=card.entry.id,
        table_format="hats",
        n_rows=card.n_rows,
        columns=card.columns,
        roles=found.roles,
        role_evidence=found.evidence,
        role_problems=found.problems,
        coverage_order=card.coverage_order,
        coverage_pixels=card.coverage_pixels,
    )


def _problem(source: str, message: str) -> Problem:
    return Problem(parameter="REDSHIFTS", message=message, value=source)


def _why_without_result(job: Job) -> str:
    match job.phase:
        case ExecutionPhase.COMPLETED:
            return "it made none"
        case ExecutionPhase.ARCHIVED:
            return "its results were destroyed; run it again"
        case ExecutionPhase.ERROR | ExecutionPhase.ABORTED:
            return f"it ended in {job.phase}"
        case phase:
            return f"it is {phase}; wait until it is COMPLETED"


def _rejections(upload: Upload) -> tuple[Problem, ...]:
    """The problems that the inspection found, said of the upload."""
    error: ErrorSummary | None = upload.error
    if error is None:
        return (_problem(f"upload:{upload.id}", f"upload {upload.id} was rejected: send the table again"),)
    if not error.problems:
        return (_problem(f"upload:{upload.id}", f"upload {upload.id} ({upload.name}): {error.message}"),)
    return tuple(Problem.model_validate(problem) for problem in error.problems)
