import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import import_module

import psutil
import pytest

from asm.intake.photos.passport_photo import can_read_passports
from asm.intake.sandbox.sandbox import LimitExceeded, Sandbox, _Worker
from asm.intake.sandbox.sandbox_tasks import ADDRESS_LIST, TASKS, WORKBOOK, SandboxLine, SandboxTask

HERE = f"{__package__}.misbehaving"
SINGLE_PROCESS = SandboxLine(processes=1)


def task_of(name: str, *, tasks: int = 500, **limits: int) -> SandboxTask:
    return SandboxTask(function=f"{HERE}:{name}", tasks=tasks, **limits)


#: Does what the data says.
BY_ORDER = task_of("by_order", cpu_s=1, wall_s=3, bytes_out=1_000_000)
PROCESS = task_of("process")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    opened = Sandbox(SINGLE_PROCESS)
    yield opened
    opened.close()


async def test_data_and_keywords_arrive(sandbox: Sandbox) -> None:
    measure = task_of("measure")
    assert await sandbox.run(measure, b"x" * 1_000_000, int) == 1_000_000
    assert await sandbox.run(measure, b"abc", int, times=2) == 6


async def test_keywords_are_what_the_task_says_that_they_are(sandbox: Sandbox) -> None:
    task = task_of("on_the_day")
    moment = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    answer = await sandbox.run(task, b"", str, day=date(2026, 11, 22), moment=moment)
    assert answer == "date 2026-11-22 2026-11-21 04:00:00+00:00"
    assert await sandbox.run(task, b"", str, day=date(2026, 11, 22)) == "date 2026-11-22 None"


async def test_a_process_lasts_and_there_are_never_more_than_allowed() -> None:
    sandbox = Sandbox(SandboxLine(processes=2))
    pids = await asyncio.gather(*(sandbox.run(PROCESS, b"", int) for _ in range(12)))
    assert len(set(pids)) <= 2
    assert set(pids) == set(sandbox.pids())
    sandbox.close()
    assert sandbox.pids() == []
    assert await sandbox.run(PROCESS, b"", int) not in pids
    sandbox.close()


async def test_a_process_ends_after_its_number_of_tasks(sandbox: Sandbox) -> None:
    thrice = task_of("process", tasks=3)
    pids = [await sandbox.run(thrice, b"", int) for _ in range(7)]
    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4] == pids[5] != pids[6]


async def test_a_fresh_process_knows_nothing_of_the_stranger_before(sandbox: Sandbox) -> None:
    fresh, lasting = task_of("remember", tasks=1), task_of("remember")
    assert [await sandbox.run(fresh, name, str) for name in (b"lan", b"minh")] == ["lan", "minh"]
    assert sandbox.pids() == []
    # The control: what a lasting one would have kept.
    assert [await sandbox.run(lasting, name, str) for name in (b"lan", b"minh")] == [
        "lan",
        "lan,minh",
    ]
    assert {WORKBOOK.tasks, ADDRESS_LIST.tasks} == {1}


async def test_kinds_of_work_share_the_places_of_a_line() -> None:
    sandbox = Sandbox(SandboxLine(processes=2))
    tasks = [PROCESS, task_of("measure"), BY_ORDER, task_of("process", tasks=1)] * 2
    for task in tasks:
        await sandbox.run(task, b"", str if task is BY_ORDER else int)
        assert len(sandbox.pids()) <= 2
    await asyncio.gather(*(sandbox.run(task, b"", int) for task in tasks if task is not BY_ORDER))
    assert len(sandbox.pids()) <= 2
    sandbox.close()


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        (b"spin", "time"), (b"sleep", "time"), (b"die", "crash"), (b"leave", "crash"),
        (b"hog", "memory"), (b"grow", "size"), (b"babble", "crash"), (b"forge", "crash"),
    ],
)  # fmt: skip
async def test_a_bad_task_costs_itself_alone(sandbox: Sandbox, order: bytes, kind: str) -> None:
    assert await sandbox.run(BY_ORDER, b"fine", str) == "fine"
    before = sandbox.pids()
    with pytest.raises(LimitExceeded) as fault:
        await sandbox.run(BY_ORDER, order, str)
    assert fault.value.kind == kind
    assert await sandbox.run(BY_ORDER, b"fine", str) == "fine"
    assert set(before).isdisjoint(sandbox.pids())


