"""What is answered: a result for each guest, or a refusal when nobody was accepted."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from asm.errors import Invalid
from asm.stays.arrivals.resolve import Resolution
from asm.stays.declaration import Declaration, EntryResult, Outcome
from asm.stays.entry import Problem, as_error
from asm.stays.intake.build_rows import EntryRows

#: By the id that a row would have had: what became of it, as its person is there already.
Resolved = Mapping[UUID, Resolution]


def refused_outright(outcome: Outcome) -> Invalid | None:
    """The refusal of a declaration of which nothing was taken: never "success" for nothing."""
    if outcome.accepted or outcome.merged or outcome.changed or outcome.dry_run:
        return None
    return Invalid(
        "nothing_accepted",
        errors=[
            as_error(entry_problem, pointer_of(result.index, entry_problem.field))
            for result in outcome.results
            for entry_problem in result.problems
            if entry_problem.severity == "refuse"
        ],
        outcome=outcome,
    )


def pointer_of(index: int, field: str) -> str:
    """Where a field of entry `index` stands in a party: guests and rooms apart, times shared."""
    if field == "guest" or field.startswith("guest."):
        return f"/guests/{index}" + field.removeprefix("guest").replace(".", "/")
    return f"/guests/{index}/room" if field == "room" else "/" + field.replace(".", "/")


def outcome_of(
    declaration: Declaration,
    problems: list[list[Problem]],
    rows: Sequence[EntryRows],
    resolved: Resolved,
) -> Outcome:
    """Join what the rules said with what became of the rows that were not refused."""
    by_index = {row.index: row for row in rows}
    undone = {
        became.stay_id
        for became in resolved.values()
        if declaration.dry_run and became.status == "changed"
    }
    results = []
    for index, entry_problems in enumerate(problems):
        row = by_index.get(index)
        if row is None:
            results.append(EntryResult(index=index, status="refused", problems=entry_problems))
        elif row.stay.id in resolved:
            became = resolved[row.stay.id]
            results.append(_there(row, entry_problems, became, undone=became.stay_id in undone))
        else:
            results.append(_accepted(row, entry_problems, dry_run=declaration.dry_run))
    return Outcome(
        read=len(results),
        accepted=sum(r.status == "accepted" for r in results),
        merged=sum(r.status == "merged" for r in results),
        changed=sum(r.status == "changed" for r in results),
        rejected=sum(r.status == "refused" for r in results),
        results=results,
        dry_run=declaration.dry_run,
    )


def _there(
    row: EntryRows, problems: list[Problem], became: Resolution, *, undone: bool
) -> EntryResult:
    return EntryResult(
        index=row.index,
        status="would_change" if undone and became.status == "changed" else became.status,
        problems=[*became.problems, *problems],
        stay_id=became.stay_id,
        due_at=became.receipt.due_at,
        on_time=became.receipt.on_time,
        # Of a change that is undone again there is no proof.
        receipt=None if undone else became.receipt,
    )


def _accepted(row: EntryRows, problems: list[Problem], *, dry_run: bool) -> EntryResult:
    due_at, on_time = row.receipt.due_at, row.receipt.on_time
    if dry_run:
        return EntryResult(
            index=row.index,
            status="would_accept",
            problems=problems,
            due_at=due_at,
            on_time=on_time,
        )
    return EntryResult(
        index=row.index,
        status="accepted",
        problems=problems,
        stay_id=row.stay.id,
        due_at=due_at,
        on_time=on_time,
        receipt=row.receipt,
    )
