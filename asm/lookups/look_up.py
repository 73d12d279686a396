"""Look a person up by an exact number.

1. The session, the budget, misses and a broken glass are looked at by the database itself
   (`open_look_up`), which writes the look-up and its audit entry down.
2. That is committed. Only then does the database answer (`answer_look_up`): it asks whether the
   look-up is committed, so a process that was taken over cannot read and roll back.
3. Names are opened after a second entry names the records (`asm.audit.lookups`).

The answer is read again, as the page is loaded again, for ANSWER_MINUTES: no look-up is counted,
and each time the names are opened is an entry of its own.

Broken off between them, there is a look-up without an answer, which counts as a miss: never an
answer without a look-up.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.accounts.actor import require_role
from asm.accounts.own.step_up import require_step_up, step_up_required
from asm.accounts.roles import PROVINCIAL_OFFICER, WARD_OFFICER
from asm.accounts.sessions import enter_again, sign_in_required
from asm.db.base import NO_FACILITY, new_id, vietnam_time
from asm.errors import Invalid, NotAllowed, Refusal, TooMany, field_error, invalid_field
from asm.identity.pasted_text import clean_line
from asm.identity.typed_number import DocumentNumber, read_number
from asm.identity.vault.sealing import Sealed, blind_index, open_sealed, seal
from asm.lookups.reasons import LEAST_NOTE, MOST_CASE, MOST_NOTE, REASONS
from asm.stays.entry import Guest

ANSWER_MINUTES: Final = 15
_OPEN: Final = text("SELECT outcome, wait_s FROM open_look_up(:session, CAST(:wanted AS jsonb))")
_ANSWER: Final = text("SELECT * FROM answer_look_up(:session, :id)")


class LookUpForm(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer types. `kind`: personal or passport; `glass_id`: a glass of theirs that is
    broken, to look into that area too.
    """

    kind: str = "personal"
    number: str = ""
    nationality: str = ""
    reason: str = ""
    note: str = ""
    case_number: str = ""
    glass_id: UUID | None = None

    def __repr__(self) -> str:
        return "LookUpForm(…)"


class StayShown(msgspec.Struct, frozen=True, kw_only=True):
    """A stay of the person: where and when, by which receipt, under which name. `by_glass`: it lies
    in the area of the broken glass.
    """

    stay_id: UUID
    facility_id: UUID
    facility_name: str
    ward_code: str
    ward_name: str
    province_name: str
    arrived_at: datetime
    planned_departure_at: datetime | None
    departed_at: datetime | None
    voided_at: datetime | None
    receipt_number: str
    by_glass: bool
    full_name: str


