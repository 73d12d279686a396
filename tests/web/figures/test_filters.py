"""What an address says is what is shown, and the other way round."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs

import pytest

from asm.analytics.questions.area import Area
from asm.errors import Invalid
from asm.web.figures.filters import TypedFilter, read_filter, recent_months

WARD = Area(kind="ward", code="00070")
NOW = datetime(2026, 11, 30, 14, tzinfo=UTC)


def test_an_address_leads_back_to_the_same_filter() -> None:
    typed = TypedFilter(
        area="province:01",
        view="origins",
        month="2024-02",
        kind=["hotel"],
        residence=["P48", "CKOR"],
        reason=["19", "0"],
        tourism="no",
    )
    only = read_filter(typed, WARD, NOW)
    again = parse_qs(only.query())
    assert again == {
        "area": ["province:01"],
        "view": ["origins"],
        "month": ["2024-02"],
        "kind": ["hotel"],
        "residence": ["CKOR", "P48"],
        "reason": ["0", "19"],
        "tourism": ["no"],
    }
    assert only.span.last == date(2024, 2, 29)


def test_without_anything_it_is_the_officers_own_area_for_thirty_nights() -> None:
    only = read_filter(TypedFilter(), WARD, NOW)
    assert (only.area, only.span.nights, only.month, only.view) == (WARD, 30, "", "overview")
    assert "first" in parse_qs(only.query())
    assert parse_qs(only.query(first="", last="", view="labour")) == {
        "area": ["ward:00070"],
        "view": ["labour"],
    }


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("/month", TypedFilter(month="2026-13")),
        ("/first", TypedFilter(first="30/11/2026")),
        ("/last", TypedFilter(first="2026-11-30", last="2026-11-01")),
        ("/last", TypedFilter(first="2010-01-01", last="2020-01-01")),
        ("/area", TypedFilter(area="district:1")),
        ("/kind", TypedFilter(kind=["castle"])),
        ("/residence", TypedFilter(residence=["Hà Nội"])),
        ("/reason", TypedFilter(reason=["many"])),
        ("/tourism", TypedFilter(tourism="maybe")),
    ],
)
def test_what_cannot_be_read_names_its_field(field: str, typed: TypedFilter) -> None:
    with pytest.raises(Invalid) as refused:
        read_filter(typed, WARD, NOW)
    assert [error["pointer"] for error in refused.value.errors] == [field]


def test_months_go_back_a_year_and_begin_with_that_of_the_night() -> None:
    before_morning = datetime(2026, 1, 31, 20, tzinfo=UTC)  # 03:00 on the 1st of February
    months = recent_months(before_morning)
    assert months[:3] == [date(2026, 1, 1), date(2025, 12, 1), date(2025, 11, 1)]
    assert len(months) == 13
