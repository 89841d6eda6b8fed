from http import HTTPStatus
from typing import Any

import httpx2 as httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.interest_in import InterestIn
from ...models.interest_out import InterestOut
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    *,
    body: InterestIn,
    idempotency_key: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/interests",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InterestOut | Problem | None:
    if response.status_code == 201:
        response_201 = InterestOut.from_dict(response.json())

        return response_201

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

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

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
) -> Response[InterestOut | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: InterestIn,
    idempotency_key: str,
) -> Response[InterestOut | Problem]:
    """Declare a tie to a person or firm; where it meets an open ballot, a recusal is raised

    Args:
        idempotency_key (str): A fresh value for each intended effect.
        body (InterestIn): A person (DNI) or firm (RUC), how the caller is tied to it, which of
            the six grounds of LPAG
            article 99 that would be, and since when until when.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InterestOut | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: InterestIn,
    idempotency_key: str,
) -> InterestOut | Problem | None:
    """Declare a tie to a person or firm; where it meets an open ballot, a recusal is raised

    Args:
        idempotency_key (str): A fresh value for each intended effect.
        body (InterestIn): A person (DNI) or firm (RUC), how the caller is tied to it, which of
            the six grounds of LPAG
            article 99 that would be, and since when until when.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InterestOut | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: InterestIn,
    idempotency_key: str,
) -> Response[InterestOut | Problem]:
    """Declare a tie to a person or firm; where it meets an open ballot, a recusal is raised

    Args:
        idempotency_key (str): A fresh value for each intended effect.
        body (InterestIn): A person (DNI) or firm (RUC), how the caller is tied to it, which of
            the six grounds of LPAG
            article 99 that would be, and since when until when.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InterestOut | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: InterestIn,
    idempotency_key: str,
) -> InterestOut | Problem | None:
    """Declare a tie to a person or firm; where it meets an open ballot, a recusal is raised

    Args:
        idempotency_key (str): A fresh value for each intended effect.
        body (InterestIn): A person (DNI) or firm (RUC), how the caller is tied to it, which of
            the six grounds of LPAG
            article 99 that would be, and since when until when.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InterestOut | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