@pytest.mark.parametrize(
    ("name", "kind", "limits"),
    [
        ("spin", "time", {"cpu_s": 1}), ("sleep", "time", {"wall_s": 1}), ("die", "crash", {}),
        ("leave", "crash", {}), ("hog", "memory", {}), ("grow", "size", {"bytes_out": 1_000_000}),
    ],
)  # fmt: skip
async def test_the_limits_are_those_of_a_fresh_process_too(
    sandbox: Sandbox, name: str, kind: str, limits: dict[str, int]
) -> None:
    with pytest.raises(LimitExceeded) as fault:
        await sandbox.run(task_of(name, tasks=1, **limits), b"", int)
    assert fault.value.kind == kind
    assert sandbox.pids() == []


async def test_data_that_do_not_fit_end_the_process_and_not_the_line(sandbox: Sandbox) -> None:
    small = task_of("measure", memory_mb=40)
    with pytest.raises(LimitExceeded) as fault:
        await sandbox.run(small, bytes(30_000_000), int)
    assert fault.value.kind == "memory"
    assert await sandbox.run(small, b"abc", int) == 3


async def test_more_bytes_than_allowed_never_reach_a_process(sandbox: Sandbox) -> None:
    with pytest.raises(LimitExceeded) as fault:
        await sandbox.run(task_of("measure", bytes_in=9), b"0123456789", int)
    assert fault.value.kind == "size"
    assert sandbox.pids() == []
    assert await sandbox.run(task_of("measure", bytes_in=10), b"0123456789", int) == 10


async def test_an_error_is_told_without_what_the_data_held(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    before = await sandbox.run(BY_ORDER, b"fine", str), sandbox.pids()
    with caplog.at_level(logging.ERROR), pytest.raises(LimitExceeded) as fault:
        await sandbox.run(BY_ORDER, b"fail", str)
    assert fault.value.kind == "crash"
    assert [record.getMessage().split(" at ")[0] for record in caplog.records] == [
        "a task failed in its process: ValueError"
    ]
    assert "Traceback" not in caplog.text
    # The process itself is well.
    assert (await sandbox.run(BY_ORDER, b"fine", str), sandbox.pids()) == before


async def test_an_answer_of_another_shape_is_a_crash(sandbox: Sandbox) -> None:
    with pytest.raises(LimitExceeded) as fault:
        await sandbox.run(BY_ORDER, b"fine", int)
    assert fault.value.kind == "crash"


async def test_too_long_a_line_is_turned_away_and_the_rest_served() -> None:
    sandbox = Sandbox(SandboxLine(processes=1, waiting=3))
    results = await asyncio.gather(
        *(sandbox.run(PROCESS, b"", int) for _ in range(10)), return_exceptions=True
    )
    served = [item for item in results if isinstance(item, int)]
    away = [item for item in results if isinstance(item, LimitExceeded)]
    assert (len(served), len(away)) == (4, 6)
    assert {item.kind for item in away} == {"busy"}
    assert isinstance(await sandbox.run(PROCESS, b"", int), int)
    sandbox.close()


@pytest.mark.parametrize("tasks", [500, 1])
async def test_giving_up_while_waiting_frees_the_place(sandbox: Sandbox, tasks: int) -> None:
    task = task_of("fine", tasks=tasks)
    given_up = [asyncio.ensure_future(sandbox.run(task, b"", str)) for _ in range(8)]
    await asyncio.sleep(0)
    for waiting_run in given_up[1:]:
        waiting_run.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    for _ in range(SINGLE_PROCESS.processes + SINGLE_PROCESS.waiting + 3):
        assert await sandbox.run(task, b"", str) == "fine"


@pytest.mark.parametrize("seen", [True, False])
async def test_an_idle_process_leaves_and_the_next_task_does_not_notice(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, *, seen: bool
) -> None:
    task = task_of("process", idle_s=1)
    first = await sandbox.run(task, b"", int)
    psutil.wait_procs([psutil.Process(pid) for pid in sandbox.pids()], timeout=60)
    assert sandbox.pids() == []
    if not seen:
        # It left between the look at it and the task.
        monkeypatch.setattr(_Worker, "alive", lambda _: True)
    assert await sandbox.run(task, b"", int) != first


async def test_a_process_can_keep_nothing_and_sees_no_secret(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASM_SECRET_KEY", "hidden")
    assert await sandbox.run(task_of("write"), b"a guest's card", str) == ""
    seen = await sandbox.run(task_of("environment"), b"", list[str])
    assert "PYTHONPATH" in seen
    assert "ASM_SECRET_KEY" not in seen


def test_the_list_names_functions_that_are_there() -> None:
    for task in TASKS:
        module, _, name = task.function.partition(":")
        # The reader of passports needs the optional extra.
        if name != "read_picture" or can_read_passports():
            assert callable(getattr(import_module(module), name))
    assert len({task.function for task in TASKS}) == len(TASKS)
