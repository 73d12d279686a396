"""The kinds of place where people stay the night: one list for code, contract and screen."""

from datetime import date
from typing import Final

import msgspec

TOURISM_REASON: Final = 1
TREATMENT_REASON: Final = 18
WORK_REASON: Final = 19


class FacilityKind(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind implies.

    `room_required`: the ministry's interface wants the room number (KBTT 1.4, field soPhong), for
    arrivals from `room_required_from` to `room_required_to`, both inclusive; None is open.
    `counts_in_tourism`: its stays enter tourism figures. `default_reason`: the reason assumed when
    none is given, None when the kind says nothing about why people stay. `lodging_business`:
    Decree 96/2016 Art. 44 applies (23:00/08:00 for every guest, foreigners too).
    `private_home`: it may be somebody's home (a boarding house is often the landlord's, and nobody
    knows what `other` is): never on a public map, tile or list.
    """

    code: str
    label: str
    label_en: str
    room_required: bool = False
    counts_in_tourism: bool = False
    default_reason: int | None = None
    hourly_allowed: bool = False
    lodging_business: bool = False
    private_home: bool = False
    room_required_from: date | None = None
    room_required_to: date | None = None

    def needs_room(self, day: date) -> bool:
        """Whether a guest who arrives on `day` (a Vietnamese date) is declared with a room."""
        return (
            self.room_required
            and (self.room_required_from is None or self.room_required_from <= day)
            and (self.room_required_to is None or day <= self.room_required_to)
        )


def _tourist(
    code: str, label: str, label_en: str, *, room: bool = True, hourly: bool = True
) -> FacilityKind:
    return FacilityKind(
        code=code,
        label=label,
        label_en=label_en,
        room_required=room,
        counts_in_tourism=True,
        default_reason=TOURISM_REASON,
        hourly_allowed=hourly,
        lodging_business=True,
    )


_ALL: Final = (
    _tourist("hotel", "Khách sạn", "Hotel"),
    _tourist("guest_house", "Nhà nghỉ", "Guest house"),
    _tourist(
        "homestay", "Nhà ở có phòng cho khách du lịch thuê (homestay)", "Homestay", room=False
    ),
    _tourist("tourist_villa", "Biệt thự du lịch", "Tourist villa", room=False, hourly=False),
    _tourist("tourist_apartment", "Căn hộ du lịch", "Tourist apartment"),
    FacilityKind(
        code="boarding_house",
        label="Nhà trọ",
        label_en="Boarding house",
        room_required=True,
        private_home=True,
    ),
    FacilityKind(
        code="rental_home", label="Nhà cho thuê", label_en="Rented home", private_home=True
    ),
    FacilityKind(
        code="worker_housing",
        label="Nhà lưu trú khu công nghiệp",
        label_en="Worker housing",
        room_required=True,
        default_reason=WORK_REASON,
    ),
    FacilityKind(code="dormitory", label="Ký túc xá", label_en="Dormitory", room_required=True),
    FacilityKind(
        code="official_guest_house",
        label="Nhà khách, nhà công vụ",
        label_en="Official guest house",
        room_required=True,
        counts_in_tourism=True,
        # Takes paying guests like a hotel, so the stricter of the two clocks is the safe one.
        lodging_business=True,
    ),
    FacilityKind(
        code="hospital",
        label="Bệnh viện",
        label_en="Hospital",
        room_required=True,
        default_reason=TREATMENT_REASON,
    ),
    FacilityKind(
        code="clinic",
        label="Cơ sở khám chữa bệnh",
        label_en="Clinic",
        room_required=True,
        default_reason=TREATMENT_REASON,
    ),
    _tourist("vessel", "Tàu, phương tiện", "Vessel or vehicle", room=False, hourly=False),
    FacilityKind(code="household", label="Hộ gia đình", label_en="Household", private_home=True),
    FacilityKind(
        code="other", label="Khác", label_en="Other", hourly_allowed=True, private_home=True
    ),
)

KINDS: Final[dict[str, FacilityKind]] = {kind.code: kind for kind in _ALL}
