"""What scanners and keyboards add to a card's code or exchange in it."""

from datetime import date

import pytest

from asm.intake.cards.card_qr import CardReading, read_card_qr

TODAY = date(2026, 11, 22)
CARD = "001190000771||Trần Thị Caps|15081990|Nữ|Tổ 5, Cửa Nam, Hà Nội|20042021"
MAN = "001090000771|012345678|Lưu Hữu Mẫu|15081990|Nam|Số 1/2 Ngõ 3, Hà Nội|01082024||||"


def read(text: str) -> CardReading:
    return read_card_qr(text, today=TODAY)


def rules_of(reading: CardReading) -> list[str]:
    return [item.rule for item in reading.problems]


@pytest.mark.parametrize("card", [CARD, MAN])
@pytest.mark.parametrize(
    ("before", "after", "repairs"),
    [
        ("]Q1", "", ["scanner_prefix"]),
        ("]Q3\x1d", "", ["scanner_prefix"]),
        ("]d2", "\r\n", ["scanner_prefix"]),
        ("\x02", "\x03", ["scanner_prefix", "scanner_suffix"]),
        ("\x02]Q1", "\x03\r", ["scanner_prefix", "scanner_suffix"]),
        ("\x01\x16", "\x04\x17\x00", ["scanner_prefix", "scanner_suffix"]),
        ("␂", "␃", ["scanner_prefix", "scanner_suffix"]),
        ("<STX>", "<ETX>", ["scanner_prefix", "scanner_suffix"]),
        ("{FNC1}", "[CR]", ["scanner_prefix", "scanner_suffix"]),
        ("QR:", "#", ["scanner_prefix", "scanner_suffix"]),
        ("~", "~\r\n", ["scanner_prefix", "scanner_suffix"]),
        ("", "\t", []),
        ("\ufeff", "\r\n", ["bom"]),
        ("\u200b\u2066", "\u2069", ["invisible"]),
        ("\ufeff\x02]Q1 ", " \x03\r\n", ["bom", "scanner_prefix", "scanner_suffix"]),
    ],
)
def test_marks_before_and_after(card: str, before: str, after: str, repairs: list[str]) -> None:
    reading = read(before + card + after)
    assert reading.guest == read(card).guest
    assert [code for code in reading.repairs if code != "line_break"] == repairs
    shown = any(code.startswith("scanner_") for code in repairs)
    assert rules_of(reading) == ["card_qr.scanner_marks"] * shown


def test_control_characters_within() -> None:
    reading = read(CARD.replace("Thị", "T\x00hị").replace("Cửa", "Cử\x1fa"))
    assert reading.guest == read(CARD).guest
    assert reading.repairs == ["control_characters"]
    assert rules_of(reading) == ["card_qr.scanner_marks"]


@pytest.mark.parametrize("card", [CARD, MAN])
@pytest.mark.parametrize(
    ("sign", "shown"),
    [
        ("\t", "Tab"), ("\\", "\\"), ("~", "~"), ("¦", "¦"), ("｜", "｜"), ("│", "│"), ("ǀ", "ǀ"),
        ("\x1d", "GS"), ("#", "#"), ("'", "'"), ("*", "*"), ("§", "§"), ("ç", "ç"), ("°", "°"),
        (";", ";"), ("}", "}"), ("!", "!"), ("/", "/"),
    ],
)  # fmt: skip
def test_another_sign_for_the_bar(card: str, sign: str, shown: str) -> None:
    reading = read(card.replace("|", sign))
    right = read(card).guest
    assert reading.guest == right
    assert reading.repairs == ["separator"]
    (problem,) = reading.problems
    assert (problem.rule, problem.severity) == ("card_qr.separator", "note")
    assert f" {shown}" in problem.message
    assert "English (US)" in problem.remedy_en


