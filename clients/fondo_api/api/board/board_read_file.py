from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx2 as httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.acta_file import ActaFile
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    acta_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/actas/{acta_id}/file".format(
            acta_id=quote(str(acta_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ActaFile | Problem | None:
    if response.status_code == 200:
        response_200 = ActaFile.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ActaFile | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    acta_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[ActaFile | Problem]:
    """The acta's file, byte for byte what is checked offline; a draft until it is sealed

    Args:
        acta_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ActaFile | Problem]
    """

    kwargs = _get_kwargs(
        acta_id=acta_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    acta_id: str,
    *,
    client: AuthenticatedClient,
) -> ActaFile | Problem | None:
    """The acta's file, byte for byte what is checked offline; a draft until it is sealed

    Args:
        acta_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ActaFile | Problem
    """

    return sync_detailed(
        acta_id=acta_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    acta_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[ActaFile | Problem]:
    """The acta's file, byte for byte what is checked offline; a draft until it is sealed

    Args:
        acta_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ActaFile | Problem]
    """

    kwargs = _get_kwargs(
        acta_id=acta_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    acta_id: str,
    *,
    client: AuthenticatedClient,
) -> ActaFile | Problem | None:
    """The acta's file, byte for byte what is checked offline; a draft until it is sealed

    Args:
        acta_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ActaFile | Problem
    """

    return (
        await asyncio_detailed(
            acta_id=acta_id,
            client=client,
        )
    ).parsed
