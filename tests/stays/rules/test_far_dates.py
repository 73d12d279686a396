"""A slip of the month or the year is named at once to whoever can still correct it."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from asm.stays.rules.published import HORIZON_YEARS
from tests.stays.cases import CITIZEN, ENTRY, NOW, of, problems_of

FOREIGNER = {
    "nationality": "FRA",
    "document_type": 4,
    "document_number": "X1234567",
    "residence_country": "FRA",
    "residence_province": None,
}


@pytest.mark.parametrize(
    ("days", "severity"), [(-365, "warn"), (-32, "warn"), (-31, None), (-1, None)]
)
def test_an_arrival_long_ago_is_taken_and_doubted(days: int, severity: str | None) -> None:
    said = problems_of(of(NOW + timedelta(days=days)))
    assert said.get("stay.arrived_at.long_ago") == severity
    assert "refuse" not in said.values()


@pytest.mark.parametrize(
    ("minutes", "severity"), [(-5, None), (10, None), (60, None), (61, "warn"), (24 * 60, "warn")]
)
def test_an_arrival_ahead_is_taken_and_doubted(minutes: int, severity: str | None) -> None:
    said = problems_of(of(NOW + timedelta(minutes=minutes)))
    assert said.get("stay.arrived_at.ahead") == severity
    assert "refuse" not in said.values()


@pytest.mark.parametrize(
    ("leaves", "rule", "severity"),
    [
        (NOW + timedelta(days=366), "stay.departure.far", None),
        (NOW + timedelta(days=367), "stay.departure.far", "warn"),
        (NOW.replace(year=NOW.year + 10), "stay.departure.far", "warn"),
        (NOW.replace(year=NOW.year + HORIZON_YEARS), "stay.departure.horizon", None),
        (NOW.replace(year=NOW.year + HORIZON_YEARS + 1), "stay.departure.horizon", "refuse"),
        (datetime(9999, 12, 31, 17, tzinfo=UTC), "stay.departure.horizon", "refuse"),
        (datetime.max.replace(tzinfo=UTC), "stay.departure.horizon", "refuse"),
    ],
)
def test_a_departure_far_ahead(leaves: datetime, rule: str, severity: str | None) -> None:
    said = problems_of(msgspec.structs.replace(ENTRY, planned_departure_at=leaves))
    assert said.get(rule) == severity


@pytest.mark.parametrize(
    ("until", "rules"),
    [
        (date(2026, 11, 21), {"foreigner.permitted_stay.past"}),
        (date(2026, 11, 22), {"foreigner.permitted_stay.short"}),
        (date(2026, 11, 23), set()),
    ],
)
def test_a_permitted_stay_that_ends_before_the_departure(until: date, rules: set[str]) -> None:
    said = problems_of(of(NOW, permitted_stay_until=until, **FOREIGNER))
    assert {rule for rule in said if rule.startswith("foreigner.permitted_stay")} == rules


@pytest.mark.parametrize(
    ("named", "address", "noted"),
    [
        ("27 - Bắc Ninh", None, False),
        ("01 - Đà Nẵng", None, True),
        ("Atlantis", None, True),
        ("Atlantis", "Tổ 5, Phường Vỹ Dạ, Huế", False),
        (None, None, False),
    ],
)
def test_a_province_that_maps_to_nothing_is_told(
    named: str | None, address: str | None, noted: bool
) -> None:
    said = problems_of(of(NOW, residence_province=named, residence_address=address))
    assert said.get("guest.residence_province.unknown") == ("note" if noted else None)


def test_the_province_of_who_lives_abroad_is_not_ours_to_know() -> None:
    abroad = {"residence_country": "FRA", "residence_province": "Bretagne"}
    assert "guest.residence_province.unknown" not in problems_of(of(NOW, **abroad))


@pytest.mark.parametrize(
    ("named", "code"),
    [("D", "DEU"), ("GBD", "GBR"), ("VN", "VNM"), ("Đức", "DEU"), ("RKS", "XKX"), ("zz", "zz")],
)
def test_a_country_is_one_code_whichever_door_told_it(named: str, code: str) -> None:
    guest = msgspec.structs.replace(CITIZEN, nationality=named, residence_country=named)
    assert (guest.nationality, guest.residence_country) == (code, code)


@pytest.mark.parametrize(
    ("days", "leaves", "refused"),
    [(398, None, False), (401, None, True), (900, None, True), (900, 1, False), (900, 700, False)],
)
def test_a_stay_that_no_list_would_show_needs_its_end(
    days: int, leaves: int | None, refused: bool
) -> None:
    came = NOW - timedelta(days=days)
    entry = msgspec.structs.replace(
        of(came), planned_departure_at=None if leaves is None else NOW + timedelta(days=leaves)
    )
    assert ("stay.departure.needed" in problems_of(entry)) is refused
