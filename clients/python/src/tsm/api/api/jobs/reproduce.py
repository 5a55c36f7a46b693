from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.job_state import JobState
from ...models.problem_document import ProblemDocument
from ...models.reproduce_record import ReproduceRecord
from ...types import Response


def _get_kwargs(
    *,
    body: ReproduceRecord,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/reproduce",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> JobState | ProblemDocument | None:
    if response.status_code == 201:
        response_201 = JobState.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = ProblemDocument.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ProblemDocument.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ProblemDocument.from_dict(response.json())

        return response_403

    if response.status_code == 413:
        response_413 = ProblemDocument.from_dict(response.json())

        return response_413

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
) -> Response[JobState | ProblemDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: ReproduceRecord,
) -> Response[JobState | ProblemDocument]:
    """Run a provenance record again

     Check a provenance record; if nothing is wrong, make a job that runs its recipe again.

    Inputs are found by their checksums among your uploads and results: on another service, send the
    tables first.
    Catalogs, compilations and products of a PZ Server are asked for by name. What is wrong comes back
    at once and
    together. When the job is COMPLETED, `/jobs/{job_id}/reproduction` tells whether the rows are the
    same.

    Args:
        body (ReproduceRecord): A provenance record, of this service or of another one.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobState | ProblemDocument]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: ReproduceRecord,
) -> JobState | ProblemDocument | None:
    """Run a provenance record again

     Check a provenance record; if nothing is wrong, make a job that runs its recipe again.

    Inputs are found by their checksums among your uploads and results: on another service, send the
    tables first.
    Catalogs, compilations and products of a PZ Server are asked for by name. What is wrong comes back
    at once and
    together. When the job is COMPLETED, `/jobs/{job_id}/reproduction` tells whether the rows are the
    same.

    Args:
        body (ReproduceRecord): A provenance record, of this service or of another one.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobState | ProblemDocument
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: ReproduceRecord,
) -> Response[JobState | ProblemDocument]:
    """Run a provenance record again

     Check a provenance record; if nothing is wrong, make a job that runs its recipe again.

    Inputs are found by their checksums among your uploads and results: on another service, send the
    tables first.
    Catalogs, compilations and products of a PZ Server are asked for by name. What is wrong comes back
    at once and
    together. When the job is COMPLETED, `/jobs/{job_id}/reproduction` tells whether the rows are the
    same.

    Args:
        body (ReproduceRecord): A provenance record, of this service or of another one.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobState | ProblemDocument]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: ReproduceRecord,
) -> JobState | ProblemDocument | None:
    """Run a provenance record again

     Check a provenance record; if nothing is wrong, make a job that runs its recipe again.

    Inputs are found by their checksums among your uploads and results: on another service, send the
    tables first.
    Catalogs, compilations and products of a PZ Server are asked for by name. What is wrong comes back
    at once and
    together. When the job is COMPLETED, `/jobs/{job_id}/reproduction` tells whether the rows are the
    same.

    Args:
        body (ReproduceRecord): A provenance record, of this service or of another one.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobState | ProblemDocument
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
