"""Record stays once, however often they are resent, and say when each was due."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.audit.trail import Entry
from asm.db.base import new_id, vietnam_time
from asm.db.direct import Direct, direct
from asm.db.error_kinds import is_locked_out
from asm.errors import Conflict, Invalid, Refusal, still_running
from asm.facilities.facility import Facility
from asm.facilities.rooms import rooms_among
from asm.facilities.scope import facility_in_scope, require_member
from asm.identity.vault.keys import Keys
from asm.stays.arrivals.settle import CheckedDeclaration, apart, settle
from asm.stays.declaration import Declaration, Outcome
from asm.stays.intake.apply_rules import (
    BREATHE_EVERY,
    context_of,
    find_problems,
    refusing,
    room_names,
)
from asm.stays.intake.build_rows import RowContext, build_rows
from asm.stays.intake.idempotency import Kept, KeyRaced, answers_before, check_key
from asm.stays.outcome import outcome_of, refused_outright
from asm.stays.write import write_persons, write_rest

#: Each time somebody else was first with a key, so that the next look finds an answer, or in a
#: deadlock.
_RACES = 3


class AdmittedDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration whose actor may declare for `facility`. `actor.now`: when it was received."""

    keys: Keys
    actor: Actor
    facility: Facility
    declaration: Declaration


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
    return await declare_admitted(access.session, admitted)


async def declare_admitted(session: AsyncSession, admitted: AdmittedDeclaration) -> Outcome:
    """The same for a declaration whose actor may: the session's row-level scope holds its facility.
    Raises as `declare_stays` does.
    """
    for _ in range(_RACES):
        try:
            return await _declare_alone(session, admitted)
        except KeyRaced:
            continue
        except DBAPIError as error:
            if not is_locked_out(error):
                raise
    raise still_running()


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

    1. ask once which keys have an answer already: it stands whatever the facility is by now; then
       an inactive facility is refused, and before all a bad key
    2. apply the rules to what is left; make the rows of each entry that nothing refuses
    3. write and lock persons; those who are known may have stays
    4. settle the declarations: in one go, but for those that share a person, in order one by one:
       whose stay overlaps one that stands is merged, changes it or is refused; the rest is written
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
    known = await write_persons(driver, [row for checked in all_checked for row in checked.rows])
    new_answers: list[Outcome | Refusal] = []
    for batch in apart(all_checked):
        written = await settle(session, batch, known)
        outcomes = [outcome_of(c.declaration, c.problems, c.rows, c.resolved) for c in batch]
        new_answers += [refused_outright(outcome) or outcome for outcome in outcomes]
        done = len(new_answers) == len(fresh)
        await write_rest(
            driver,
            written,
            [_deed(checked) for checked in batch if checked.stored],
            # Keys last, and all at once: two writers take them in one order.
            _kept(fresh, new_answers) if done else [],
        )
        known |= {row.person_ref for row in written}
    newly = iter(new_answers)
    return [next(newly) if answer is None else answer for answer in answers]


async def _earlier_answers(
    driver: Direct, declarations: Sequence[AdmittedDeclaration]
) -> list[Outcome | Refusal | None]:
    answers: list[Outcome | Refusal | None] = [_bad_key(each) for each in declarations]
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
    return [
        _not_active(admitted.facility) if answer is None else answer
        for admitted, answer in zip(declarations, answers, strict=True)
    ]


def _not_active(facility: Facility) -> Refusal | None:
    if facility.status == "closed":
        return Conflict("facility_not_active", text="facility_not_active.closed")
    return None if facility.status == "active" else Conflict("facility_not_active")


def _bad_key(admitted: AdmittedDeclaration) -> Refusal | None:
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
) -> list[CheckedDeclaration]:
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
) -> CheckedDeclaration:
    context = context_of(admitted.actor, admitted.facility, rooms[admitted.facility.id])
    problems = await find_problems(admitted.keys, context, admitted.declaration)
    shared = RowContext(
        keys=admitted.keys,
        actor=admitted.actor,
        facility=admitted.facility,
        via=admitted.declaration.via,
        party_id=new_id(),
        saved=admitted.declaration.saved,
    )
    rows = []
    for index, (entry, entry_problems) in enumerate(
        zip(admitted.declaration.entries, problems, strict=True)
    ):
        if index % BREATHE_EVERY == BREATHE_EVERY - 1:
            await asyncio.sleep(0)
        if not refusing(entry_problems):
            rows.append(build_rows(shared, index, entry, entry_problems))
    return CheckedDeclaration(
        keys=admitted.keys,
        actor=admitted.actor,
        facility=admitted.facility,
        declaration=admitted.declaration,
        problems=problems,
        rows=rows,
    )


def _deed(checked: CheckedDeclaration) -> Entry:
    return {
        "actor_id": checked.actor.id,
        "actor_role": checked.actor.role,
        "action": "stays.declared",
        "facility_id": checked.facility.id,
        "ward_code": checked.facility.ward_code,
        "details": {
            "via": checked.declaration.via,
            "stays": sorted(str(row.stay.id) for row in checked.stored),
        },
    }


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
