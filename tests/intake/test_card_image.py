import asyncio
import io
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from asm.imports.rules import PUBLISHED
from asm.intake import card_image
from asm.intake.card_image import card_among, decode_job, decode_qr_texts, read_card_image
from asm.intake.card_qr import CardReading, read_card_qr
from asm.intake.pictures import PictureRefused, check_picture, open_grey
from asm.intake.pool import PoolLimits, WorkerPool
from asm.intake.rulebook_images import IMAGE_RULES, MAX_BYTES
from asm.intake.sandbox import LimitExceeded
from benchmarks.synthetic_cards import code_picture
from tests.intake.pictures import CARD, FORMATS, card, encoded, many_scans, photo, png_bomb

TODAY = date(2026, 11, 22)
ORIENTATION = 0x0112
DECODER = "asm.intake.card_image:decode_job"


async def read(data: bytes) -> CardReading:
    return await read_card_image(data, today=TODAY)


def rules_of(reading: CardReading) -> list[str]:
    return [item.rule for item in reading.problems]


def rule_refusing(data: bytes) -> str:
    with pytest.raises(PictureRefused) as refusal:
        decode_qr_texts(data)
    return refusal.value.problem.rule


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_card_is_read_in_each_format(kind: str) -> None:
    reading = await read(encoded(card(), kind))
    assert reading == read_card_qr(CARD, today=TODAY)
    assert reading.guest is not None
    assert reading.guest.full_name == "Nguyễn Thị Đào Mẫu"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour(mode: str) -> None:
    picture = card()
    if mode == "I;16":
        picture = picture.convert("I").point(lambda level: level * 257).convert("I;16")
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert decode_qr_texts(encoded(picture.convert(mode), kind)) == [CARD]


def test_a_code_on_a_transparent_ground_is_black_on_white() -> None:
    code = code_picture(CARD, 300)
    clear = Image.new("LA", code.size, (0, 0))
    clear.putalpha(ImageOps.invert(code))
    assert decode_qr_texts(encoded(clear)) == [CARD]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", FORMATS)
