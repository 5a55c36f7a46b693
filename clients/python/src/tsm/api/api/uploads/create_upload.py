from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem_document import ProblemDocument
from ...models.upload import Upload
from ...models.upload_form import UploadForm
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    *,
    body: UploadForm | File | Unset = UNSET,
    name: None | str | Unset = UNSET,
    wait: int | Unset = 0,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    json_name: None | str | Unset
    if isinstance(name, Unset):
        json_name = UNSET
    else:
        json_name = name
    params["name"] = json_name

    params["wait"] = wait

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/uploads",
        "params": params,
    }

    if isinstance(body, UploadForm):
        _kwargs["files"] = body.to_multipart()

        headers["Content-Type"] = "multipart/form-data; boundary=+++"
    if isinstance(body, File):
        _kwargs["content"] = body.payload
        headers["Content-Type"] = "application/octet-stream"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ProblemDocument | Upload | None:
    if response.status_code == 201:
        response_201 = Upload.from_dict(response.json())

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
) -> Response[ProblemDocument | Upload]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: UploadForm | File | Unset = UNSET,
    name: None | str | Unset = UNSET,
    wait: int | Unset = 0,
) -> Response[ProblemDocument | Upload]:
    """Send a table of redshifts

     Store a VOTable, Parquet, FITS, CSV or ECSV table and have it inspected.

    The answer comes as soon as all bytes are stored; `wait` holds it until the inspection is done. What
    the
    inspection found is in `profile` or `error`.

    Args:
        name (None | str | Unset): Name of the table, if not that of the file.
        wait (int | Unset): Seconds to wait for the inspection; the service waits no longer than
            its limit. Default: 0.
        body (UploadForm): A table as the one part of a form. Example: {'file':
            'RA,DEC,Z\\n53.1,-28.1,0.42\\n'}.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | Upload]
    """

    kwargs = _get_kwargs(
        body=body,
        name=name,
        wait=wait,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: UploadForm | File | Unset = UNSET,
    name: None | str | Unset = UNSET,
    wait: int | Unset = 0,
) -> ProblemDocument | Upload | None:
    """Send a table of redshifts

     Store a VOTable, Parquet, FITS, CSV or ECSV table and have it inspected.

    The answer comes as soon as all bytes are stored; `wait` holds it until the inspection is done. What
    the
    inspection found is in `profile` or `error`.

    Args:
        name (None | str | Unset): Name of the table, if not that of the file.
        wait (int | Unset): Seconds to wait for the inspection; the service waits no longer than
            its limit. Default: 0.
        body (UploadForm): A table as the one part of a form. Example: {'file':
            'RA,DEC,Z\\n53.1,-28.1,0.42\\n'}.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | Upload
    """

    return sync_detailed(
        client=client,
        body=body,
        name=name,
        wait=wait,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: UploadForm | File | Unset = UNSET,
    name: None | str | Unset = UNSET,
    wait: int | Unset = 0,
) -> Response[ProblemDocument | Upload]:
    """Send a table of redshifts

     Store a VOTable, Parquet, FITS, CSV or ECSV table and have it inspected.

    The answer comes as soon as all bytes are stored; `wait` holds it until the inspection is done. What
    the
    inspection found is in `profile` or `error`.

    Args:
        name (None | str | Unset): Name of the table, if not that of the file.
        wait (int | Unset): Seconds to wait for the inspection; the service waits no longer than
            its limit. Default: 0.
        body (UploadForm): A table as the one part of a form. Example: {'file':
            'RA,DEC,Z\\n53.1,-28.1,0.42\\n'}.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ProblemDocument | Upload]
    """

    kwargs = _get_kwargs(
        body=body,
        name=name,
        wait=wait,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: UploadForm | File | Unset = UNSET,
    name: None | str | Unset = UNSET,
    wait: int | Unset = 0,
) -> ProblemDocument | Upload | None:
    """Send a table of redshifts

     Store a VOTable, Parquet, FITS, CSV or ECSV table and have it inspected.

    The answer comes as soon as all bytes are stored; `wait` holds it until the inspection is done. What
    the
    inspection found is in `profile` or `error`.

    Args:
        name (None | str | Unset): Name of the table, if not that of the file.
        wait (int | Unset): Seconds to wait for the inspection; the service waits no longer than
            its limit. Default: 0.
        body (UploadForm): A table as the one part of a form. Example: {'file':
            'RA,DEC,Z\\n53.1,-28.1,0.42\\n'}.
        body (File):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ProblemDocument | Upload
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            name=name,
            wait=wait,
        )
    ).parsed
