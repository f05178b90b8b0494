"""Refusals: every one under /api/ is an RFC 9457 problem document with a stable code."""

import logging
import sqlite3
import traceback
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from portal import problem_page
from shared.errors import OutOfOrder, ProtocolError, TooLarge

log = logging.getLogger("portal")
TRY_AGAIN_S = 5
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_CODES = {
    400: "malformed", 404: "not-found", 405: "method-not-allowed", 413: "too-large",
    415: "malformed",
}  # fmt: skip
_SENTENCES = {
    400: "This request cannot be read. Compare it with /api/openapi.json.",
    404: "There is nothing here, or it is not yours.",
    405: "This address does not take that method. Compare it with /api/openapi.json.",
    413: "This is more than may be sent here at once. Send less.",
    415: "A JSON body was expected.",
}


class Problem(Exception):
    """A refusal: `code` for programs, `detail` a sentence with the next step."""

    def __init__(
        self, status: int, code: str, detail: str, *, retry_after_s: int = 0, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.retry_after_s, self.more = retry_after_s, more

    def response(self) -> Response:
        document = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }
        answer = Response(json.dumps(document), self.status)
        answer.content_type = "application/problem+json"
        if self.retry_after_s:
            answer.headers["Retry-After"] = str(self.retry_after_s)
        return answer


def not_found() -> Problem:
    """What is not yours does not exist."""
    return Problem(404, "not-found", _SENTENCES[404])


def try_again() -> Problem:
    return Problem(
        503, "try-again", "This could not be stored just now. Try again in a few seconds.",
        retry_after_s=TRY_AGAIN_S,
    )  # fmt: skip


def of_protocol(error: ProtocolError) -> Problem:
    """shared/errors.py passes through with its own code."""
    status = {OutOfOrder: 409, TooLarge: 413}.get(type(error), 422)
    return Problem(status, error.code, f"Refused: {error}.")


def of_validation(error: ValidationError) -> Problem:
    """Names the first field that is wrong and never repeats what stood in it."""
    place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])[:100]
    return Problem(
        422, "malformed",
        f"“{place or 'the body'}” is missing or has the wrong form. See /api/openapi.json.",
    )  # fmt: skip


def of_database(error: OperationalError | sqlite3.OperationalError) -> Problem | None:
    """503 where waiting helps (full, locked, connection gone), None for our own mistakes."""
    cause = error.orig if isinstance(error, OperationalError) else error
    if not isinstance(cause, sqlite3.Error):
        return try_again()
    # The low byte is the primary code; IOERR and BUSY come in many extended forms.
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    return try_again() if code in _BUSY else None


def register_handlers(app: Flask) -> None:
    app.register_error_handler(Problem, _tell)
    app.register_error_handler(ProtocolError, lambda error: _tell(of_protocol(error)))
    app.register_error_handler(ValidationError, lambda error: _tell(of_validation(error)))
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(OperationalError, _of_database)
    app.register_error_handler(sqlite3.OperationalError, _of_database)
    app.register_error_handler(Exception, _unexpected)


def _of_http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    code = _CODES.get(status, "malformed" if status < 500 else "internal")
    answer = _tell(Problem(status, code, _SENTENCES.get(status, "This is refused.")))
    if allow := error.get_response().headers.get("Allow"):
        answer.headers["Allow"] = allow
    return answer


def _of_database(error: OperationalError | sqlite3.OperationalError) -> Response:
    problem = of_database(error)
    if problem is None:
        return _unexpected(error)
    log.warning("%s could not be stored: %s", _route(), type(error).__name__)
    return _tell(problem)


def _unexpected(error: Exception) -> Response:
    # Frames only: an exception's message may hold what a person has sent.
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s failed with %s\n%s", _route(), type(error).__name__, frames)
    return _tell(Problem(500, "internal", "Something is wrong with the portal. Try again later."))


def _tell(problem: Problem) -> Response:
    """A document for programs under /api/, a page for people everywhere else."""
    if request.path.startswith("/api/"):
        return problem.response()
    answer = problem_page.page(problem.status)
    if problem.retry_after_s:
        answer.headers["Retry-After"] = str(problem.retry_after_s)
    return answer


def _route() -> str:
    # The rule, not the path: a path holds a laptop's id.
    return f"{request.method} {request.url_rule or 'unknown route'}"
