"""What officers do about a case: take it, note, settle it one way or another, take that back.

Every deed is a line that stays, with who and when. The other side of a pair, in another ward, sees
that something was done and by which ward, and no more. The audit trail names nobody: notes are free
text, and stand with the deeds alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from sqlalchemy import insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Scope
from asm.accounts.model import account
from asm.audit.trail import record_all
from asm.checks.flags.cases import CaseFlag, flags_of_case
from asm.checks.flags.model import flag, flag_deed
from asm.checks.flags.pass_on import Receiver, pass_on, withdraw_passed
from asm.checks.flags.ward_flags import NOT_SETTLED, checked_note
from asm.db.base import NO_FACILITY, new_id
from asm.errors import Conflict
from asm.geo.model import ward

#: called: somebody spoke to the house, which will correct it. corrected: it is mended. passed_on:
#: another ward or the province looks at it now. nothing_wrong: it is as it should be.
Outcome = Literal["called", "corrected", "passed_on", "nothing_wrong"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("called", "corrected", "passed_on", "nothing_wrong")
Deed = Literal[
    "taken", "released", "noted", "called", "corrected", "passed_on", "nothing_wrong", "undone"
]
#: Without a note nobody could say later why.
_NEED_NOTE: Final = frozenset({"passed_on", "nothing_wrong"})
MOST_DEEDS: Final = 200


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """How a case was settled. `note` is needed for passed_on and nothing_wrong; `to` for passed_on
    alone.
    """

    outcome: Outcome
    note: str = ""
    to: Receiver | None = None


class DeedView(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. `by`: the officer's display name, None for one of another ward (`ward_name`)."""

    deed: str
    at: datetime
    by: str | None
    ward_name: str
    note: str | None


async def take_case(scope: Scope, ward_code: str, flag_id: UUID) -> None:
    """Say "I do this": the others see who has it. Taken again by the same, no change. Raises
    not_found, Conflict `case_settled` when nothing of it waits.
    """
    flags = _waiting(await _locked_case(scope, ward_code, flag_id))
    mine = [each for each in flags if each.taken_by == scope.actor.id]
    if len(mine) == len(flags):
        return
    await _set(scope.session, flags, {"taken_by": scope.actor.id, "taken_at": scope.actor.now})
    await _write_deed(scope, ward_code, flags, "taken")


async def release_case(scope: Scope, ward_code: str, flag_id: UUID) -> None:
    """Give it back to all. Raises not_found, Conflict `case_settled`."""
    flags = _waiting(await _locked_case(scope, ward_code, flag_id))
    if all(each.taken_by is None for each in flags):
        return
    await _set(scope.session, flags, {"taken_by": None, "taken_at": None})
    await _write_deed(scope, ward_code, flags, "released")


async def note_case(scope: Scope, ward_code: str, flag_id: UUID, note: str) -> None:
    """Add a note; it is never changed. Raises not_found, Invalid as `dismiss_flag` does."""
    flags = await flags_of_case(scope, ward_code, flag_id)
    await _write_deed(scope, ward_code, flags, "noted", checked_note(note))


async def settle_case(scope: Scope, ward_code: str, flag_id: UUID, settlement: Settlement) -> None:
    """Settle all flags of the case that wait. Sent twice it is one deed. Raises not_found, Invalid
    (note_missing, note_too_long, receiver_missing, receiver_own_ward, ward_unknown) and Conflict
    `case_settled` when somebody has settled it another way.
    """
    flags = await _locked_case(scope, ward_code, flag_id)
    note = settlement.note.strip()
    text = checked_note(note) if note or settlement.outcome in _NEED_NOTE else None
    if _same(scope, flags, settlement.outcome, text):
        return
    flags = _waiting(flags)
    if settlement.outcome == "passed_on":
        await pass_on(scope, ward_code, flags, settlement.to, text or "")
    await _set(
        scope.session,
        flags,
        {
            "outcome": settlement.outcome,
            "dismissed_at": scope.actor.now,
            "dismissed_by": scope.actor.id,
            "dismissal_note": text,
        },
    )
    await _write_deed(scope, ward_code, flags, settlement.outcome, text)


