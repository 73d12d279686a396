"""Which entries of a declaration are of an arrival that stands there already."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.access import Access
from asm.accounts.actor import Actor
from asm.db.direct import direct
from asm.facilities.facility import Facility
from asm.identity.vault.keys import Keys
from asm.stays.arrivals.namesakes import rows_with_namesakes
from asm.stays.arrivals.resolve import DeclaredArrival, Resolution, resolve
from asm.stays.arrivals.standing import Standing, StandingStay, found_stays, overlapping
from asm.stays.declaration import Declaration
from asm.stays.entry import Problem
from asm.stays.intake.build_rows import EntryRows
from asm.stays.rules.periods import Period, earliest_arrival, overlap, period_of
from asm.stays.rules.published import problem
from asm.stays.rules.same_arrival import is_weak
from asm.stays.write import write_namesake, write_stays


class CheckedDeclaration(msgspec.Struct, kw_only=True):
    """A declaration on its way, with the rows of the entries that nothing refuses. `resolved`: by
    the id that a row would have had, what became of whose person is there already.
    """

    keys: Keys
    actor: Actor
    facility: Facility
    declaration: Declaration
    problems: list[list[Problem]]
    rows: list[EntryRows]
    resolved: dict[UUID, Resolution] = {}

    @property
    def stored(self) -> list[EntryRows]:
        """The rows that are stays of their own."""
        return [row for row in self.rows if row.stay.id not in self.resolved]


def apart(all_checked: Sequence[CheckedDeclaration]) -> list[list[CheckedDeclaration]]:
    """In order, and no person twice in one batch but within one declaration, where the rules have
    looked. Their persons are written.
    """
    batches: list[list[CheckedDeclaration]] = []
    people: set[UUID] = set()
    for checked in all_checked:
        mine = {row.person_ref for row in checked.rows}
        if not batches or mine & people:
            batches.append([])
            people = set()
        batches[-1].append(checked)
        people |= mine
    return batches


async def settle(
    session: AsyncSession, batch: Sequence[CheckedDeclaration], known: set[UUID]
) -> list[EntryRows]:
    """Resolve whose person is there already; write the stays of the others, and return their rows.

    `known`: people who may have stays, all locked. For anybody else, which is nearly everybody,
    nothing is asked.
    """
    there = [
        (row, earliest_arrival(row.entry, checked.declaration.precision_of(row.index)))
        for checked in batch
        for row in checked.rows
        if row.person_ref in known
    ]
    standing = dict(await _standing_of(session, there))
    for checked in batch:
        if any(row.person_ref in standing or is_weak(row.entry.guest) for row in checked.rows):
            access = Access(session, checked.actor, checked.keys)
            await _settle_declaration(access, checked, Known(standing=standing, rows=there))
    for checked in batch:
        await _warn_of_namesakes(session, checked)
    written = [row for checked in batch for row in checked.stored]
    await write_stays(await direct(session), written)
    return written


class Known(msgspec.Struct, kw_only=True):
    """The stays of the people of a whole batch, as they stand, changes of this very batch among
    them; and the rows for which they were read, with the moment beside each (`_standing_of`).
    """

    standing: dict[UUID, Sequence[StandingStay]]
    rows: Sequence[tuple[EntryRows, datetime]]

    def finds_others(self, row: EntryRows) -> bool:
        """Whether the row's person finds a stay that is somebody else's."""
        return any(stay.others for stay in self.standing.get(row.person_ref, ()))

    async def read_again(self, session: AsyncSession, stay_id: UUID) -> None:
        """Read what whoever finds this stay finds."""
        finders = {
            person
            for person, stays in self.standing.items()
            if any(stay.id == stay_id for stay in stays)
        }
        rows = [(row, since) for row, since in self.rows if row.person_ref in finders]
        self.standing |= dict.fromkeys(finders, ()) | dict(await _standing_of(session, rows))


async def _settle_declaration(access: Access, checked: CheckedDeclaration, known: Known) -> None:
    placed: dict[UUID, list[Period]] = {}
    # Whose stay it is may change it; who only finds it comes after, and finds it changed.
    for row in sorted(checked.rows, key=known.finds_others):
        period = period_of(row.entry)
        if row.person_ref in known.standing:
            await _settle(access, checked, row, known)
        beside = placed.setdefault(row.person_ref, [])
        if row.stay.id in checked.resolved:
            continue
        # Two of one name and year in one party: the rules let them pass as two.
        if is_weak(row.entry.guest) and any(overlap(period, other) for other in beside):
            await _as_namesake(access, checked, row)
        beside.append(period)


async def _settle(
    access: Access, checked: CheckedDeclaration, row: EntryRows, known: Known
) -> None:
    stays = known.standing[row.person_ref]
    precision = checked.declaration.precision_of(row.index)
    there = overlapping(row.entry, precision, stays)
    if not there:
        _warn_of_open(checked, row, stays)
        return
    arrival = DeclaredArrival(
        access=access,
        facility=checked.facility,
        entry=row.entry,
        via=checked.declaration.via,
        precision=precision,
        problems=checked.problems[row.index],
        saved=checked.declaration.saved,
    )
    became = await resolve(arrival, there, stays)
    if became is None:
        if is_weak(row.entry.guest):
            await _as_namesake(access, checked, row)
        return
    checked.resolved[row.stay.id] = became
    if became.status == "changed":
        _show_newest(checked, became)
        await known.read_again(access.session, became.stay_id)


def _show_newest(checked: CheckedDeclaration, changed: Resolution) -> None:
    """What the same declaration was answered of the stay before shows the version that is left."""
    for row_id, earlier in checked.resolved.items():
        if earlier.stay_id == changed.stay_id and earlier.status != "changed":
            checked.resolved[row_id] = msgspec.structs.replace(earlier, receipt=changed.receipt)


async def _as_namesake(access: Access, checked: CheckedDeclaration, row: EntryRows) -> None:
    await write_namesake(await direct(access.session), row)
    checked.problems[row.index] = [
        *checked.problems[row.index],
        problem("stay.namesake", "guest.full_name"),
    ]


async def _warn_of_namesakes(session: AsyncSession, checked: CheckedDeclaration) -> None:
    """Somebody without a number who may be in the house already is stored, and doubted."""
    doubtful = [row for row in checked.stored if _may_have_namesakes(checked, row)]
    if not doubtful:
        return
    access = Access(session, checked.actor, checked.keys)
    beside = await rows_with_namesakes(access, doubtful)
    for row in doubtful:
        if row.stay.id in beside:
            checked.problems[row.index] = [
                *checked.problems[row.index],
                problem("stay.namesake", "guest.full_name"),
            ]


def _may_have_namesakes(checked: CheckedDeclaration, row: EntryRows) -> bool:
    guest = row.entry.guest
    said = any(known.rule == "stay.namesake" for known in checked.problems[row.index])
    return guest.document_number is None and guest.birth_date is not None and not said


def _warn_of_open(
    checked: CheckedDeclaration, row: EntryRows, stays: Sequence[StandingStay]
) -> None:
    """An earlier stay whose planned end is over, and which nobody ended, stands no longer in the
    way; somebody should end it.
    """
    if any(
        not known.departed and not known.others and known.arrived_at < row.entry.arrived_at
        for known in stays
    ):
        checked.problems[row.index] = [
            *checked.problems[row.index],
            problem("stay.earlier_open", "arrived_at"),
        ]


async def _standing_of(
    session: AsyncSession, rows: Sequence[tuple[EntryRows, datetime]]
) -> Standing:
    """The stays of the people of `rows`, who are locked, as far as they matter for these, whose
    arrival is told to be no earlier than the moment beside each.
    """
    if not rows:
        return {}
    return await found_stays(
        session,
        {(row.stay.facility_id, row.person_ref) for row, _ in rows},
        min(since for _, since in rows),
    )
