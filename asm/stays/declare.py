"""Record stays once, however often they are resent, and say when each was due."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.audit.trail import Entry
from asm.db.base import new_id, vietnam_time
from asm.db.direct import Direct, direct
from asm.errors import Conflict, Invalid, Refusal
from asm.facilities.facility import Facility
from asm.facilities.rooms import rooms_among
from asm.facilities.scope import facility_in_scope, require_member
from asm.identity.vault.keys import Keys
from asm.stays.declaration import Declaration, Outcome
from asm.stays.entry import Problem
from asm.stays.intake.apply_rules import (
    BREATHE_EVERY,
    context_of,
    find_problems,
    refusing,
    room_names,
)
from asm.stays.intake.build_rows import EntryRows, RowContext, build_rows
from asm.stays.intake.idempotency import Kept, KeyRaced, answers_before, check_key
from asm.stays.model import stay
from asm.stays.outcome import Earlier, outcome_of, refused_outright
from asm.stays.queries import stored_receipt, with_receipt
from asm.stays.write import write_rest, write_stays

#: Each time somebody else was first with a key, so that the next look finds an answer.
_RACES = 3


class AdmittedDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration whose actor may declare for `facility`. `actor.now`: when it was received."""

    keys: Keys
    actor: Actor
    facility: Facility
    declaration: Declaration


class _CheckedDeclaration(msgspec.Struct, kw_only=True):
    """An admitted declaration on its way, and the rows of the entries that nothing refuses."""

    admitted: AdmittedDeclaration
    problems: list[list[Problem]]
    rows: list[EntryRows]


async def declare_stays(access: Access, declaration: Declaration) -> Outcome:
    """Declare in the caller's transaction, as commands do; servers gather many declarations into
    one (`asm.stays.intake.group_commit`).

    Late declarations are accepted and marked late. Raises not_found for a facility out of scope,
    Conflict for one that is not active, Invalid for a reused key or when nothing was accepted
    (its `outcome` tells why for each entry): never "success" for nothing.
    """
    facility = await facility_in_scope(access, declaration.facility_id)
    require_member(access.actor, facility)
    admitted = AdmittedDeclaration(
        keys=access.keys, actor=access.actor, facility=facility, declaration=declaration
    )
    for _ in range(_RACES):
        try:
            return await _declare_alone(access.session, admitted)
        except KeyRaced:
            continue
    raise still_running()


def still_running() -> Conflict:
    """Somebody else is at work with the same key or guests, for longer than anyone may wait."""
    return Conflict("still_running", retry_after_s=2)


async def _declare_alone(session: AsyncSession, admitted: AdmittedDeclaration) -> Outcome:
    # A refusal undoes all; a dry run takes the very same path and is undone too.
    async with session.begin_nested() as savepoint:
        answer = (await declare_together(session, [admitted]))[0]
        if isinstance(answer, Refusal):
            raise answer
        if admitted.declaration.dry_run:
            await savepoint.rollback()
    return answer


async def declare_together(
    session: AsyncSession, declarations: Sequence[AdmittedDeclaration]
) -> list[Outcome | Refusal]:
    """Declare every entry that no rule refuses (Residence Law Art. 30), of all declarations with
    the same few statements; say what became of each, in order. One that is refused leaves nothing.

    1. ask once which keys have an answer already; an inactive facility or a bad key is refused here
    2. apply the rules to what is left; make the rows of each entry that nothing refuses
    3. write persons and stays; a stay that the database does not name was there already
    4. read the receipts of those: their entries are merged with what was declared before
    5. join rules and rows to an outcome each; one of which nothing was taken is a refusal
    6. write what goes with the new stays, in one statement: sealed guests, first versions, events,
       audit entries, and the outcomes under their keys
    7. answer each declaration with its outcome, or with the answer of step 1

    With two declarations, one of them resent: step 1 answers it, and 2 to 6 see the other alone.

    No two may have the same facility and key. Raises KeyRaced when one of the keys was taken
    meanwhile: then all must be undone.
    """
    driver = await direct(session)
    answers = await _earlier_answers(driver, declarations)
    fresh = [
        admitted for admitted, answer in zip(declarations, answers, strict=True) if answer is None
    ]
    all_checked = await _apply_rules(driver, fresh)
    rows = [row for checked in all_checked for row in checked.rows]
    stored = await write_stays(driver, rows)
    earlier = await _earlier_receipts(session, [r for r in rows if r.stay.id not in stored])
    outcomes = [
        outcome_of(checked.admitted.declaration, checked.problems, checked.rows, stored, earlier)
        for checked in all_checked
    ]
    new_answers: list[Outcome | Refusal] = [
        refused_outright(outcome) or outcome for outcome in outcomes
    ]
    await write_rest(
        driver,
        [row for row in rows if row.stay.id in stored],
        [_deed(checked, stored) for checked in all_checked if _stored_of(checked, stored)],
        _kept(fresh, new_answers),
    )
    newly = iter(new_answers)
    return [next(newly) if answer is None else answer for answer in answers]


