import json
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.intake.cards.card_qr import CardReading, Generation, build_card_qr, read_card_qr
from asm.stays.entry import Guest

TODAY = date(2026, 11, 22)
SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "qr_cccd_samples.jsonl")
    .read_text("utf-8")
    .splitlines()
]
WARNINGS = {
    "id_year_mismatch": "personal_number.birth_year",
    "id_sex_mismatch": "personal_number.sex",
    "unknown_birth_place_code": "personal_number.birth_place",
}
CARD = (
    "001190000017|012345678|Nguyễn Thị Đào Mẫu|15081990|Nữ|"
    "Số 1 Phố Thử Nghiệm, Hàng Trống, Hoàn Kiếm, Hà Nội|20042021"
)


def read(text: str) -> CardReading:
    return read_card_qr(text, today=TODAY)


def rules_of(reading: CardReading) -> list[str]:
    return [item.rule for item in reading.problems]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["note"][:30])
def test_samples(sample: dict[str, Any]) -> None:
    reading = read(sample["raw"])
    assert (reading.guest is not None) is sample["valid"]
    refused = [item for item in reading.problems if item.severity == "refuse"]
    assert bool(refused) is not sample["valid"]
    if not sample["valid"]:
        return
    expect = sample["expect"]
    assert rules_of(reading) == [WARNINGS[name] for name in expect.get("warn", [])]
    guest = reading.guest
    assert guest is not None
    if "id" in expect:
        assert (guest.document_number, guest.old_number) == (expect["id"], expect["old_id"])
        assert guest.full_name == expect["name"]
        assert guest.birth_date == date.fromisoformat(expect["dob"])
        assert guest.sex == {"M": "male", "F": "female"}[expect["sex"]]
        assert reading.issued_on == date.fromisoformat(expect["issued"])
        assert reading.generation == expect["generation"]


