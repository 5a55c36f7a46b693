"""Registering the result of a job on the PZ Server: asked for once, then followed to its end."""

from http import HTTPStatus

import anyio

from tsm.api.api.jobs import get_registration, register_job
from tsm.api.models.registered_product import RegisteredProduct
from tsm.api.models.registration_document import RegistrationDocument
from tsm.api.models.registration_request import RegistrationRequest
from tsm.errors import RegistrationFailedError, RequestRefusedError, WaitTimeoutError
from tsm.remote.connection import Connection
from tsm.remote.retries import Repeat

__all__ = ["ask", "follow_registration", "registration_of"]

_FINAL = ("REGISTERED", "FAILED")
_FIRST_LOOK_SECONDS, _MOST_SECONDS_BETWEEN = 0.25, 5.0


async def ask(connection: Connection, job_id: str, wish: RegistrationRequest) -> RegistrationDocument:
    """Ask for a registration; to ask again is safe, since a product of the job that is there already is found."""
    answer = await connection.send(register_job._get_kwargs(job_id, body=wish), repeat=Repeat.ALWAYS)
    return connection.read(RegistrationDocument.from_dict, answer)


async def registration_of(connection: Connection, job_id: str) -> RegistrationDocument | None:
    """How far it is; None if nobody asked for one."""
    try:
        return await connection.get(get_registration._get_kwargs(job_id), RegistrationDocument.from_dict)
    except RequestRefusedError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


async def follow_registration(
    connection: Connection,
    told: RegistrationDocument,
    timeout: float | None,  # noqa: ASYNC109  (as `follow` has it)
) -> RegisteredProduct:
    """Wait for the product.

    Raises
    ------
    RegistrationFailedError
        If the PZ Server did not take it.
    WaitTimeoutError
        If it takes longer; it goes on.
    """
    pause = _FIRST_LOOK_SECONDS
    with anyio.move_on_after(timeout):
        # One that was asked for again tells of its product before it is looked for again.
        while told.state not in _FINAL:
            await anyio.sleep(pause)
            pause = min(1.5 * pause, _MOST_SECONDS_BETWEEN)
            told = await registration_of(connection, told.job_id) or told
    if told.state == "REGISTERED" and told.product is not None:
        return told.product
    if told.state in _FINAL:
        advice = "The result is untouched; register it again."
        raise RegistrationFailedError(f"the result of job {told.job_id} was not registered: {told.error} {advice}")
    raise WaitTimeoutError(
        f"registering job {told.job_id} is {told.state} after {timeout:g} s and goes on; job.registration() tells"
    )
