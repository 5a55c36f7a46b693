"""Tables that come with a request: ``UPLOAD=name,param:field`` with a file, or ``UPLOAD=name,https://...``.

Files are stored under the id of the job that is about to exist, then the job is created with them: it never lacks
its files, and whatever a refused request left is removed.
"""

import asyncio
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from app.elsewhere import Elsewhere, NotPublicError
from app.errors import BodyTooLargeError, FormError
from app.forms import FilePart, KeptFile
from app.multipart import MEDIA_TYPE
from app.parameters import find_name_problems
from app.sources import InputBlob
from trainingset.errors import Problem
from uws.blobs import BlobStore
from uws.errors import BlobTooLargeError
from uws.job import JobId, Parameter

__all__ = ["InlineUploads", "UploadClause", "UploadClauses", "inline_tables", "read_upload_clauses"]

_TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")

MAX_FILES = 200
"""Of one request: as many as a combination has inputs; a cross-match reads one."""

FETCH_TIMEOUT = httpx.Timeout(30, connect=5)
"""For tables that are fetched from elsewhere, seconds of silence."""
FETCH_SECONDS = 600
"""For the whole of such a table: who sends a byte now and then is not waited for."""


class UploadClause(NamedTuple):
    """One table of an ``UPLOAD`` parameter."""

    name: str
    field: str | None
    """Form field that holds the file; None for an address."""
    url: str | None

    @property
    def parameter(self) -> str:
        """Name of the job's parameter that holds the table."""
        return self.field if self.field is not None else self.name


class UploadClauses(NamedTuple):
    """Tables of one request, and what is wrong with the clauses that are left out."""

    clauses: tuple[UploadClause, ...]
    problems: tuple[Problem, ...]


def read_upload_clauses(texts: Iterable[str], *, hosts: frozenset[str]) -> UploadClauses:
    """Read the values of ``UPLOAD``: repeated (DALI), or joined by ``;`` (TAP).

    Parameters
    ----------
    texts
        Values as given.
    hosts
        Names of the hosts from which a table may be fetched.
    """
    clauses: list[UploadClause] = []
    problems: list[Problem] = []
    for text in filter(None, (part.strip() for value in texts for part in value.split(";"))):
        name, _, source = (part.strip() for part in text.partition(","))
        message = _find_problem(name, source, [clause.name for clause in clauses], hosts)
        if message is not None:
            problems.append(Problem(parameter="UPLOAD", message=f"{text[:200]!r}: {message}", value=text[:200]))
        elif source.lower().startswith("param:"):
            clauses.append(UploadClause(name, source[len("param:") :], None))
        else:
            clauses.append(UploadClause(name, None, source))
    return UploadClauses(tuple(clauses), tuple(problems))


