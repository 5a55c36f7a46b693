from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.registration_document import RegistrationDocument
from ...models.registration_request import RegistrationRequest
from ...types import Response


def _get_kwargs(
    job_id: str,
    *,
    body: RegistrationRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/jobs/{job_id}/registration".format(
            job_id=quote(str(job_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | RegistrationDocument | None:
    if response.status_code == 202:
        response_202 = RegistrationDocument.from_dict(response.json())

        return response_202

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

    if response.status_code == 409:
        response_409 = ProblemDocument.from_dict(response.json())

        return response_409

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
) -> Response[ProblemDocument | RegistrationDocument]:
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
    body: RegistrationRequest,
) -> Response[ProblemDocument | RegistrationDocument]:
    """Register a result on the PZ Server

     Make a published product of a COMPLETED job: its Parquet file, provenance, citations and
    description.

    It is done in the background: ask again until it is REGISTERED or FAILED. To repeat it is safe at
    any time: a
    product of this job that is there is found by its name, and one that was deleted there is made anew.

    Args:
        job_id (str): Id of a job.
        body (RegistrationRequest): What is to be told of the product. Example: {'description':
            'Bright sample.', 'display_name': 'DP1 x zCOSMOS', 'release': 'DP1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RegistrationDocument]
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
    body: RegistrationRequest,
) -> ProblemDocument | RegistrationDocument | None:
    """Register a result on the PZ Server

     Make a published product of a COMPLETED job: its Parquet file, provenance, citations and
    description.

    It is done in the background: ask again until it is REGISTERED or FAILED. To repeat it is safe at
    any time: a
    product of this job that is there is found by its name, and one that was deleted there is made anew.

    Args:
        job_id (str): Id of a job.
        body (RegistrationRequest): What is to be told of the product. Example: {'description':
            'Bright sample.', 'display_name': 'DP1 x zCOSMOS', 'release': 'DP1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RegistrationDocument
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
    body: RegistrationRequest,
) -> Response[ProblemDocument | RegistrationDocument]:
    """Register a result on the PZ Server

     Make a published product of a COMPLETED job: its Parquet file, provenance, citations and
    description.

    It is done in the background: ask again until it is REGISTERED or FAILED. To repeat it is safe at
    any time: a
    product of this job that is there is found by its name, and one that was deleted there is made anew.

    Args:
        job_id (str): Id of a job.
        body (RegistrationRequest): What is to be told of the product. Example: {'description':
            'Bright sample.', 'display_name': 'DP1 x zCOSMOS', 'release': 'DP1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | RegistrationDocument]
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
    body: RegistrationRequest,
) -> ProblemDocument | RegistrationDocument | None:
    """Register a result on the PZ Server

     Make a published product of a COMPLETED job: its Parquet file, provenance, citations and
    description.

    It is done in the background: ask again until it is REGISTERED or FAILED. To repeat it is safe at
    any time: a
    product of this job that is there is found by its name, and one that was deleted there is made anew.

    Args:
        job_id (str): Id of a job.
        body (RegistrationRequest): What is to be told of the product. Example: {'description':
            'Bright sample.', 'display_name': 'DP1 x zCOSMOS', 'release': 'DP1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | RegistrationDocument
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            client=client,
            body=body,
        )
    ).parsed
