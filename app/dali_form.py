"""One DALI request, read and checked in whole: what a job is to be made of."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from app.errors import FormError
from app.forms import Form, read_form
from app.inline_uploads import InlineUploads, read_upload_clauses
from app.instants import read_instant
from app.job_kinds import JobKind, recipe_model
from app.parameters import TEXT_FILES, Given, find_form_problems, join_values, merge
from trainingset.errors import Problem
from trainingset.wire import parameter_names
from uws.job import Parameter

__all__ = ["DaliForm", "as_sent", "read_dali_form", "read_duration"]

MAX_RUN_ID_LENGTH = 64
"""As TAP 1.1 asks for."""

MAX_DURATION = 2**31 - 1
"""The schema's type for ``executionDuration`` holds no more; the service's own limit is far below."""


@dataclass(frozen=True, slots=True)
class DaliForm:
    """What a request asks for, as far as its face must know; the rest is read at RUN."""

    parameters: tuple[Parameter, ...]
    starts: bool
    """Whether ``PHASE=RUN`` came with it."""
    run_id: str | None
    execution_duration: int | None
    destruction: datetime | None


def as_sent(form: Form) -> Form:
    """Take a form as a program sends it."""
    return form


async def read_dali_form(
    kind: JobKind,
    request: Request,
    uploads: InlineUploads,
    *,
    hosts: frozenset[str],
    prepare: Callable[[Form], Form] = as_sent,
) -> DaliForm:
    """Read parameters, controls and tables of one request.

    Parameters
    ----------
    kind
        Whose parameters they are.
    request
        With parameters in the query string, the body or both.
    uploads
        Takes the files.
    hosts
        From where tables may be fetched.
    prepare
        Brings a form of another kind into that of a program, or refuses it.

    Raises
    ------
    FormError
        With everything that is wrong with the form.
    """
    text_files = TEXT_FILES & parameter_names(recipe_model(kind)).keys()
    form = prepare(await read_form(request, uploads, text_files=text_files))
    given = merge(kind, form.values)
    tables = read_upload_clauses(given.get("UPLOAD", ()), hosts=hosts)
    problems = (
        *find_form_problems(kind, given),
        *_find_control_problems(given),
        *tables.problems,
        *uploads.find_problems(tables.clauses, given),
    )
    if problems:
        raise FormError(problems)
    duration, destruction = given.get("EXECUTIONDURATION"), given.get("DESTRUCTION")
    return DaliForm(
        parameters=(*join_values(given), *await uploads.parameters(tables.clauses)),
        starts="PHASE" in given,
        run_id=next(iter(given.get("RUNID", ())), None) or None,
        execution_duration=read_duration(duration[0]) if duration else None,
        destruction=read_instant(destruction[0]) if destruction else None,
    )


def read_duration(text: str) -> int:
    """Read whole seconds, 0 for no limit.

    Raises
    ------
    ValueError
        If it is no such number.
    """
    if re.fullmatch("[0-9]{1,10}", text) and int(text) <= MAX_DURATION:
        return int(text)
    raise ValueError(f"{text[:80]!r} is no number of seconds from 0 (no limit) to {MAX_DURATION}")


def _find_control_problems(given: Given) -> Iterator[Problem]:
    for value in given.get("PHASE", ()):
        if value != "RUN":
            message = f"{value[:80]!r} is not possible with new parameters: leave it out, or say RUN to start at once"
            yield Problem(parameter="PHASE", message=message, value=value[:80])
    for value in given.get("RUNID", ()):
        if len(value) > MAX_RUN_ID_LENGTH or not value.isprintable():
            message = f"may have {MAX_RUN_ID_LENGTH} characters, all of them printable; it has {len(value)}"
            yield Problem(parameter="RUNID", message=message, limit=str(MAX_RUN_ID_LENGTH))
    for name, read in (("EXECUTIONDURATION", read_duration), ("DESTRUCTION", read_instant)):
        for value in given.get(name, ()):
            try:
                read(value)
            except ValueError as error:
                yield Problem(parameter=name, message=str(error), value=value[:80])
