"""A row of the official sheet becomes a guest, or its faults name row, column and rule."""

from datetime import UTC, date, datetime, time

import pytest

from asm.intake.sheets.sheet_context import SheetContext, assumed_arrival
from asm.intake.sheets.workbook import SheetAnswers, problem_in_cell
from asm.intake.sheets.xlsx_template import build_workbook
from asm.stays.entry import Guest
from asm.stays.rules.deadlines import VIETNAM
from asm.stays.rules.published import RuleContext, check_entry
from tests.intake.sheets.sheets import TODAY, official, only, read, row, rules_of


def test_a_plain_sheet() -> None:
    reading = read(official(row(), row(B="Lê Văn Hai", D="Nam", H="079201000025")))
    assert (reading.read, reading.accepted, reading.rejected, reading.skipped) == (4, 2, 0, 2)
    assert [(item.row, item.reason) for item in reading.skipped_rows] == [
        (3, "hint"),
        (4, "example"),
    ]
    assert [read_row.row for read_row in reading.rows] == [5, 6]
    entry = reading.rows[0].entry
    assert entry is not None
    assert entry.guest == Guest(
        full_name="Trần Thị Thử",
        birth_date=date(2001, 9, 2),
        sex="female",
        document_type=1,
        document_number="079301000025",
        phone="0912345678",
        residence_kind=1,
        residence_province="TP Hồ Chí Minh",
    )
    assert entry.arrived_at == datetime(2026, 11, 21, 21, 15, tzinfo=VIETNAM)
    assert entry.planned_departure_at == datetime(2026, 11, 23, 12, tzinfo=VIETNAM)
    assert (entry.room, entry.reason) == ("101", 1)
    assert reading.rows[0].faults == []


ARRIVED = datetime(2026, 11, 21, 21, 15, tzinfo=VIETNAM)


def test_real_dates_and_numbers() -> None:
    entry, faults = only(
        official(
            row(
                C=date(2001, 9, 2), N=ARRIVED.replace(tzinfo=None), O=46349, P=101, Q=1, F=1,
            )
        )
    )  # fmt: skip
    assert faults == []
    assert entry is not None
    assert entry.guest.birth_date == date(2001, 9, 2)
    assert entry.arrived_at == datetime(2026, 11, 21, 21, 15, tzinfo=VIETNAM)
    assert entry.planned_departure_at == datetime(2026, 11, 23, 12, tzinfo=VIETNAM)
    assert (entry.room, entry.reason, entry.guest.document_type) == ("101", 1, 1)


@pytest.mark.parametrize(
    ("number", "kind", "fix"),
    [
        (79301000025, "1", "079301000025"),
        (79301000025, "8 - Thẻ Căn cước", "079301000025"),
        (1090000017, "1", "001090000017"),
        (12345678, "2", "012345678"),
        (123456789, "2", None),
        (123456789012, "1", None),
        (12345678, "4", None),
    ],
)
def test_zeros_that_excel_dropped_are_offered_never_added(
    number: int, kind: str, fix: str | None
) -> None:
    entry, faults = only(official(row(H=number, F=kind)))
    if fix is None:
        assert entry is not None
        assert entry.guest.document_number == str(number)
        return
    assert entry is None
    (fault,) = faults
    assert (fault.rule, fault.row, fault.column) == ("cell.number.lost_zeros", 5, "H")
    assert fault.fix == fix
    assert str(number) not in fault.message + fault.message_en + fault.remedy + fault.remedy_en


def test_eleven_digits_with_their_zeros_are_for_the_rules() -> None:
    entry, faults = only(official(row(H="07930100002")))
    assert faults == []
    assert entry is not None
    context = RuleContext(now=datetime(2026, 11, 22, tzinfo=VIETNAM), facility_kind="hotel")
    refusals = [p for p in check_entry(entry, context) if p.severity == "refuse"]
    (fault,) = (problem_in_cell(p, row=5) for p in refusals)
    assert (fault.rule, fault.column) == ("document.number.length", "H")


