"""The card's UTF-8 read through the tables of other countries: restored whole, or one message."""

import unicodedata
from datetime import date

import pytest

from asm.intake.cards.card_qr import CardReading, read_card_qr

TODAY = date(2026, 11, 22)
CARDS = [
    "001190000017|012345678|Nguyễn Thị Đào Mẫu|15081990|Nữ|Số 1 Phố Thử Nghiệm, Hà Nội|20042021",
    "079301000025||Trần Thị Thử|02092001|Nữ|Thôn 3, Xã Mẫu, TP Hồ Chí Minh|11112021",
    "046085000038||Lê Đình Kiểm Thử|29021985|Nam|Tổ 5, Phường Vỹ Dạ, Huế|01082024||||".replace(
        "29021985", "28021985"
    ),
    "022170000053|100200300|H'Mẫu Ê Ban|01011970|Nữ|Buôn Thử, Xã Ea Mẫu, Đắk Lắk|30122022",
    "001090000771||Vương Hữu Bửu|15081990|Nam|Tổ 5, Cửa Nam, Hà Nội|20042021",
]
#: Each byte is one character.
SINGLE = [
    "cp1252", "cp1258", "cp437", "cp850", "mac_roman", "latin_1", "cp1250", "cp1251", "cp1253",
    "cp1254", "cp1255", "cp1256", "cp1257", "cp874", "koi8_r", "koi8_u", "cp866", "cp852", "cp775",
    "cp737", "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9", "iso8859_15", "mac_cyrillic",
]  # fmt: skip
DOUBLE = ["cp932", "shift_jis", "gbk", "gb18030", "big5", "cp949", "euc_kr", "euc_jp"]


def read(text: str) -> CardReading:
    return read_card_qr(text, today=TODAY)


def refusals(reading: CardReading) -> list[str]:
    return [item.rule for item in reading.problems if item.severity == "refuse"]


def as_windows_shows(data: bytes, table: str) -> str:
    """Positions that the table leaves empty keep their number."""
    return "".join(
        char if (char := bytes([byte]).decode(table, "replace")) != "\ufffd" else chr(byte)
        for byte in data
    )


@pytest.mark.parametrize("table", SINGLE)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card[:3])
def test_whole_bytes_come_back_whole(table: str, form: str, card: str) -> None:
    reading = read(as_windows_shows(unicodedata.normalize(form, card).encode(), table))
    assert reading.guest == read(card).guest
    assert [code for code in reading.repairs if code.startswith("encoding.")]
    assert "card_qr.encoding" in [item.rule for item in reading.problems]


@pytest.mark.parametrize("name", ["Và Hà", "Cà Và", "TRÒ Hà"])
def test_wrong_letters_that_look_right_come_back(name: str) -> None:
    """Ã, a blank and ’ stand in names, too: only all bytes together show what they were."""
    card = f"001090000017||{name}|15081990|Nam|Hà|20042021"
    shown = as_windows_shows(card.encode(), "cp1252")
    assert read(shown).guest == read(card).guest
    assert "encoding.cp1252" in read(shown).repairs


@pytest.mark.parametrize("table", [*SINGLE, *DOUBLE])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card[:3])
def test_what_was_lost_is_marked_or_refused_with_one_message(
    table: str, form: str, card: str
) -> None:
    right = read(card).guest
    assert right is not None
    reading = read(unicodedata.normalize(form, card).encode().decode(table, "replace"))
    if reading.guest is None:
        assert refusals(reading) == ["card_qr.wrong_table"]
        return
    # What is read is right, or says where letters are missing: nothing stands for another.
    assert reading.guest.sex == right.sex
    assert reading.guest.document_number == right.document_number
    if reading.guest.residence_address != right.residence_address:
        assert "card_qr.lost_letters" in [item.rule for item in reading.problems]
    name = reading.guest.full_name
    if name != right.full_name:
        assert "\ufffd" in name
        assert _is_among(name.replace("\ufffd", ""), right.full_name)


def _is_among(letters: str, whole: str) -> bool:
    """Whether these bare letters stand in `whole`, in this order: a mark may have been lost."""
    bare = iter(unicodedata.normalize("NFD", whole))
    return all(letter in bare for letter in unicodedata.normalize("NFD", letters))


@pytest.mark.parametrize("table", [*SINGLE, *DOUBLE])
def test_a_womans_card_is_never_told_that_it_is_neither(table: str) -> None:
    for card in CARDS:
        for form in ("NFC", "NFD"):
            for errors in ("replace", "ignore"):
                shown = unicodedata.normalize(form, card).encode().decode(table, errors)
                assert "card_qr.sex" not in refusals(read(shown))


@pytest.mark.parametrize(
    "name",
    ["Nguyß╗àn Văn Mẫu", "Нгуен Ван Мау", "ｸﾞｴﾝ", "阮文茂", "Nguy€n", "Nguyễn © Mẫu", "Ñç Văn"],
)
def test_letters_that_no_card_prints_are_no_name(name: str) -> None:
    reading = read(f"001090000017||{name}|15081990|Nam|Hà Nội|20042021")
    assert reading.guest is None
    assert refusals(reading) == ["card_qr.wrong_table"]


def test_an_odd_sign_in_an_address_is_only_told() -> None:
    reading = read("001090000017||Lê Văn Mẫu|15081990|Nam|Số 1 “Nhà Vườn” № 5, Hà Nội|20042021")
    assert reading.guest is not None
    assert [item.rule for item in reading.problems] == ["card_qr.lost_letters"]


def test_letters_that_were_left_out_are_missed() -> None:
    for card in CARDS[:2]:
        reading = read(card.encode().decode("ascii", "ignore"))
        assert reading.guest is not None
        assert reading.guest.sex == "female"
        assert "card_qr.lost_letters" in [item.rule for item in reading.problems]


def test_the_message_is_there_in_both_languages() -> None:
    (problem,) = read("001090000017||阮文茂|15081990|Nam|Hà Nội|20042021").problems
    assert "UTF-8" in problem.remedy
    assert "UTF-8" in problem.remedy_en


@pytest.mark.parametrize("table", ["cp865", "cp858", "cp437"])
def test_tables_of_the_north_come_back_whole(table: str) -> None:
    card = "001090000017||Nguyễn Thị Hồng Hữu|15081990|Nữ|Số 1 Phố Thử, Hà Nội|20042021"
    reading = read_card_qr(card.encode().decode(table), today=date(2026, 11, 22))
    assert reading.guest is not None
    assert reading.guest.full_name == "Nguyễn Thị Hồng Hữu"
    assert f"encoding.{table}" in reading.repairs or table == "cp858"
