"""Zones of every kind, and what readers and keyboards do to them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm.intake.cards.check_digits import check_digit
from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.cards.zone_shape import looks_like_zone, with_lines_before
from asm.intake.photos.mrz_photo import read_photographed_mrz
from tests.intake.cards.test_mrz import CARD, PASSPORT, td3

TODAY = date(2026, 11, 22)
AMERICAN = td3(name="WOOD<<MARY<ANN", nationality="USA", number="AA1234567")
VISA_A = ["V<UTO" + PASSPORT[0][5:], PASSPORT[1]]
VISA_B = ["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"]
TD2 = ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
TD1 = [
    "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
]  # fmt: skip


def read(text: str) -> MrzReading:
    return read_mrz(text, today=TODAY)


def rules_of(reading: MrzReading) -> list[str]:
    return [item.rule for item in reading.problems]


def td2(nationality: str = "SWE", code: str = "P<") -> list[str]:
    """A paper to travel with in the size TD2."""
    number, birth, expiry = "AB1234567", "900815", "300814"
    second = number + check_digit(number) + nationality.ljust(3, "<")
    second += birth + check_digit(birth) + "F" + expiry + check_digit(expiry) + "<" * 7
    second += check_digit(second[:10] + second[13:20] + second[21:35])
    first = f"{code}{nationality:<<3}LIND<<EVA".ljust(36, "<")
    return [first, second]


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r", "", "\n\n"])
def test_a_travel_document_of_the_size_td2_is_read(between: str) -> None:
    reading = read(between.join(td2()))
    assert reading.format == "TD2"
    assert reading.guest is not None
    assert (reading.guest.full_name, reading.guest.nationality) == ("LIND EVA", "SWE")
    assert (reading.guest.document_type, reading.guest.document_number) == (4, "AB1234567")
    assert reading.guest.name_source == "mrz"
    assert reading.name_to_confirm


def test_td2_is_protected_like_the_others() -> None:
    first, second = td2()
    for wrong in (second.replace("AB1234567", "AB1234568"), second[:35] + "9", second[:-1] + "0"):
        if wrong != second:
            assert "mrz.check_digit" in rules_of(read(f"{first}\n{wrong}"))


@pytest.mark.parametrize(("lines", "kind"), [(VISA_A, "MRV-A"), (VISA_B, "MRV-B")])
def test_a_visa_is_no_passport(lines: list[str], kind: str) -> None:
    for text in ("\n".join(lines), "".join(lines)):
        reading = read(text)
        assert (reading.format, reading.guest) == (kind, None)
        (problem,) = reading.problems
        assert problem.rule == "mrz.visa"
        assert "thị thực" in problem.message
        assert "visa" in problem.message_en


@pytest.mark.parametrize(
    ("lines", "country"),
    [
        (TD1, "UTO"),
        (TD2, "UTO"),
        ([line.replace("UTO", "DEU") for line in TD1], "Germany"),
        ([line.replace("UTO", "D<<") for line in TD2], "Germany"),
        ([TD1[0].replace("UTO", "VNM"), TD1[1].replace("UTO", "LAO"), TD1[2]], "Vietnam"),
        (["IDFRABERTHIER" + "<" * 23, "8806923102858CORINNE<<<<<<<6512068F6"], "France"),
    ],
)
def test_a_foreign_card_says_what_is_needed(lines: list[str], country: str) -> None:
    reading = read("\n".join(lines))
    assert reading.guest is None
    (problem,) = reading.problems
    assert problem.rule == "mrz.foreign_card"
    assert country in problem.message_en
    assert "hộ chiếu" in problem.remedy
    assert "passport" in problem.remedy_en


@pytest.mark.parametrize(
    ("code", "nationality"), [("PL", "UNO"), ("PL", "SWE"), ("P<", "EUE"), ("P<", "UNA")]
)
def test_a_laissez_passer_is_taken_as_a_paper_to_travel_with(code: str, nationality: str) -> None:
    first, second = td3(nationality=nationality)
    reading = read(f"{code}{first[2:]}\n{second}")
    assert reading.guest is not None
    assert (reading.guest.document_type, reading.guest.document_name) == (9, "Laissez-passer")
    assert reading.guest.nationality == nationality
    assert "mrz.laissez_passer" in rules_of(reading)


@pytest.mark.parametrize(
    ("code", "nationality"),
    [
        ("D", "DEU"), ("GBD", "GBR"), ("GBN", "GBR"), ("GBO", "GBR"), ("GBP", "GBR"),
        ("GBS", "GBR"), ("RKS", "XKX"), ("UNK", "XKX"), ("XXA", "XXA"), ("XXB", "XXB"),
        ("XXC", "XXC"), ("XXX", "XXX"), ("XPO", "XPO"), ("ROM", "ROU"), ("TWN", "TWN"),
        ("HKG", "HKG"), ("CHN", "CHN"),
    ],
)  # fmt: skip
def test_codes_of_nationality(code: str, nationality: str) -> None:
    reading = read("\n".join(td3(nationality=code)))
    assert reading.guest is not None
    assert reading.guest.nationality == nationality
    assert "mrz.nationality" not in rules_of(reading)


@pytest.mark.parametrize("lines", [CARD, PASSPORT, td2(), VISA_A])
def test_a_readers_own_marks(lines: list[str]) -> None:
    right = read("\n".join(lines))
    for text in (
        "\x02" + "\r".join(lines) + "\r\x03",
        "]L0" + "\r\n".join(lines) + "\r\n",
        "\u200b" + "\n".join(lines) + "\u2069",
        " \n".join(lines),
    ):
        assert read(text) == right


@pytest.mark.parametrize(
    "begun",
    [CARD[0], "\n".join(CARD[:2]), "".join(CARD[:2]), PASSPORT[0], td2()[0], VISA_A[0]],
)
def test_lines_that_are_still_to_come_are_asked_for(begun: str) -> None:
    assert rules_of(read(begun)) == ["mrz.incomplete"]


@pytest.mark.parametrize("lines", [CARD, PASSPORT, td2()])
def test_lines_come_one_after_the_other(lines: list[str]) -> None:
    begun = ""
    for line in lines:
        begun = with_lines_before(begun, line)
    assert read(begun) == read("\n".join(lines))
    assert with_lines_before(lines[0], lines[0]) == lines[0]
    assert (
        with_lines_before(lines[0], "001190000771||Trần|15081990") == "001190000771||Trần|15081990"
    )


@pytest.mark.parametrize(
    ("was", "became"),
    [
        ([("WOOD", "WÔD")], "telex"),
        ([("AA1", "Â1")], "telex"),
        ([("USA", "ÚA")], "telex"),
        ([("WOOD", "WÔD"), ("USA", "ÚA"), ("AA1", "Â1")], "telex"),
        ([("WOOD", "ƯÔD"), ("USA", "ÚA")], "telex"),
        ([("WOOD", "wôd")], "telex"),
    ],
)
@pytest.mark.parametrize("between", ["\n", ""])
def test_telex_is_undone_where_one_answer_is_left(
    was: list[tuple[str, str]], became: str, between: str
) -> None:
    text = between.join(AMERICAN)
    for keys, letters in was:
        text = text.replace(keys, letters)
    reading = read(text)
    assert reading.guest == read("\n".join(AMERICAN)).guest
    assert reading.repairs == ["input_method"]
    assert rules_of(reading) == ["mrz.input_method.restored", "mrz.name.confirm"]


def test_vni_is_undone_where_one_answer_is_left() -> None:
    lines = td3(name="WOOD<<MARY", nationality="SWE", number="A61234567")
    reading = read("\n".join(lines).replace("A61", "Á6").replace("Á6", "Â1"))
    assert reading.guest is not None
    assert reading.guest.document_number == "A61234567"


@pytest.mark.parametrize(("keys", "letters"), [("MARS", "MẢ"), ("JAMES", "JÁME"), ("ANN", "Ần")])
def test_what_may_have_been_several_names_is_not_guessed(keys: str, letters: str) -> None:
    lines = td3(name=f"{keys}<<EVA", nationality="SWE")
    reading = read("\n".join(lines).replace(keys, letters))
    assert reading.guest is None
    (problem,) = reading.problems
    assert problem.rule == "mrz.input_method"
    assert "Unikey" in problem.remedy
    assert "Unikey" in problem.remedy_en


def test_a_wrong_digit_is_not_explained_away() -> None:
    text = "\n".join(AMERICAN).replace("WOOD", "WÔD").replace("AA1234567", "AA1234568")
    assert rules_of(read(text)) == ["mrz.input_method"]


@pytest.mark.parametrize("sign", [";", "?", ">", "\\", "_", "*", "|"])
def test_another_sign_for_the_filler(sign: str) -> None:
    reading = read("\n".join(AMERICAN).replace("<", sign))
    assert reading.guest == read("\n".join(AMERICAN)).guest
    assert reading.repairs == ["fillers"]
    assert rules_of(reading)[0] == "mrz.fillers"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("\n".join(PASSPORT), True),
        ("".join(PASSPORT).replace("<", ";"), True),
        (PASSPORT[0], True),
        ("001190000771||Trần Thị Thử|15081990|Nữ|Hà Nội|20042021", False),
        ("<STX>001190000771||Trần Thị Thử|15081990|Nữ|Hà Nội|20042021<ETX>", False),
        ("xin chào", False),
    ],
)
def test_one_field_tells_zones_from_cards(text: str, zone: bool) -> None:
    assert looks_like_zone(text) is zone


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (VISA_A, "mrz.visa"),
        (VISA_B, "mrz.visa"),
        (TD1, "mrz.foreign_card"),
        (TD2, "mrz.foreign_card"),
    ],
)
def test_a_photograph_of_another_paper_is_named_too(lines: list[str], rule: str) -> None:
    reading = read_photographed_mrz(["PASSPORT", "UTOPIA", *lines], today=TODAY)
    assert reading is not None
    assert rules_of(reading) == [rule]
    assert read_photographed_mrz(["PASSPORT", "UTOPIA"], today=TODAY) is None


def test_a_photograph_of_td2_is_read() -> None:
    reading = read_photographed_mrz(["TRAVEL DOCUMENT", *td2()], today=TODAY)
    assert reading is not None
    assert reading.guest is not None


@pytest.mark.parametrize("text", ["Ư" * 100 + "<<<<", "Á" * 44 + "<<", ("ƯA<<" * 25)[:100]])
def test_a_text_made_to_keep_the_reader_busy_is_let_go(text: str) -> None:
    assert rules_of(read(text)) == ["mrz.input_method"]


@given(st.text(alphabet="ABVNMPIDOÁÂÊÔƯƠĐẢ0123456789<\n;", min_size=30, max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    reading = read(text)
    refused = any(item.severity == "refuse" for item in reading.problems)
    assert (reading.guest is None) is refused


@pytest.mark.parametrize("form", ["{0}\n{0}", "{0}{0}", "{0}\r\n{0}\r\n"])
def test_a_line_swiped_twice_counts_once_and_the_next_goes_on(form: str) -> None:
    first = "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<"
    second = "L898902C36D<<7408122F2912154<<<<<<<<<<<<<<<4"
    begun = form.format(first)
    today = date(2026, 11, 22)
    reading = read_mrz(begun, today=today)
    assert [item.rule for item in reading.problems] == ["mrz.line_twice", "mrz.incomplete"]
    whole = read_mrz(with_lines_before(begun, second), today=today)
    assert whole.guest is not None
    assert whole.guest.document_number == "L898902C3"
    doubled = read_mrz(f"{first}\n{first}\n{second}\n{second}", today=today)
    assert doubled.guest == whole.guest
    assert doubled.repairs[0] == "line_twice"