async def undo_settlement(scope: Scope, ward_code: str, flag_id: UUID) -> None:
    """The case waits again; what was passed on and is not answered yet is taken back. No change
    where nothing was settled. Raises not_found.
    """
    flags = [
        each for each in await _locked_case(scope, ward_code, flag_id) if each.state == "dismissed"
    ]
    if not flags:
        return
    if any(each.outcome == "passed_on" for each in flags):
        await withdraw_passed(scope, flags)
    await _set(scope.session, flags, NOT_SETTLED)
    await _write_deed(scope, ward_code, flags, "undone")


async def deeds_of(scope: Scope, ward_code: str, flags: Sequence[CaseFlag]) -> list[DeedView]:
    """What was done about the case of these flags, oldest first, at most 200."""
    rows = await scope.session.execute(
        select(flag_deed, account.c.display_name, ward.c.name.label("ward_name"))
        .outerjoin(account, account.c.id == flag_deed.c.actor_id)
        .outerjoin(ward, ward.c.code == flag_deed.c.from_ward)
        .where(
            flag_deed.c.cause == flags[0].cause,
            or_(
                flag_deed.c.to_ward == ward_code,
                flag_deed.c.facility_id.in_({each.facility_id for each in flags}),
            ),
        )
        .order_by(flag_deed.c.at, flag_deed.c.id)
        .limit(MOST_DEEDS)
    )
    return [
        DeedView(
            deed=row.deed,
            at=row.at,
            by=row.display_name if row.to_ward is None else None,
            ward_name=row.ward_name or row.from_ward,
            note=row.note,
        )
        for row in rows
    ]


async def _locked_case(scope: Scope, ward_code: str, flag_id: UUID) -> list[CaseFlag]:
    """The flags of the case as they are once whoever is at them has ended."""
    flags = await flags_of_case(scope, ward_code, flag_id)
    await scope.session.execute(
        select(flag.c.id)
        .where(tuple_(flag.c.facility_id, flag.c.id).in_(_keys(flags)))
        .order_by(flag.c.facility_id, flag.c.id)
        .with_for_update()
    )
    return await flags_of_case(scope, ward_code, flag_id)


def _waiting(flags: Sequence[CaseFlag]) -> list[CaseFlag]:
    waiting = [each for each in flags if each.state == "open"]
    if not waiting:
        raise Conflict("case_settled")
    return waiting


def _same(scope: Scope, flags: Sequence[CaseFlag], outcome: Outcome, note: str | None) -> bool:
    standing = [each for each in flags if each.state != "closed"]
    return bool(standing) and all(
        (each.dismissed_by, each.outcome, each.dismissal_note) == (scope.actor.id, outcome, note)
        for each in standing
    )


def _keys(flags: Sequence[CaseFlag]) -> list[tuple[UUID, UUID]]:
    return [(each.facility_id, each.id) for each in flags]


async def _set(session: AsyncSession, flags: Sequence[CaseFlag], values: dict[str, Any]) -> None:
    await session.execute(
        update(flag).where(tuple_(flag.c.facility_id, flag.c.id).in_(_keys(flags))).values(**values)
    )


async def _write_deed(
    scope: Scope, ward_code: str, flags: Sequence[CaseFlag], deed: Deed, note: str | None = None
) -> None:
    first = flags[0]
    common = {
        "cause": first.cause,
        "deed": deed,
        "from_ward": ward_code,
        "actor_id": scope.actor.id,
        "at": scope.actor.now,
    }
    own = {"facility_id": first.facility_id, "id": new_id(), "note": note, "to_ward": None}
    others = {
        code
        for each in flags
        if (code := each.evidence.get("other_ward_code")) not in {None, ward_code}
    }
    copies = [
        {"facility_id": NO_FACILITY, "id": new_id(), "note": None, "to_ward": code}
        for code in sorted(others)
        if deed != "noted"
    ]
    await scope.session.execute(insert(flag_deed), [{**common, **each} for each in (own, *copies)])
    await record_all(
        scope.session,
        [
            {
                "actor_id": scope.actor.id,
                "actor_role": scope.actor.role,
                "action": f"flag.{deed}",
                "facility_id": first.facility_id,
                "ward_code": ward_code,
                "subject_id": first.id,
                "details": {
                    "checks": sorted({each.check.id for each in flags}),
                    "flags": len(flags),
                    "stays": sorted({str(each.stay_id) for each in flags if each.stay_id}),
                },
            }
        ],
    )
