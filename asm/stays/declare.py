"""Record stays once, however often they are resent, and say when each was due."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.audit.trail import record
from asm.db.base import vietnam_time
from asm.errors import Conflict, Invalid
from asm.facilities.facility import Facility
from asm.facilities.rooms import rooms_among
from asm.facilities.scope import facility_in_scope, require_member
from asm.identity.keys import Keys
from asm.stays.declaration import Problem, StayEntry, as_error
from asm.stays.model import stay
from asm.stays.party import check_party
from asm.stays.prepare import Prepared, Preparing, index_of, prepare
from asm.stays.queries import stored_receipt, with_receipt
from asm.stays.receipts import Receipt
from asm.stays.replay import claim_key, store_answer
from asm.stays.rules import RuleContext, check_entry, problem
from asm.stays.submission import EntryResult, Outcome, Submission
from asm.stays.write import write_stays


async def declare_stays(
    session: AsyncSession, keys: Keys, actor: Actor, submission: Submission
) -> Outcome:
    """Declare every entry that no rule refuses (Residence Law Art. 30); say what became of each.

    Late declarations are accepted and marked late. Raises not_found for a facility out of scope,
    Conflict for one that is not active, Invalid for a reused key or when nothing was accepted
    (its `outcome` tells why for each entry): never "success" for nothing.
    """
    facility = await facility_in_scope(session, actor, submission.facility_id)
    require_member(actor, facility)
    _require_active(facility)
    # A refusal undoes the claimed key with all else; a dry run takes the very same path and is
    # undone too.
    async with session.begin_nested() as savepoint:
        key = None if submission.dry_run else submission.key
        if key is not None:
            stored = await claim_key(session, keys, facility.id, key, submission.body)
            if stored is not None:
                earlier = msgspec.json.decode(stored, type=Outcome)
                return msgspec.structs.replace(earlier, replayed=True)
        problems = await find_problems(session, keys, actor, facility, submission)
        outcome = await _store(session, keys, actor, facility, submission, problems)
        if submission.dry_run:
            await savepoint.rollback()
            return outcome
        _require_something(outcome)
        if key is not None:
            await store_answer(session, facility.id, key, outcome)
    return outcome


def _require_something(outcome: Outcome) -> None:
    if outcome.accepted or outcome.merged:
        return
    raise Invalid(
        "nothing_accepted",
        "Không khai báo nào được tiếp nhận.",
        "No declaration was accepted.",
        errors=[
            as_error(found, pointer_of(result.index, found.field))
            for result in outcome.results
            for found in result.problems
            if found.severity == "refuse"
        ],
        outcome=outcome,
    )


def pointer_of(index: int, field: str) -> str:
    """Where a field of entry `index` stands in a party: guests and rooms apart, times shared."""
    if field == "guest" or field.startswith("guest."):
        return f"/guests/{index}" + field.removeprefix("guest").replace(".", "/")
    return f"/guests/{index}/room" if field == "room" else "/" + field.replace(".", "/")


async def rule_context(
    session: AsyncSession, actor: Actor, facility: Facility, entries: Sequence[StayEntry]
) -> RuleContext:
    """What the rules need to know of the place and the hour to judge `entries`."""
    told = {entry.room.strip() for entry in entries if entry.room}
    today = vietnam_time(actor.now).date()
    return RuleContext(
        now=actor.now,
        facility_kind=facility.kind,
        room_names=await rooms_among(session, facility.id, today, told),
    )


async def find_problems(
    session: AsyncSession,
    keys: Keys,
    actor: Actor,
    facility: Facility,
    submission: Submission,
) -> list[list[Problem]]:
    """The problems of each entry, the same person twice in one submission included."""
    context = await rule_context(session, actor, facility, submission.entries)
    seen: set[tuple[bytes, str]] = set()
    found = []
    notes = submission.notes or [[] for _ in submission.entries]
    party = check_party(submission.entries)
    for entry, noted, together in zip(submission.entries, notes, party, strict=True):
        if _refusing(noted):
            found.append(noted)
            continue
        problems = [*noted, *check_entry(entry, context), *together]
        index = index_of(keys, entry.guest)
        if index is not None and entry.arrived_at.tzinfo is not None:
            mark = (index.value, vietnam_time(entry.arrived_at).date().isoformat())
            if mark in seen:
                problems = [*problems, problem("party.duplicate", "guest.document_number")]
            seen.add(mark)
        found.append(problems)
    return found


def _refusing(problems: Sequence[Problem]) -> bool:
    return any(problem.severity == "refuse" for problem in problems)


def _require_active(facility: Facility) -> None:
    if facility.status != "active":
        raise Conflict(
            "facility_not_active",
            "Cơ sở chưa được Công an cấp xã kích hoạt nên chưa nhận khai báo.",
            "The ward police have not activated this facility yet, so it cannot declare.",
        )


async def _store(
    session: AsyncSession,
    keys: Keys,
    actor: Actor,
    facility: Facility,
    submission: Submission,
    problems: list[list[Problem]],
) -> Outcome:
    shared = Preparing(keys=keys, actor=actor, facility=facility, via=submission.via)
    good = [
        prepare(shared, index, entry)
        for index, (entry, found) in enumerate(zip(submission.entries, problems, strict=True))
        if not _refusing(found)
    ]
    stored = await write_stays(session, facility.id, good) if good else set()
    merged = await _earlier_receipts(session, facility.id, good, stored)
    if stored:
        await record(
            session,
            actor_id=actor.id,
            actor_role=actor.role,
            action="stays.declared",
            facility_id=facility.id,
            ward_code=facility.ward_code,
            details={"via": submission.via, "stays": sorted(str(i) for i in stored)},
        )
    return _outcome(submission, problems, good, stored, merged)


async def _earlier_receipts(
    session: AsyncSession, facility_id: UUID, rows: Sequence[Prepared], stored: set[UUID]
) -> dict[int, tuple[UUID, Receipt]]:
    """For each row that was already there: the index and the receipt it got then."""
    known = [row for row in rows if row.stay["id"] not in stored]
    if not known:
        return {}
    found = await session.execute(
        with_receipt().where(
            stay.c.facility_id == facility_id,
            stay.c.person_ref.in_([row.person_ref for row in known]),
            stay.c.arrival_date.in_([row.stay["arrival_date"] for row in known]),
            stay.c.voided_at.is_(None),
        )
    )
    earlier = {(row.person_ref, row.arrival_date): (row.id, stored_receipt(row)) for row in found}
    return {row.index: earlier[row.person_ref, row.stay["arrival_date"]] for row in known}


def _outcome(
    submission: Submission,
    problems: list[list[Problem]],
    good: Sequence[Prepared],
    stored: set[UUID],
    merged: dict[int, tuple[UUID, Receipt]],
) -> Outcome:
    rows = {row.index: row for row in good}
    results = []
    for index, found in enumerate(problems):
        row = rows.get(index)
        if row is None:
            results.append(EntryResult(index=index, status="refused", problems=found))
        elif row.stay["id"] in stored:
            results.append(_accepted(row, found, dry_run=submission.dry_run))
        else:
            stay_id, receipt = merged[index]
            results.append(
                EntryResult(
                    index=index,
                    status="merged",
                    problems=[*found, problem("stay.already_declared", "guest.document_number")],
                    stay_id=stay_id,
                    due_at=receipt.due_at,
                    on_time=receipt.on_time,
                    receipt=receipt,
                )
            )
    return Outcome(
        read=len(results),
        accepted=sum(r.status == "accepted" for r in results),
        merged=sum(r.status == "merged" for r in results),
        rejected=sum(r.status == "refused" for r in results),
        results=results,
        dry_run=submission.dry_run,
    )


def _accepted(row: Prepared, found: list[Problem], *, dry_run: bool) -> EntryResult:
    due_at, on_time = row.receipt.due_at, row.receipt.on_time
    if dry_run:
        return EntryResult(
            index=row.index, status="would_accept", problems=found, due_at=due_at, on_time=on_time
        )
    return EntryResult(
        index=row.index,
        status="accepted",
        problems=found,
        stay_id=row.stay["id"],
        due_at=due_at,
        on_time=on_time,
        receipt=row.receipt,
    )