class LookedUp(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: alike for somebody unknown and for stays that lie elsewhere, an empty list. With
    it why it was looked for, which often is so for the next one too.
    """

    reason: str
    note: str
    case_number: str
    glass_id: UUID | None
    stays: list[StayShown]


async def look_up_person(access: Access, session_hash: bytes, form: LookUpForm) -> UUID:
    """Write the look-up down and count it, for good: it commits. Its id leads to the answer.

    Raises NotAllowed, StepUpRequired, Invalid that names the fields, TooMany while the look-ups of
    this officer are locked.
    """
    require_role(access.actor, WARD_OFFICER, PROVINCIAL_OFFICER)
    require_step_up(access.actor)
    document = _checked(form)
    look_up_id = new_id()
    result = await access.session.execute(
        _OPEN, {"session": session_hash, "wanted": _wanted(access, look_up_id, form, document)}
    )
    opened = result.one()
    # What was counted stays, whatever comes next: also a lock.
    await access.session.commit()
    await enter_again(access)
    if opened.outcome != "open":
        raise _refusal(opened.outcome, opened.wait_s)
    return look_up_id


async def looked_up(access: Access, session_hash: bytes, look_up_id: UUID) -> LookedUp | None:
    """The person's stays in the officer's ward or province, newest first, up to 500. None for a
    look-up of another's, and after ANSWER_MINUTES. Raises NotAllowed, StepUpRequired.
    """
    require_role(access.actor, WARD_OFFICER, PROVINCIAL_OFFICER)
    require_step_up(access.actor)
    wanted = {"id": look_up_id, "account": access.actor.id, "minutes": ANSWER_MINUTES}
    own = (await access.session.execute(_STANDING, wanted)).one_or_none()
    if own is None:
        return None
    rows = (
        await access.session.execute(_ANSWER, {"session": session_hash, "id": look_up_id})
    ).all()
    names = await _names(access, look_up_id, rows)
    return LookedUp(
        reason=own.reason,
        note=own.note,
        case_number=own.case_number,
        glass_id=own.glass_id,
        stays=[_shown(row, names[row.record_id]) for row in rows],
    )


def _checked(form: LookUpForm) -> DocumentNumber:
    document, errors = read_number(form.kind, form.number, form.nationality)
    errors += why_errors(form.note, form.case_number)
    if form.reason not in REASONS:
        errors.append(field_error("/reason", "look_up_reason"))
    if errors or document is None:
        raise Invalid("look_up_invalid", errors=errors)
    return document


def why_errors(note: str, case_number: str) -> list[dict[str, Any]]:
    """What is wrong with the words and the case number that each look-up and each broken glass
    stands on, by the fields `/note` and `/case_number`.
    """
    errors = []
    if not LEAST_NOTE <= len(clean_line(note)) <= MOST_NOTE:
        errors.append(field_error("/note", "look_up_note", least=LEAST_NOTE, most=MOST_NOTE))
    if not 1 <= len(clean_line(case_number)) <= MOST_CASE:
        errors.append(field_error("/case_number", "look_up_case", most=MOST_CASE))
    return errors


def _wanted(access: Access, look_up_id: UUID, form: LookUpForm, document: DocumentNumber) -> str:
    keys = access.keys
    index = blind_index(keys, document.document_type, document.number, document.nationality)
    # So that it can be hashed by the next key, and named to a reviewer who proves who they are.
    sealed = seal(keys, NO_FACILITY, look_up_id, document)
    return msgspec.json.encode(
        {
            "id": look_up_id,
            "glass_id": form.glass_id,
            "reason": form.reason,
            "note": clean_line(form.note),
            "case_number": clean_line(form.case_number),
            "index_a": index.a and index.a.hex(),
            "index_b": index.b and index.b.hex(),
            "key_id": sealed.key_id,
            "sealed": sealed.sealed.hex(),
        }
    ).decode()


def _refusal(outcome: str, wait_s: int) -> Refusal:
    if outcome == "locked":
        minutes = -(-wait_s // 60)
        error = field_error("", "look_ups_locked", minutes=minutes)
        return TooMany("look_ups_locked", errors=[error], retry_after_s=wait_s, minutes=minutes)
    if outcome == "glass":
        return invalid_field("/glass_id", "glass_not_open")
    if outcome == "no_area":
        return NotAllowed("role_not_allowed")
    return step_up_required() if outcome == "step_up" else sign_in_required()


async def _names(access: Access, look_up_id: UUID, rows: Any) -> dict[UUID, str]:
    if not rows:
        return {}
    look_up = await access.keys.write_look_up(
        {row.record_id for row in rows},
        actor_id=access.actor.id,
        actor_role=access.actor.role,
        action="person.opened",
        subject_id=look_up_id,
        ward_code=access.actor.ward_code,
    )
    sealed = [
        Sealed(
            facility_id=row.facility_id,
            id=row.record_id,
            key_id=row.key_id,
            sealed=bytes(row.sealed),
        )
        for row in rows
    ]
    return {each.id: open_sealed(access.keys, look_up, each, Guest).full_name for each in sealed}


def _shown(row: Any, name: str) -> StayShown:
    moments = {
        field: None if getattr(row, field) is None else vietnam_time(getattr(row, field))
        for field in ("planned_departure_at", "departed_at", "voided_at")
    }
    return StayShown(
        stay_id=row.stay_id,
        facility_id=row.facility_id,
        facility_name=row.facility_name,
        ward_code=row.ward_code,
        ward_name=row.ward_name,
        province_name=row.province_name,
        arrived_at=vietnam_time(row.arrived_at),
        receipt_number=row.receipt_number,
        by_glass=row.by_glass,
        full_name=name,
        **moments,
    )


async def own_look_ups(session: AsyncSession, account_id: UUID) -> list[Any]:
    """The officer's own last twenty: when, why, under which case, for whom by the short code."""
    rows = await session.execute(_OWN, {"account": account_id})
    return list(rows)


_STANDING: Final = text(
    "SELECT reason, note, case_number, glass_id FROM look_up WHERE id = :id "
    "AND account_id = :account AND at > clock_timestamp() - make_interval(mins => :minutes)"
)
_OWN: Final = text(
    "SELECT at, reason, case_number, person_code, shown FROM look_up "
    "WHERE account_id = :account ORDER BY at DESC LIMIT 20"
)
