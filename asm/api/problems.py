"""Every refusal as problem+json (RFC 9457), from one table, in Vietnamese and English."""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.openapi.datastructures import ResponseSpec

from asm.api.dpop.presented import challenge
from asm.api.query_guard import name_as_sent
from asm.api.shape_errors import shape_errors
from asm.db.error_kinds import DATABASE_ERRORS, is_away, is_locked_out
from asm.errors import (
    RETRY_AFTER_S,
    Invalid,
    Outdated,
    Refusal,
    Unauthenticated,
    Unavailable,
    not_found,
    still_running,
)
from asm.headers import Header
from asm.identity.vault.sealing import VaultError
from asm.imports.declare_workbook import ImportOutcome
from asm.metrics.counted import count_outcome
from asm.stays.declaration import Outcome
from asm.stays.receipts.attempts import Attempt

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()


class FieldProblem(msgspec.Struct, kw_only=True):
    """One thing to mend; `pointer` is an RFC 6901 JSON pointer into the request."""

    pointer: str
    code: str
    message: str
    message_en: str
    remedy: str | None = None
    remedy_en: str | None = None


class ProblemDetails(msgspec.Struct, kw_only=True):
    """RFC 9457. `code` is stable; `detail` is Vietnamese, `detail_en` English. `attempt`, with a
    503: the signed proof that this was sent and not stored. `clock_offset_s`, of a proof that was
    not fresh: how far the phone's clock is ahead, where it is more than five minutes off.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    detail_en: str
    errors: list[FieldProblem] = []
    outcome: Any = None
    attempt: Attempt | None = None
    clock_offset_s: int | None = None


def problem_body(refusal: Refusal) -> dict[str, Any]:
    """What is said of one refusal, as `ProblemDetails`. Nothing of the request is repeated, so that
    a 404 for absent and a 404 for out of scope are the same bytes.
    """
    body: dict[str, Any] = {
        "type": f"urn:asm:problem:{refusal.code}",
        "title": refusal.message_en,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.message,
        "detail_en": refusal.message_en,
        "errors": refusal.errors,
    }
    for name in ("outcome", "attempt", "clock_offset_s"):
        if (value := getattr(refusal, name, None)) is not None:
            body[name] = msgspec.to_builtins(value)
    return body


def problem_response(refusal: Refusal) -> Response[Any]:
    """The answer for one refusal."""
    body = problem_body(refusal)
    headers = {}
    if refusal.retry_after_s is not None:
        headers[Header.RETRY_AFTER] = str(refusal.retry_after_s)
    return Response(body, status_code=refusal.status, media_type=MEDIA_TYPE, headers=headers)


def unavailable() -> Unavailable:
    """The database is away; whether it did what was asked before it went is not known here."""
    return Unavailable("try_again", retry_after_s=RETRY_AFTER_S)


def as_refusal(error: Exception) -> Refusal | None:
    """Map any exception that people should see to a refusal; None for an unexpected fault."""
    for kind, answer in _ANSWERS:
        if isinstance(error, kind):
            refusal: Refusal | None = answer(error)
            return refusal
    return None


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Litestar's exception handler for the JSON interface. Unexpected texts never leave."""
    if isinstance(error, ValidationException):
        error = malformed(request, error)
    refusal = as_refusal(error)
    if refusal is None:
        log.error("unexpected_error", exc_info=None if isinstance(error, VaultError) else error)
        refusal = Refusal("internal_error")
    elif refusal.status >= 500 or isinstance(error, DATABASE_ERRORS):
        log.warning("unavailable", error=type(error).__name__)
    if isinstance(refusal.outcome, Outcome | ImportOutcome):
        count_outcome(refusal.outcome)
    answer = problem_response(refusal)
    if refusal.status == Unauthenticated.status:
        answer.headers[Header.WWW_AUTHENTICATE] = challenge(request.scope, refusal)
    return answer


def malformed(request: Request[Any, Any, Any], error: ValidationException) -> Invalid:
    """What the decoder found, with a parameter named as it was sent."""
    name_as_sent(request, error)
    return _validation(error)


def _http(error: HTTPException) -> Refusal:
    refusal = Refusal(
        "method_not_allowed"
        if isinstance(error, MethodNotAllowedException)
        else f"http_{error.status_code}",
        text="http",
    )
    refusal.status = error.status_code
    return refusal


def _validation(error: ValidationException) -> Invalid:
    return Invalid("malformed", errors=shape_errors(error))


def _of_database(error: Exception) -> Refusal | None:
    if is_locked_out(error):
        return still_running()
    return unavailable() if is_away(error) else None


# The first kind that fits answers, so the special ones stand before the general.
_ANSWERS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Any], ...] = (
    (Refusal, lambda refusal: refusal),
    (NotFoundException, lambda _: not_found("route")),
    (ValidationException, _validation),
    (HTTPException, _http),
    (DATABASE_ERRORS, _of_database),
)


def documented(*answers: int | Refusal) -> dict[int, ResponseSpec]:
    """OpenAPI entries for problem answers (Litestar would document plain JSON).

    `answers` are the refusals that an operation may give: one by one, or as the status of a kind
    that means the same everywhere. What a 503 leaves behind depends on the refusal, so those are
    given one by one.
    """
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    plain = {answer: _MEANINGS[answer] for answer in answers if isinstance(answer, int)}
    return {
        status: ResponseSpec(
            data_container=ProblemDetails,
            media_type=MEDIA_TYPE,
            description=description,
            generate_examples=False,
        )
        for status, description in (plain | _described(refusals)).items()
    }


def _described(refusals: list[Refusal]) -> dict[int, str]:
    """What their kind means, and each one's code with what it says."""
    said: dict[int, str] = {}
    for refusal in refusals:
        text = f"`{refusal.code}` ({refusal.message_en.rstrip('.')})"
        before = said.get(refusal.status)
        said[refusal.status] = f"{before}, {text}" if before else f"{refusal.meaning}: {text}"
    return said


_MEANINGS = {
    kind.status: kind.meaning for kind in Refusal.__subclasses__() if kind is not Unavailable
} | {413: "Larger than the server takes", Outdated.status: Outdated.meaning}
