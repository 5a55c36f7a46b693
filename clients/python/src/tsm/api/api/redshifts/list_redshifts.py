from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.redshift_catalog import RedshiftCatalog
from ...models.redshift_source import RedshiftSource
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    latest: bool | Unset = False,
    release: None | str | Unset = UNSET,
    survey: None | str | Unset = UNSET,
    name: None | str | Unset = UNSET,
    source: RedshiftSource | Unset = UNSET,
    type_: None | str | Unset = UNSET,
    official: bool | None | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["latest"] = latest

    json_release: None | str | Unset
    if isinstance(release, Unset):
        json_release = UNSET
    else:
        json_release = release
    params["release"] = json_release

    json_survey: None | str | Unset
    if isinstance(survey, Unset):
        json_survey = UNSET
    else:
        json_survey = survey
    params["survey"] = json_survey

    json_name: None | str | Unset
    if isinstance(name, Unset):
        json_name = UNSET
    else:
        json_name = name
    params["name"] = json_name

    json_source: str | Unset = UNSET
    if not isinstance(source, Unset):
        json_source = source

    params["source"] = json_source

    json_type_: None | str | Unset
    if isinstance(type_, Unset):
        json_type_ = UNSET
    else:
        json_type_ = type_
    params["type"] = json_type_

    json_official: bool | None | Unset
    if isinstance(official, Unset):
        json_official = UNSET
    else:
        json_official = official
    params["official"] = json_official

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

    if response.status_code == 429:
        response_429 = ProblemDocument.from_dict(response.json())

        return response_429

    if response.status_code == 502:
        response_502 = ProblemDocument.from_dict(response.json())

        return response_502

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
    release: None | str | Unset = UNSET,
    survey: None | str | Unset = UNSET,
    name: None | str | Unset = UNSET,
    source: RedshiftSource | Unset = UNSET,
    type_: None | str | Unset = UNSET,
    official: bool | None | Unset = UNSET,
) -> Response[ProblemDocument | list[RedshiftCatalog]]:
    """List the redshifts that you may match or combine

     Registered catalogs in the operator's order, then published compilations, the last published first.

    What needs a right that you lack is left out. All filters must hold. With `source=pz`, published
    products of the
    PZ Server that you may use, the last registered first; `latest` then leaves one of those that one
    owner gave the
    same name.

    Args:
        latest (bool | Unset): Only the latest release of each series, and versions tagged as the
            latest. Default: False.
        release (None | str | Unset): Only of this data release; of compilations also those tagged
            for it.
        survey (None | str | Unset): Only with redshifts of this survey, in any case.
        name (None | str | Unset): Only this compilation, or this catalog or series.
        source (RedshiftSource | Unset): Where redshifts are looked for.
        type_ (None | str | Unset): With `source=pz`: only products of this type;
            `redshift_catalog` without it.
        official (bool | None | Unset): With `source=pz`: only products that it marks as official,
            or the others.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[RedshiftCatalog]]
    """

    kwargs = _get_kwargs(
        latest=latest,
        release=release,
        survey=survey,
        name=name,
        source=source,
        type_=type_,
        official=official,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    latest: bool | Unset = False,
    release: None | str | Unset = UNSET,
    survey: None | str | Unset = UNSET,
    name: None | str | Unset = UNSET,
    source: RedshiftSource | Unset = UNSET,
    type_: None | str | Unset = UNSET,
    official: bool | None | Unset = UNSET,
) -> ProblemDocument | list[RedshiftCatalog] | None:
    """List the redshifts that you may match or combine

     Registered catalogs in the operator's order, then published compilations, the last published first.

    What needs a right that you lack is left out. All filters must hold. With `source=pz`, published
    products of the
    PZ Server that you may use, the last registered first; `latest` then leaves one of those that one
    owner gave the
    same name.

    Args:
        latest (bool | Unset): Only the latest release of each series, and versions tagged as the
            latest. Default: False.
        release (None | str | Unset): Only of this data release; of compilations also those tagged
            for it.
        survey (None | str | Unset): Only with redshifts of this survey, in any case.
        name (None | str | Unset): Only this compilation, or this catalog or series.
        source (RedshiftSource | Unset): Where redshifts are looked for.
        type_ (None | str | Unset): With `source=pz`: only products of this type;
            `redshift_catalog` without it.
        official (bool | None | Unset): With `source=pz`: only products that it marks as official,
            or the others.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | list[RedshiftCatalog]
    """

    return sync_detailed(
        client=client,
        latest=latest,
        release=release,
        survey=survey,
        name=name,
        source=source,
        type_=type_,
        official=official,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    latest: bool | Unset = False,
    release: None | str | Unset = UNSET,
    survey: None | str | Unset = UNSET,
    name: None | str | Unset = UNSET,
    source: RedshiftSource | Unset = UNSET,
    type_: None | str | Unset = UNSET,
    official: bool | None | Unset = UNSET,
) -> Response[ProblemDocument | list[RedshiftCatalog]]:
    """List the redshifts that you may match or combine

     Registered catalogs in the operator's order, then published compilations, the last published first.

    What needs a right that you lack is left out. All filters must hold. With `source=pz`, published
    products of the
    PZ Server that you may use, the last registered first; `latest` then leaves one of those that one
    owner gave the
    same name.

    Args:
        latest (bool | Unset): Only the latest release of each series, and versions tagged as the
            latest. Default: False.
        release (None | str | Unset): Only of this data release; of compilations also those tagged
            for it.
        survey (None | str | Unset): Only with redshifts of this survey, in any case.
        name (None | str | Unset): Only this compilation, or this catalog or series.
        source (RedshiftSource | Unset): Where redshifts are looked for.
        type_ (None | str | Unset): With `source=pz`: only products of this type;
            `redshift_catalog` without it.
        official (bool | None | Unset): With `source=pz`: only products that it marks as official,
            or the others.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | list[RedshiftCatalog]]
    """

    kwargs = _get_kwargs(
        latest=latest,
        release=release,
        survey=survey,
        name=name,
        source=source,
        type_=type_,
        official=official,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    latest: bool | Unset = False,
    release: None | str | Unset = UNSET,
    survey: None | str | Unset = UNSET,
    name: None | str | Unset = UNSET,
    source: RedshiftSource | Unset = UNSET,
    type_: None | str | Unset = UNSET,
    official: bool | None | Unset = UNSET,
) -> ProblemDocument | list[RedshiftCatalog] | None:
    """List the redshifts that you may match or combine

     Registered catalogs in the operator's order, then published compilations, the last published first.

    What needs a right that you lack is left out. All filters must hold. With `source=pz`, published
    products of the
    PZ Server that you may use, the last registered first; `latest` then leaves one of those that one
    owner gave the
    same name.

    Args:
        latest (bool | Unset): Only the latest release of each series, and versions tagged as the
            latest. Default: False.
        release (None | str | Unset): Only of this data release; of compilations also those tagged
            for it.
        survey (None | str | Unset): Only with redshifts of this survey, in any case.
        name (None | str | Unset): Only this compilation, or this catalog or series.
        source (RedshiftSource | Unset): Where redshifts are looked for.
        type_ (None | str | Unset): With `source=pz`: only products of this type;
            `redshift_catalog` without it.
        official (bool | None | Unset): With `source=pz`: only products that it marks as official,
            or the others.

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
            release=release,
            survey=survey,
            name=name,
            source=source,
            type_=type_,
            official=official,
        )
    ).parsed
