"""Bring the product's rules of who gets which message into the tables, and leave an operator's.

The tables stay what is asked, so that code of the version before goes on with them. What the
product last said stands in `rule_default`; for each rule of which it says something else today:

1. the table still has what it said then (or has nothing, and it said nothing): today's is put there
2. the table has something else, or no longer has it: that is an operator's, and stays
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from asm.db.roles import DatabaseRole, acting_as
from asm.notify.model import notice_limit, notice_rule, notice_time, rule_default
from asm.notify.rule_data import LIMITS, RULES, TIMES

Rules = Mapping[Table, Sequence[msgspec.Struct]]
OF_THE_PRODUCT: Final[Rules] = MappingProxyType(
    {notice_rule: RULES, notice_time: TIMES, notice_limit: LIMITS}
)
#: By the row's key (`outage/landlord/sms`): its other columns.
_Values = dict[str, dict[str, Any]]


def install_rules(connection: Connection, rules: Rules = OF_THE_PRODUCT) -> None:
    """In a transaction of its own, as the tables' owner. Run again, it changes nothing."""
    with connection.begin():
        connection.execute(acting_as(DatabaseRole.OWNER))
        # Two deploys at once take turns: the second finds that all is done.
        connection.execute(text("LOCK TABLE rule_default IN EXCLUSIVE MODE"))
        for table, rows in rules.items():
            _install(connection, table, rows)


def _install(connection: Connection, table: Table, rows: Sequence[msgspec.Struct]) -> None:
    of_table = rule_default.c.name == table.name
    defaults = connection.execute(select(rule_default.c.key, rule_default.c.value).where(of_table))
    before: _Values = {row.key: row.value for row in defaults}
    today = _by_key(table, [msgspec.structs.asdict(row) for row in rows])
    if today == before:
        return
    current = _by_key(table, [row._asdict() for row in connection.execute(select(table))])
    for key in before.keys() | today.keys():
        if today.get(key) != before.get(key) == current.get(key):
            _put(connection, table, key, today.get(key))
    connection.execute(delete(rule_default).where(of_table))
    connection.execute(
        insert(rule_default),
        [{"name": table.name, "key": key, "value": value} for key, value in today.items()],
    )


def _by_key(table: Table, rows: Sequence[Mapping[str, Any]]) -> _Values:
    keys = [column.name for column in table.primary_key]
    return {
        "/".join(row[name] for name in keys): msgspec.to_builtins(
            {name: value for name, value in row.items() if name not in keys}
        )
        for row in rows
    }


def _put(connection: Connection, table: Table, key: str, value: dict[str, Any] | None) -> None:
    where = dict(zip(table.primary_key.columns.keys(), key.split("/"), strict=True))
    if value is None:
        connection.execute(delete(table).filter_by(**where))
        return
    connection.execute(
        insert(table)
        .values(where | value)
        .on_conflict_do_update(index_elements=table.primary_key.columns, set_=value)
    )
