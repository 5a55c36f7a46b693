import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.execution_phase import ExecutionPhase
from ...models.job_kind import JobKind
from ...models.job_state import JobState
from ...models.problem_document import ProblemDocument
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    phase: list[ExecutionPhase] | None | Unset = UNSET,
    after: datetime.datetime | None | Unset = UNSET,
    last: int | None | Unset = UNSET,
    kind: JobKind | None | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_phase: list[str] | None | Unset
    if isinstance(phase, Unset):
        json_phase = UNSET
    elif isinstance(phase, list):
        json_phase = []
        for phase_type_0_item_data in phase:
            phase_type_0_item: str = phase_type_0_item_data
            json_phase.append(phase_type_0_item)

    else:
        json_phase = phase
    params["phase"] = json_phase

    json_after: None | str | Unset
    if isinstance(after, Unset):
        json_after = UNSET
    elif isinstance(after, datetime.datetime):
        json_after = after.isoformat()
    else:
        json_after = after
    params["after"] = json_after

    json_last: int | None | Unset
    if isinstance(last, Unset):
        json_last = UNSET
    else:
        json_last = last
    params["last"] = json_last

    json_kind: None | str | Unset
    if isinstance(kind, Unset):
        json_kind = UNSET
    elif isinstance(kind, str):
        json_kind = kind
    else:
        json_kind = kind
    params["kind"] = json_kind

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/jobs",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | list[JobState] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = JobState.from_dict(response_200_item_data)

            response_200.append(response_200_item)

        return response_200

    if response.status_code == 400:
        response_400 = ProblemDocument.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ProblemDocument.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ProblemDocument.from_dict(response.json())

        return response_403

    if response.status_code == 422:
        response_422 = ProblemDocument.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = ProblemDocument.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = ProblemDocument.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | list[JobState]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    phase: list[ExecutionPhase] | None | Unset = UNSET,
    after: datetime.datetime | None | Unset = UNSET,
    last: int | None | Unset = UNSET,
    kind: JobKind | None | Unset = UNSET,
) -> Response[ProblemDocument | list[JobState]]:
    """List your jobs

     Your jobs, the latest first; all filters must hold.

    Args:
        phase (list[ExecutionPhase] | None | Unset): Only jobs in one of these phases; without it,
            all but ARCHIVED.
        after (datetime.datetime | None | Unset): Only jobs created later than this.
        last (int | None | Unset): Only so many, the latest.
        kind (JobKind | None | Unset): Only jobs of this kind.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[JobState]]
    """

    kwargs = _get_kwargs(
        phase=phase,
        after=after,
        last=last,
        kind=kind,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    phase: list[ExecutionPhase] | None | Unset = UNSET,
    after: datetime.datetime | None | Unset = UNSET,
    last: int | None | Unset = UNSET,
    kind: JobKind | None | Unset = UNSET,
) -> ProblemDocument | list[JobState] | None:
    """List your jobs

     Your jobs, the latest first; all filters must hold.

    Args:
        phase (list[ExecutionPhase] | None | Unset): Only jobs in one of these phases; without it,
            all but ARCHIVED.
        after (datetime.datetime | None | Unset): Only jobs created later than this.
        last (int | None | Unset): Only so many, the latest.
        kind (JobKind | None | Unset): Only jobs of this kind.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | list[JobState]
    """

    return sync_detailed(
        client=client,
        phase=phase,
        after=after,
        last=last,
        kind=kind,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    phase: list[ExecutionPhase] | None | Unset = UNSET,
    after: datetime.datetime | None | Unset = UNSET,
    last: int | None | Unset = UNSET,
    kind: JobKind | None | Unset = UNSET,
) -> Response[ProblemDocument | list[JobState]]:
    """List your jobs

     Your jobs, the latest first; all filters must hold.

    Args:
        phase (list[ExecutionPhase] | None | Unset): Only jobs in one of these phases; without it,
            all but ARCHIVED.
        after (datetime.datetime | None | Unset): Only jobs created later than this.
        last (int | None | Unset): Only so many, the latest.
        kind (JobKind | None | Unset): Only jobs of this kind.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[JobState]]
    """

    kwargs = _get_kwargs(
        phase=phase,
        after=after,
        last=last,
        kind=kind,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    phase: list[ExecutionPhase] | None | Unset = UNSET,
    after: datetime.datetime | None | Unset = UNSET,
    last: int | None | Unset = UNSET,
    kind: JobKind | None | Unset = UNSET,
) -> ProblemDocument | list[JobState] | None:
    """List your jobs

     Your jobs, the latest first; all filters must hold.

    Args:
        phase (list[ExecutionPhase] | None | Unset): Only jobs in one of these phases; without it,
            all but ARCHIVED.
        after (datetime.datetime | None | Unset): Only jobs created later than this.
        last (int | None | Unset): Only so many, the latest.
        kind (JobKind | None | Unset): Only jobs of this kind.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | list[JobState]
    """

    return (
        await asyncio_detailed(
            client=client,
            phase=phase,
            after=after,
            last=last,
            kind=kind,
        )
    ).parsed
