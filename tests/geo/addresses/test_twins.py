"""When two written addresses are one door."""

import pytest

from asm.geo.addresses.twins import NEAR_M, Door, are_twins
from asm.geo.folding import fold


@pytest.mark.parametrize(
    ("address", "other", "metres", "same"),
    [
        ("27 ngõ 5 phố Hàng Thử", "27 ngo 5 pho hang thu", 5, True),
        ("27 ngõ 5 phố Hàng Thử", "27 ngõ 5 phố Hàng Tử", 5, True),
        ("27 ngõ 5 phố Hàng Thử", "27 ngõ 5 phố Hàng Thử", NEAR_M + 1, False),
        ("27 ngõ 5 phố Hàng Thử", "29 ngõ 5 phố Hàng Thử", 5, False),
        ("27 ngõ 5 phố Hàng Thử", "27 ngõ 6 phố Hàng Thử", 5, False),
        ("27 phố Hàng Thử", "27 đường Nguyễn Mẫu", 5, False),
        ("27A Hàng Thử", "27B Hàng Thử", 5, False),
    ],
)
def test_doors(address: str, other: str, metres: float, same: bool) -> None:
    pair = Door(folded=fold(address)), Door(folded=fold(other))
    assert are_twins(*pair, metres) is same
    assert are_twins(*reversed(pair), metres) is same


def test_two_flats_behind_one_door_are_two() -> None:
    doors = [Door(folded="27 hang thu", floor=floor) for floor in ("", "tang 2", "tang 3")]
    assert are_twins(doors[0], doors[1], 0)
    assert are_twins(doors[1], doors[1], 0)
    assert not are_twins(doors[1], doors[2], 0)