async def _earlier_answers(
    driver: Direct, declarations: Sequence[AdmittedDeclaration]
) -> list[Outcome | Refusal | None]:
    answers: list[Outcome | Refusal | None] = [
        _refusal_before_rules(admitted) for admitted in declarations
    ]
    asking = [
        (
            number,
            admitted.keys,
            admitted.facility.id,
            admitted.declaration.key,
            admitted.declaration.body,
        )
        for number, admitted in enumerate(declarations)
        if answers[number] is None and admitted.declaration.key and not admitted.declaration.dry_run
    ]
    if asking:
        before = await answers_before(driver, [(k, f, key or "", b) for _, k, f, key, b in asking])
        for (number, *_), answer in zip(asking, before, strict=True):
            answers[number] = _again(answer) if isinstance(answer, bytes) else answer
    return answers


def _refusal_before_rules(admitted: AdmittedDeclaration) -> Refusal | None:
    if admitted.facility.status != "active":
        return Conflict("facility_not_active")
    try:
        if admitted.declaration.key is not None:
            check_key(admitted.declaration.key)
    except Invalid as refusal:
        return refusal
    return None


def _again(stored: bytes) -> Outcome:
    return msgspec.structs.replace(msgspec.json.decode(stored, type=Outcome), replayed=True)


async def _apply_rules(
    driver: Direct, declarations: Sequence[AdmittedDeclaration]
) -> list[_CheckedDeclaration]:
    if not declarations:
        return []
    names_by_facility: dict[UUID, set[str]] = {}
    for admitted in declarations:
        names_by_facility.setdefault(admitted.facility.id, set()).update(
            room_names(admitted.declaration.entries)
        )
    today = vietnam_time(max(admitted.actor.now for admitted in declarations)).date()
    rooms = await rooms_among(driver, names_by_facility, today)
    return [await _apply_rules_to(admitted, rooms) for admitted in declarations]


async def _apply_rules_to(
    admitted: AdmittedDeclaration, rooms: Mapping[UUID, frozenset[str] | None]
) -> _CheckedDeclaration:
    context = context_of(admitted.actor, admitted.facility, rooms[admitted.facility.id])
    problems = await find_problems(admitted.keys, context, admitted.declaration)
    shared = RowContext(
        keys=admitted.keys,
        actor=admitted.actor,
        facility=admitted.facility,
        via=admitted.declaration.via,
        party_id=new_id(),
    )
    rows = []
    for index, (entry, entry_problems) in enumerate(
        zip(admitted.declaration.entries, problems, strict=True)
    ):
        if index % BREATHE_EVERY == BREATHE_EVERY - 1:
            await asyncio.sleep(0)
        if not refusing(entry_problems):
            rows.append(build_rows(shared, index, entry, entry_problems))
    return _CheckedDeclaration(admitted=admitted, problems=problems, rows=rows)


def _stored_of(checked: _CheckedDeclaration, stored: set[UUID]) -> list[str]:
    return sorted(str(row.stay.id) for row in checked.rows if row.stay.id in stored)


def _deed(checked: _CheckedDeclaration, stored: set[UUID]) -> Entry:
    admitted = checked.admitted
    return {
        "actor_id": admitted.actor.id,
        "actor_role": admitted.actor.role,
        "action": "stays.declared",
        "facility_id": admitted.facility.id,
        "ward_code": admitted.facility.ward_code,
        "details": {"via": admitted.declaration.via, "stays": _stored_of(checked, stored)},
    }


async def _earlier_receipts(session: AsyncSession, rows: Sequence[EntryRows]) -> Earlier:
    """For each of the rows, which were all there already: the stay, and the receipt it got."""
    if not rows:
        return {}
    receipt_rows = await session.execute(
        with_receipt().where(
            stay.c.facility_id.in_({row.stay.facility_id for row in rows}),
            stay.c.person_ref.in_({row.person_ref for row in rows}),
            stay.c.arrival_date.in_({row.stay.arrival_date for row in rows}),
            stay.c.voided_at.is_(None),
        )
    )
    # A person_ref belongs to one facility.
    there = {
        (row.person_ref, row.arrival_date): (row.id, stored_receipt(row)) for row in receipt_rows
    }
    return {row.stay.id: there[row.person_ref, row.stay.arrival_date] for row in rows}


def _kept(
    declarations: Sequence[AdmittedDeclaration], answers: Sequence[Outcome | Refusal]
) -> list[Kept]:
    return [
        (
            admitted.keys,
            admitted.facility.id,
            admitted.declaration.key,
            admitted.declaration.body,
            answer,
        )
        for admitted, answer in zip(declarations, answers, strict=True)
        if isinstance(answer, Outcome)
        and admitted.declaration.key
        and not admitted.declaration.dry_run
    ]
