"""A population service that hangs, fails or is gone harms nobody: declaring goes on, the outbox is
emptied, and a worker killed in the middle of a look-up leaves nothing half done.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.settings import Settings
from tests.checks.desks import flags, rows
from tests.demo.population.service import Service, service_in
from tests.faults.worker_process import QUICK, count, outbox_empty, until, worker_process
from tests.people import all_stays, fresh_key, guest, party, sign_in

pytestmark = pytest.mark.slow
WAITING = "SELECT count(*) FROM identity_check WHERE status = 'pending'"
TIME_PASSES = (
    "UPDATE identity_check SET next_attempt_at = clock_timestamp(), "
    "leased_until = least(leased_until, clock_timestamp())"
)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The worker's environment names it."""
    folder = tmp_path / "simulator"
    folder.mkdir()
    with service_in(folder) as running:
        monkeypatch.setenv("ASM_POPULATION_URL", running.url)
        monkeypatch.setenv("ASM_POPULATION_TOKEN_FILE", str(running.token_file))
        yield running


class Desk:
    """Lan at her desk, over HTTP."""

    def __init__(self, http: httpx.AsyncClient, cast: Cast, token: dict[str, str]) -> None:
        self.http, self.token = http, token
        self.stays = f"/api/v1/facilities/{cast.hoa_sen}/stays"

    async def declare(self, *numbers: str) -> None:
        guests = [guest(document_number=number) for number in numbers]
        answer = await self.http.post(
            self.stays, json=party(*guests), headers=self.token | fresh_key()
        )
        assert answer.status_code == 201, answer.text

    async def identities(self) -> dict[str, str]:
        listed = await all_stays(self.http, self.stays, self.token)
        return {stay["guest"]["document_number"]: stay["identity"] for stay in listed}


@pytest.fixture
async def desk(live_server: str, cast: Cast) -> Any:
    async with httpx.AsyncClient(base_url=live_server, timeout=30) as http:
        yield Desk(http, cast, await sign_in(http, cast, "lan"))


async def let_time_pass(admin_engine: AsyncEngine) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text(TIME_PASSES))


def numbers(start: int, people: int) -> list[str]:
    """Of people whom the simulator knows."""
    return [f"00109090{start:02}{n}1" for n in range(people)]


async def test_while_the_service_hangs_everything_else_goes_on(
    desk: Desk, service: Service, settings: Settings, admin_engine: AsyncEngine
) -> None:
    service.control(hang=True)
    with worker_process(settings) as worker:
        await desk.declare(*numbers(0, 3))

        async def asking() -> bool:
            return service.seen("hanging") > 0

        await until(asking, "the worker to wait for the service")
        hanging_since = (await rows(admin_engine, "SELECT clock_timestamp() AS now"))[0].now
        for start in range(1, 11):
            await desk.declare(*numbers(start, 2))
        await until(lambda: outbox_empty(admin_engine), "the outbox to be emptied meanwhile")
        assert service.seen("hanging") >= 1, "it was asked"
        # Its drains open transactions all the time; none was held open for the service.
        transactions = (
            "SELECT xact_start FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'asm-worker' AND xact_start IS NOT NULL"
        )
        opened = [row.xact_start for row in await rows(admin_engine, transactions)]
        assert [at for at in opened if at < hanging_since] == []
        identities = await desk.identities()
        assert set(identities.values()) == {"not_yet_checked"}
        assert len(identities) == 23

        service.control(hang=False)
        await until(lambda: none_waits(admin_engine), "all answers")
        assert set((await desk.identities()).values()) == {"verified"}
        assert await worker.end() == 0
        assert_no_person_is_named(worker.said(), service)


async def none_waits(admin_engine: AsyncEngine) -> bool:
    return await count(admin_engine, WAITING) == 0


def assert_no_person_is_named(said: str, service: Service) -> None:
    for log in (said, service.log.read_text(encoding="utf-8")):
        for personal in ("00109090", "Mẫu", service.token):
            assert personal not in log