def test_a_phone_without_its_zero_is_noted() -> None:
    entry, faults = only(official(row(I=912345678)))
    assert entry is not None
    assert entry.guest.phone == "912345678"
    assert [(fault.rule, fault.fix) for fault in faults] == [("cell.phone.lost_zero", "0912345678")]


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"B": ""}, "B", "cell.missing"),
        ({"N": ""}, "N", "cell.missing"),
        ({"C": "31/02/1990"}, "C", "cell.date"),
        ({"C": "2099"}, "C", "cell.date"),
        ({"N": "hôm qua"}, "N", "cell.date"),
        ({"O": "mai"}, "O", "cell.date"),
        ({"D": "?"}, "D", "cell.choice"),
        ({"E": "sao Hỏa"}, "E", "cell.choice"),
        ({"F": "11"}, "F", "cell.choice"),
        ({"F": "1 - Hộ chiếu"}, "F", "cell.choice.contradiction"),
        ({"J": "9"}, "J", "cell.choice"),
        ({"Q": "chơi"}, "Q", "cell.choice"),
        ({"P": "#REF!"}, "P", "cell.error"),
    ],
)
def test_faults_name_row_column_and_rule(changes: dict[str, str], column: str, rule: str) -> None:
    entry, faults = only(official(row(**changes)))
    assert entry is None
    (fault,) = faults
    assert (fault.row, fault.column, fault.rule, fault.severity) == (5, column, rule, "refuse")
    assert all((fault.message, fault.message_en, fault.remedy, fault.remedy_en))


def test_us_order() -> None:
    entry, faults = only(official(row(C="09/15/2001")))
    assert entry is not None
    assert entry.guest.birth_date == date(2001, 9, 15)
    assert rules_of(faults) == ["cell.date.us_order"]
    reading = read(official(row(C="09/15/2001"), row(C="02/09/2001"), row(C="15/09/2001")))
    assert [read_row.entry is not None for read_row in reading.rows] == [True, False, True]
    assert rules_of(reading.rows[1].faults) == ["cell.date.ambiguous"]


def test_a_birth_year_alone() -> None:
    for year in ("1950", 1950):
        entry, _ = only(official(row(C=year)))
        assert entry is not None
        assert entry.guest.birth_date == date(1950, 1, 1)
        assert entry.guest.birth_date_precision == "year"


def test_no_nationality_is_vietnam_and_said() -> None:
    entry, faults = only(official(row(E="")))
    assert entry is not None
    assert entry.guest.nationality == "VNM"
    assert rules_of(faults) == ["cell.nationality.assumed"]


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        (date(2026, 11, 21), None, time(22, 59)),
        (date(2026, 11, 22), None, time(8)),
        (date(2026, 11, 23), None, time(8)),
        (date(2026, 11, 21), datetime(2026, 11, 22, 9, 30, tzinfo=VIETNAM), time(22, 59)),
        (date(2026, 11, 22), datetime(2026, 11, 22, 9, 30, 59, tzinfo=VIETNAM), time(9, 30)),
        (date(2026, 11, 22), datetime(2026, 11, 22, 2, 0, tzinfo=VIETNAM), time(2)),
        (date(2026, 11, 22), datetime(2026, 11, 22, 23, 30, tzinfo=VIETNAM), time(22, 59)),
        (date(2026, 11, 22), datetime(2026, 11, 21, 19, 0, tzinfo=UTC), time(2)),
    ],
)
def test_an_arrival_without_a_time(day: date, now: datetime | None, expected: time) -> None:
    assert assumed_arrival(day, SheetContext(today=TODAY, now=now)) == expected


def test_an_assumed_time_is_said() -> None:
    entry, faults = only(official(row(N="21/11/2026")))
    assert entry is not None
    assert entry.arrived_at == datetime(2026, 11, 21, 22, 59, tzinfo=VIETNAM)
    assert [(fault.rule, fault.severity) for fault in faults] == [("cell.time.assumed", "note")]
    assert "22:59" in faults[0].message


def test_a_formula_sign_stays_text() -> None:
    data = build_workbook([row(B="=1+1")])
    entry = read(data).rows[0].entry
    assert entry is not None
    assert entry.guest.full_name == "=1+1"


