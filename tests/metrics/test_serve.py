"""The port of the figures: who is answered, with what, and how the port is passed on."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client.core import GaugeMetricFamily
from structlog.testing import capture_logs

from asm.app import create_app
from asm.metrics import serve
from asm.metrics.counted import CountedHere
from asm.metrics.serve import exposition, is_near, keep_serving
from asm.metrics.shared_folder import shared_folder
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.serve import environment

KEY = bytes(range(32))


@pytest.fixture
def in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for the system's folder in memory."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr("asm.metrics.shared_folder._IN_MEMORY", folder)
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return folder


async def figures() -> bytes:
    return exposition([GaugeMetricFamily("asm_test", "Of this test.", 4)])


@asynccontextmanager
async def served(
    port: int, body_of: Callable[[], Awaitable[bytes]] = figures
) -> AsyncIterator[None]:
    serving = asyncio.create_task(keep_serving("127.0.0.1", port, body_of))
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.wait({serving})


async def answer_of(port: int, *request: bytes) -> tuple[int, bytes]:
    """Status and body; 0 for an answer of nothing."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
    writer.write(b"\r\n".join(request))
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return (int(head.split()[1]) if head else 0), body


async def test_only_the_figures_are_there() -> None:
    port = any_free_port()
    async with served(port):
        status, body = await answer_of(port, b"GET /metrics?x=1 HTTP/1.1", b"Host: x", b"", b"")
        assert (status, body) == (200, await figures())
        assert b"asm_test 4.0" in body
        assert (await answer_of(port, b"GET / HTTP/1.1", b"", b""))[0] == 404
        assert (await answer_of(port, b"POST /metrics HTTP/1.1", b"", b""))[0] == 405


@pytest.mark.parametrize("request_head", [b"\r\n\r\n", b"\x00\xff\r\n\r\n", b"x" * 70_000])
async def test_nonsense_ends_nothing(request_head: bytes) -> None:
    port = any_free_port()
    async with served(port):
        assert (await answer_of(port, request_head))[0] in {0, 404}
        assert (await answer_of(port, b"GET /metrics HTTP/1.0", b"", b""))[0] == 200


async def test_who_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "PATIENCE_S", 0.05)
    port = any_free_port()
    async with served(port):
        assert await answer_of(port, b"GET /metrics") == (0, b"")


async def test_the_next_one_takes_the_port_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async def others() -> bytes:
        return b"of the other"

    monkeypatch.setattr(serve, "TRY_AGAIN_S", 0.01)
    port, line = any_free_port(), (b"GET /metrics HTTP/1.1", b"", b"")
    async with served(port):
        assert (await answer_of(port, *line))[0] == 200
        waiting = asyncio.create_task(keep_serving("127.0.0.1", port, others))
        await asyncio.sleep(0.05)
        assert (await answer_of(port, *line))[1] == await figures()
    assert (await answer_of(port, *line))[1] == b"of the other"
    waiting.cancel()
    await asyncio.wait({waiting})


async def test_without_a_port_there_is_nothing_to_do() -> None:
    serving = asyncio.create_task(keep_serving("127.0.0.1", 0, figures))
    await asyncio.wait({serving}, timeout=5)
    assert serving.done()
    assert serving.exception() is None


@pytest.mark.parametrize(
    ("host", "near"),
    [("127.0.0.1", True), ("10.0.0.7", True), ("::1", True), ("8.8.8.8", False), ("?", False)],
)
def test_strangers_get_nothing(host: str, near: bool) -> None:
    assert is_near(host) == near


def test_folders_of_earlier_starts_are_removed(in_memory: Path) -> None:
    folder = shared_folder(KEY)
    assert folder is not None
    assert folder.parent == in_memory
    assert folder.stat().st_mode & 0o777 == 0o700
    ours, pid, _, proof = folder.name.rsplit("-", 3)
    earlier, same_pid, strange = f"{ours}-4194305-1-{proof}", f"{ours}-{pid}-1", f"{ours}-x"
    for name in (earlier, same_pid, strange):
        (in_memory / name).mkdir()
    (folder / "counter_1.db").touch()
    assert shared_folder(KEY) == folder
    assert {path.name for path in in_memory.iterdir()} == {folder.name, strange}
    assert (folder / "counter_1.db").exists()


def test_folders_of_who_lives_stay(in_memory: Path) -> None:
    """Of another version, whose names end otherwise, and of processes that have other numbers
    where they are: in a container of their own.
    """
    folder = shared_folder(KEY)
    assert folder is not None
    older = in_memory / folder.name.rpartition("-")[0]
    elsewhere = in_memory / f"{older.name.rsplit('-', 2)[0]}-4194305-1-x"
    for other in (older, elsewhere):
        other.mkdir()
    held = os.open(elsewhere, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    assert shared_folder(KEY) == folder
    assert set(in_memory.iterdir()) == {folder, older, elsewhere}
    os.close(held)
    assert shared_folder(KEY) == folder
    assert set(in_memory.iterdir()) == {folder, older}


def test_figures_whose_folder_was_taken_away(tmp_path: Path) -> None:
    """What this process knows by itself is told, rather than nothing for ever."""
    folder = tmp_path / "figures"
    folder.mkdir()
    shared = CountedHere(folder)
    assert list(shared.collect()) == []
    folder.rmdir()
    assert "asm_web_processes" in {metric.name for metric in shared.collect()}


def test_nobody_else_knows_its_name(in_memory: Path) -> None:
    """What every user of the machine can read of the process gives no name to take first."""
    folder, others = shared_folder(KEY), shared_folder(bytes(32))
    assert folder is not None
    assert others is not None
    assert len(folder.name.rpartition("-")[2]) == 32
    assert folder.name.rpartition("-")[0] == others.name.rpartition("-")[0]
    assert folder != others


def test_a_folder_of_the_services_own_comes_first(
    in_memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{tmp_path / 'run'}:/run/other")
    folder = shared_folder(KEY)
    assert folder is not None
    assert folder.parent == tmp_path / "run"
    assert list(in_memory.iterdir()) == []


def test_what_stands_in_its_way_stops_nothing(
    in_memory: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A link, a file, no room: it is logged, and each process counts for itself."""
    folder = shared_folder(KEY)
    assert folder is not None
    folder.rmdir()
    folder.symlink_to(in_memory.parent)
    with capture_logs() as logged:
        assert shared_folder(KEY) is None
    assert [line["event"] for line in logged] == ["figures_not_shared"]
    folder.unlink()
    folder.write_text("in the way", "utf-8")
    assert shared_folder(KEY) is None

    monkeypatch.setattr("asm.metrics.shared_folder._parent", lambda: tmp_path / "none")
    for name, value in environment(settings, 8000).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    assert create_app().state.settings.web_workers == 2
