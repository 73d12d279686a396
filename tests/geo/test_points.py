"""What is no point of Vietnam is told apart, with what to do about it."""

import pytest

from asm.errors import Invalid
from asm.geo.points import check_point, swapped


@pytest.mark.parametrize(
    ("lat", "lon", "code", "remedy"),
    [
        (105.8524, 21.0287, "coordinates_swapped", "vĩ độ 21.0287, kinh độ 105.8524"),
        (0.0, 0.0, "coordinates_zero", "bản đồ"),
        (48.85, 2.35, "point_outside_vietnam", "bản đồ"),
        (float("nan"), 105.0, "point_outside_vietnam", "bản đồ"),
    ],
)
def test_refused_points(lat: float, lon: float, code: str, remedy: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_point(lat, lon)
    assert refusal.value.code == code
    assert [error["pointer"] for error in refusal.value.errors] == ["/lat", "/lon"]
    for error in refusal.value.errors:
        assert remedy in error["remedy"]
        assert error["remedy_en"]


def test_only_exchanged_points_are_swapped() -> None:
    check_point(21.0287, 105.8524)
    assert not swapped(21.0287, 105.8524)
    assert swapped(105.8524, 21.0287)
    assert not swapped(0, 0)
