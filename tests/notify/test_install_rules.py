"""The product's rules in the tables, beside what an operator changed there."""

from collections.abc import Iterator
from datetime import time
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, Table, create_engine, delete, select, text, update

from asm.db.migrate import downgrade, migrate
from asm.db.revisions import known_revisions
from asm.notify.install_rules import OF_THE_PRODUCT, install_rules
from asm.notify.model import MessageRuleRow, notice_limit, notice_rule, notice_time
from asm.notify.rule_data import RULES
from tests.services import TestServices


@pytest.fixture
def empty_url(services: TestServices) -> Iterator[str]:
    with connected(services.admin_url("postgres")) as admin:
        admin.execution_options(isolation_level="AUTOCOMMIT")
        admin.execute(text("CREATE DATABASE asm_rules"))
        yield services.admin_url("asm_rules")
        admin.execute(text("DROP DATABASE asm_rules WITH (FORCE)"))


def connected(url: str) -> Connection:
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(driver, poolclass=NullPool).connect()


def content(connection: Connection, table: Table) -> set[tuple[Any, ...]]:
    rows = {tuple(row) for row in connection.execute(select(table))}
    connection.rollback()
    return rows


def of_the_product(table: Table) -> set[tuple[Any, ...]]:
    return {msgspec.structs.astuple(row) for row in OF_THE_PRODUCT[table]}


def nothing(_: Connection) -> None:
    """As `asm migrate` of the version before, which brought nothing in after its revisions."""


def version_before(url: str) -> None:
    """Revision 0024 as it stood, with the rules that 0014, 0015 and 0021 wrote."""
    migrate(url, revision="0024", fill=nothing)
    script = ScriptDirectory(str(files("asm.db") / "migrations"))
    former = script.get_revision("0025").module.FORMER
    with connected(url) as connection, connection.begin():
        for table, columns in (
            ("notice_rule", "value->>'pace', (value->>'duty')::boolean"),
            ("notice_time", "(value->>'starts')::time, (value->>'ends')::time"),
            ("notice_limit", "(value->>'per_hour')::integer, (value->>'per_day')::integer"),
        ):
            key = "split_part(key, '/', 1)"
            if table == "notice_rule":
                key = f"{key}, split_part(key, '/', 2), split_part(key, '/', 3)"
            connection.execute(
                text(
                    f"INSERT INTO {table} SELECT {key}, {columns} FROM ({former}) AS was "
                    "WHERE name = :name"
                ),
                {"name": table},
            )


@pytest.mark.parametrize("newest", ["head", max(known_revisions())])
def test_a_new_database_has_what_the_product_says(empty_url: str, newest: str) -> None:
    migrate(empty_url, revision=newest, fill=install_rules)
    with connected(empty_url) as connection:
        for table in OF_THE_PRODUCT:
            assert content(connection, table) == of_the_product(table) != set()


def test_a_database_of_the_version_before_keeps_what_an_operator_changed(empty_url: str) -> None:
    version_before(empty_url)
    with connected(empty_url) as connection, connection.begin():
        silenced = {"topic": "reminder.early", "channel": "zalo"}
        connection.execute(delete(notice_rule).filter_by(**silenced))
        connection.execute(
            text("INSERT INTO notice_rule VALUES ('outage', 'landlord', 'pigeon', 'now', false)")
        )
        connection.execute(delete(notice_time).filter_by(topic="flag.digest"))
        connection.execute(update(notice_limit).values(per_hour=3).filter_by(channel="sms"))
    loud = {
        row for row in of_the_product(notice_rule) if row[::2][:2] != ("reminder.early", "zalo")
    }
    assert len(loud) < len(RULES)
    limits = {
        (name, 3 if name == "sms" else most, day)
        for name, most, day in of_the_product(notice_limit)
    }
    expected = {
        notice_rule: loud | {("outage", "landlord", "pigeon", "now", False)},
        notice_time: {row for row in of_the_product(notice_time) if row[0] != "flag.digest"},
        notice_limit: limits,
    }
    with connected(empty_url) as connection:
        # The second time nothing is new; the third, the newest revision goes down and up again.
        for back_to in ("0025", "0024", "0024"):
            migrate(empty_url, fill=install_rules)
            assert {table: content(connection, table) for table in OF_THE_PRODUCT} == expected
            downgrade(empty_url, back_to)


def test_what_the_product_says_anew_arrives_where_no_operator_decided(empty_url: str) -> None:
    migrate(empty_url, fill=install_rules)
    rules = {(rule.topic, rule.role, rule.channel): rule for rule in RULES}
    mail, text_message, push = (
        ("flag.medium", "ward_officer", "email"),
        ("flag.high", "ward_officer", "sms"),
        ("flag.high", "ward_officer", "web_push"),
    )
    with connected(empty_url) as connection, connection.begin():
        ours = {"topic": "flag.high", "role": "ward_officer", "channel": "sms"}
        connection.execute(update(notice_rule).values(pace="waking").filter_by(**ours))
    new = MessageRuleRow(topic="fire", role="landlord", channel="sms", pace="now", duty=False)
    today = rules | {
        mail: msgspec.structs.replace(rules[mail], pace="now"),
        text_message: msgspec.structs.replace(rules[text_message], pace="now"),
        ("fire", "landlord", "sms"): new,
    }
    del today[push]
    times = [
        msgspec.structs.replace(row, ends=time(22)) if row.topic == "reminder.early" else row
        for row in OF_THE_PRODUCT[notice_time]
    ]
    with connected(empty_url) as connection:
        install_rules(connection, {notice_rule: [*today.values()], notice_time: times})
        wanted = {msgspec.structs.astuple(rule) for rule in today.values()}
        wanted -= {msgspec.structs.astuple(today[text_message])}
        kept = msgspec.structs.replace(today[text_message], pace="waking")
        assert content(connection, notice_rule) == wanted | {msgspec.structs.astuple(kept)}
        assert content(connection, notice_time) == {msgspec.structs.astuple(row) for row in times}
        assert content(connection, notice_limit) == of_the_product(notice_limit)
