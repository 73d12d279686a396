"""Breaking the glass: fifteen minutes in another area, for a reason, and a supervisor reviews it.

A ward officer opens one other ward, a provincial officer one other province. The provincial
officers of the officer's province, and of the province that was looked into, say afterwards whether
it was justified; nobody reviews their own.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.own.step_up import require_step_up, step_up_required
from asm.accounts.roles import PROVINCIAL_OFFICER, WARD_OFFICER
from asm.accounts.sessions import enter_again, sign_in_required
from asm.audit.trail import record
from asm.db.base import new_id, vietnam_time
from asm.db.statements import read_statements
from asm.errors import Invalid, NotAllowed, Refusal, TooMany, field_error, invalid_field, not_found
from asm.identity.pasted_text import clean_line
from asm.lookups.look_up import why_errors
from asm.lookups.reasons import LEAST_NOTE, MOST_NOTE

_SQL = read_statements(__name__)
_OPEN: Final = text("SELECT outcome FROM open_break_glass(:session, CAST(:wanted AS jsonb))")
_STANDING: Final = text(_SQL["standing"])
_TO_REVIEW: Final = text(_SQL["to_review"])
_WAITS_FOR: Final = text(_SQL["waits_for"])
_REVIEW: Final = text(_SQL["review"])


class OpenGlass(msgspec.Struct, frozen=True, kw_only=True):
    """A glass of the officer's that is broken now."""

    id: UUID
    area_name: str
    ends_at: datetime


class GlassToReview(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervisor reads of a broken glass. `justified` None: nobody has reviewed it yet;
    `own`: nobody reviews their own; `look_ups` were made through it.
    """

    id: UUID
    officer: str
    area_name: str
    reason: str
    case_number: str
    opened_at: datetime
    look_ups: int
    justified: bool | None
    review_note: str | None
    own: bool


async def break_glass(
    scope: Scope, session_hash: bytes, area: str, reason: str, case_number: str
) -> None:
    """Open another area (a ward's code, or of a provincial officer a province's). It commits.

    Raises NotAllowed, StepUpRequired, Invalid that names the fields, TooMany after five in a day.
    """
    require_role(scope.actor, WARD_OFFICER, PROVINCIAL_OFFICER)
    require_step_up(scope.actor)
    errors = why_errors(reason, case_number)
    if errors:
        raise Invalid("look_up_invalid", errors=errors)
    wanted = {
        "id": new_id(),
        "area": area,
        "reason": clean_line(reason),
        "case_number": clean_line(case_number),
    }
    result = await scope.session.execute(
        _OPEN, {"session": session_hash, "wanted": msgspec.json.encode(wanted).decode()}
    )
    outcome = result.scalar_one()
    await scope.session.commit()
    await enter_again(scope)
    if outcome != "open":
        raise _refusal(outcome)


def _refusal(outcome: str) -> Refusal:
    if outcome == "area":
        return invalid_field("/area", "glass_area")
    if outcome == "too_many":
        return TooMany("glass_too_often", errors=[field_error("", "glass_too_often")])
    if outcome == "no_area":
        return NotAllowed("role_not_allowed")
    return step_up_required() if outcome == "step_up" else sign_in_required()


async def open_glasses(scope: Scope) -> list[OpenGlass]:
    """What the officer may look into now besides the own area."""
    rows = await scope.session.execute(_STANDING, {"account": scope.actor.id})
    return [
        OpenGlass(id=row.id, area_name=row.area_name, ends_at=vietnam_time(row.ends_at))
        for row in rows
    ]


async def glasses_to_review(scope: Scope) -> list[GlassToReview]:
    """Broken glasses that the supervisor answers for: those that wait first, then the reviewed ones
    of thirty days.
    """
    require_role(scope.actor, PROVINCIAL_OFFICER)
    rows = await scope.session.execute(_TO_REVIEW, {"account": scope.actor.id})
    return [_to_review(row) for row in rows]


def _to_review(row: Any) -> GlassToReview:
    fields = {**row._mapping, "opened_at": vietnam_time(row.opened_at)}  # noqa: SLF001 -- SQLAlchemy's own name for the row as a mapping
    return GlassToReview(**fields)


async def review_glass(scope: Scope, glass_id: UUID, *, justified: bool | None, note: str) -> None:
    """Say once whether it was justified, with a note. Raises not_found for one that is the
    officer's own, reviewed already, or of another province, and Invalid.
    """
    require_role(scope.actor, PROVINCIAL_OFFICER)
    known = await scope.session.execute(_WAITS_FOR, {"id": glass_id, "account": scope.actor.id})
    if known.one_or_none() is None:
        raise not_found("break_glass")
    errors = []
    if justified is None:
        errors.append(field_error("/justified", "glass_verdict"))
    if not LEAST_NOTE <= len(clean_line(note)) <= MOST_NOTE:
        errors.append(field_error("/note", "look_up_note", least=LEAST_NOTE, most=MOST_NOTE))
    if errors:
        raise Invalid("look_up_invalid", errors=errors)
    done = await scope.session.execute(
        _REVIEW,
        {
            "id": glass_id,
            "account": scope.actor.id,
            "justified": justified,
            "note": clean_line(note),
        },
    )
    if done.one_or_none() is None:
        raise not_found("break_glass")
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action="glass.reviewed",
        subject_id=glass_id,
        details={"justified": justified},
    )