def test_the_camera_may_be_held_any_way(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(card(), kind, exif=exif)
    wanted = {5, 6, 7, 8} & {orientation}
    size = open_grey(data).grey.size
    assert (size[0] < size[1]) is bool(wanted)
    assert decode_qr_texts(data) == [CARD]


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_odd_orientation_is_none(value: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    assert decode_qr_texts(encoded(card(), "JPEG", exif=exif)) == [CARD]


def test_a_broken_exif_block_does_not_refuse_the_picture() -> None:
    data = encoded(card(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xee" * 40)
    assert decode_qr_texts(data) == [CARD]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_twelve_megapixels_are_decoded_small_first(kind: str) -> None:
    data = photo(size=(4000, 3000), tilt=8, blur=0.4, noise=0.03)
    if kind == "PNG":
        data = encoded(Image.open(io.BytesIO(data)).convert("L"), compress_level=1)
    opened = open_grey(data, at_least=1600)
    assert opened.grey.size == ((2000, 1500) if kind == "JPEG" else (4000, 3000))
    assert opened.is_whole is (kind == "PNG")
    assert decode_qr_texts(data) == [CARD]


def test_a_small_code_in_a_large_photograph_is_found_in_its_full_size() -> None:
    data = photo(size=(4000, 3000), card_share=0.32)
    assert decode_qr_texts(data) == [CARD]


def test_a_blurred_code_is_found_when_sharpened() -> None:
    data = photo(blur=2.2, card_share=0.7)
    plain = zxingcpp.read_barcodes(open_grey(data).grey)
    assert [code.text for code in plain] == []
    assert decode_qr_texts(data) == [CARD]


async def test_among_several_codes_the_first_card_is_taken() -> None:
    page = Image.new("L", (1400, 900), 255)
    page.paste(code_picture("https://vn.example/wifi", 700), (20, 20))
    page.paste(code_picture(CARD, 240), (900, 300))
    assert await read(encoded(page)) == read_card_qr(CARD, today=TODAY)


@pytest.mark.parametrize(
    ("texts", "rules"),
    [
        ([], ["image.no_code"]),
        (["https://vn.example"], ["card_qr.web_address"]),
        (["https://vn.example", CARD.replace("20042021", "32042021")], ["card_qr.issue_date"]),
        (["000201010211", CARD], []),
    ],
)
def test_the_likeliest_code_is_spoken_of(texts: list[str], rules: list[str]) -> None:
    assert rules_of(card_among(texts, today=TODAY)) == rules


async def test_a_picture_without_a_code_says_so() -> None:
    reading = await read(encoded(Image.new("RGB", (800, 600), "white"), "JPEG"))
    assert rules_of(reading) == ["image.no_code"]
    assert reading.guest is None


def other(kind: str) -> bytes:
    return encoded(card().convert("RGB"), kind)


NOT_PICTURES: list[tuple[bytes, str, str]] = [
    (b"", "image.empty", ""),
    (other("GIF"), "image.format", "GIF"),
    (other("BMP"), "image.format", "BMP"),
    (other("TIFF"), "image.format", "TIFF"),
    (b"%PDF-1.7\n" + b"0" * 100, "image.format", "PDF"),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image.format", "SVG"),
    (b'\xef\xbb\xbf<?xml version="1.0"?><!DOCTYPE svg>', "image.format", "SVG"),
    (b"PK\x03\x04" + b"\0" * 60, "image.format", "ZIP"),
    (b"\0\0\0\x1cftypheic\0\0\0\0", "image.heic", "iPhone"),
    (b"\0\0\0\x1cftypmif1\0\0\0\0", "image.heic", "iPhone"),
    (b"\0\0\0\x1cftypavif\0\0\0\0", "image.format", "AVIF"),
    (b"\0\0\0\x1cftypisom\0\0\0\0", "image.format", "MP4"),
    (b"just text", "image.unknown", "JPEG"),
    (b"\xff\xd8\xff", "image.damaged", ""),
    (b"\x89PNG\r\n\x1a\n", "image.damaged", ""),
    (b"RIFF\x10\0\0\0WEBP", "image.damaged", ""),
    (b"RIFF\x40\0\0\0WEBPVP9 " + b"\0" * 40, "image.damaged", ""),
]


@pytest.mark.parametrize(("data", "rule", "word"), NOT_PICTURES, ids=lambda value: repr(value)[:30])
async def test_what_is_no_picture_is_named_by_its_content(
    data: bytes, rule: str, word: str
) -> None:
    reading = await read(data)
    assert reading.guest is None
    assert rules_of(reading) == [rule]
    problem = reading.problems[0]
    assert word in problem.message_en
    assert problem.severity == "refuse"
    assert problem.remedy
    assert problem.remedy_en


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
async def test_a_file_cut_short_is_said_to_be(kind: str, share: float) -> None:
    data = encoded(card(), kind)
    reading = await read(data[: int(len(data) * share)])
    assert reading.guest is None
    assert rules_of(reading) == ["image.damaged"]


async def test_too_many_bytes_never_reach_a_worker() -> None:
    before = len(card_image._POOL.pids())
    reading = await read(b"\xff\xd8\xff" + b"\0" * MAX_BYTES)
    assert rules_of(reading) == ["image.bytes"]
    assert "20" in reading.problems[0].message
    assert len(card_image._POOL.pids()) == before


def peak_mb(pid: int) -> float:
    """The most memory that a process ever had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


async def worker_after(*pictures: bytes) -> tuple[list[Any], float]:
    """What a fresh worker says of each picture, and the most memory it had."""
    pool = WorkerPool(DECODER, card_image._POOL.limits)
    try:
        answers: list[Any] = []
        for data in pictures:
            try:
                answers.append(await pool.run(data, card_image.PictureTexts))
            except LimitExceeded as limit:
                answers.append(limit.kind)
        return answers, max(map(peak_mb, pool.pids()), default=0)
    finally:
        pool.close()


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
        png_bomb(5_000, 4_801, colour=0),
        webp_claiming(16_383, 16_383),
        jpeg_claiming(65_000, 65_000),
        jpeg_claiming(6_000, 4_001),
    ],
    ids=["251 kB PNG", "144 MP", "just above", "WebP", "JPEG", "JPEG just above"],
)
async def test_a_bomb_is_refused_by_its_header(bomb: bytes) -> None:
    assert len(bomb) < 600_000
    me = psutil.Process()
    before = me.memory_info().rss
    reading = await read(bomb)
    assert rules_of(reading) == ["image.pixels"]
    assert "24" in reading.problems[0].message
    assert me.memory_info().rss - before < 30_000_000
    # Not even the worker decodes it.
    answers, peak = await worker_after(bomb)
    assert [answer.problem.rule for answer in answers] == ["image.pixels"]
    assert peak < 100


async def test_the_memory_of_a_worker_is_bounded() -> None:
    small, large = photo(), photo(size=(4000, 3000))
    answers, peak = await worker_after(small, large)
    assert [answer.texts for answer in answers] == [[CARD], [CARD]]
    assert peak < 150
    # The largest picture that is let in, in the costliest form.
    _, most = await worker_after(encoded(Image.new("RGBA", (6000, 4000)), "WEBP"))
    assert most < 700


async def test_pictures_leave_no_memory_behind() -> None:
    pool = WorkerPool(DECODER, PoolLimits(workers=1))
    data = photo(size=(2000, 1500))
    rss = []
    for _ in range(30):
        await pool.run(data, card_image.PictureTexts)
        rss.append(psutil.Process(pool.pids()[0]).memory_info().rss)
    pool.close()
    assert max(rss[15:]) - max(rss[:15]) < 10_000_000


async def test_a_picture_that_keeps_the_decoder_busy_is_stopped() -> None:
    slow = many_scans(4000, 3000, 3000)
    assert len(slow) < 300_000
    pool = WorkerPool(DECODER, PoolLimits(workers=1, cpu_s=1, wall_s=30))
    with pytest.raises(LimitExceeded) as fault:
        await pool.run(slow, card_image.PictureTexts)
    assert fault.value.kind == "time"
    assert (await pool.run(encoded(card()), card_image.PictureTexts)).texts == [CARD]
    pool.close()


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("time", "too_heavy"), ("memory", "too_heavy"), ("crash", "failed"), ("busy", "busy")],
)
async def test_every_limit_becomes_a_problem_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, kind: Any, rule: str
) -> None:
    async def run(*_: object, **__: object) -> None:
        raise LimitExceeded(kind)

    monkeypatch.setattr(card_image._POOL, "run", run)
    assert rules_of(await read(encoded(card()))) == [f"image.{rule}"]


async def test_many_at_once_on_two_workers() -> None:
    data = encoded(card(), "JPEG")
    readings = await asyncio.gather(*(read(data) for _ in range(12)))
    assert {reading.guest for reading in readings} == {read_card_qr(CARD, today=TODAY).guest}
    assert 1 <= len(card_image._POOL.pids()) <= 2


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_no_damage_breaks_the_decoder(kind: str, data: st.DataObject) -> None:
    whole = encoded(code_picture(CARD, 120), kind)
    at = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 40))
    damaged = whole[:at] + data.draw(st.binary(max_size=40)) + whole[at + cut :]
    answer = decode_job(damaged)
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


@pytest.mark.parametrize("rule_id", IMAGE_RULES)
def test_every_finding_speaks_both_languages_and_is_published(rule_id: str) -> None:
    rule = IMAGE_RULES[rule_id]
    problem = rule.problem(limit=1, found="GIF")
    texts = (problem.message, problem.message_en, problem.remedy, problem.remedy_en, rule.source)
    assert all(texts)
    assert "{" not in "".join(texts)
    assert rule in PUBLISHED
    assert len({item.id for item in PUBLISHED}) == len(PUBLISHED)