@pytest.mark.parametrize("born", ["00/00/1990", "--/--/1990", "0/0/1990", "00/05/1990"])
def test_an_unknown_day_leaves_the_year(born: str) -> None:
    entry, faults = only(official(row(C=born)))
    assert entry is not None
    assert (entry.guest.birth_date, entry.guest.birth_date_precision) == (date(1990, 1, 1), "year")
    assert rules_of(faults) == ["cell.birth.year"]


@pytest.mark.parametrize(
    ("changes", "rules", "value"),
    [
        ({"B": "Nguyễn,Văn Mẫu"}, ["cell.name.comma"], "Nguyễn,Văn Mẫu"),
        ({"D": "U"}, ["cell.sex.unknown"], "U"),
        ({"I": "1.28E+12"}, ["cell.phone.lost_digits"], "1.28E+12"),
        ({"I": 1_280_000_000_000}, ["cell.phone.lost_digits"], "1280000000000"),
    ],
)
def test_what_is_read_all_the_same_is_said(
    changes: dict[str, object], rules: list[str], value: str
) -> None:
    entry, faults = only(official(row(**changes)))
    assert entry is not None
    assert rules_of(faults) == rules
    assert faults[0].value == value
    assert "," not in entry.guest.full_name
    assert entry.guest.phone in {"0912345678", None}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"H": "7.93E+10"}, "cell.number.lost_digits"),
        ({"H": 1.28e15}, "cell.number.lost_digits"),
        ({"N": "21/11/99"}, "cell.date.year"),
        ({"O": "23/11/99"}, "cell.date.year"),
        ({"D": 2}, "cell.sex.digit"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(changes: dict[str, object], rule: str) -> None:
    entry, faults = only(official(row(**changes)))
    assert entry is None
    assert rules_of(faults) == [rule]
    assert faults[0].value


def test_two_digit_years_are_what_their_field_can_mean() -> None:
    entry, faults = only(official(row(C="02/09/01", N="21/11/26 21:15", O="03/01/27")))
    assert faults == []
    assert entry is not None
    assert entry.guest.birth_date == date(2001, 9, 2)
    assert entry.arrived_at.date() == date(2026, 11, 21)
    assert entry.planned_departure_at is not None
    assert entry.planned_departure_at.date() == date(2027, 1, 3)


def test_zero_is_an_empty_cell_of_older_forms() -> None:
    entry, faults = only(official(row(**dict.fromkeys("GIJKLMRS", 0))))
    assert faults == []
    assert entry is not None
    assert (entry.guest.phone, entry.guest.residence_kind, entry.guest.note) == (None, None, None)


def test_a_departure_without_an_hour_is_said_once_for_the_file() -> None:
    reading = read(official(row(), row(), row(O="23/11/2026 11:00")))
    assert [(item.rule, item.severity) for item in reading.problems] == [
        ("workbook.departure_day", "note")
    ]
    assert "2 " in reading.problems[0].message
    assert "noon" in reading.problems[0].message_en


@pytest.mark.parametrize(("cell", "sex"), [("M - Nam", "male"), ("F - Nữ", "female")])
def test_the_forms_own_sexes(cell: str, sex: str) -> None:
    entry, faults = only(official(row(D=cell)))
    assert faults == []
    assert entry is not None
    assert entry.guest.sex == sex


def test_an_accepted_fix_is_taken_and_said() -> None:
    data = official(row(H=79301000025, I=912345678))
    (refused,) = read(data).rows
    assert refused.entry is None
    for accept in ({"H5", "I5"}, {"all"}):
        (taken,) = read(data, answers=SheetAnswers(accept=frozenset(accept))).rows
        assert taken.entry is not None
        assert taken.entry.guest.document_number == "079301000025"
        assert taken.entry.guest.phone == "0912345678"
        assert rules_of(taken.faults) == ["cell.fix.accepted", "cell.fix.accepted"]
    (other,) = read(data, answers=SheetAnswers(accept=frozenset({"H6"}))).rows
    assert other.entry is None