async def test_killed_between_claim_and_answer_it_is_done_again_and_once(
    desk: Desk, service: Service, settings: Settings, admin_engine: AsyncEngine
) -> None:
    service.control(hang=True)
    await desk.declare("001090900001", "001090900088")

    async def asking() -> bool:
        return service.seen("hanging") > 0

    with worker_process(settings) as worker:
        await until(asking, "the worker to wait for the service")
        worker.kill()
    assert set((await desk.identities()).values()) == {"not_yet_checked"}
    leased = "SELECT count(*) FROM identity_check WHERE leased_until > clock_timestamp()"
    assert await count(admin_engine, leased) == 2
    service.control(hang=False)
    await let_time_pass(admin_engine)
    with worker_process(settings) as worker:
        await until(lambda: none_waits(admin_engine), "the next worker to ask again")
        assert await worker.end() == 0
        assert_no_person_is_named(worker.said(), service)
    assert await desk.identities() == {
        "001090900001": "verified",
        "001090900088": "does_not_match",
    }
    assert len(await flags(admin_engine, "identity-mismatch")) == 1
    written = await rows(
        admin_engine, "SELECT details FROM audit_entry WHERE action = 'identity.looked_up'"
    )
    assert [row.details["guests"] for row in written] == [2, 2], "two look-ups, two entries"


async def test_after_an_outage_the_breaker_closes_by_itself(
    desk: Desk, service: Service, settings: Settings, admin_engine: AsyncEngine
) -> None:
    service.kill()
    await desk.declare(*numbers(0, 5))
    with worker_process(settings, QUICK) as worker:

        async def opened() -> bool:
            await let_time_pass(admin_engine)
            return '"breaker":"open"' in worker.said().replace('": "', '":"')

        await until(opened, "the breaker to open")
        service.start()
        await until(lambda: outbox_empty(admin_engine), "the outbox to be emptied meanwhile")

        async def recovered() -> bool:
            await let_time_pass(admin_engine)
            return await none_waits(admin_engine)

        await until(recovered, "the probe and then the rest")
        assert await worker.end() == 0
        said = [json.loads(line) for line in worker.said().splitlines()]
    looked_up = [line for line in said if line["event"] == "identities_looked_up"]
    assert sum(line["verified"] for line in looked_up) == 5
    failed = [n for n, line in enumerate(said) if line["event"] == "population_service_failed"]
    # The failed round's own line comes first. Whether the probe's answer is kept depends on its
    # lease, which time passing here may end; that it asked about one person does not.
    after_failure = [line for line in said[failed[-1] :] if line["event"] == "identities_looked_up"]
    assert after_failure[1]["claimed"] == 1, "one person probes"


async def test_without_an_address_nobody_is_asked_about(
    desk: Desk, settings: Settings, admin_engine: AsyncEngine
) -> None:
    await desk.declare(*numbers(0, 1))
    with worker_process(settings) as worker:
        await until(lambda: outbox_empty(admin_engine), "an empty outbox")
        assert await worker.end() == 0
    assert await desk.identities() == {"001090900001": "not_yet_checked"}
    looked_up = "SELECT count(*) FROM audit_entry WHERE action = 'identity.looked_up'"
    assert await count(admin_engine, looked_up) == 0
    assert await count(admin_engine, WAITING) == 1, "it waits for the day there is one"


@pytest.mark.parametrize(
    ("url", "reason"),
    [("http://population.example", "must begin with https"), ("", "cannot be read")],
)
async def test_a_set_up_that_cannot_work_is_refused_at_the_start(
    url: str, reason: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    if url:
        monkeypatch.setenv("ASM_POPULATION_URL", url)
    else:
        monkeypatch.setenv("ASM_POPULATION_TOKEN_FILE", str(settings.data_dir / "none"))
    with worker_process(settings) as worker:
        assert await exit_code_of(worker) == 1
        assert reason in worker.said()
        assert "Traceback" not in worker.said()


async def exit_code_of(worker: Any) -> int:
    async def ended() -> bool:
        return worker.child.poll() is not None

    await until(ended, "the worker to give up")
    return int(worker.child.returncode)
