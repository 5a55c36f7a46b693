from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.training_set_document import TrainingSetDocument
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    name: None | str | Unset = UNSET,
    release: None | str | Unset = UNSET,
    latest: bool | Unset = False,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_name: None | str | Unset
    if isinstance(name, Unset):
        json_name = UNSET
    else:
        json_name = name
    params["name"] = json_name

    json_release: None | str | Unset
    if isinstance(release, Unset):
        json_release = UNSET
    else:
        json_release = release
    params["release"] = json_release

    params["latest"] = latest

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/sets",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | list[TrainingSetDocument] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = TrainingSetDocument.from_dict(response_200_item_data)

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
) -> Response[ProblemDocument | list[TrainingSetDocument]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    name: None | str | Unset = UNSET,
    release: None | str | Unset = UNSET,
    latest: bool | Unset = False,
) -> Response[ProblemDocument | list[TrainingSetDocument]]:
    """List the official training sets

     The last published first. What needs a right that you lack is left out.

    Args:
        name (None | str | Unset): Only of this name.
        release (None | str | Unset): Only of this data release.
        latest (bool | Unset): Only versions that are the latest of a release. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[TrainingSetDocument]]
    """

    kwargs = _get_kwargs(
        name=name,
        release=release,
        latest=latest,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    name: None | str | Unset = UNSET,
    release: None | str | Unset = UNSET,
    latest: bool | Unset = False,
) -> ProblemDocument | list[TrainingSetDocument] | None:
    """List the official training sets

     The last published first. What needs a right that you lack is left out.

    Args:
        name (None | str | Unset): Only of this name.
        release (None | str | Unset): Only of this data release.
        latest (bool | Unset): Only versions that are the latest of a release. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | list[TrainingSetDocument]
    """

    return sync_detailed(
        client=client,
        name=name,
        release=release,
        latest=latest,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    name: None | str | Unset = UNSET,
    release: None | str | Unset = UNSET,
    latest: bool | Unset = False,
) -> Response[ProblemDocument | list[TrainingSetDocument]]:
    """List the official training sets

     The last published first. What needs a right that you lack is left out.

    Args:
        name (None | str | Unset): Only of this name.
        release (None | str | Unset): Only of this data release.
        latest (bool | Unset): Only versions that are the latest of a release. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[TrainingSetDocument]]
    """

    kwargs = _get_kwargs(
        name=name,
        release=release,
        latest=latest,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    name: None | str | Unset = UNSET,
    release: None | str | Unset = UNSET,
    latest: bool | Unset = False,
) -> ProblemDocument | list[TrainingSetDocument] | None:
    """List the official training sets

     The last published first. What needs a right that you lack is left out.

    Args:
        name (None | str | Unset): Only of this name.
        release (None | str | Unset): Only of this data release.
        latest (bool | Unset): Only versions that are the latest of a release. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | list[TrainingSetDocument]
    """

    return (
        await asyncio_detailed(
            client=client,
            name=name,
            release=release,
            latest=latest,
        )
    ).parsed
