"""No picture takes more memory or time than its due, and none breaks the decoder."""

import asyncio
import io
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from asm.intake.cards.card_qr import read_card_qr
from asm.intake.photos import card_image
from asm.intake.photos.card_image import decode_picture
from asm.intake.photos.photo_rules import IMAGE_RULES, MAX_BYTES
from asm.intake.photos.pictures import PictureRefused, check_picture
from asm.intake.sandbox.sandbox import LimitExceeded, Sandbox
from asm.intake.sandbox.sandbox_tasks import CARD_LINE, CARD_PICTURE, SandboxLine
from benchmarks.synthetic_cards import code_picture
from tests.intake.cards.card_readings import TODAY, read, rules_of
from tests.intake.photos.pictures import CARD, FORMATS, card, encoded, many_scans, photo, png_bomb


async def test_too_many_bytes_never_reach_a_worker() -> None:
    before = len(card_image._SANDBOX.pids())
    reading = await read(b"\xff\xd8\xff" + b"\0" * MAX_BYTES)
    assert rules_of(reading) == ["image.bytes"]
    assert "20" in reading.problems[0].message
    assert len(card_image._SANDBOX.pids()) == before


def peak_mb(pid: int) -> float:
    """The most memory that a process ever had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


async def worker_after(*pictures: bytes) -> tuple[list[Any], float]:
    """What a fresh worker says of each picture, and the most memory it had."""
    sandbox = Sandbox(CARD_LINE)
    try:
        answers: list[Any] = []
        for data in pictures:
            try:
                answers.append(await sandbox.run(CARD_PICTURE, data, card_image.PictureTexts))
            except LimitExceeded as limit:
                answers.append(limit.kind)
        return answers, max(map(peak_mb, sandbox.pids()), default=0)
    finally:
        sandbox.close()


def webp_claiming(width: int, height: int) -> bytes:
    """A WebP whose canvas is larger than its one small frame."""
    data = bytearray(encoded(Image.new("RGBA", (64, 64)), "WEBP", exif=b"Exif\0\0"))
    assert data[12:16] == b"VP8X"
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(encoded(Image.new("L", (64, 64)), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


@pytest.mark.parametrize(
    "bomb",
    [
        png_bomb(10_000, 9_450),
        png_bomb(12_000, 12_000, colour=0),
        png_bomb(5_000, 5_001, colour=0),
        webp_claiming(16_383, 16_383),
        jpeg_claiming(65_000, 65_000),
        jpeg_claiming(11_000, 10_001),
    ],
    ids=["251 kB PNG", "144 MP", "just above", "WebP", "JPEG", "JPEG just above"],
)
async def test_a_bomb_is_refused_by_its_header(bomb: bytes) -> None:
    assert len(bomb) < 600_000
    me = psutil.Process()
    before = me.memory_info().rss
    reading = await read(bomb)
    assert rules_of(reading) == ["image.pixels"]
    message = reading.problems[0].message
    assert ("110 triệu" if bomb.startswith(b"\xff") else "25 triệu") in message
    assert " × " in message
    assert me.memory_info().rss - before < 30_000_000
    # Not even the worker decodes it.
    answers, peak = await worker_after(bomb)
    assert [answer.problem.rule for answer in answers] == ["image.pixels"]
    assert peak < 100


@pytest.mark.parametrize("size", [(5712, 4284), (8064, 6048), (12000, 9000)])
@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
async def test_a_phones_large_picture_is_read_within_the_limits(
    size: tuple[int, int], progressive: bool
) -> None:
    """What counts is what a picture opens to: a JPEG of much more opens at a part of its size."""
    with Image.open(io.BytesIO(photo(size=(4000, 3000)))) as taken:
        turned = taken.convert("RGB").resize(size).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    data = encoded(turned, "JPEG", quality=70, progressive=progressive, exif=exif)
    answers, peak = await worker_after(data)
    assert [answer.texts for answer in answers] == [[CARD]]
    assert peak < 600


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_a_phones_24_megapixels_are_read_in_every_format(kind: str) -> None:
    picture = Image.new("L", (5712, 4284), 200)
    picture.paste(card(2400), (900, 900))
    options = {"compress_level": 1} if kind == "PNG" else {"method": 0, "quality": 60}
    answers, peak = await worker_after(encoded(picture, kind, **options))
    assert [answer.texts for answer in answers] == [[CARD]]
    assert peak < 600


async def test_the_memory_of_a_worker_is_bounded() -> None:
    small, large = photo(), photo(size=(4000, 3000))
    answers, peak = await worker_after(small, large)
    assert [answer.texts for answer in answers] == [[CARD], [CARD]]
    assert peak < 150
    # The largest picture that is let in, in the costliest form.
    _, most = await worker_after(encoded(Image.new("RGBA", (6000, 4000)), "WEBP"))
    assert most < 700


async def test_pictures_leave_no_memory_behind() -> None:
    sandbox = Sandbox(SandboxLine(processes=1))
    data = photo(size=(2000, 1500))
    rss = []
    for _ in range(30):
        await sandbox.run(CARD_PICTURE, data, card_image.PictureTexts)
        rss.append(psutil.Process(sandbox.pids()[0]).memory_info().rss)
    sandbox.close()
    assert max(rss[15:]) - max(rss[:15]) < 10_000_000


async def test_a_picture_that_keeps_the_decoder_busy_is_stopped() -> None:
    slow = many_scans(4000, 3000, 3000)
    assert len(slow) < 300_000
    sandbox = Sandbox(SandboxLine(processes=1))
    hasty = msgspec.structs.replace(CARD_PICTURE, cpu_s=1, wall_s=30)
    with pytest.raises(LimitExceeded) as fault:
        await sandbox.run(hasty, slow, card_image.PictureTexts)
    assert fault.value.kind == "time"
    assert (await sandbox.run(hasty, encoded(card()), card_image.PictureTexts)).texts == [CARD]
    sandbox.close()


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("time", "too_heavy"),
        ("memory", "too_heavy"),
        ("size", "too_heavy"),
        ("crash", "failed"),
        ("busy", "busy"),
    ],
)
async def test_every_limit_becomes_a_problem_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, kind: Any, rule: str
) -> None:
    async def run(*_: object, **__: object) -> None:
        raise LimitExceeded(kind)

    monkeypatch.setattr(card_image._SANDBOX, "run", run)
    assert rules_of(await read(encoded(card()))) == [f"image.{rule}"]


async def test_many_at_once_on_two_workers() -> None:
    data = encoded(card(), "JPEG")
    readings = await asyncio.gather(*(read(data) for _ in range(12)))
    assert {reading.guest for reading in readings} == {read_card_qr(CARD, today=TODAY).guest}
    assert 1 <= len(card_image._SANDBOX.pids()) <= 2


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_no_damage_breaks_the_decoder(kind: str, data: st.DataObject) -> None:
    whole = encoded(code_picture(CARD, 120), kind)
    at = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 40))
    damaged = whole[:at] + data.draw(st.binary(max_size=40)) + whole[at + cut :]
    answer = decode_picture(damaged)
    assert answer.problem is None or answer.problem.rule in IMAGE_RULES
    assert answer.problem is None or answer.texts == []


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_no_bytes_break_the_look_at_them(data: bytes, start: bytes) -> None:
    said = ""
    try:
        said = check_picture(start + data)
    except PictureRefused as refusal:
        said = refusal.problem.rule
    assert said in {*FORMATS, *IMAGE_RULES}
