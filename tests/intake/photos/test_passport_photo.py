import io
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.photos import passport_photo
from asm.intake.photos.mrz_photo import cleaned, passport_data, read_photographed_mrz, zones_in
from asm.intake.photos.passport_photo import can_read_passports, read_passport_photo
from asm.intake.sandbox.sandbox import LimitExceeded
from asm.stays.entry import Guest
from benchmarks.synthetic_cards import Degradation, photograph
from benchmarks.synthetic_passports import invented_mrz, page_picture
from tests.intake.photos.pictures import encoded, png_bomb

TODAY = date(2026, 11, 22)
PASSPORT = [
    "P<VNMNGUYEN<<VAN<MAU<<<<<<<<<<<<<<<<<<<<<<<<",
    "C1234567<0VNM9008157M3008144001090000017<<88",
]
GERMAN = [
    "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<",
    "L898902C36D<<7408122F2912154<<<<<<<<<<<<<<<4",
]
CARD = [
    "IDVNM0900000177001090000017<<8",
    "9008157M3008155VNM<<<<<<<<<<<4",
    "NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<",
]
needs_reader = pytest.mark.skipif(not can_read_passports(), reason="asm[ocr] is not installed")


def right(lines: list[str]) -> MrzReading:
    return read_mrz("\n".join(lines), today=TODAY)


def seen(*texts: str) -> MrzReading | None:
    return read_photographed_mrz(list(texts), today=TODAY)


def rules_of(reading: MrzReading) -> list[str]:
    return [item.rule for item in reading.problems]


@pytest.mark.parametrize("lines", [PASSPORT, GERMAN, CARD], ids=["VNM", "D", "card"])
def test_lines_seen_exactly_are_read_exactly(lines: list[str]) -> None:
    assert right(lines).guest is not None
    assert seen(*lines) == right(lines)
    assert seen(*reversed(lines), "PASSPORT / HO CHIEU", "NGUYEN VAN MAU") == right(lines)


@pytest.mark.parametrize("lines", [PASSPORT, GERMAN, CARD], ids=["VNM", "D", "card"])
def test_look_alikes_are_put_right_by_their_place(lines: list[str]) -> None:
    """A digit's place holds no letter, and a name's no digit, so nothing is guessed here."""
    birth, rest = (13, 20) if len(lines) == 2 else (0, 7)
    data = lines[1]
    letters = data[birth:rest].translate(str.maketrans("0158", "OISB"))
    assert letters != data[birth:rest]
    wrong = [lines[0], data[:birth] + letters + data[rest:], *lines[2:]]

    assert seen(*wrong) == right(lines)


def test_digits_in_a_name_are_letters() -> None:
    name = "P<GBRM0DEL0<<1SABEL<20E<<<<<<<<<<<<<<<<<<<<<"
    reading = seen(name, "TS67936679GBR7203187F3205068<<<<<<<<<<<<<<<0")
    assert reading is not None
    assert reading.guest is not None
    assert reading.guest.full_name == "MODELO ISABEL ZOE"
    assert reading.guest.nationality == "GBR"


@pytest.mark.parametrize("change", [-5, -1, 1, 4])
def test_fillers_counted_wrongly_are_counted_again(change: int) -> None:
    data = GERMAN[1]
    run = data.rindex("<<<<<<") + 6
    data = (
        data[:run] + "<" * change + data[run:] if change > 0 else data[: run + change] + data[run:]
    )
    assert len(data) == 44 + change
    assert seen(GERMAN[0].rstrip("<") + "<" * (8 + change), data) == right(GERMAN)


def test_a_line_broken_at_its_fillers_is_joined() -> None:
    assert seen(GERMAN[0], GERMAN[1][:30], GERMAN[1][38:]) == right(GERMAN)


@pytest.mark.parametrize("arrow", ["‹", "＜", "(", " < "])
def test_arrows_are_fillers(arrow: str) -> None:
    assert seen(*(line.replace("<", arrow).lower() for line in PASSPORT)) == right(PASSPORT)


def test_a_wrong_digit_is_refused_with_its_line() -> None:
    reading = seen(PASSPORT[0], PASSPORT[1].replace("C1234567", "C1234568"))
    assert reading is not None
    assert reading.guest is None
    assert not reading.name_to_confirm
    assert "mrz.check_digit" in rules_of(reading)


def test_of_several_candidates_the_sound_one_is_taken() -> None:
    wrong = PASSPORT[1].replace("C1234567", "C1234568")
    assert seen(PASSPORT[0], wrong, PASSPORT[1]) == right(PASSPORT)


@pytest.mark.parametrize(
    "texts", [[], ["PASSPORT"], PASSPORT[:1], PASSPORT[1:], CARD[:2], ["<" * 44] * 9]
)
def test_what_is_no_zone_is_none(texts: list[str]) -> None:
    assert seen(*texts) is None


_SEEN = st.text(alphabet="ABCDIOPVNMS<0123456789«|( ", max_size=60)


@given(st.lists(st.text(max_size=60) | _SEEN | st.sampled_from([*PASSPORT, *CARD]), max_size=8))
def test_no_lines_break_the_reader_and_the_zone_keeps_its_shape(texts: list[str]) -> None:
    for zone in zones_in(texts):
        assert [len(line) for line in zone.split("\n")] in ([44, 44], [30, 30, 30])
    reading = seen(*texts)
    if reading is not None and reading.guest is not None:
        assert reading.name_to_confirm
        assert "mrz.name.confirm" in rules_of(reading)


