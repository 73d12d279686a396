"""A ward's night as a standby of the database shows it: how old it is, and that nobody is called
silent by what is old.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.analytics.spoken import SpokenTonight, spoken_tonight
from asm.analytics.tonight import FRESH, Tonight, ward_tonight
from asm.db.error_kinds import is_away, is_locked_out
from asm.db.session import make_engine, make_sessions
from asm.demo.cast import WARD_A, Cast
from asm.wards.evening.evening import Evening, ward_evening
from local.machine.ports import any_free_port
from local.machine.processes import Started
from local.postgres.cluster import ADMIN, PrivateCluster, stop_server
from local.postgres.data_folder import provide_data_folder
from tests.conftest import PASSWORDS, Database
from tests.faults.worker_process import until
from tests.people import fresh_key, party, sign_in
from tests.services import TEST_SETTINGS, TestServices

OLD = FRESH + timedelta(seconds=1)


class Standby:
    """A copy of the run's cluster that follows it."""

    def __init__(self, primary: PrivateCluster, folder: Path, log: Path) -> None:
        self.primary = primary
        self.cluster = PrivateCluster(
            installation=primary.installation,
            folder=folder,
            port=any_free_port(),
            password=primary.password,
            log=log,
            owner=primary.owner,
            # What is in the way of what the primary did is cancelled at once. It never fails, and
            # to start it would write thousands of files to the disk first.
            overrides=TEST_SETTINGS | {"max_standby_streaming_delay": "0", "fsync": "off"},
        )
        owner = primary.owner
        subprocess.run(
            [primary.installation.program("pg_basebackup"), "-w", "-R", "-X", "stream", "-c",
             "fast", "-D", str(self.cluster.data), "-h", "127.0.0.1", "-p", str(primary.port),
             "-U", ADMIN],
            user=owner.uid if owner else None, group=owner.gid if owner else None,
            extra_groups=[] if owner else None, cwd="/", check=True,
            env={**os.environ, "PGPASSWORD": primary.password},
        )  # fmt: skip
        self.server: Started = self._start()

    def _start(self) -> Started:
        server = self.cluster.launch()
        self.cluster.wait_until_ready(server)
        return server

    def stop(self) -> None:
        stop_server(self.server)

    def start_without_primary(self) -> None:
        """Once more, with nobody to follow."""
        self.stop()
        followed = self.cluster.data / "postgresql.auto.conf"
        followed.write_text("", encoding="utf-8")
        self.server = self._start()

    async def caught_up(self) -> None:
        """Wait until it has all that the primary has now."""
        newest = self.primary.query("SELECT pg_current_wal_flush_lsn()")

        async def has() -> bool:
            answer = self.cluster.query(f"SELECT pg_last_wal_replay_lsn() >= '{newest}'")
            return answer == "t"

        await until(has, "the standby has what the primary has")


class Seen(NamedTuple):
    tonight: Tonight
    spoken: SpokenTonight
    evening: Evening


@pytest.fixture
def standby(services: TestServices, database: Database, tmp_path: Path) -> Iterator[Standby]:
    """Beside the primary's data, which are removed even if the run is broken off."""
    primary = services.cluster
    folder = provide_data_folder(primary.folder / "standby", primary.owner)
    copy = Standby(primary, folder, tmp_path / "standby.log")
    try:
        yield copy
    finally:
        copy.stop()
        shutil.rmtree(folder)


def engine_of(standby: Standby, database: Database) -> AsyncEngine:
    url = standby.cluster.url("asm_api", PASSWORDS["asm_api"], database.name)
    return make_engine(url, pool_size=2, name="asm-test-standby")


