"""Declaring while PostgreSQL and the web process are killed: what was acknowledged is there."""

import asyncio
import dataclasses
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.migrate import migrate
from asm.db.session import make_engine, make_sessions, one_transaction
from asm.demo.cast import Cast, seed_cast
from asm.geo.areas.fill_areas import seed_areas
from asm.install.belonging.installation import note_installation
from asm.notify.install_rules import install_rules
from asm.outbox.topics import Topic
from asm.settings import Settings
from local.machine import processes
from local.machine.os_user import service_user
from local.machine.ports import any_free_port
from local.machine.processes import Started
from local.postgres.cluster import PrivateCluster, stop_server
from local.postgres.data_folder import provide_data_folder
from local.postgres.installation import find_installation
from tests.conftest import PASSWORDS, Database, _as_role
from tests.faults.worker_process import PATIENCE_S, count, until
from tests.people import fresh_key, guest, party, sign_in
from tests.serve import NO_CERTIFICATES, environment
from tests.services import TEST_SETTINGS

PEOPLE = 8
EACH = 25


@dataclass
class OwnPostgres:
    """A cluster that only this test uses, to be killed at will."""

    cluster: PrivateCluster
    server: Started
    kills: int = 0

    def kill_and_start(self) -> None:
        os.kill(self.server.pid, signal.SIGKILL)
        processes.stop(self.server)  # collects it
        self.server = self.cluster.launch()
        self.cluster.wait_until_ready(self.server)
        self.kills += 1


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[OwnPostgres]:
    installation = find_installation()
    assert installation is not None
    owner = service_user()
    folder = provide_data_folder(
        tmp_path / "pg", owner, fallback_parent=Path(tempfile.gettempdir())
    )
    cluster = PrivateCluster(
        installation=installation,
        folder=folder,
        port=any_free_port(),
        password="own-postgres-password",
        log=tmp_path / "own-postgres.log",
        owner=owner,
        overrides=TEST_SETTINGS,
    )
    cluster.create(sync=False)
    own = OwnPostgres(cluster, cluster.launch())
    cluster.wait_until_ready(own.server)
    yield own
    stop_server(own.server)


@dataclass
class WebProcess:
    """What `asm web` becomes, on one port, however often it is killed."""

    settings: Settings
    port: int = field(default_factory=any_free_port)
    kills: int = 0
    child: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "asm.server"],
            env=environment(self.settings, self.port),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self.child

    def kill_and_start(self) -> None:
        self.end()
        self.start()
        self.kills += 1

    def end(self) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    async def lives(self) -> bool:
        async with httpx.AsyncClient(verify=NO_CERTIFICATES) as client:
            try:
                return (await client.get(f"{self.address}/health/live")).status_code == 200
            except httpx.TransportError:
                return False


@asynccontextmanager
async def web_process(settings: Settings) -> AsyncIterator[WebProcess]:
    web = WebProcess(settings)
    web.start()
    try:
        await until(web.lives, "the web process to answer")
        yield web
    finally:
        web.end()


@dataclass
class Crowd:
    """People who send each declaration until it is acknowledged, always with the same key."""

    address: str
    headers: dict[str, str]
    url: str
    receipts: dict[str, str] = field(default_factory=dict)
    tries: int = 0

    async def person(self) -> None:
        async with httpx.AsyncClient(base_url=self.address, timeout=30) as client:
            for _ in range(EACH):
                await self.declare(client, party(guest()), fresh_key())

    async def declare(
        self, client: httpx.AsyncClient, body: dict[str, Any], key: dict[str, str]
    ) -> None:
        while True:
            self.tries += 1
            try:
                answer = await client.post(self.url, json=body, headers=self.headers | key)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code in {200, 201}:
                result = answer.json()["results"][0]
                self.receipts[result["stay_id"]] = result["receipt"]["number"]
                return
            assert answer.status_code in {409, 503}, answer.text
            await asyncio.sleep(0.1)

    async def reaches(self, number: int) -> None:
        async def there() -> bool:
            return len(self.receipts) >= number

        await until(there, f"{number} receipts")


