from datetime import date

import msgspec

from asm.facilities.kinds import KINDS
from asm.stays.rules.catalogues import REASONS

NOT_TOURISM = {
    "boarding_house", "rental_home", "worker_housing", "dormitory", "hospital", "clinic",
    "household", "other",
}  # fmt: skip


def test_every_kind_of_the_duties_is_listed_once() -> None:
    assert list(KINDS) == [
        "hotel", "guest_house", "homestay", "tourist_villa", "tourist_apartment", "boarding_house",
        "rental_home", "worker_housing", "dormitory", "official_guest_house", "hospital", "clinic",
        "vessel", "household", "other",
    ]  # fmt: skip


def test_kinds_outside_tourism() -> None:
    assert {code for code, kind in KINDS.items() if not kind.counts_in_tourism} == NOT_TOURISM


def test_what_may_be_a_home_counts_as_one() -> None:
    homes = {code for code, kind in KINDS.items() if kind.private_home}
    assert homes == {"household", "rental_home", "boarding_house", "other"}


def test_the_ministry_wants_rooms_of_these() -> None:
    wanted = {"hotel", "boarding_house", "tourist_apartment", "hospital", "clinic", "dormitory"}
    assert wanted <= {code for code, kind in KINDS.items() if kind.room_required}
    assert not KINDS["household"].room_required


def test_default_reasons_exist_and_labels_are_filled() -> None:
    for kind in KINDS.values():
        assert kind.default_reason is None or kind.default_reason in REASONS
        assert kind.label
        assert kind.label_en
    assert KINDS["hospital"].default_reason == 18


def test_a_home_is_no_lodging_business() -> None:
    for code in ("household", "rental_home", "hospital", "dormitory", "worker_housing"):
        assert not KINDS[code].lodging_business
    assert KINDS["hotel"].lodging_business


def test_a_kind_may_need_rooms_from_a_day_and_until_a_day() -> None:
    kind = msgspec.structs.replace(
        KINDS["homestay"],
        room_required=True,
        room_required_from=date(2027, 1, 1),
        room_required_to=date(2027, 12, 31),
    )
    days = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1)]
    assert [kind.needs_room(day) for day in days] == [False, True, True, False]
    assert KINDS["hotel"].needs_room(date(2020, 1, 1))
    assert not KINDS["household"].needs_room(date(2026, 11, 22))
