"""Errors as nouns with a status and a code, and the one handler that renders them (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from app.core.allowed_methods import allowed_methods
from app.core.messages import FIELD_MESSAGES, describe_validation_error

logger = structlog.get_logger()

# A refusal must not be much larger than what it refuses.
MAX_REPORTED_ERRORS = 50
MAX_NAME_CHARS = 100


class DomainError(Exception):
    """A refusal that a person can act on.

    `code` is stable English snake_case for programs, `detail` an Indonesian sentence for a
    person. `extra` members are added to the problem document.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    detail: str = "Terjadi kesalahan di sisi kami. Coba lagi beberapa saat lagi, ya."
    retry_after_s: int | None = None
    example: ClassVar[Mapping[str, Any]] = {}  # the `extra` members in the OpenAPI example

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        if detail is not None:
            self.detail = detail
        self.extra = extra
        super().__init__(self.code)


class NotAuthenticated(DomainError):
    status = 401
    code = "not_authenticated"
    detail = "Kamu perlu masuk dulu. Silakan login ulang untuk melanjutkan."


class RoleNotAllowed(DomainError):
    status = 403
    code = "role_not_allowed"
    detail = "Akunmu belum punya akses ke fitur ini. Hubungi admin bila ini keliru."


class RateLimited(DomainError):
    """Too many requests of a caller to a route; `retryAfter` in seconds, as Retry-After."""

    status = 429
    code = "rate_limited"
    detail = "Kamu terlalu sering mencoba dalam waktu singkat. Coba lagi dalam 60 detik, ya."
    retry_after_s: int | None = 60
    example: ClassVar[Mapping[str, Any]] = {"retryAfter": 60}

    def __init__(self, retry_after_s: int) -> None:
        wait = (
            f"{retry_after_s} detik" if retry_after_s <= 90 else f"{-(-retry_after_s // 60)} menit"
        )
        detail = f"Kamu terlalu sering mencoba dalam waktu singkat. Coba lagi dalam {wait}, ya."
        super().__init__(detail, retryAfter=retry_after_s)
        self.retry_after_s = retry_after_s


class MembershipRequired(DomainError):
    status = 403
    code = "membership_required"
    detail = "Fitur ini untuk anggota aktif. Aktifkan keanggotaanmu dulu, ya."


class Overloaded(DomainError):
    status = 503
    code = "overloaded"
    detail = "Layanan sedang ramai. Tunggu sebentar lalu coba lagi, ya."
    retry_after_s = 2


class DatabaseUnavailable(DomainError):
    status = 503
    code = "database_unavailable"
    detail = "Layanan sedang dipulihkan. Jawabanmu yang sudah tersimpan aman, coba lagi sebentar."
    retry_after_s = 5


class Problem(BaseModel):
    """`application/problem+json` as every error answers it; `error` repeats `detail` for Go.

    Some codes add members: `errors` of validation_failed, `retryAfter` of rate_limited.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    error: str


HTTP_ERRORS: Mapping[int, tuple[str, str]] = {
    400: ("malformed_body", "Isi permintaan tidak terbaca. Kirim JSON yang benar (UTF-8), ya."),
    404: ("not_found", "Alamat yang kamu tuju tidak ada."),
    405: ("method_not_allowed", "Cara akses ini tidak didukung untuk alamat tersebut."),
    413: ("body_too_large", "Isi permintaan terlalu besar. Kirim paling banyak 256 KiB."),
    422: ("validation_failed", "Ada isian yang belum sesuai. Periksa lagi lalu kirim ulang, ya."),
}


def problem_document(
    status: int, code: str, detail: str, request_id: str, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "type": f"urn:kenali-diri:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        "error": detail,
        **(extra or {}),
    }


def problem_response(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    request_id = request.scope.get("state", {}).get("request_id", "")
    return JSONResponse(
        problem_document(status, code, detail, request_id, extra),
        status,
        dict(headers or {}),
        media_type="application/problem+json",
    )


def _render_domain_error(request: Request, error: DomainError) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return problem_response(
        request, error.status, error.code, error.detail, extra=error.extra, headers=headers
    )


def _render_http_error(request: Request, error: HTTPException) -> JSONResponse:
    fallback = (DomainError.code, DomainError.detail)
    code, detail = HTTP_ERRORS.get(error.status_code, fallback)
    headers = {"Allow": allowed_methods(request)} if error.status_code == 405 else error.headers
    return problem_response(request, error.status_code, code, detail, headers=headers)


def _render_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem_response(request, 400, *HTTP_ERRORS[400])
    errors = [
        {"location": _bounded(item["loc"]), "message": describe_validation_error(item)}
        for item in found[:MAX_REPORTED_ERRORS]
    ]
    return problem_response(request, 422, *HTTP_ERRORS[422], extra={"errors": errors})


def _bounded(location: Sequence[int | str]) -> list[int | str]:
    """Names of unknown members are the client's own words, as long as it likes."""
    return [part[:MAX_NAME_CHARS] if isinstance(part, str) else part for part in location]


