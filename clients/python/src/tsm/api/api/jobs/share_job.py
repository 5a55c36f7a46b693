from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.share_creation import ShareCreation
from ...models.share_document import ShareDocument
from ...types import Response


def _get_kwargs(
    job_id: str,
    *,
    body: ShareCreation,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/jobs/{job_id}/shares".format(
            job_id=quote(str(job_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | ShareDocument | None:
    if response.status_code == 201:
        response_201 = ShareDocument.from_dict(response.json())

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

    if response.status_code == 404:
        response_404 = ProblemDocument.from_dict(response.json())

        return response_404

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
) -> Response[ProblemDocument | ShareDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: ShareCreation,
) -> Response[ProblemDocument | ShareDocument]:
    """Share a job

     Let others read your job: the job itself, its results and its provenance, until they are destroyed.

    They neither change nor end it, nor read what you uploaded. Whoever lacks a data right of what it
    was made from
    does not see it.

    Args:
        job_id (str): Id of a job.
        body (ShareCreation): Who shall read a job. Example: {'reader': 'group:g_photoz'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | ShareDocument]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: ShareCreation,
) -> ProblemDocument | ShareDocument | None:
    """Share a job

     Let others read your job: the job itself, its results and its provenance, until they are destroyed.

    They neither change nor end it, nor read what you uploaded. Whoever lacks a data right of what it
    was made from
    does not see it.

    Args:
        job_id (str): Id of a job.
        body (ShareCreation): Who shall read a job. Example: {'reader': 'group:g_photoz'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | ShareDocument
    """

    return sync_detailed(
        job_id=job_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: ShareCreation,
) -> Response[ProblemDocument | ShareDocument]:
    """Share a job

     Let others read your job: the job itself, its results and its provenance, until they are destroyed.

    They neither change nor end it, nor read what you uploaded. Whoever lacks a data right of what it
    was made from
    does not see it.

    Args:
        job_id (str): Id of a job.
        body (ShareCreation): Who shall read a job. Example: {'reader': 'group:g_photoz'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | ShareDocument]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: ShareCreation,
) -> ProblemDocument | ShareDocument | None:
    """Share a job

     Let others read your job: the job itself, its results and its provenance, until they are destroyed.

    They neither change nor end it, nor read what you uploaded. Whoever lacks a data right of what it
    was made from
    does not see it.

    Args:
        job_id (str): Id of a job.
        body (ShareCreation): Who shall read a job. Example: {'reader': 'group:g_photoz'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | ShareDocument
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            client=client,
            body=body,
        )
    ).parsed
