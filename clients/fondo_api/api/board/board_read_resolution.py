from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx2 as httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.resolution_out import ResolutionOut
from ...types import Response


def _get_kwargs(
    ballot_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/ballots/{ballot_id}/resolution".format(
            ballot_id=quote(str(ballot_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | ResolutionOut | None:
    if response.status_code == 200:
        response_200 = ResolutionOut.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

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
) -> Response[Problem | ResolutionOut]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    ballot_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Problem | ResolutionOut]:
    """The resolution package of a decided ballot (acuerdo)

    Args:
        ballot_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ResolutionOut]
    """

    kwargs = _get_kwargs(
        ballot_id=ballot_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    ballot_id: str,
    *,
    client: AuthenticatedClient,
) -> Problem | ResolutionOut | None:
    """The resolution package of a decided ballot (acuerdo)

    Args:
        ballot_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ResolutionOut
    """

    return sync_detailed(
        ballot_id=ballot_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    ballot_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Problem | ResolutionOut]:
    """The resolution package of a decided ballot (acuerdo)

    Args:
        ballot_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ResolutionOut]
    """

    kwargs = _get_kwargs(
        ballot_id=ballot_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    ballot_id: str,
    *,
    client: AuthenticatedClient,
) -> Problem | ResolutionOut | None:
    """The resolution package of a decided ballot (acuerdo)

    Args:
        ballot_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ResolutionOut
    """

    return (
        await asyncio_detailed(
            ballot_id=ballot_id,
            client=client,
        )
    ).parsed
