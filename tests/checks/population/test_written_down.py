"""Who opens a guest's record has first written it down for good."""

from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

import asm.checks.population.verify_identities as verifying
from asm.checks.population.verify_identities import look_up_identities
from tests.checks.desks import Desks, somebody
from tests.checks.population.ward import GOOD, OTHER, TIME_PASSES, UNKNOWN, Ward, of
from tests.conftest import Database
from tests.demo.population.service import Service


async def test_the_look_up_is_written_down_for_good_before_anything_is_opened(
    desks: Desks, ward: Ward, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = await of(desks, somebody(GOOD), somebody(UNKNOWN))
    theirs = await of(desks, somebody(OTHER), login="tuan")
    seen: list[int] = []
    really_open = verifying.open_sealed

    def watch(*arguments: Any) -> Any:
        # Another connection sees only what is committed.
        with psycopg.connect(database.admin_url) as other:
            counted = other.execute(
                "SELECT count(*) FROM audit_entry WHERE action = 'identity.looked_up' "
                "AND details->'records' ? %s",
                [str(arguments[2].id)],
            ).fetchone()
            busy = other.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'asm-test-worker' AND state <> 'idle'"
            ).fetchone()
        assert counted is not None
        assert busy == (0,), "no transaction is open meanwhile"
        seen.append(counted[0])
        return really_open(*arguments)

    monkeypatch.setattr(verifying, "open_sealed", watch)
    await ward.look_up()
    assert seen == [1, 1, 1]
    written = await ward.written()
    assert {(row.facility_id, row.ward_code) for row in written} == {
        (desks.cast.hoa_sen, "00070"),
        (desks.cast.guest_house_b, "00004"),
    }
    assert {row.actor_role for row in written} == {"worker"}
    assert {row.details["guests"] for row in written} == {1, 2}
    assert len(ours) + len(theirs) == 3


async def test_what_cannot_be_written_down_is_not_opened(
    desks: Desks, ward: Ward, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await of(desks, somebody(GOOD))
    await ward.drained()
    opened: list[Any] = []
    monkeypatch.setattr(verifying, "open_sealed", lambda *arguments: opened.append(arguments))
    before = service.seen("questions")
    await ward.change("REVOKE INSERT ON audit_entry FROM asm_worker")
    with pytest.raises(DBAPIError, match="audit_entry"):
        await look_up_identities(ward.worker, ward.keys, ward.client)
    assert opened == []
    assert service.seen("questions") == before

    monkeypatch.undo()
    await ward.change("GRANT INSERT ON audit_entry TO asm_worker")
    await ward.change(TIME_PASSES)
    assert (await ward.look_up()).verified == 1