class InlineUploads:
    """Files of one request; leaving the context without `commit` removes what was stored.

    Parameters
    ----------
    blobs
        Where the files go.
    job_id
        The job that they belong to.
    limit_bytes
        Most bytes of all files together.
    elsewhere
        Makes a connection to other hosts.
    """

    def __init__(
        self,
        blobs: BlobStore,
        job_id: JobId,
        *,
        limit_bytes: int,
        elsewhere: Callable[[], httpx.AsyncBaseTransport] = Elsewhere,
    ) -> None:
        self._blobs = blobs
        # A key of their own for each request: a refused change of a pending job must not touch the files it has.
        self._prefix = f"jobs/{job_id}/inputs/{uuid.uuid4().hex}"
        self._limit_bytes = limit_bytes
        self._elsewhere = elsewhere
        self._kept: list[KeptFile] = []
        self._is_committed = False

    @property
    def limit_bytes(self) -> int:
        """Most bytes of all files together."""
        return self._limit_bytes

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._kept and not self._is_committed:
            await self._blobs.delete_prefix(self._prefix)

    def commit(self) -> None:
        """Leave the files where they are: a job has them now."""
        self._is_committed = True

    async def keep(self, part: FilePart) -> KeptFile:
        """Store a file while it arrives.

        Raises
        ------
        BodyTooLargeError
            If it has more bytes than the limit leaves, which no header need have told.
        FormError
            If there are too many files, or two in one field.
        """
        if any(kept.field == part.field for kept in self._kept) or len(self._kept) == MAX_FILES:
            message = f"is a second file in one field, or more than {MAX_FILES} files came"
            raise FormError([Problem(parameter=part.field, message=message)])
        left = self._limit_bytes - sum(kept.blob.size for kept in self._kept)
        try:
            info = await self._blobs.write(f"{self._prefix}/{len(self._kept)}", part.chunks, limit_bytes=left)
        except BlobTooLargeError as error:
            rest = f", the rest of {self._limit_bytes} bytes for all files of one request" if self._kept else ""
            message = f"the file {part.filename!r} of {part.field} has more than {left} bytes{rest}"
            raise BodyTooLargeError(message) from error
        self._kept.append(KeptFile(part.field, part.filename, part.media_type, info))
        return self._kept[-1]

    async def fetch(self, clause: UploadClause) -> KeptFile:
        """Store a table that lies elsewhere.

        Redirects are not followed: they could leave the hosts that the operator allows. Nothing is unpacked on the
        way, and nothing tells the host whose table it is.

        Raises
        ------
        FormError
            If it cannot be read now.
        BodyTooLargeError
            If it is too large.
        """
        assert clause.url is not None
        try:
            async with (
                asyncio.timeout(FETCH_SECONDS),
                httpx.AsyncClient(transport=self._elsewhere(), timeout=FETCH_TIMEOUT, trust_env=False) as client,
                client.stream("GET", clause.url, headers={"Accept-Encoding": "identity"}) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise _fetch_error(clause, f"the host answers {answer.status_code}")
                declared = answer.headers.get("content-type", "")
                media_type = declared if MEDIA_TYPE.fullmatch(declared) else None
                return await self.keep(FilePart(clause.name, clause.url, media_type, answer.aiter_raw()))
        except NotPublicError as error:
            raise _fetch_error(clause, "the host is on a private network, from which nothing is fetched") from error
        except TimeoutError as error:
            raise _fetch_error(clause, f"the table took longer than {FETCH_SECONDS} s") from error
        except httpx.HTTPError as error:
            raise _fetch_error(clause, f"the table cannot be fetched ({type(error).__name__})") from error

    def find_problems(self, clauses: Sequence[UploadClause], taken: Iterable[str]) -> Iterator[Problem]:
        """Where files and clauses do not fit; a file that no clause asks for is a mistake as well.

        Parameters
        ----------
        clauses
            What the request says of its tables.
        taken
            Names of the job's other parameters: no two may differ in case alone.
        """
        for kept in self._kept:
            yield from find_name_problems(kept.field)
        yield from _find_mismatches(clauses, self._kept)
        yield from _find_collisions(clauses, taken)

    async def parameters(self, clauses: Sequence[UploadClause]) -> tuple[Parameter, ...]:
        """Parameters by reference, one for each file; tables that lie elsewhere are fetched now.

        Raises
        ------
        FormError, BodyTooLargeError
            If a table cannot be fetched.
        """
        for clause in clauses:
            if clause.url is not None:
                await self.fetch(clause)
        return tuple(_parameter(kept) for kept in self._kept)


def inline_tables(parameters: Sequence[Parameter]) -> dict[str, InputBlob]:
    """Stored tables of a job's parameters, by the name that ``UPLOAD`` gave them."""
    text = next((parameter.value for parameter in parameters if parameter.name == "UPLOAD"), "")
    stored = {parameter.name: parameter for parameter in parameters if parameter.blob is not None}
    clauses = (part.partition(",") for part in text.split(";") if part.strip())
    tables: dict[str, InputBlob] = {}
    for name, source in ((name.strip(), source.strip()) for name, _, source in clauses):
        parameter = stored.get(source[len("param:") :] if source.lower().startswith("param:") else name)
        if parameter is not None and parameter.blob is not None:
            tables[name] = InputBlob(
                blob=parameter.blob,
                # Who sends twenty files is told of the one that is bad by the name that it has there.
                name=parameter.value or name,
                media_type=parameter.media_type,
                sha256=parameter.sha256,
                size=parameter.size,
            )
    return tables


def _find_problem(name: str, source: str, names: Sequence[str], hosts: frozenset[str]) -> str | None:
    if not _TABLE_NAME.fullmatch(name):
        return "a table needs a name of letters, digits and _ that begins with a letter: UPLOAD=name,param:field"
    if name in names:
        return f"there is already a table {name}; give each a name of its own"
    if source.lower() in ("", "param:"):
        return "say where the table is: UPLOAD=name,param:field with a file in that field of the form"
    if source.lower().startswith("param:"):
        return None
    try:
        # By the parser of the client that will fetch it: two parsers may disagree about the host.
        address = httpx.URL(source)
        is_allowed = address.scheme == "https" and address.host in hosts and address.port is None
    except httpx.InvalidURL:
        is_allowed = False
    if is_allowed:
        return None
    if not hosts:
        return "tables are not fetched from elsewhere here: send the file and write param:field"
    return f"tables are fetched by https from {', '.join(sorted(hosts))} only; or send the file and write param:field"


def _find_mismatches(clauses: Sequence[UploadClause], kept: Sequence[KeptFile]) -> Iterator[Problem]:
    fields, files = {clause.field for clause in clauses}, {file.field for file in kept}
    for clause in clauses:
        if clause.field is not None and clause.field not in files:
            message = f"{clause.name} is to come in the field {clause.field!r}, but no file came in it"
            yield Problem(parameter="UPLOAD", message=message, value=clause.field)
    for file in kept:
        if file.field not in fields:
            message = f"the file {file.filename!r} is used by no UPLOAD: add UPLOAD=name,param:{file.field}"
            yield Problem(parameter=file.field, message=message)


def _find_collisions(clauses: Sequence[UploadClause], taken: Iterable[str]) -> Iterator[Problem]:
    names = {name.upper() for name in taken}
    for parameter in dict.fromkeys(clause.parameter for clause in clauses):
        if parameter.upper() in names:
            message = f"{parameter} is also the name of a parameter; send the table in a field of another name"
            yield Problem(parameter="UPLOAD", message=message, value=parameter)
        names.add(parameter.upper())


def _parameter(kept: KeptFile) -> Parameter:
    blob = kept.blob
    return Parameter(kept.field, kept.filename, blob.key, kept.media_type, size=blob.size, sha256=blob.sha256)


def _fetch_error(clause: UploadClause, reason: str) -> FormError:
    return FormError([Problem(parameter="UPLOAD", message=f"{clause.name} ({clause.url}): {reason}")])
