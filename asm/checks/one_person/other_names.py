"""One document declared with different names.

Compared are keyed hashes of the names, folded: without case, marks and the order of the words, so
that a passport's capitals and a card's spelling agree. No name is opened, and none is shown.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import build_check
from asm.checks.one_person.overlaps import KnownStay, in_a_row
from asm.checks.one_person.pair_flags import PairFlag, sync_pair_flags

CHECK_ID: Final = "document-with-other-names"
SEVERITY: Final = "medium"
#: A name mistyped once would else be told for ever.
WITHIN: Final = timedelta(days=90)


async def sync_name_flags(session: AsyncSession, batch: Batch, known: Sequence[KnownStay]) -> None:
    """Settle the flags of the changed stays and of those that come before and after them."""
    flags: list[PairFlag] = []
    for first, second in in_a_row(known):
        if names_differ(first, second):
            evidence = {"days_between": (second.arrival_date - first.arrival_date).days}
            for own, other in ((first, second), (second, first)):
                flags.append(PairFlag(severity=SEVERITY, own=own, other=other, evidence=evidence))
    await sync_pair_flags(session, CHECK_ID, batch, known, flags)


def names_differ(first: KnownStay, second: KnownStay) -> bool:
    """Whether two stays of one document, near in time, name two people. Pure."""
    known = first.name is not None and second.name is not None
    return known and first.name != second.name and second.arrived_at - first.arrived_at <= WITHIN


CHECK: Final = build_check(
    CHECK_ID,
    SEVERITY,
    shows={
        "days_between": "number",
        "other_ward_code": "ward",
        "other_stay_id": "stay",
    },
)
