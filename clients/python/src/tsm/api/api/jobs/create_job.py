from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.job_creation import JobCreation
from ...models.job_state import JobState
from ...models.problem_document import ProblemDocument
from ...types import Response


def _get_kwargs(
    *,
    body: JobCreation,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/jobs",
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
    body: JobCreation,
) -> Response[JobState | ProblemDocument]:
    """Make a job, and run it at once unless told otherwise

     Check a recipe against what it names; if nothing is wrong, make a job of it.

    The recipe's `kind` tells whether it is a cross-match (without it, that) or a combination of
    redshift tables.

    What is wrong comes back at once and together, as `problems` of a 422; then there is no job. A 503
    means that
    the upload is still being inspected, or the catalog not opened yet: send the same request again.

    Args:
        body (JobCreation): A job to make. Example: {'recipe': {'catalog': 'mock.object',
            'formats': ['parquet', 'fits'], 'radius_arcsec': 1.0, 'redshifts':
            'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a', 'split': {'test': 0.2, 'train': 0.8}, 'where':
            'i_gaap1p0SNR > 10'}, 'run_id': 'zCOSMOS pilot'}.

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
    body: JobCreation,
) -> JobState | ProblemDocument | None:
    """Make a job, and run it at once unless told otherwise

     Check a recipe against what it names; if nothing is wrong, make a job of it.

    The recipe's `kind` tells whether it is a cross-match (without it, that) or a combination of
    redshift tables.

    What is wrong comes back at once and together, as `problems` of a 422; then there is no job. A 503
    means that
    the upload is still being inspected, or the catalog not opened yet: send the same request again.

    Args:
        body (JobCreation): A job to make. Example: {'recipe': {'catalog': 'mock.object',
            'formats': ['parquet', 'fits'], 'radius_arcsec': 1.0, 'redshifts':
            'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a', 'split': {'test': 0.2, 'train': 0.8}, 'where':
            'i_gaap1p0SNR > 10'}, 'run_id': 'zCOSMOS pilot'}.

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
    body: JobCreation,
) -> Response[JobState | ProblemDocument]:
    """Make a job, and run it at once unless told otherwise

     Check a recipe against what it names; if nothing is wrong, make a job of it.

    The recipe's `kind` tells whether it is a cross-match (without it, that) or a combination of
    redshift tables.

    What is wrong comes back at once and together, as `problems` of a 422; then there is no job. A 503
    means that
    the upload is still being inspected, or the catalog not opened yet: send the same request again.

    Args:
        body (JobCreation): A job to make. Example: {'recipe': {'catalog': 'mock.object',
            'formats': ['parquet', 'fits'], 'radius_arcsec': 1.0, 'redshifts':
            'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a', 'split': {'test': 0.2, 'train': 0.8}, 'where':
            'i_gaap1p0SNR > 10'}, 'run_id': 'zCOSMOS pilot'}.

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
    body: JobCreation,
) -> JobState | ProblemDocument | None:
    """Make a job, and run it at once unless told otherwise

     Check a recipe against what it names; if nothing is wrong, make a job of it.

    The recipe's `kind` tells whether it is a cross-match (without it, that) or a combination of
    redshift tables.

    What is wrong comes back at once and together, as `problems` of a 422; then there is no job. A 503
    means that
    the upload is still being inspected, or the catalog not opened yet: send the same request again.

    Args:
        body (JobCreation): A job to make. Example: {'recipe': {'catalog': 'mock.object',
            'formats': ['parquet', 'fits'], 'radius_arcsec': 1.0, 'redshifts':
            'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a', 'split': {'test': 0.2, 'train': 0.8}, 'where':
            'i_gaap1p0SNR > 10'}, 'run_id': 'zCOSMOS pilot'}.

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