async def list_damage(engine: AsyncEngine, receipts: dict[str, str]) -> list[str]:
    """What is lost, doubled or torn."""
    async with make_sessions(engine)() as session:
        rows = (await session.execute(text("SELECT id, receipt_number FROM stay"))).all()
    stored = {str(row.id): row.receipt_number for row in rows}
    damage = [f"lost {stay}" for stay, number in receipts.items() if stored.get(stay) != number]
    damage += [f"doubled {stay}" for stay in stored.keys() - receipts.keys()]
    # The outbox also tells of the incidents that the kills are.
    events = f"outbox WHERE topic = '{Topic.STAY_CHANGED}'"
    for table in ("stay_version", "vault.guest_record", events, "idempotency"):
        there = await count(engine, f"SELECT count(*) FROM {table}")
        damage += [f"{table} has {there}"] if there != len(receipts) else []
    audited = "SELECT count(*) FROM audit_entry WHERE action = 'stays.declared'"
    there = await count(engine, audited)
    return damage + ([f"the audit trail has {there}"] if there != len(receipts) else [])


async def test_killed_under_load_nothing_acknowledged_is_lost_or_doubled(
    own_postgres: OwnPostgres, settings: Settings
) -> None:
    """PostgreSQL twice and the web process twice; then a control for the check itself."""
    cluster = own_postgres.cluster
    cluster.create_database("asm")
    admin_url = cluster.admin_url("asm")
    await asyncio.to_thread(migrate, admin_url, fill=install_rules, passwords=PASSWORDS)
    admin = make_engine(admin_url, name="asm-test-admin")
    async with one_transaction(admin) as session:
        await seed_areas(session)
    async with one_transaction(admin) as session:
        cast = await seed_cast(session)
    # The passwords of the cast open nothing elsewhere.
    await note_installation(admin, "demo")
    settings = dataclasses.replace(
        settings, database_url=_as_role(admin_url, "asm_api"), admin_database_url=admin_url
    )
    async with web_process(settings) as web:
        async with httpx.AsyncClient(base_url=web.address, timeout=30) as client:
            lan = await sign_in(client, cast, "lan")
        crowd = Crowd(web.address, lan, f"/api/v1/facilities/{cast.hoa_sen}/stays")
        people = [asyncio.create_task(crowd.person()) for _ in range(PEOPLE)]
        for receipts, victim in ((30, own_postgres), (70, web), (110, own_postgres), (150, web)):
            await crowd.reaches(receipts)
            await asyncio.to_thread(victim.kill_and_start)
        await asyncio.gather(*people)
    assert (own_postgres.kills, web.kills) == (2, 2)
    assert len(crowd.receipts) == PEOPLE * EACH
    assert crowd.tries > PEOPLE * EACH
    assert await list_damage(admin, crowd.receipts) == []
    gone = next(iter(crowd.receipts))
    async with one_transaction(admin) as session:
        await session.execute(text("DELETE FROM stay WHERE id = :id"), {"id": gone})
    assert await list_damage(admin, crowd.receipts) == [f"lost {gone}"]
    await admin.dispose()


async def test_told_to_end_it_answers_who_is_waiting(
    settings: Settings, cast: Cast, database: Database, admin_engine: AsyncEngine
) -> None:
    stuck = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'asm-write' AND wait_event_type = 'Lock'"
    )
    async with web_process(settings) as web, httpx.AsyncClient(
        base_url=web.address, timeout=PATIENCE_S
    ) as client:  # fmt: skip
        lan = await sign_in(client, cast, "lan")
        url = f"/api/v1/facilities/{cast.hoa_sen}/stays"
        # Open the connections first: who has none when the door closes is not waiting inside.
        await asyncio.gather(*(client.get("/health/live") for _ in range(12)))
        async with await psycopg.AsyncConnection.connect(database.admin_url) as holder:
            await holder.execute("LOCK TABLE stay_version IN EXCLUSIVE MODE")
            sending = [
                asyncio.create_task(
                    client.post(
                        url, json=party(), headers=lan | {"Idempotency-Key": f"drain-{uuid4()}"}
                    )
                )
                for _ in range(12)
            ]

            async def held() -> bool:
                return await count(admin_engine, stuck) > 0

            await until(held, "the writer to be in its batch")
            assert web.child is not None
            web.child.send_signal(signal.SIGTERM)
            await holder.rollback()
        ended = await asyncio.gather(*sending, return_exceptions=True)
        assert await asyncio.to_thread(web.child.wait, PATIENCE_S) in {0, -signal.SIGTERM}
    # Whoever was held up for too long by the lock was told so. A request that had not been read
    # when the door closed is cut off: it is not stored, and its sender knows to send it again.
    answers = [answer for answer in ended if isinstance(answer, httpx.Response)]
    assert all(isinstance(outcome, httpx.Response | httpx.TransportError) for outcome in ended)
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    accepted = sum(answer.status_code == 201 for answer in answers)
    assert accepted >= 1
    assert await count(admin_engine, "SELECT count(*) FROM stay") == accepted
