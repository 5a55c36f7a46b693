from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.redshift_catalog import RedshiftCatalog
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    latest: bool | Unset = False,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["latest"] = latest

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/redshifts",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | list[RedshiftCatalog] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = RedshiftCatalog.from_dict(response_200_item_data)

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

    if response.status_code == 503:
        response_503 = ProblemDocument.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ProblemDocument | list[RedshiftCatalog]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    latest: bool | Unset = False,
) -> Response[ProblemDocument | list[RedshiftCatalog]]:
    """List the redshift catalogs that you may match

     Registered catalogs of redshifts in the operator's order, without those that need a right that you
    lack.

    Args:
        latest (bool | Unset): Only the latest release of each series. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[RedshiftCatalog]]
    """

    kwargs = _get_kwargs(
        latest=latest,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    latest: bool | Unset = False,
) -> ProblemDocument | list[RedshiftCatalog] | None:
    """List the redshift catalogs that you may match

     Registered catalogs of redshifts in the operator's order, without those that need a right that you
    lack.

    Args:
        latest (bool | Unset): Only the latest release of each series. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | list[RedshiftCatalog]
    """

    return sync_detailed(
        client=client,
        latest=latest,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    latest: bool | Unset = False,
) -> Response[ProblemDocument | list[RedshiftCatalog]]:
    """List the redshift catalogs that you may match

     Registered catalogs of redshifts in the operator's order, without those that need a right that you
    lack.

    Args:
        latest (bool | Unset): Only the latest release of each series. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[RedshiftCatalog]]
    """

    kwargs = _get_kwargs(
        latest=latest,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    latest: bool | Unset = False,
) -> ProblemDocument | list[RedshiftCatalog] | None:
    """List the redshift catalogs that you may match

     Registered catalogs of redshifts in the operator's order, without those that need a right that you
    lack.

    Args:
        latest (bool | Unset): Only the latest release of each series. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | list[RedshiftCatalog]
    """

    return (
        await asyncio_detailed(
            client=client,
            latest=latest,
        )
    ).parsed
