"""Registers finished results on the PZ Server: beside the jobs, which no failure of it can touch."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import structlog

from pz.client import PzServer
from pz.columns import ROLE_OF_ALIAS, UCD_OF_ALIAS, AssociatedColumn
from pz.config import PzServerConfig
from pz.credentials import kept_token
from pz.errors import PzError, PzTokenError, PzUnavailableError
from pz.products import Product
from pz.registration import FileRole, ProductFile, Registration, register
from trainingset.arrow_metadata import schema_descriptions
from trainingset.citations import citation_text
from trainingset.provenance import Provenance, read_stored_record
from trainingset.provenance_html import provenance_html
from trainingset.roles import find_roles
from uws.blobs import BlobStore
from uws.errors import ClaimLostError, FilesUnavailableError, StoreUnavailableError, UnknownBlobError, UnknownJobError
from uws.job import Job, Result
from uws.life import JobService
from uws.registrations import RegistrationService, TakenRegistration
from worker.workplace import Workplaces

__all__ = ["Registrar"]

_log = structlog.get_logger("worker.registrar")

_LOOK_SECONDS = 1.0
_MAIN_RESULT = "parquet"
_REPORT = "report"
_OBJECT_ID = "objectId"
"""Of Rubin's catalogs: who reads a training set joins by it, and not by the keys of redshifts."""
_PARQUET = "application/vnd.apache.parquet"


