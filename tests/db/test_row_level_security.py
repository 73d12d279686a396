"""The database says again who sees what: it would hold even if a query forgot its scope."""

import uuid

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.sessions import actor_of_login
from asm.db.session import make_sessions
from asm.demo.cast import Cast
from tests.people import fresh_key, party, sign_in

SCOPED = {
    "facility", "room", "closure", "digital_address", "stay", "stay_version", "idempotency",
    "audit_entry", "outbox", "flag", "identity_check", "vault.person", "vault.guest_record",
    "facility_ward_past", "address_alias", "address_change",
    "incident", "incident_facility", "stay_excuse",
    "message", "delivery", "contact", "notice_preference", "notice_hours",
    "watch_list", "vault.watch_entry", "vault.watch_upload", "vault.also_found",
    "account_code", "software_client", "software_secret",
    "look_up", "look_up_officer", "look_up_alarm", "break_glass", "citizen_session",
    "citizen_dispute", "citizen_opening", "citizen_alarm", "step_up", "step_up_proof",
    "assisted_hour",
    "quiet_night", "silence_call", "shift_note",
    "counted_stay", "totals_state", "night_total", "ward_night", "origin_night", "origin_month",
    "release", "release_file", "catalogue_file", "gate", "gate_count",
    "flag_deed", "passed_case", "facility_visit", "ward_message", "stay_return",
    "province_total", "province_night", "province_flow", "ward_flow", "night_correction",
    "country_total", "country_night", "country_flow", "country_flow_night", "country_origin",
    "country_origin_night", "country_reason_night", "province_flow_night", "province_reason",
    "province_reason_night",
    "province_origin_night", "ward_reason", "ward_origin",
    "kept_forecast",
    "device", "device_refresh", "device_code", "account_answer",
    "passkey", "account_identity",
}  # fmt: skip
OWN_NAMES = {"stay_version", "stay_excuse", "stay_return"}
NOT_SCOPED = {
    "province", "ward", "boundary_load", "account", "web_session", "api_token", "membership",
    "sign_up", "sign_in_salt", "officer_ward", "passkey_answered",
    "tries", "known_origin",
    "area_event", "area_event_unit", "province_former", "ward_former", "area_alias",
    "notice_rule", "notice_time", "notice_run", "notice_limit", "rule_default", "announcement",
    "worker_heartbeat", "intake_refusal", "delivery_total",
    "check_round", "alembic_version", "spatial_ref_sys", "vault.wrapped_key",
    "installation", "installation_key", "last_backup",
}  # fmt: skip


async def _declare(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays", json=party(), headers=lan | fresh_key()
    )
    assert answer.status_code == 201, answer.text


async def test_every_table_is_scoped_or_said_to_be_open(admin_session: AsyncSession) -> None:
    rows = await admin_session.execute(
        text(
            "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname, "
            "c.relrowsecurity AND c.relforcerowsecurity FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'vault')"
        )
    )
    for name, forced in rows:
        base = "stay" if name.startswith("stay_") and name not in OWN_NAMES else name
        assert base in SCOPED | NOT_SCOPED, f"say whether {name} is scoped"
        assert forced is (base in SCOPED), name


async def test_the_logins_are_ordinary(admin_session: AsyncSession) -> None:
    rows = await admin_session.execute(
        text(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
            "WHERE rolname LIKE 'asm\\_%' AND rolname <> 'asm_admin'"
        )
    )
    logins = {row[0]: tuple(row[1:]) for row in rows}
    assert {"asm_owner", "asm_api", "asm_worker"} <= set(logins)
    for name in ("asm_owner", "asm_api", "asm_worker", "asm_keeper"):
        assert logins[name] == (False, False, False, False), name


@pytest.mark.parametrize(
    ("login", "sees"), [("lan", 1), ("pms", 1), ("minh", 1), ("hai", 0), ("thao", 0), ("admin", 0)]
)
async def test_a_query_without_a_scope_still_shows_only_ones_own(
    login: str,
    sees: int,
    client: httpx.AsyncClient,
    cast: Cast,
    api_engine: AsyncEngine,
) -> None:
    await _declare(client, cast)
    async with make_sessions(api_engine).begin() as session:
        await actor_of_login(session, login)
        for table in ("stay", "stay_version", "vault.person", "vault.guest_record"):
            count = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            assert count == sees, table


