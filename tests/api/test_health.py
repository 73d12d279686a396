"""Liveness and readiness in each state that a process can be in."""

import ast
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import asm.api.health
from asm.api.health import DETAILS, health_handlers
from asm.db.migrate import downgrade
from asm.db.session import make_engine, one_transaction
from asm.outbox.heartbeat import WORKER_SILENT_S, beat, sign_off
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.conftest import Database


class Process:
    """A web process of nothing but health pages, whose parts a test may take away."""

    def __init__(self, engine: AsyncEngine, redis: Redis, settings: Settings) -> None:
        self.app = Litestar(
            route_handlers=health_handlers,
            state=State({"engine": engine, "redis": redis, "settings": settings}),
            openapi_config=None,
        )

    async def get(self, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get(path)

    async def ready(self) -> tuple[int, str, dict[str, str]]:
        """Status code, status word and what is wrong."""
        answer = await self.get("/health/ready")
        report: dict[str, Any] = answer.json()
        wrong = {n: c["detail"] for n, c in report["checks"].items() if "detail" in c}
        assert set(report["checks"]) == {"database", "disk", "redis", "worker"}
        return answer.status_code, report["status"], wrong


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    client = Redis.from_url(settings.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def process(
    api_engine: AsyncEngine, worker_engine: AsyncEngine, redis: Redis, settings: Settings
) -> Process:
    await beat(worker_engine, "test:1")
    return Process(api_engine, redis, settings)


async def test_all_is_well(process: Process) -> None:
    answer = await process.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {name: {"ok": True} for name in ("database", "disk", "redis", "worker")},
    }


async def test_the_application_serves_both(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "ok"}
    assert (await client.get("/health/ready")).json()["status"] == "degraded"


async def test_without_a_worker_declarations_still_go_in(
    process: Process, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("UPDATE worker_heartbeat SET at = at - make_interval(secs => :silent + 1)"),
            {"silent": WORKER_SILENT_S},
        )
    assert await process.ready() == (200, "degraded", {"worker": "silent"})
    await beat(worker_engine, "test:2")
    assert await process.ready() == (200, "ok", {})
    await sign_off(worker_engine, "test:2")
    await sign_off(worker_engine, "test:1")
    assert await process.ready() == (200, "degraded", {"worker": "never_seen"})


async def test_old_heartbeats_are_removed(
    worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    await beat(worker_engine, "killed")
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE worker_heartbeat SET at = at - interval '2 hours'"))
    await beat(worker_engine, "alive")
    await beat(worker_engine, "alive")
    async with one_transaction(admin_engine) as session:
        names = await session.execute(text("SELECT name FROM worker_heartbeat"))
        assert names.scalars().all() == ["alive"]


async def test_monitoring_hears_of_a_dead_worker(
    process: Process, worker_engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    for path in ("/health/all", "/health/worker"):
        assert (await process.get(path)).status_code == 200, path
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE worker_heartbeat SET at = at - interval '1 minute'"))
    everything, worker = await process.get("/health/all"), await process.get("/health/worker")
    assert (everything.status_code, everything.json()["status"]) == (503, "degraded")
    assert (worker.status_code, worker.json()) == (503, {"ok": False, "detail": "silent"})
    await sign_off(worker_engine, "test:1")
    worker = await process.get("/health/worker")
    assert (worker.status_code, worker.json()["detail"]) == (503, "never_seen")


def test_the_page_knows_every_detail() -> None:
    """docs/health.md is written from DETAILS."""
    tree = ast.parse(Path(asm.api.health.__file__).read_text("utf-8"))
    said = {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "detail"
        if isinstance(node.value, ast.Constant)
    }
    assert said == {code for codes in DETAILS.values() for code in codes}


async def test_without_redis_declarations_still_go_in(
    process: Process, api_engine: AsyncEngine, settings: Settings
) -> None:
    nothing_there = Redis.from_url(f"redis://127.0.0.1:{any_free_port()}")
    without = Process(api_engine, nothing_there, settings)
    assert await without.ready() == (200, "degraded", {"redis": "unreachable"})
    await nothing_there.aclose()


async def test_without_the_database_none_do(
    process: Process, redis: Redis, settings: Settings
) -> None:
    nothing_there = make_engine(f"postgresql://asm_api:x@127.0.0.1:{any_free_port()}/asm")
    without = Process(nothing_there, redis, settings)
    wrong = {"database": "unreachable", "worker": "unknown"}
    assert await without.ready() == (503, "failing", wrong)
    assert (await without.get("/health/worker")).json() == {"ok": False, "detail": "unknown"}
    assert (await without.get("/health/all")).status_code == 503
    assert (await without.get("/health/live")).status_code == 200
    await nothing_there.dispose()


async def test_with_an_older_schema_none_do(process: Process, database: Database) -> None:
    downgrade(database.admin_url, "0004")
    status, word, wrong = await process.ready()
    assert (status, word) == (503, "failing")
    assert wrong["database"] in {"schema_behind", "schema_missing"}


async def test_with_a_newer_schema_they_do(process: Process, admin_engine: AsyncEngine) -> None:
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert await process.ready() == (200, "ok", {"database": "schema_ahead"})
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    assert await process.ready() == (503, "failing", {"database": "schema_behind"})


@pytest.mark.parametrize("way", ["full", "missing"])
async def test_without_disk_none_do(
    way: str, process: Process, api_engine: AsyncEngine, redis: Redis, settings: Settings,
    tmp_path: Path,
) -> None:  # fmt: skip
    if way == "full":
        short, detail = dataclasses.replace(settings, minimum_free_bytes=2**62), "low_space"
    else:
        short, detail = dataclasses.replace(settings, data_dir=tmp_path / "gone"), "folder_missing"
    without = Process(api_engine, redis, short)
    assert await without.ready() == (503, "failing", {"disk": detail})