def test_everything_at_once() -> None:
    reading = read("\x02]Q1" + CARD.swapcase().replace("|", "\t") + "\x03\r\n")
    assert reading.guest == read(CARD).guest
    assert set(rules_of(reading)) == {
        "card_qr.scanner_marks", "card_qr.separator", "card_qr.caps_lock",
    }  # fmt: skip


def test_caps_lock_is_turned_back_and_said() -> None:
    reading = read("001190000771||tRẦN tHỊ cAPS|15081990|nỮ|tỔ 5, cỬA nAM, hÀ nỘI|20042021")
    assert reading.guest == read(CARD).guest
    assert reading.repairs == ["caps_lock"]
    (problem,) = reading.problems
    assert (problem.rule, problem.severity) == ("card_qr.caps_lock", "note")


def test_caps_lock_that_spares_letters_with_marks() -> None:
    reading = read("001190000771||tRầN tHị cAPS|15081990|nữ|tổ 5, cửA nAM, hà nộI|20042021")
    assert reading.guest is not None
    assert reading.guest.full_name == "Trần Thị Caps"
    assert reading.repairs == ["caps_lock"]


def test_all_small_letters() -> None:
    reading = read(CARD.lower())
    assert reading.guest == read(CARD).guest
    assert "lower_case" in reading.repairs
    assert rules_of(reading) == ["card_qr.lower_case"]


@pytest.mark.parametrize("name", ["TRẦN THỊ CAPS", "H'Mẫu Ê Ban", "Siu Black", "Y Mẫu", "Đê", "Ê"])
def test_other_letters_are_left_alone(name: str) -> None:
    reading = read(CARD.replace("Trần Thị Caps", name))
    assert reading.guest is not None
    assert reading.guest.full_name == name
    assert reading.repairs == []


@pytest.mark.parametrize(
    ("sex", "shown"),
    [("nỮ", "female"), ("NỮ", "female"), ("nu", "female"), ("NU", "female"), ("N", "female"),
     ("nAM", "male"), ("NAM", "male"), ("nam", "male")],
)  # fmt: skip
def test_the_sex_in_any_letters(sex: str, shown: str) -> None:
    reading = read(CARD.replace("|Nữ|", f"|{sex}|"))
    assert reading.guest is not None
    assert reading.guest.sex == shown


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("]Q1" + "00020101021238540010A00000072701240006970436", "card_qr.bank_payment"),
        ("\x02https://vn.example/abc\x03", "card_qr.web_address"),
        ("]Q1", "card_qr.empty"),
        ("\x02\x03", "card_qr.empty"),
        ("12" + CARD, "card_qr.number"),
        (CARD.replace("|", " "), "card_qr.not_a_card"),
        ("&é\"'(-è_çàà&||Tran|15081990|Nam|x|20042021", "card_qr.telex"),
    ],
)
def test_nothing_else_is_made_a_card(text: str, rule: str) -> None:
    reading = read(text)
    assert reading.guest is None
    assert rules_of(reading)[-1] == rule


@pytest.mark.parametrize("name", ["ĐINH ÂN", "ĐINH ÚT", "ÂU ÁI", "ĐẶNG ÁNH", "ÔNG ÍCH"])
def test_a_card_in_capitals_that_begin_with_marks_is_left_alone(name: str) -> None:
    card = f"001090000017||{name}|15081990|Nam|Tổ 5, Cửa Nam, Hà Nội|20042021"
    reading = read_card_qr(card, today=date(2026, 11, 22))
    assert reading.guest is not None
    assert (reading.guest.full_name, reading.guest.residence_address) == (
        name,
        "Tổ 5, Cửa Nam, Hà Nội",
    )
    assert "caps_lock" not in reading.repairs


def test_capitals_beside_a_turned_sex_are_caps_lock() -> None:
    card = "001090000017||ĐINH ÂN|15081990|nAM|tỔ 5, cỬA nAM|20042021"
    reading = read_card_qr(card, today=date(2026, 11, 22))
    assert reading.guest is not None
    assert reading.guest.full_name == "Đinh Ân"
    assert "caps_lock" in reading.repairs