async def test_nobody_in_scope_sees_nothing(
    client: httpx.AsyncClient, cast: Cast, api_engine: AsyncEngine
) -> None:
    await _declare(client, cast)
    async with make_sessions(api_engine).begin() as session:
        await actor_of_login(session, "lan")
    # The same pooled connection, the next transaction: nothing of Lan's is left on it.
    async with make_sessions(api_engine).begin() as session:
        for table in ("stay", "facility", "room", "vault.guest_record"):
            count = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            assert count == 0, table


FORBIDDEN = [
    "DELETE FROM stay",
    "DELETE FROM stay_version",
    "UPDATE audit_entry SET action = 'x'",
    "DELETE FROM audit_entry",
    "SELECT * FROM audit_entry",
    "UPDATE vault.guest_record SET sealed = ''",
    "UPDATE vault.wrapped_key SET state = 'retired'",
    "DELETE FROM vault.wrapped_key",
    "UPDATE facility SET registered_by = NULL",
    "UPDATE account SET role = 'administrator'",
    "CREATE TABLE mine (id int)",
    "TRUNCATE stay",
    "SELECT * FROM stay_other",
    "SELECT ensure_stay_partitions(current_date, 1)",
]


async def test_the_api_login_may_not(db_session: AsyncSession) -> None:
    for statement in FORBIDDEN:
        async with db_session.begin_nested() as tried:
            with pytest.raises(DBAPIError, match="permission denied"):
                await db_session.execute(text(statement))
            await tried.rollback()


async def test_a_host_cannot_write_into_a_strangers_facility(
    cast: Cast, api_engine: AsyncEngine
) -> None:
    theirs = text("INSERT INTO vault.person (facility_id, ref, ward_code) VALUES (:f, :r, '00070')")
    async with make_sessions(api_engine)() as session:
        await actor_of_login(session, "hai")
        with pytest.raises(DBAPIError, match="row-level security"):
            await session.execute(theirs, {"f": cast.hoa_sen, "r": uuid.uuid4()})


async def test_citus_rules_hold_in_the_catalogue(admin_session: AsyncSession) -> None:
    """facility_id is NOT NULL and part of every unique key of the tables that are distributed."""
    rows = await admin_session.execute(
        text(
            "SELECT i.indrelid::regclass::text, array_agg(a.attname::text) FROM pg_index i "
            "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
            "WHERE i.indisunique AND i.indrelid::regclass::text IN "
            "('stay', 'stay_version', 'idempotency', 'audit_entry', 'outbox', 'flag', 'room', "
            " 'identity_check', 'closure', 'membership', 'vault.person', 'vault.guest_record', "
            " 'vault.also_found', "
            " 'stay_excuse', 'incident_facility', "
            " 'facility_ward_past', 'message', 'delivery') "
            "GROUP BY i.indexrelid, i.indrelid"
        )
    )
    key_columns = rows.all()
    assert len(key_columns) >= 12
    for table, columns in key_columns:
        assert "facility_id" in columns, (table, columns)
    triggers = await admin_session.execute(
        text("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    )
    # Counts by ward, of no facility, which one worker at a time writes (ADR 53).
    assert set(triggers.scalars()) == {"night_total", "ward_night", "origin_night"}


async def test_no_policy_makes_its_list_anew_for_each_row(admin_session: AsyncSession) -> None:
    # As PostgreSQL prints an array that is made outside the subquery: for 100 rows, 100 times.
    policies = await admin_session.execute(
        text(
            "SELECT polname FROM pg_policy WHERE concat(pg_get_expr(polqual, polrelid), "
            "pg_get_expr(polwithcheck, polrelid)) LIKE '%AS string_to_array))::uuid[]%'"
        )
    )
    assert policies.scalars().all() == []