class Registrar:
    """Takes registrations one by one, and does them.

    Parameters
    ----------
    config
        None where the operator named no PZ Server: then nothing is taken.
    """

    def __init__(
        self,
        config: PzServerConfig | None,
        *,
        registrations: RegistrationService,
        jobs: JobService,
        blobs: BlobStore,
        workplaces: Workplaces,
    ) -> None:
        self._config = config
        self._registrations = registrations
        self._jobs = jobs
        self._blobs = blobs
        self._workplaces = workplaces

    async def keep(self) -> None:
        """Look for registrations for ever."""
        while True:
            if not await self.look():
                await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> bool:
        """Do the registration that is due next; whether there was one."""
        config = self._config
        if config is None:
            return False
        try:
            taken = await self._registrations.take()
            if taken is None:
                return False
            await self._do(config, taken)
        except ClaimLostError as error:
            _log.warning("registration lost", reason=str(error))
        except StoreUnavailableError as error:
            # Its lease ends, and then it is taken again: what this run registered is found by its name.
            _log.warning("registration waits for the store", reason=str(error))
            return False
        return True

    async def _do(self, config: PzServerConfig, taken: TakenRegistration) -> None:
        job_id = taken.registration.job_id
        try:
            async with self._held(taken):
                product = await self._register(config, taken)
        except PzTokenError as error:
            advice = "" if config.token is None else "; the operators of this service have to look"
            await self._fail(taken, f"{error}{advice}")
        except PzUnavailableError as error:
            await self._fail(taken, f"{error}. Nothing is lost: ask for the registration again later")
        except PzError as error:
            await self._fail(taken, str(error))
        except (UnknownJobError, UnknownBlobError):
            await self._fail(taken, f"the results of job {job_id} are gone: run it again, and register the new job")
        except FilesUnavailableError as error:
            _log.warning("results cannot be read", job_id=job_id, reason=str(error))
            await self._fail(taken, "the results cannot be read now: ask for the registration again later")
        except (ClaimLostError, StoreUnavailableError):
            raise
        except Exception as error:
            # A fault of ours, which must end neither this worker nor the registrations of others.
            reference = secrets.token_hex(4)
            _log.error("registration failed", job_id=job_id, reference=reference, exc_info=error)
            await self._fail(taken, f"internal error, reference {reference}: tell the operator the reference")
        else:
            outcome = {
                "id": product.id,
                "internal_name": product.internal_name,
                "display_name": product.display_name,
                "url": f"{config.url}products/{product.id}/",
            }
            note = f"Registered on the PZ Server as product {product.id}, {product.display_name}: {outcome['url']}"
            await self._registrations.succeed(taken, outcome, note=note)
            _log.info("registered", job_id=job_id, product=product.id)

    async def _fail(self, taken: TakenRegistration, reason: str) -> None:
        _log.warning("not registered", job_id=taken.registration.job_id, reason=reason)
        await self._registrations.fail(taken, reason)

    @asynccontextmanager
    async def _held(self, taken: TakenRegistration) -> AsyncIterator[None]:
        """Keep the lease; whoever lost it stops at once, since another worker may be registering the same."""
        working = asyncio.current_task()
        assert working is not None
        lost: list[ClaimLostError] = []

        def stop(error: ClaimLostError) -> None:
            lost.append(error)
            working.cancel()

        renewing = asyncio.create_task(self._renew(taken, stop))
        try:
            yield
        except asyncio.CancelledError:
            if lost and working.uncancel() == 0:
                raise lost[0] from None
            raise
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, taken: TakenRegistration, stop: Callable[[ClaimLostError], None]) -> None:
        lease = self._registrations.lease_seconds
        loop = asyncio.get_running_loop()
        # The lease began before it was taken here: counted from later, it would be thought to last longer.
        ends = loop.time() + 2 * lease / 3
        while True:
            await asyncio.sleep(lease / 6)
            begun = loop.time()
            try:
                async with asyncio.timeout_at(ends):
                    await self._registrations.renew(taken)
                ends = begun + 2 * lease / 3
            except ClaimLostError as error:
                stop(error)
                return
            except (StoreUnavailableError, TimeoutError) as error:
                _log.warning("lease not renewed", job_id=taken.registration.job_id, reason=str(error))
                if loop.time() >= ends:
                    stop(ClaimLostError("the store of jobs was away for too long"))
                    return

    async def _register(self, config: PzServerConfig, taken: TakenRegistration) -> Product:
        registration = taken.registration
        token = kept_token(config, taken.sealed_token, owner=registration.owner)
        job = await self._jobs.get(registration.job_id, owner=registration.owner)
        with self._workplaces.folder(f"registration-{job.id}-{taken.attempt}") as folder:
            files = [file async for file in self._files(job, folder)]
            wanted = Registration(
                display_name=registration.name,
                description=str(registration.wanted["description"]),
                product_type=str(registration.wanted["product_type"]),
                release=registration.wanted["release"],
                files=files,
                columns=await asyncio.to_thread(_meanings, files[0].path),
            )
            async with PzServer(config, token) as server:
                return await register(server, wanted, most_bytes=config.most_upload_bytes)

    async def _files(self, job: Job, folder: Path) -> AsyncIterator[ProductFile]:
        """The table first, then what tells of it."""
        main = next((result for result in job.results if result.id == _MAIN_RESULT), None)
        if main is None or job.record is None:
            raise UnknownBlobError(f"job {job.id} has no table in Parquet")
        table = folder / "table"
        await self._fetch(main, table)
        yield ProductFile(table, f"tsm_{job.id}.parquet", FileRole.MAIN, _PARQUET)
        if (report := next((result for result in job.results if result.id == _REPORT), None)) is not None:
            await self._fetch(report, folder / "report")
            yield ProductFile(folder / "report", "quality_report.html", FileRole.AUXILIARY, report.mime_type)
        record = await asyncio.to_thread(read_stored_record, job.record)
        for name, role, media_type, content in _told(job.record, record):
            path = folder / name
            await asyncio.to_thread(path.write_text, content, encoding="utf-8")
            yield ProductFile(path, name, role, media_type)

    async def _fetch(self, result: Result, target: Path) -> None:
        with await asyncio.to_thread(target.open, "wb") as sink:
            async for chunk in self._blobs.stream(result.blob):
                await asyncio.to_thread(sink.write, chunk)


def _told(stored: Mapping[str, Any], record: Provenance) -> Iterator[tuple[str, FileRole, str, str]]:
    yield "provenance.json", FileRole.AUXILIARY, "application/json", json.dumps(stored, indent=1)
    yield "how_it_was_made.html", FileRole.DESCRIPTION, "text/html", provenance_html(record)
    if record.citations:
        lines = "".join(f"{citation_text(citation)}\n" for citation in record.citations)
        yield "citations.txt", FileRole.AUXILIARY, "text/plain", lines


def _meanings(table: Path) -> list[AssociatedColumn]:
    """What the columns mean to the PZ Server, as units, UCDs and names tell."""
    schema = pq.read_schema(table)
    roles = find_roles(schema_descriptions(schema)).roles
    if _OBJECT_ID in schema.names:
        roles["id"] = _OBJECT_ID
    return [
        AssociatedColumn(column_name=roles[role], alias=alias, ucd=UCD_OF_ALIAS[alias])
        for alias, role in ROLE_OF_ALIAS.items()
        if role in roles
    ]
