import asyncio
import logging
from collections.abc import Iterator

import psutil
import pytest

from asm.intake.sandbox.pool import PoolLimits, WorkerPool, _Worker
from asm.intake.sandbox.sandbox import LimitExceeded

JOBS = f"{__package__}.pool_jobs"


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    """One worker that does what the data says."""
    opened = WorkerPool(f"{JOBS}:by_order", PoolLimits(workers=1, cpu_s=1, wall_s=3))
    yield opened
    opened.close()


def pool_of(job: str, **limits: int) -> WorkerPool:
    return WorkerPool(f"{JOBS}:{job}", PoolLimits(**limits))


async def test_data_and_keywords_arrive() -> None:
    pool = pool_of("measure")
    assert await pool.run(b"x" * 1_000_000, int) == 1_000_000
    assert await pool.run(b"abc", int, times=2) == 6
    pool.close()


async def test_a_worker_lasts_and_there_are_never_more_than_allowed() -> None:
    pool = pool_of("process", workers=2)
    pids = await asyncio.gather(*(pool.run(b"", int) for _ in range(12)))
    assert len(set(pids)) <= 2
    assert set(pids) == set(pool.pids())
    pool.close()
    assert pool.pids() == []
    assert await pool.run(b"", int) not in pids
    pool.close()


@pytest.mark.parametrize(
    ("order", "kind"),
    [(b"spin", "time"), (b"sleep", "time"), (b"die", "crash"), (b"hog", "memory")],
)
async def test_a_bad_job_costs_itself_alone(pool: WorkerPool, order: bytes, kind: str) -> None:
    assert await pool.run(b"fine", str) == "fine"
    before = pool.pids()
    with pytest.raises(LimitExceeded) as fault:
        await pool.run(order, str)
    assert fault.value.kind == kind
    assert await pool.run(b"fine", str) == "fine"
    assert set(before).isdisjoint(pool.pids())


async def test_an_error_is_told_without_what_the_data_held(
    pool: WorkerPool, caplog: pytest.LogCaptureFixture
) -> None:
    before = await pool.run(b"fine", str), pool.pids()
    with caplog.at_level(logging.ERROR), pytest.raises(LimitExceeded) as fault:
        await pool.run(b"fail", str)
    assert fault.value.kind == "crash"
    assert [record.getMessage().split(" at ")[0] for record in caplog.records] == [
        "a job failed in its worker: ValueError"
    ]
    assert "Traceback" not in caplog.text
    # The worker itself is well.
    assert (await pool.run(b"fine", str), pool.pids()) == before


async def test_an_answer_of_another_shape_is_a_crash(pool: WorkerPool) -> None:
    with pytest.raises(LimitExceeded) as fault:
        await pool.run(b"fine", int)
    assert fault.value.kind == "crash"


async def test_too_long_a_line_is_turned_away_and_the_rest_served() -> None:
    pool = pool_of("process", workers=1, waiting=3)
    results = await asyncio.gather(*(pool.run(b"", int) for _ in range(10)), return_exceptions=True)
    served = [item for item in results if isinstance(item, int)]
    away = [item for item in results if isinstance(item, LimitExceeded)]
    assert (len(served), len(away)) == (4, 6)
    assert {item.kind for item in away} == {"busy"}
    assert isinstance(await pool.run(b"", int), int)
    pool.close()


async def test_giving_up_while_waiting_frees_the_place(pool: WorkerPool) -> None:
    jobs = [asyncio.ensure_future(pool.run(b"fine", str)) for _ in range(8)]
    await asyncio.sleep(0)
    for job in jobs[1:]:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    for _ in range(40):
        assert await pool.run(b"fine", str) == "fine"


@pytest.mark.parametrize("seen", [True, False])
async def test_an_idle_worker_leaves_and_the_next_job_does_not_notice(
    monkeypatch: pytest.MonkeyPatch, *, seen: bool
) -> None:
    pool = pool_of("process", workers=1, idle_s=1)
    first = await pool.run(b"", int)
    psutil.wait_procs([psutil.Process(pid) for pid in pool.pids()], timeout=60)
    assert pool.pids() == []
    if not seen:
        # It left between the look at it and the job.
        monkeypatch.setattr(_Worker, "alive", lambda _: True)
    assert await pool.run(b"", int) != first
    pool.close()


async def test_a_worker_can_keep_nothing_and_sees_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASM_SECRET_KEY", "hidden")
    writer, reader = pool_of("write"), pool_of("environment")
    assert await writer.run(b"a guest's card", str) == ""
    assert "ASM_SECRET_KEY" not in await reader.run(b"", list[str])
    writer.close()
    reader.close()
