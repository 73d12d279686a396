"""Change a declared stay: one id through its whole life, every version kept, a receipt for each."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access, Scope
from asm.audit.trail import record
from asm.db.base import vietnam_time
from asm.db.direct import direct
from asm.db.error_kinds import is_locked_out, sqlstate
from asm.errors import Invalid, still_running
from asm.facilities.facility import Facility
from asm.facilities.scope import facility_in_scope, require_member
from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import person_index
from asm.outbox.post import enqueue
from asm.outbox.topics import Topic
from asm.stays.apply_change import apply_change, says_the_same
from asm.stays.arrivals.allow_change import (
    leave_before_the_next,
    refuse_after_departure,
    refuse_overlap,
)
from asm.stays.arrivals.lock_stay import lock_stay, open_entry
from asm.stays.changes import Amend, ChangeRequest, Depart, UndoDeparture, VoidStay
from asm.stays.entry import Guest, Problem, StayEntry, as_error
from asm.stays.intake.apply_rules import rule_context
from asm.stays.intake.build_rows import (
    content_of,
    paper_warnings_of,
    receipt_columns,
    sealed_record,
    stay_columns,
)
from asm.stays.intake.idempotency import claim_key, store_answer
from asm.stays.model import StayVersionRow, stay
from asm.stays.receipts.receipt import Receipt, ReceiptFacts, sign_receipt
from asm.stays.receipts.stored import receipt_of
from asm.stays.rules.periods import period_of
from asm.stays.rules.published import check_entry
from asm.stays.stay_at import StayAt
from asm.stays.write import (
    find_person,
    write_found,
    write_guest_records,
    write_versions,
)

#: Two who wait for each other take turns the second time.
_TRIES: Final = 3
log = structlog.get_logger()


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of the new version, and what the rules say of it. `unchanged`: nothing new was
    told, so there is no new version; the receipt is that of the one that stands.
    """

    receipt: Receipt
    problems: list[Problem]
    replayed: bool = False
    unchanged: bool = False


async def change_stay(access: Access, request: ChangeRequest) -> Changed:
    """Apply one change. When it was received, due and in time stays as first decided.

    Raises not_found, Invalid and Conflict: stay_voided, stay_changed, stay_already_declared,
    stay_departed and those of `refuse_after_departure`; still_running when others were at work on
    the same all the time.
    """
    facility = await facility_in_scope(access, request.facility_id)
    require_member(access.actor, facility)
    return await change_admitted(access, facility, request)


async def change_admitted(access: Access, facility: Facility, request: ChangeRequest) -> Changed:
    """Apply one change for somebody who was let in already. Raises as `change_stay` does."""
    for _ in range(_TRIES):
        try:
            return await _change_once(access, facility, request)
        except DBAPIError as error:
            if not is_locked_out(error):
                raise
            log.warning("change_locked_out", error=sqlstate(error))
    raise still_running()


async def _change_once(access: Access, facility: Facility, request: ChangeRequest) -> Changed:
    """What fails is undone, and gives its locks back, as far as the savepoint."""
    async with access.session.begin_nested():
        if request.key is not None:
            stored = await claim_key(access, facility.id, request.key, request.body)
            if stored is not None:
                earlier = msgspec.json.decode(stored, type=Changed)
                return msgspec.structs.replace(earlier, replayed=True)
        changed = await _apply(access, facility, request)
        if request.key is not None:
            await store_answer(access.session, facility.id, request.key, changed)
    return changed


class OpenedStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay whose person is locked, as it stands and as it is to be. `person_after`: the
    person whose number, or name and birth date, the change tells, locked as well.
    """

    row: Any
    person_after: UUID | None
    before: StayEntry
    after: StayEntry
    departed_at: datetime | None
    problems: list[Problem]


async def _apply(access: Access, facility: Facility, request: ChangeRequest) -> Changed:
    locked = await lock_stay(access, facility, request)
    row = locked.row
    await refuse_after_departure(access, row, request.change)
    entry = await open_entry(access, locked)
    request = await leave_before_the_next(access, row, request)
    after, departed_at = apply_change(entry, row.departed_at, request, access.actor.now)
    problems = await _change_warnings(access, facility, request, (entry, after))
    if departed_at == row.departed_at and says_the_same(facility, request, (entry, after)):
        receipt = await receipt_of(StayAt(access, facility.id, row.id))
        return Changed(receipt=receipt, problems=problems, unchanged=True)
    opened = OpenedStay(
        row=row,
        person_after=locked.person_after,
        before=entry,
        after=after,
        departed_at=departed_at,
        problems=problems,
    )
    return Changed(receipt=await write_change(access, facility, opened, request), problems=problems)


async def write_change(
    access: Access, facility: Facility, opened: OpenedStay, request: ChangeRequest
) -> Receipt:
    """Write the next version of a stay: its receipt.

    Raises Conflict stay_already_declared where another stay of the person would overlap.
    """
    row, after, now = opened.row, opened.after, access.actor.now
    guest_columns = await _guest_columns(access, facility, opened)
    if not isinstance(request.change, VoidStay):
        period = period_of(after, opened.departed_at)
        await refuse_overlap(access.session, row, guest_columns["person_ref"], period)
    if guest_columns["person_ref"] != row.person_ref:
        # Software that still sends the guest as first told finds this stay.
        driver = await direct(access.session)
        await write_found(driver, facility.id, row.person_ref, row.id)
    left = None if opened.departed_at is None else vietnam_time(opened.departed_at)
    content = content_of(after) | {"departed_at": left}
    receipt = _receipt(access.keys, row, content | {"guest": after.guest}, request, now)
    values = stay_columns(after, facility, opened.departed_at) | guest_columns
    values |= {"version": receipt.version, "departed_at": opened.departed_at}
    if after.guest != opened.before.guest:
        values["doubts"] = paper_warnings_of(opened.problems)
    if isinstance(request.change, VoidStay):
        values |= {"voided_at": now, "void_reason": request.change.reason}
    await _write(access.session, row, values)
    version = StayVersionRow(
        ward_code=row.ward_code,
        change=request.change.word,
        changed_by=access.actor.id,
        via=request.via,
        guest_record_id=values["guest_record_id"],
        content=content,
        note=values.get("void_reason"),
        saved=request.saved,
        **receipt_columns(receipt),
    )
    await write_versions(access.session, [version])
    await _record_change(access, row, receipt.version, request)
    return receipt


async def _record_change(scope: Scope, row: Any, version: int, request: ChangeRequest) -> None:
    message = {"stay_id": str(row.id), "version": version}
    await enqueue(scope.session, Topic.STAY_CHANGED, [(row.facility_id, message)])
    await record(
        scope.session,
        actor_id=scope.actor.id,
        actor_role=scope.actor.role,
        action=f"stay.{request.change.word}",
        facility_id=row.facility_id,
        ward_code=row.ward_code,
        subject_id=row.id,
        details={"version": version, "via": request.via},
    )


async def _guest_columns(access: Access, facility: Facility, opened: OpenedStay) -> dict[str, Any]:
    """Who the stay is about from now on: sealed anew only when something of the guest changed."""
    row, before, after = opened.row, opened.before, opened.after
    if after.guest == before.guest:
        return {"guest_record_id": row.guest_record_id, "person_ref": row.person_ref}
    index = person_index(access.keys, facility.id, after.guest)
    former = person_index(access.keys, facility.id, before.guest)
    if index == former:
        return await _sealed_anew(access, facility, after.guest, row.person_ref)
    person_ref = opened.person_after or row.person_ref
    if index is None and former is not None:
        # Who had a document and now has none is nobody the facility knows: their records must not
        # stand under the document that was taken back.
        person_ref = await find_person(access.session, facility, None)
    return await _sealed_anew(access, facility, after.guest, person_ref)


async def _sealed_anew(
    access: Access, facility: Facility, guest: Guest, person_ref: UUID
) -> dict[str, Any]:
    sealed = sealed_record(access.keys, facility, guest, person_ref, access.actor.now)
    await write_guest_records(access.session, [sealed])
    return {"guest_record_id": sealed.id, "person_ref": person_ref}


async def _change_warnings(
    scope: Scope, facility: Facility, request: ChangeRequest, entries: tuple[StayEntry, StayEntry]
) -> list[Problem]:
    before, after = entries
    # Leaving, taking that back and voiding must always be possible, whatever today's rules say of
    # the old content.
    if isinstance(request.change, Depart | UndoDeparture | VoidStay):
        return []
    context = await rule_context(scope, facility, [after])
    problems = check_entry(after, context)
    refusing = [p for p in problems if p.severity == "refuse"]
    # A change of room is not refused for what stands there already, which a rule came to refuse
    # later; an amendment is asked for the guest's particulars and mends them.
    if refusing and not isinstance(request.change, Amend):
        stood = {(p.rule, p.field) for p in check_entry(before, context)}
        refusing = [p for p in refusing if (p.rule, p.field) not in stood]
    if refusing:
        raise Invalid(
            "change_refused",
            errors=[as_error(p, "/" + p.field.replace(".", "/")) for p in refusing],
        )
    return problems


def _receipt(
    keys: Keys, row: Any, content: dict[str, Any], request: ChangeRequest, now: datetime
) -> Receipt:
    facts = ReceiptFacts(
        stay_id=row.id,
        facility_id=row.facility_id,
        number=row.receipt_number,
        version=row.version + 1,
        received_at=row.received_at,
        due_at=row.due_at,
        on_time=row.on_time,
        recorded_at=now,
        content=content | {"change": request.change.word},
    )
    return sign_receipt(keys, facts)


async def _write(session: AsyncSession, row: Any, values: dict[str, Any]) -> None:
    await session.execute(
        update(stay)
        .where(
            stay.c.facility_id == row.facility_id,
            stay.c.id == row.id,
            stay.c.arrival_date == row.arrival_date,
        )
        .values(**values)
    )
