"""The words of the address register: where a point comes from, what stands there, other codes."""

from typing import Final, Literal

import msgspec

from asm.geo.points import Point

#: `registration` and `correction`: typed by a facility's own people.
PointSource = Literal[
    "plate_scan", "phone_gps", "map_click", "survey", "imported", "registration", "correction"
]
#: How a host came to a point other than by typing it.
HostPointSource = Literal["map_click", "phone_gps", "plate_scan"]
BuildingKind = Literal[
    "house", "row_house", "apartment_block", "villa", "office", "lodging", "hospital", "school",
    "dormitory", "market", "factory", "vessel", "other",
]  # fmt: skip
#: Codes that others issued for the same door. A Plus Code is computed and so never stored.
AliasKind = Literal["vpostcode", "ministry"]
ChangeKind = Literal["issued", "point", "description", "verified", "alias", "ward"]

MOST_TEXT: Final = 300
MOST_ACCURACY_M: Final = 10_000


class NewAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A door to be given a code. `accuracy_m`: how many metres the point may be off;
    `old_unit`: the units before July 2025, as people still write them;
    `floor_unit`: the floor or flat behind the door.
    """

    point: Point
    address_text: str
    ward_code: str
    source: PointSource
    accuracy_m: float | None = None
    old_unit: str | None = None
    floor_unit: str | None = None
    building_kind: BuildingKind | None = None
