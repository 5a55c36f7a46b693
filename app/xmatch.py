"""The CDS X-Match protocol, for ``stilts cdsskymatch serviceurl=...`` and `astroquery.xmatch`.

A request is a cross-match as any other, answered within the request: it is in its owner's job list, under the same
limits and rights.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from app.errors import FormError
from app.forms import read_form
from app.identity import Identity, SignedIn
from app.inline_uploads import InlineUploads, UploadClause
from app.job_kinds import JobKind
from app.job_queries import one_value
from app.services import Services, ServicesDep
from app.sync import answer_of
from app.xmatch_form import read_xmatch_form
from trainingset.errors import Problem
from trainingset.registry import CatalogContent
from uws.job import Job, NewJob, new_job_id

__all__ = ["xmatch_router"]

xmatch_router = APIRouter(prefix="/xmatch/sync")

_LIST_ACTION = "getVizieRTableNames"


@xmatch_router.post("")
async def match(request: Request, identity: SignedIn, services: ServicesDep) -> Response:
    """Match the table of a form with a catalog, and answer the pairs."""
    job = await _create_job(request, identity, services)
    return await answer_of(job, request, identity, services)


@xmatch_router.get("/tables")
async def list_tables(request: Request, identity: SignedIn, services: ServicesDep) -> Response:
    """Names of the catalogs that can be matched, one a line."""
    action = one_value(request.query_params.multi_items(), "ACTION")
    if action != _LIST_ACTION:
        message = f"{str(action)[:80]!r} is no action here; there is {_LIST_ACTION}"
        raise FormError([Problem(parameter="action", message=message)])
    catalogs = await services.shelf.open_to(identity.grants)
    names = [name for name, entry in catalogs.entries.items() if entry.content is CatalogContent.OBJECTS]
    return PlainTextResponse("".join(f"{name}\n" for name in names))


async def _create_job(request: Request, identity: Identity, services: Services) -> Job:
    """Make a pending job of a form; nothing is left behind if the form is refused."""
    job_id = new_job_id()
    async with InlineUploads(services.blobs, job_id, limit_bytes=services.config.upload_limit_bytes) as uploads:
        form, problems = read_xmatch_form(await read_form(request, uploads))
        if form is None:
            raise FormError(problems)
        files = await uploads.parameters([UploadClause(form.table, form.table, None)])
        new = NewJob(
            id=job_id,
            kind=JobKind.CROSSMATCH,
            owner=identity.username,
            parameters=(*form.parameters, *files),
        )
        job = await services.jobs.create(new)
        uploads.commit()
    return job
