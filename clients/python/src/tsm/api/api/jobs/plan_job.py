from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.plan import Plan
from ...models.plan_request import PlanRequest
from ...models.problem_document import ProblemDocument
from ...types import Response


def _get_kwargs(
    *,
    body: PlanRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/plan",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Plan | ProblemDocument | None:
    if response.status_code == 200:
        response_200 = Plan.from_dict(response.json())

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
) -> Response[Plan | ProblemDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: PlanRequest,
) -> Response[Plan | ProblemDocument]:
    """Tell what a recipe would read and give

     Check a cross-match as if a job were made of it, and estimate what it would read and how many rows
    it would give.

    What is wrong with the recipe is in `problems`, and is no error here. No job is made.

    Args:
        body (PlanRequest): A recipe to plan. Example: {'recipe': {'catalog': 'mock.object',
            'radius_arcsec': 1.0, 'redshifts': 'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a'}}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Plan | ProblemDocument]
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
    body: PlanRequest,
) -> Plan | ProblemDocument | None:
    """Tell what a recipe would read and give

     Check a cross-match as if a job were made of it, and estimate what it would read and how many rows
    it would give.

    What is wrong with the recipe is in `problems`, and is no error here. No job is made.

    Args:
        body (PlanRequest): A recipe to plan. Example: {'recipe': {'catalog': 'mock.object',
            'radius_arcsec': 1.0, 'redshifts': 'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a'}}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Plan | ProblemDocument
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: PlanRequest,
) -> Response[Plan | ProblemDocument]:
    """Tell what a recipe would read and give

     Check a cross-match as if a job were made of it, and estimate what it would read and how many rows
    it would give.

    What is wrong with the recipe is in `problems`, and is no error here. No job is made.

    Args:
        body (PlanRequest): A recipe to plan. Example: {'recipe': {'catalog': 'mock.object',
            'radius_arcsec': 1.0, 'redshifts': 'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a'}}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Plan | ProblemDocument]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: PlanRequest,
) -> Plan | ProblemDocument | None:
    """Tell what a recipe would read and give

     Check a cross-match as if a job were made of it, and estimate what it would read and how many rows
    it would give.

    What is wrong with the recipe is in `problems`, and is no error here. No job is made.

    Args:
        body (PlanRequest): A recipe to plan. Example: {'recipe': {'catalog': 'mock.object',
            'radius_arcsec': 1.0, 'redshifts': 'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a'}}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Plan | ProblemDocument
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
