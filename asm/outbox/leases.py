"""Work that waits in a table: claimed with a lease, settled, put off. The statements for it.

A table of work has a column for the moment from which a row may be taken, and `leased_until`. All
moments are of the database's clock.

1. `first_due`: the first rows that may be taken and that nobody holds
2. `claim`: compare and set: whoever finds them still free holds them until the lease runs out
3. `still_held`: of what was done meanwhile, only what is still held under the lease it was taken by
4. `release`: settled, or put off by a `BackOff`

Killed in between, the lease runs out by itself and somebody else takes the row. Two that claim at
once come upon the same rows: the second waits for the first and goes without. Nothing is skipped
because it is locked (`SKIP LOCKED`): these tables are to be spread over machines one day (see
`tests/db/test_ready_for_citus.py`), and a recipient's limit counts what was sent lately, which
whoever took the rows after those of the first would not see.

Four kinds of work go this way, and differ where they must:

- identities (`asm.checks.population.verify_identities`) and deliveries
  (`asm.notify.claim_deliveries`): as above; of deliveries those over a recipient's limit are held
  back instead.
- timed checks (`asm.checks.schedule`): a row for each check, made when first `take`n.
- the outbox (`asm.outbox.drain`): one leader at a time, by an advisory lock and not by the lease,
  settles in one transaction with the effects. It chooses in Python who is tried together, so its
  rows are `leased` by key, and attempts count when they begin. Due again when the lease is over.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import (
    CTE,
    JSON,
    Column,
    ColumnClause,
    ColumnElement,
    Double,
    FromClause,
    Interval,
    Table,
    TableValuedAlias,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert

#: One time for the whole statement, and so an index finds what is due.
NOW: Final = func.statement_timestamp()
_SECOND: Final = literal_column("interval '1 second'", Interval)
#: 2²⁰ times any first wait is more than any longest one, and no overflow.
_MOST_DOUBLINGS: Final = 20


class BackOff(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait after a failure: `first_s` seconds, twice as long after each further one, up
    to `longest_s`, times a factor by chance from `least` up to `most`, so that an outage does not
    end in a stampede.
    """

    first_s: float
    longest_s: float
    least: float = 0.5
    most: float = 1.5

    def seconds(self, failures: ColumnElement[int]) -> ColumnElement[float]:
        """The wait after a failure that `failures` others went before."""
        doubled = literal(self.first_s, Double) * func.power(
            2, func.least(failures, _MOST_DOUBLINGS)
        )
        chance = literal(self.most - self.least, Double) * func.random()
        capped = func.least(literal(self.longest_s, Double), doubled, type_=Double)
        return capped * (literal(self.least, Double) + chance)


def after(seconds: ColumnElement[float]) -> ColumnElement[Any]:
    """So many seconds from now, which may lie some time after the statement began."""
    return func.clock_timestamp() + seconds * _SECOND


def lease_end(lease_s: float) -> ColumnElement[Any]:
    """Until when a row is held that is taken by this statement."""
    return NOW + literal(timedelta(seconds=lease_s), Interval)


def is_free(table: Table) -> ColumnElement[bool]:
    """Nobody holds the row, or whoever did has let the lease run out."""
    held_until = table.c.leased_until
    return or_(held_until.is_(None), held_until <= NOW)


def matched(table: Table, other: FromClause) -> ColumnElement[bool]:
    """The same row, by the table's key."""
    return and_(*(key == other.c[key.name] for key in table.primary_key))


def given(table: Table, *more: ColumnClause[Any]) -> TableValuedAlias:
    """Rows that travel as one JSON document, the parameter `rows` (`asm.db.direct.as_json`): the
    table's key and `more` columns.
    """
    columns = [
        column(table_column.key, table_column.type) for table_column in (*table.primary_key, *more)
    ]
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    return rows.table_valued(*columns).render_derived(name="given", with_types=True)


def first_due(
    table: Table,
    due: Column[Any],
    *where: ColumnElement[bool],
    more: Sequence[Column[Any]] = (),
) -> CTE:
    """Keys (and `more`) of the first rows whose moment `due` has come and that are free, as many as
    the parameter `limit`. `where` in the words of the index on `due`, so that it is used.
    """
    return (
        select(*table.primary_key, *more)
        .where(*where, due <= NOW, is_free(table))
        .order_by(due)
        .limit(bindparam("limit"))
        .cte("due")
    )


def leased(table: Table, chosen: FromClause, lease_s: float) -> Update:
    """Hold the `chosen` rows."""
    return update(table).where(matched(table, chosen)).values(leased_until=lease_end(lease_s))


def claim(table: Table, chosen: FromClause, lease_s: float, *where: ColumnElement[bool]) -> Update:
    """Hold those of the `chosen` rows for which `where` and `is_free` are still true."""
    return leased(table, chosen, lease_s).where(*where, is_free(table))


def take(table: Table, due: Column[Any], lease_s: float, **values: Any) -> Insert:
    """`claim` of one row that is made when it is not there yet. No row: not due, or held."""
    new = insert(table).values(**values, leased_until=lease_end(lease_s))
    return new.on_conflict_do_update(
        index_elements=[*table.primary_key],
        set_={"leased_until": new.excluded.leased_until},
        where=and_(due <= NOW, is_free(table)),
    )


def still_held(table: Table, answers: FromClause, *where: ColumnElement[bool]) -> CTE:
    """Those of the `answers` (with a column `leased_until`) whose row is still held under the lease
    that they were taken by. Locked in the order of the key: two cannot deadlock.
    """
    return (
        select(*answers.c)
        .join_from(table, answers, matched(table, answers))
        .where(table.c.leased_until == answers.c.leased_until, *where)
        .order_by(*table.primary_key)
        .with_for_update(of=table)
        .cte("held")
    )


def release(table: Table, *where: ColumnElement[bool]) -> Update:
    """Nobody holds these rows any more. The caller adds the values they are left with."""
    return update(table).where(*where).values(leased_until=None)
