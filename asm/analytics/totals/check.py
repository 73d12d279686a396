"""Are the totals what the stays say? Compared cell by cell, at one moment, while work goes on.

Stays are compared with the ledger, the ledger with the totals, these with their sums, and who came
again is worked out anew: where all agree, the totals are what counting all stays anew would give.
What the outbox still has to tell of is no difference.
"""

from datetime import date, timedelta
from typing import Final

import msgspec
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.analytics.totals.contributions import CONTRIBUTIONS
from asm.analytics.totals.houses import HOUSES_SQL
from asm.analytics.totals.model import totals_state
from asm.analytics.totals.rebuild import REBUILD_SQL, Opens
from asm.analytics.totals.revisits import REVISITS_SQL, index_slot
from asm.analytics.totals.rolled import differing_rolls
from asm.db.session import one_transaction
from asm.db.statements import read_statements
from asm.outbox.topics import Topic

_SQL: Final = read_statements(__name__, CONTRIBUTIONS, HOUSES_SQL, REBUILD_SQL, REVISITS_SQL)
#: All statements of a transaction see the database as it was at one moment.
_ONE_MOMENT: Final = "REPEATABLE READ"
_OF_STAYS: Final = (
    text(_SQL["compare_ledger"]).bindparams(topics=[Topic.STAY_CHANGED, Topic.STAY_RECOUNT]),
    text(_SQL["compare_nights"]),
    text(_SQL["compare_origins"]),
    text(_SQL["compare_months"]),
)
_OF_REVISITS: Final = {
    "a": text(_SQL["compare_revisits_by_a"]),
    "b": text(_SQL["compare_revisits_by_b"]),
}
_OF_HOUSES: Final = text(_SQL["compare_houses"]).bindparams(
    topics=[Topic.CAPACITY_CHANGED, Topic.QUIET_SAID]
)
#: Nights that are compared when nobody says how many.
NIGHTS: Final = 40
#: Named in an answer; all are counted.
MOST_NAMED: Final = 100


class TotalsDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A number that is not what the stays say. `what`: the table; `counted_stay`: stays that the
    totals do not know as they are. `ward_code`: the province's, or empty for the country, in sums
    of these; `night`: the first of a month in sums by month.
    """

    what: str
    night: date
    ward_code: str
    kind: str
    measure: str
    kept: int
    counted: int


class TotalsCheck(msgspec.Struct, frozen=True, kw_only=True):
    """`differences` in all, the first MOST_NAMED of them named; None: no night is open yet."""

    since: date | None = None
    last: date | None = None
    differences: int = 0
    named: list[TotalsDifference] = []


async def check_totals(
    engine: AsyncEngine, nights: int = NIGHTS, opens: Opens = one_transaction
) -> TotalsCheck:
    """Compare the last `nights` nights, and write down what it came to. `opens` transactions of
    `engine` with the worker's rights.
    """
    async with opens(engine.execution_options(isolation_level=_ONE_MOMENT)) as session:
        check = await _compare(session, nights)
    if check.last is not None:
        async with opens(engine) as session:
            await session.execute(
                update(totals_state).values(
                    checked_at=func.clock_timestamp(),
                    checked_from=check.since,
                    checked_to=check.last,
                    differences=check.differences,
                )
            )
    return check


async def _compare(session: AsyncSession, nights: int) -> TotalsCheck:
    row = (
        await session.execute(select(totals_state.c.first_night, totals_state.c.last_night))
    ).one()
    if row.last_night is None:
        return TotalsCheck()
    last: date = row.last_night
    since = last - timedelta(days=nights - 1)
    wrong: list[TotalsDifference] = []
    for statement in (*_OF_STAYS, _OF_REVISITS[await index_slot(session)]):
        rows = await session.execute(statement, {"since": since, "last": last})
        wrong += [msgspec.convert(each, TotalsDifference) for each in rows.mappings()]
    first_house = max(since, row.first_night)
    rows = await session.execute(_OF_HOUSES, {"since": first_house, "last": last})
    wrong += [msgspec.convert(each, TotalsDifference) for each in rows.mappings()]
    wrong += [
        TotalsDifference(
            what=table.name,
            night=when,
            ward_code=area,
            kind=kind,
            measure=measure,
            kept=kept,
            counted=counted,
        )
        for table, when, area, kind, measure, kept, counted in await differing_rolls(
            session, since, last
        )
    ]
    wrong.sort(key=lambda each: (each.night, each.ward_code, each.what, each.kind, each.measure))
    return TotalsCheck(since=since, last=last, differences=len(wrong), named=wrong[:MOST_NAMED])