# What a request can be refused with; anything else is a defect, and answered by the last resort.
EXPECTED = (DomainError, HTTPException, RequestValidationError)


async def render(request: Request, error: Exception) -> JSONResponse:
    """The answer to a request that was refused with one of EXPECTED."""
    if isinstance(error, DomainError):
        return _render_domain_error(request, error)
    if isinstance(error, HTTPException):
        return _render_http_error(request, error)
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the third of three
    return _render_validation_error(request, error)


def install_error_handlers(app: FastAPI) -> None:
    for expected in EXPECTED:
        app.add_exception_handler(expected, render)


def responses(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of a route: the errors it can give, grouped by status."""
    documented: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        content = {"application/problem+json": {"schema": component("schemas", Problem.__name__)}}
        entry = documented.setdefault(error.status, {"description": "", "content": content})
        if names := _header_names(error):
            entry["headers"] = {name: component("headers", name) for name in names}
        examples = entry["content"]["application/problem+json"].setdefault("examples", {})
        examples[error.code] = {
            "value": problem_document(
                error.status, error.code, error.detail, "req-1", error.example
            )
        }
        entry["description"] = ", ".join(examples)
    return documented


def _header_names(error: type[DomainError]) -> list[str]:
    if error.status == 401:
        return ["WWW-Authenticate"]
    return [] if error.retry_after_s is None else ["Retry-After"]


def component(kind: str, name: str) -> dict[str, str]:
    """A reference to what the OpenAPI document has once (`core/openapi.py` adds it)."""
    return {"$ref": f"#/components/{kind}/{name}"}


class ValidationFailed(DomainError):
    """Documents the framework's own refusal of a body or parameter."""

    status = 422
    code = "validation_failed"
    detail = HTTP_ERRORS[422][1]
    example: ClassVar[Mapping[str, Any]] = {
        "errors": [{"location": ["body", "session_token"], "message": FIELD_MESSAGES["missing"]}]
    }


class MalformedBody(DomainError):
    """Documents the framework's own refusal of unreadable JSON."""

    status = 400
    code = "malformed_body"
    detail = HTTP_ERRORS[400][1]


class BodyTooLarge(DomainError):
    status = 413
    code = "body_too_large"
    detail = HTTP_ERRORS[413][1]


class InternalError(DomainError):
    """Documents the last resort."""


# What any route can answer, and what any with a login can besides its own errors.
ANY_ROUTE_ERRORS: tuple[type[DomainError], ...] = (BodyTooLarge, RateLimited, InternalError)
CALLER_ERRORS: tuple[type[DomainError], ...] = (
    NotAuthenticated,
    RoleNotAllowed,
    MembershipRequired,
    ValidationFailed,
    MalformedBody,
    *ANY_ROUTE_ERRORS,
    Overloaded,
    DatabaseUnavailable,
)