@pytest.mark.parametrize("encoding", ["cp1252", "cp1258", "mac_roman", "cp437", "cp850", "latin-1"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_read_through_the_wrong_table_come_back(encoding: str, form: str) -> None:
    data = unicodedata.normalize(form, CARD).encode()
    # As Windows does it: positions that the table leaves empty keep their number.
    shown = "".join(
        char if (char := bytes([byte]).decode(encoding, "replace")) != "\ufffd" else chr(byte)
        for byte in data
    )
    reading = read(shown)
    assert reading.guest == read(CARD).guest
    assert any(code.startswith("encoding.") for code in reading.repairs)
    assert "card_qr.encoding" in rules_of(reading)


@pytest.mark.parametrize("errors", ["replace", "ignore"])
def test_bytes_lost_on_the_way_are_flagged_not_invented(errors: str) -> None:
    reading = read(CARD.encode().decode("cp1252", errors))
    assert reading.guest is not None
    assert "card_qr.lost_letters" in rules_of(reading)
    assert "\ufffd" in reading.guest.full_name
    assert reading.guest.document_number == "001190000017"


def test_question_marks_are_lost_letters() -> None:
    reading = read("001090000017||Nguy?n V?n M?u|15081990|Nam|H? N?i|20042021")
    assert "card_qr.lost_letters" in rules_of(reading)


def test_lost_diacritics_are_flagged() -> None:
    reading = read("001190000017||Nguyen Thi Mau|15081990|Nu|1 Pho Thu Nghiem, Ha Noi|20042021")
    assert reading.guest is not None
    assert reading.guest.sex == "female"
    assert rules_of(reading) == ["card_qr.lost_diacritics"]
    assert reading.repairs == ["sex_letters"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("\ufeff\r\n", "card_qr.empty"),
        ("x" * 5000, "card_qr.too_long"),
        ("00020101021238540010A00000072701240006970436", "card_qr.bank_payment"),
        ("GD4010123456789|4e677579|15/08/1990|1|4861|01 - 010|$", "card_qr.health_insurance"),
        ("0123456789|4e677579|15/08/1990|1|4861|01 - 010|01/01/2024|$", "card_qr.health_insurance"),
        ("HTTPS://VN.EXAMPLE/ABC", "card_qr.web_address"),
        ("IDVNM0900000177001090000017<<8", "card_qr.mrz"),
        ("P<VNMNGUYEN<<VAN<MAU<<<<<<<<<<<<<<<<<<<<<<<<", "card_qr.mrz"),
        ("xin chào", "card_qr.not_a_card"),
        (CARD + CARD, "card_qr.two_scans"),
        (CARD + "\r\n" + CARD, "card_qr.two_scans"),
        (CARD[:60], "card_qr.parts"),
        (CARD.replace("Nữ", "Khác"), "card_qr.sex"),
        (CARD.replace("20042021", "20041989"), "card_qr.issue_date"),
        (CARD.replace("15081990", "23112026"), "card_qr.birth_date"),
        # Telex and VNI keys that nobody converted, and keys converted that should not have been.
        (
            "001090000017||Nguyeenx Vawn Maaux|15081990|Nam|Soos 1 Haf Nooij|20042021",
            "card_qr.telex",
        ),
        ("001190000017||Tran Thi Thu|15081990|Nuwx|Soos 1|20042021", "card_qr.telex"),
        ("001090000017||Nguye64n Va8n Ma6u4|15081990|Nam|So61 1|20042021", "card_qr.telex"),
        ("001090000017||Nguyễn Vaăn Mẫu|15081990|Nam|Hà Nội|20042021", "card_qr.telex"),
        ("đđăđ\u0323đđđđđđăẵ||Nguyen|15081990|Nam|x|20042021", "card_qr.telex"),
    ],
)
def test_refusals_say_what_it_was(text: str, rule: str) -> None:
    reading = read(text)
    assert reading.guest is None
    assert rules_of(reading)[-1] == rule


@pytest.mark.parametrize(
    "name", ["Ksor H'Mẫu", "Siu Black", "Y Mẫu Êban", "Rơ Chăm Thử", "Kpă Ƀir"]
)
def test_highland_names_are_not_taken_for_telex(name: str) -> None:
    reading = read(f"064090000017||{name}|15081990|Nam|Làng Thử, Gia Lai|20042021")
    assert reading.guest is not None
    assert reading.guest.full_name == name


def test_a_stray_bar_stays_in_the_address() -> None:
    reading = read("001090000017||Nguyễn Văn Mẫu|15081990|Nam|Số 1|Ngõ 2|Hà Nội|20042021||||")
    assert reading.guest is not None
    assert reading.guest.residence_address == "Số 1|Ngõ 2|Hà Nội"
    assert reading.repairs == ["address_bar"]
    assert reading.generation == "can_cuoc_2024"


def test_seven_parts_of_a_late_card_do_not_tell_the_generation() -> None:
    reading = read(CARD.replace("20042021", "01072024"))
    assert reading.generation == "unknown"
    assert reading.guest is not None
    assert reading.guest.document_type == 8


def test_parents_on_a_childs_card_are_not_kept() -> None:
    reading = read(CARD + "||Lê Thị Ẩn|Trần Văn Ẩn|")
    assert reading.guest is not None
    assert "extra_parts" in reading.repairs
    assert "Ẩn" not in repr(reading)


def test_a_year_alone_is_a_year() -> None:
    reading = read("001050000017||Nguyễn Văn Mẫu|00001950|Nam|Hà Nội|20042021")
    assert reading.guest is not None
    assert (reading.guest.birth_date, reading.guest.birth_date_precision) == (
        date(1950, 1, 1),
        "year",
    )


def test_an_odd_old_number_is_left_out_and_said() -> None:
    reading = read(CARD.replace("012345678", "12345"))
    assert rules_of(reading) == ["card_qr.old_number"]
    assert reading.guest is not None
    assert reading.guest.old_number is None


NAMES = st.lists(
    st.sampled_from(["Nguyễn", "Văn", "Thị", "H'Mẫu", "Đào", "Thử", "Ê", "Hoà", "Lan"]),
    min_size=1,
    max_size=5,
).map(" ".join)
ADDRESSES = st.lists(
    st.sampled_from(["Số 1", "Phố Thử", "Ngõ 2", "TDP 6", "Xã Mẫu", "Hà Nội"]), max_size=5
).flatmap(lambda parts: st.sampled_from([", ".join(parts), "|".join(parts)]))


@given(
    st.tuples(
        st.from_regex(r"[0-9]{12}", fullmatch=True),
        st.sampled_from([None, "012345678", "012345678901"]),
    ),
    NAMES,
    st.dates(date(1900, 1, 1), TODAY),
    st.sampled_from(["male", "female"]),
    ADDRESSES,
    st.sampled_from(["cccd_2021", "can_cuoc_2024"]),
    st.tuples(st.sampled_from(["", "\ufeff", "\r\n"]), st.sampled_from(["NFC", "NFD"])),
)
def test_what_is_built_is_read_back(
    numbers: tuple[str, str | None],
    name: str,
    born: date,
    sex: Any,
    address: str,
    generation: Generation,
    dress: Any,
) -> None:
    (number, old), (around, form) = numbers, dress
    guest = Guest(
        full_name=name,
        birth_date=born,
        sex=sex,
        document_type=8,
        document_number=number,
        old_number=old,
        residence_country="VNM",
        residence_address=address or None,
        name_source="card",
    )
    text = build_card_qr(guest, issued_on=TODAY, generation=generation)
    reading = read(around + unicodedata.normalize(form, text) + around)
    assert reading.guest == guest
    assert reading.issued_on == TODAY


@given(
    st.text()
    | st.text(alphabet="|0123456789NamNữ aăáờ?\ufffd\r\n\ufeff", max_size=120)
    | st.lists(st.text(max_size=12), min_size=6, max_size=14).map("|".join)
)
def test_no_text_breaks_the_reader_and_nothing_odd_is_accepted(text: str) -> None:
    assert oddities(read(text)) == []


@given(st.integers(0, len(CARD)), st.text(max_size=3), st.integers(0, 4))
def test_a_damaged_card_is_read_rightly_or_refused(at: int, extra: str, cut: int) -> None:
    assert oddities(read(CARD[:at] + extra + CARD[at + cut :])) == []


def oddities(reading: CardReading) -> list[str]:
    """What no reading may be: no guest and no refusal, both, or a guest that no card shows."""
    guest = reading.guest
    refused = any(item.severity == "refuse" for item in reading.problems)
    if guest is None or refused:
        return [] if guest is None and refused else ["neither refused nor read, or both"]
    number, born, issued = guest.document_number or "", guest.birth_date, reading.issued_on
    rightly = {
        "number": len(number) == 12 and number.isdigit() and number.isascii(),
        "name": guest.full_name.strip() == guest.full_name != "",
        "sex": guest.sex in {"male", "female"},
        "dates": born is not None and issued is not None and born <= issued <= TODAY,
    }
    return [what for what, right in rightly.items() if not right]


def test_building_needs_what_a_card_shows() -> None:
    with pytest.raises(ValueError, match="card shows"):
        build_card_qr(Guest(full_name="A"), issued_on=TODAY)