async def seen_by_minh(
    standby: Standby, database: Database, later: timedelta = timedelta(0)
) -> Seen:
    """What the ward's officer reads there, some time from now."""
    engine = engine_of(standby, database)
    try:
        async with make_sessions(engine)() as session:
            actor = await actor_of_login(session, "minh")
            scope = Scope(session, msgspec.structs.replace(actor, now=actor.now + later))
            return Seen(
                await ward_tonight(scope, WARD_A),
                await spoken_tonight(scope, WARD_A),
                await ward_evening(scope, WARD_A),
            )
    finally:
        await engine.dispose()


async def declare(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays",
        json=party(),
        headers=await sign_in(client, cast, "lan") | fresh_key(),
    )
    assert answer.status_code == 201, answer.text


async def now_of(engine: AsyncEngine) -> datetime:
    async with make_sessions(engine)() as session:
        at: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
        return at


async def test_who_declared_since_is_not_called_silent_by_an_old_page(
    standby: Standby, database: Database, client: httpx.AsyncClient, cast: Cast,
    admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    await sign_in(client, cast, "hai")  # something to receive
    await standby.caught_up()
    at_first = await seen_by_minh(standby, database)
    assert at_first.tonight.certain
    assert at_first.spoken.certain
    standby.cluster.query("SELECT pg_wal_replay_pause()")
    await _is(standby, "SELECT pg_get_wal_replay_pause_state() = 'paused'")
    before = await now_of(admin_engine)
    await declare(client, cast)
    old = await seen_by_minh(standby, database, OLD)
    # It does not know yet, says up to when it knows, and has nobody called.
    assert cast.hoa_sen in {each.id for each in old.tonight.silent}
    assert old.tonight.as_of <= before
    assert old.spoken.as_of <= before
    assert (old.tonight.certain, old.spoken.certain, old.evening.tonight.certain) == (
        False, False, False,
    )  # fmt: skip
    assert old.evening.silence.to_call == []
    standby.cluster.query("SELECT pg_wal_replay_resume()")
    await standby.caught_up()
    again = await seen_by_minh(standby, database)
    assert again.tonight.certain
    assert cast.hoa_sen in {each.id for each in again.tonight.declared}


async def test_one_that_received_nothing_since_it_started_does_not_say_that_it_is_new(
    standby: Standby, database: Database, client: httpx.AsyncClient, cast: Cast,
    admin_engine: AsyncEngine,
) -> None:  # fmt: skip
    standby.primary.query("CHECKPOINT")
    await standby.caught_up()
    standby.start_without_primary()
    nothing = "SELECT pg_last_xact_replay_timestamp() IS NULL"
    assert standby.cluster.query(nothing) == "t", "it would say by itself how old it is"
    before = await now_of(admin_engine)
    await declare(client, cast)
    old = await seen_by_minh(standby, database, OLD)
    assert old.tonight.as_of <= before
    assert (old.tonight.certain, old.spoken.certain) == (False, False)
    assert old.evening.silence.to_call == []


async def test_a_conflict_with_recovery_is_to_be_tried_again(
    standby: Standby, database: Database
) -> None:
    """The primary's change is in the way of what is read, which is cancelled or loses its link."""
    standby.primary.query("CREATE TABLE in_the_way (); GRANT ALL ON in_the_way TO asm_api",
                          dbname=database.name)  # fmt: skip
    await standby.caught_up()
    engine = engine_of(standby, database)

    async def read() -> None:
        async with make_sessions(engine)() as session:
            await session.execute(text("SELECT pg_sleep(60), count(*) FROM in_the_way"))

    reading = asyncio.create_task(read())
    reads = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'in_the_way'::regclass AND granted"
    await _is(standby, reads, database.name)
    standby.primary.query("BEGIN; LOCK TABLE in_the_way; COMMIT", dbname=database.name)
    with pytest.raises(DBAPIError) as refused:
        await reading
    assert is_locked_out(refused.value) or is_away(refused.value), refused.value
    await engine.dispose()


async def _is(standby: Standby, question: str, dbname: str = "postgres") -> None:
    async def holds() -> bool:
        return standby.cluster.query(question, dbname=dbname) == "t"

    await until(holds, question)