@given(st.integers(0, 43), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<|"))
def test_one_character_seen_wrongly_never_changes_the_number_unseen(at: int, char: str) -> None:
    reading = seen(PASSPORT[0], PASSPORT[1][:at] + char + PASSPORT[1][at + 1 :])
    was = PASSPORT[1][at]
    alike = char == "|" or (_value(char) - _value(was)) % 10 == 0
    if reading is None or reading.guest is None or alike or at in range(10, 13) or at == 20:
        return
    expected = right(PASSPORT).guest
    assert expected is not None
    assert reading.guest.document_number == expected.document_number
    assert reading.guest.birth_date == expected.birth_date


def _value(char: str) -> int:
    return 0 if char == "<" else int(char, 36)


@given(st.text(max_size=80))
def test_cleaning_leaves_the_zones_alphabet(text: str) -> None:
    assert set(cleaned(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")
    line = passport_data(cleaned(text))
    assert line is None or len(line) == 44


def photo(lines: list[str], seed: int, turned: int = 0, **how: float) -> bytes:
    degraded = Degradation(**{"card_share": 0.85, "jpeg": 70} | how)  # type: ignore[arg-type]
    picture = photograph(page_picture(lines, seed=seed), (1600, 1200), degraded, seed)
    if turned:
        picture = encoded(Image.open(io.BytesIO(picture)).rotate(turned, expand=True), "JPEG")
    return picture


@needs_reader
@pytest.mark.parametrize("seed", range(4))
async def test_a_photographed_passport_is_read(seed: int) -> None:
    lines = invented_mrz(seed)
    data = photo(lines, seed, tilt=seed - 2, blur=0.4 * seed, noise=0.03 * seed, lean=0.02 * seed)
    reading = await read_passport_photo(data, today=TODAY)
    expected = right(lines)
    assert reading.guest is not None
    assert expected.guest is not None
    assert without_name(reading.guest) == without_name(expected.guest)
    assert reading.expires_on == expected.expires_on
    assert reading.name_to_confirm
    assert "mrz.name.confirm" in rules_of(reading)
    # Never filled from the passport's own expiry.
    assert reading.guest.permitted_stay_until is None


def without_name(guest: Guest) -> Guest:
    """Everything that check digits cover; the name is for a person to confirm."""
    return msgspec.structs.replace(guest, full_name="")


@needs_reader
async def test_upside_down_and_the_back_of_a_card() -> None:
    turned = await read_passport_photo(photo(PASSPORT, 1, turned=180), today=TODAY)
    assert turned.guest is not None
    assert turned.guest.document_number == "C1234567"
    card = await read_passport_photo(photo(CARD, 2), today=TODAY)
    assert card.guest is not None
    assert card.guest.document_number == "001090000017"


@needs_reader
@pytest.mark.parametrize(("side", "turned"), [(5712, 1), (8064, 6)], ids=["24 MP", "48 MP"])
async def test_a_phones_large_picture_is_read(side: int, turned: int) -> None:
    taken = photograph(page_picture(PASSPORT, seed=1), (1600, 1200), Degradation(), 1)
    with Image.open(io.BytesIO(taken)) as small:
        picture = small.convert("L").resize((side, side * 3 // 4))
    if turned == 6:  # held upright: the sensor's picture lies on its side
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    data = encoded(picture, "JPEG", quality=80, exif=_exif(turned))
    reading = await read_passport_photo(data, today=TODAY)
    assert reading.guest is not None
    assert reading.guest.document_number == "C1234567"


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


@needs_reader
async def test_a_picture_without_a_zone_says_so() -> None:
    reading = await read_passport_photo(encoded(Image.new("RGB", (900, 600), "white")), today=TODAY)
    assert rules_of(reading) == ["image.no_mrz"]
    assert reading.guest is None
    assert not reading.name_to_confirm
    assert len(passport_photo._SANDBOX.pids()) == 1


@needs_reader
@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "image.empty"),
        (b"GIF89a", "image.format"),
        (png_bomb(12_000, 12_000, colour=0), "image.pixels"),
        (b"\xff\xd8\xff\xe0 cut", "image.damaged"),
    ],
    ids=["empty", "GIF", "bomb", "cut"],
)
async def test_what_is_no_usable_picture_is_refused(data: bytes, rule: str) -> None:
    assert rules_of(await read_passport_photo(data, today=TODAY)) == [rule]


async def test_without_the_extra_nobody_is_told_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passport_photo, "_NEEDED", ("asm_is_without_this",))
    reading = await read_passport_photo(encoded(Image.new("L", (9, 9))), today=TODAY)
    assert rules_of(reading) == ["image.reader_missing"]
    assert "gõ hai dòng" in reading.problems[0].remedy
    assert "type them" in reading.problems[0].remedy_en


@pytest.mark.parametrize("kind", ["time", "memory", "size", "crash", "busy"])
async def test_every_limit_becomes_a_problem(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    async def run(*_: object, **__: object) -> None:
        raise LimitExceeded(kind)

    monkeypatch.setattr(passport_photo, "_NEEDED", ())
    monkeypatch.setattr(passport_photo._SANDBOX, "run", run)
    reading = await read_passport_photo(encoded(Image.new("L", (9, 9))), today=TODAY)
    assert reading.guest is None
    assert rules_of(reading)[0].startswith("image.")
