"""Errors as RFC 9457 problem documents with a stable code."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException


class ProblemError(BaseModel):
    pointer: str | None = None
    line: int | None = None
    rule: str | None = None
    code: str | None = None
    detail: str


class ProblemBody(BaseModel):
    """The shape every error answer has (`application/problem+json`)."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemError] = []


class Problem(Exception):
    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: list[ProblemError] | None = None,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors or []
        self.headers = headers or {}
        self.members = members


def answer(problem: Problem) -> JSONResponse:
    body = ProblemBody(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        errors=problem.errors,
        **problem.members,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def _of_validation(error: RequestValidationError) -> Problem:
    errors = [
        ProblemError(
            pointer="/" + "/".join(str(part) for part in item["loc"]),
            code=str(item["type"]),
            detail=str(item["msg"]),
        )
        for item in error.errors()
    ]
    return Problem(422, "validation_failed", "La solicitud no cumple el esquema.", errors=errors)


def _of_http(error: HTTPException) -> Problem:
    codes = {404: "route_unknown", 405: "method_not_allowed"}
    code = codes.get(error.status_code, "http_error")
    return Problem(error.status_code, code, str(error.detail), headers=dict(error.headers or {}))


def install(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def _problem(_: Request, error: Problem) -> JSONResponse:
        return answer(error)

    @app.exception_handler(RequestValidationError)
    async def _validation(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer(_of_validation(error))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        return answer(_of_http(error))


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that answers these problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
            },
            "model": ProblemBody,
        }
        for status in statuses
    }
