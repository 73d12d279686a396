"""Files on their way: few at once, closed for certain, given up where nobody reads on."""

import asyncio
import gc
from pathlib import Path
from typing import IO, Any
from uuid import UUID, uuid4

import pytest

from asm.errors import TooMany
from asm.web.figures import sent_file
from asm.web.figures.sent_file import MOST_OF_ACCOUNT, Slot, send_file

SIZE = 3 << 18
SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "headers": []}


@pytest.fixture
def long_file(tmp_path: Path) -> IO[bytes]:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x" * SIZE)
    return path.open("rb")


def answer_with(file: IO[bytes], account_id: UUID) -> Any:
    return send_file(file, Slot(account_id), "long.csv", "text/csv").to_asgi_response(None, None)  # type: ignore[arg-type]


class Reader:
    """Who takes the messages of an answer, and goes when it is over."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self._over = asyncio.Event()

    @property
    def size(self) -> int:
        return sum(len(message.get("body", b"")) for message in self.sent)

    async def receive(self) -> Any:
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if message.get("more_body") is False:
            self._over.set()


async def test_a_file_is_sent_whole_and_closed(long_file: IO[bytes]) -> None:
    reader = Reader()
    await answer_with(long_file, uuid4())(SCOPE, reader.receive, reader.send)
    headers = dict(reader.sent[0]["headers"])
    assert int(headers[b"content-length"]) == SIZE == reader.size
    assert long_file.closed


async def test_a_reader_who_goes_while_a_piece_waits_leaves_no_file(long_file: IO[bytes]) -> None:
    waits = asyncio.Event()

    async def gone() -> dict[str, str]:
        await waits.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            waits.set()
            await asyncio.Event().wait()

    answer = answer_with(long_file, uuid4())
    await answer(SCOPE, gone, send)
    assert long_file.closed


async def test_nobody_has_more_than_a_few_under_way(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"x")
    thao, minh = uuid4(), uuid4()
    held = [answer_with((tmp_path / "short").open("rb"), thao) for _ in range(MOST_OF_ACCOUNT)]
    with pytest.raises(TooMany) as refusal:
        Slot(thao)
    assert refusal.value.code == "downloads_open"
    Slot(minh)
    # Nobody ever sent them: what failed in between leaves nothing held.
    held.clear()
    gc.collect()
    Slot(thao)


async def test_a_file_that_nobody_reads_on_is_given_up(
    long_file: IO[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_file, "PATIENCE_S", 0.01)
    given_up = asyncio.Event()
    monkeypatch.setattr(
        sent_file.log, "warning", lambda *_line, **_values: given_up.set(), raising=False
    )

    class Slow(Reader):
        async def send(self, message: Any) -> None:
            await super().send(message)
            if self.size:
                await given_up.wait()

    reader = Slow()
    await answer_with(long_file, uuid4())(SCOPE, reader.receive, reader.send)
    assert 0 < reader.size < SIZE
    assert long_file.closed
