from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.training_set_document import TrainingSetDocument
from ...types import UNSET, Response, Unset


def _get_kwargs(
    name: str,
    *,
    release: None | str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_release: None | str | Unset
    if isinstance(release, Unset):
        json_release = UNSET
    else:
        json_release = release
    params["release"] = json_release

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/sets/{name}".format(
            name=quote(str(name), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | TrainingSetDocument | None:
    if response.status_code == 200:
        response_200 = TrainingSetDocument.from_dict(response.json())

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

    if response.status_code == 404:
        response_404 = ProblemDocument.from_dict(response.json())

        return response_404

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
    name: str,
    *,
    client: AuthenticatedClient,
    release: None | str | Unset = UNSET,
) -> Response[ProblemDocument | TrainingSetDocument]:
    """Show the latest version of an official set

     Of all versions that are the latest of a release, the last published.

    Args:
        name (str): Name of an official training set.
        release (None | str | Unset): The latest for this data release.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | TrainingSetDocument]
    """

    kwargs = _get_kwargs(
        name=name,
        release=release,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient,
    release: None | str | Unset = UNSET,
) -> ProblemDocument | TrainingSetDocument | None:
    """Show the latest version of an official set

     Of all versions that are the latest of a release, the last published.

    Args:
        name (str): Name of an official training set.
        release (None | str | Unset): The latest for this data release.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | TrainingSetDocument
    """

    return sync_detailed(
        name=name,
        client=client,
        release=release,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    release: None | str | Unset = UNSET,
) -> Response[ProblemDocument | TrainingSetDocument]:
    """Show the latest version of an official set

     Of all versions that are the latest of a release, the last published.

    Args:
        name (str): Name of an official training set.
        release (None | str | Unset): The latest for this data release.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | TrainingSetDocument]
    """

    kwargs = _get_kwargs(
        name=name,
        release=release,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    release: None | str | Unset = UNSET,
) -> ProblemDocument | TrainingSetDocument | None:
    """Show the latest version of an official set

     Of all versions that are the latest of a release, the last published.

    Args:
        name (str): Name of an official training set.
        release (None | str | Unset): The latest for this data release.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | TrainingSetDocument
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            release=release,
        )
    ).parsed
