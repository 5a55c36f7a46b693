from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.set_order import SetOrder
from ...models.training_set_document import TrainingSetDocument
from ...types import Response


def _get_kwargs(
    *,
    body: SetOrder,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/sets",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | TrainingSetDocument | None:
    if response.status_code == 201:
        response_201 = TrainingSetDocument.from_dict(response.json())

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
) -> Response[ProblemDocument | TrainingSetDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: SetOrder,
) -> Response[ProblemDocument | TrainingSetDocument]:
    """Publish a training set as official

     Keep the rows of your completed job as a version that never changes. Only officials may do so.

    Args:
        body (SetOrder): A training set that is to be official. Example: {'job':
            '5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a11', 'latest': True, 'name': 'dp1-training', 'title':
            'Training set for DP1', 'version': '2026.1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | TrainingSetDocument]
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
    body: SetOrder,
) -> ProblemDocument | TrainingSetDocument | None:
    """Publish a training set as official

     Keep the rows of your completed job as a version that never changes. Only officials may do so.

    Args:
        body (SetOrder): A training set that is to be official. Example: {'job':
            '5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a11', 'latest': True, 'name': 'dp1-training', 'title':
            'Training set for DP1', 'version': '2026.1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | TrainingSetDocument
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: SetOrder,
) -> Response[ProblemDocument | TrainingSetDocument]:
    """Publish a training set as official

     Keep the rows of your completed job as a version that never changes. Only officials may do so.

    Args:
        body (SetOrder): A training set that is to be official. Example: {'job':
            '5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a11', 'latest': True, 'name': 'dp1-training', 'title':
            'Training set for DP1', 'version': '2026.1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | TrainingSetDocument]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: SetOrder,
) -> ProblemDocument | TrainingSetDocument | None:
    """Publish a training set as official

     Keep the rows of your completed job as a version that never changes. Only officials may do so.

    Args:
        body (SetOrder): A training set that is to be official. Example: {'job':
            '5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a11', 'latest': True, 'name': 'dp1-training', 'title':
            'Training set for DP1', 'version': '2026.1'}.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | TrainingSetDocument
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
