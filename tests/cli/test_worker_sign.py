"""`asm worker --healthy`: what supervises the worker learns that it is dead."""

import asyncio
import dataclasses
import json
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.outbox.heartbeat import WORKER_SILENT_S, beat, sign_off, worker_name
from asm.settings import MetricsSettings, Settings
from local.machine.ports import any_free_port
from tests.cli.run_asm import run_asm
from tests.faults.worker_process import count, until, worker_process
from tests.outbox.rows import put
from tests.serve import environment

HEARTBEATS = "SELECT count(*) FROM worker_heartbeat"
#: A message for tomorrow.
WAITING = text("""
INSERT INTO delivery (facility_id, id, message_id, account_id, contact_id, channel, next_attempt_at)
VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
  gen_random_uuid(), 'sms', now() + interval '1 day')
""")
GROWN_OLD = text("UPDATE worker_heartbeat SET at = at - make_interval(secs => :silent + 1)")


async def answer_of(settings: Settings, *more: str) -> tuple[int, dict[str, Any]]:
    """Exit status and answer of the command, with the worker's variables alone."""
    taken_away = {"ASM_DATABASE_URL", "ASM_ADMIN_DATABASE_URL"}
    given = {
        name: value for name, value in environment(settings, 8000).items() if name not in taken_away
    }
    # In a process of its own, as for who supervises it: in this one, the logs of all that runs here
    # meanwhile go to the same standard output.
    done = await asyncio.to_thread(run_asm, ["worker", "--healthy", *more], given)
    return done.returncode, json.loads(done.stdout or done.stderr)


async def test_a_killed_worker_is_not_healthy(
    settings: Settings, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    settings = dataclasses.replace(settings, metrics=MetricsSettings(worker_port=any_free_port()))
    await put(admin_engine, "a")
    async with one_transaction(admin_engine) as session:
        await session.execute(WAITING)

    async def started() -> bool:
        return await count(admin_engine, HEARTBEATS) > 0

    with worker_process(settings) as worker:
        await until(started, "the worker's first sign of life")
        status, answer = await answer_of(settings)
        assert (status, answer["worker"]) == (0, worker_name(worker.child.pid)), answer
        assert answer["silent_s"] <= WORKER_SILENT_S
        async with httpx.AsyncClient() as client:
            port = settings.metrics.worker_port
            figures = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        assert "asm_worker_rows_total" in figures
        assert "asm_database_up 1.0" in figures
        assert 'asm_deliveries_waiting{channel="sms"} 1.0' in figures
        worker.kill()
    async with one_transaction(admin_engine) as session:
        await session.execute(GROWN_OLD, {"silent": WORKER_SILENT_S})  # as time does
    status, answer = await answer_of(settings)
    assert (status, answer["code"]) == (1, "worker_silent")
    await sign_off(worker_engine, worker_name(worker.child.pid))
    assert (await answer_of(settings))[1]["code"] == "worker_never_seen"


async def test_another_machine_s_worker_is_not_ours(
    settings: Settings, worker_engine: AsyncEngine
) -> None:
    await beat(worker_engine, "elsewhere:1")
    assert (await answer_of(settings))[1]["code"] == "worker_never_seen"
    await beat(worker_engine, worker_name(4194303))
    assert (await answer_of(settings))[0] == 0
    assert (await answer_of(settings, "--pid", "4194302"))[1]["code"] == "worker_never_seen"


async def test_nobody_can_tell_without_the_database(settings: Settings) -> None:
    away = f"postgresql://asm_worker:x@127.0.0.1:{any_free_port()}/asm"
    status, answer = await answer_of(dataclasses.replace(settings, worker_database_url=away))
    assert (status, answer["code"]) == (2, "database_away")
