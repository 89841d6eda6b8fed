"""Errors as `application/problem+json` (RFC 9457): a stable code, a Spanish detail, the fields."""

from typing import Any

from asgi_correlation_id import correlation_id
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi_problem.handler import ExceptionHandler, add_exception_handler, new_exception_handler
from rfc9457 import Problem, StatusProblem
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.kernel import tracing
from services.kernel.errors import (
    Conflict,
    Denied,
    FundError,
    Held,
    Invalid,
    Malformed,
    Missing,
    Stale,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from services.kernel.telemetry import log

STATUS: dict[type[FundError], tuple[int, str]] = {
    Malformed: (400, "Solicitud mal formada"),
    Unauthenticated: (401, "No autenticado"),
    Denied: (403, "No permitido"),
    Missing: (404, "No encontrado"),
    Conflict: (409, "El estado actual no lo permite"),
    Stale: (412, "Otra persona lo cambió antes"),
    TooLarge: (413, "Cuerpo demasiado grande"),
    Invalid: (422, "Datos no válidos"),
    Held: (423, "Retenido"),
    Unavailable: (503, "Servicio no disponible"),
}
_HTTP_DETAILS = {
    400: ("http.malformed_json", "El cuerpo no es JSON válido o anida demasiado."),
    404: ("http.not_found", "No existe esa dirección."),
    405: ("http.method_not_allowed", "Esa dirección no admite este método."),
}
_SPANISH = {
    "missing": "Falta este campo.",
    "extra_forbidden": "Este campo no existe; quítelo.",
    "json_invalid": "El cuerpo no es JSON válido.",
    "string_type": "Debe ser un texto.",
    "string_too_long": "Es demasiado largo.",
    "string_too_short": "Es demasiado corto.",
    "int_type": "Debe ser un número entero.",
    "bool_type": "Debe ser true o false.",
    "literal_error": "No es uno de los valores admitidos.",
    "enum": "No es uno de los valores admitidos.",
    "list_type": "Debe ser una lista.",
    "model_attributes_type": "Debe ser un objeto.",
    "too_long": "Tiene demasiados elementos.",
    "too_short": "Tiene muy pocos elementos.",
    "greater_than_equal": "Es menor que el mínimo.",
    "less_than_equal": "Es mayor que el máximo.",
    "string_pattern_mismatch": "No tiene la forma pedida.",
}


def as_problem(error: FundError) -> Problem:
    """The problem of a refusal; its status comes from the table above."""
    status, title = STATUS[type(error)]
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _problem(
        status,
        title,
        error.code,
        error.detail,
        [
            {"pointer": field.pointer, "code": field.code, "detail": field.detail}
            for field in error.errors
        ],
        headers,
    )


def add_problems(app: FastAPI) -> None:
    """Let every error of this application leave as a problem, unknown ones without their text."""
    handler = new_exception_handler(
        handlers={FundError: _fund_error},
        unhandled_wrappers={"default": _Unknown},
        pre_hooks=[_log_unknown],
        http_exception_handler=_http_error,
        request_validation_handler=_validation_error,
    )
    add_exception_handler(app, handler, generic_swagger_defaults=False)
    app.add_exception_handler(FundError, handler)


def _problem(
    status: int,
    title: str,
    code: str,
    detail: str,
    errors: list[dict[str, str]],
    headers: dict[str, str] | None = None,
) -> Problem:
    return Problem(
        title=title,
        type_=f"/problems/{code}",
        detail=detail,
        status=status,
        headers=headers,
        code=code,
        errors=errors,
        request_id=correlation_id.get() or "",
        **_trace(),
    )


def _trace() -> dict[str, str]:
    """The trace in which the refused request stands, where it is known."""
    trace_id = tracing.ids().trace_id
    return {"trace_id": trace_id} if trace_id else {}


def _fund_error(_: ExceptionHandler, __: Request, error: FundError) -> Problem:
    return as_problem(error)


def _log_unknown(request: Request, error: Exception) -> None:
    if not isinstance(error, FundError | HTTPException | RequestValidationError | Problem):
        log().error("http.unknown_error", path=request.url.path, exc_info=error)


class _Unknown(StatusProblem):
    """An error nobody foresaw: logged whole, told without its text."""

    status = 500

    def __init__(self, _: str) -> None:
        known = _problem(
            500, "Error interno", "http.internal_error", "Error interno; quedó registrado.", []
        )
        Problem.__init__(
            self,
            known.title,
            type_=known.type,
            detail=known.detail,
            status=500,
            # it leaves outside the middleware that adds the header to all other answers
            headers={"X-Request-ID": known.extras["request_id"]},
            **known.extras,
        )


def _http_error(_: ExceptionHandler, __: Request, error: HTTPException) -> Problem:
    code, detail = _HTTP_DETAILS.get(
        error.status_code, (f"http.status_{error.status_code}", "La solicitud no se pudo atender.")
    )
    headers = dict(error.headers) if error.headers else {}
    return _problem(error.status_code, "Solicitud no atendida", code, detail, [], headers)


def _validation_error(_: ExceptionHandler, __: Request, error: RequestValidationError) -> Problem:
    fields = [_field(item) for item in error.errors()]
    malformed = any(field["code"] == "json_invalid" for field in fields)
    return _problem(
        400 if malformed else 422,
        "Solicitud mal formada" if malformed else "Datos no válidos",
        "http.malformed_json" if malformed else "http.invalid",
        "El cuerpo no es JSON válido." if malformed else "Revise los campos señalados en errors.",
        fields,
    )


def _field(item: dict[str, Any]) -> dict[str, str]:
    place, *rest = item["loc"]
    code = str(item["type"])
    pointer = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in rest)
    prefix = "" if place == "body" else f"#{place}"
    context = item.get("ctx", {})
    reason = str(context["error"]) if "error" in context and code == "value_error" else ""
    detail = _SPANISH.get(code) or f"Valor no admitido{f': {reason}' if reason else ''}."
    if code == "string_pattern_mismatch":
        detail = f"{detail} Patrón: {context.get('pattern')}"
    return {"pointer": f"{prefix}/{pointer}", "code": code, "detail": detail}
