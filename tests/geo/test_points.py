"""What is no point of Vietnam is told apart, with what to do about it; longitude stays first."""

import msgspec
import pytest
from sqlalchemy.dialects import postgresql

from asm.errors import Invalid
from asm.geo.addresses.address_terms import NewAddress
from asm.geo.model import point_value
from asm.geo.points import (
    Point,
    arrays_of,
    check_point,
    fields_with_degrees,
    fields_with_point,
    swapped,
)

HANOI = Point(lon=105.8524, lat=21.0287)


@pytest.mark.parametrize(
    ("point", "code", "remedy"),
    [
        (
            Point(lon=21.0287, lat=105.8524),
            "coordinates_swapped",
            "vĩ độ 21.0287, kinh độ 105.8524",
        ),
        (Point(lon=0.0, lat=0.0), "coordinates_zero", "bản đồ"),
        (Point(lon=2.35, lat=48.85), "point_outside_vietnam", "bản đồ"),
        (Point(lon=105.0, lat=float("nan")), "point_outside_vietnam", "bản đồ"),
    ],
)
def test_refused_points(point: Point, code: str, remedy: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_point(point)
    assert refusal.value.code == code
    assert [error["pointer"] for error in refusal.value.errors] == ["/lat", "/lon"]
    for error in refusal.value.errors:
        assert remedy in error["remedy"]
        assert error["remedy_en"]


def test_only_exchanged_points_are_swapped() -> None:
    check_point(HANOI)
    assert not swapped(HANOI)
    assert swapped(HANOI.exchanged())
    assert not swapped(Point(lon=0, lat=0))


def test_longitude_comes_first_and_each_number_by_name() -> None:
    assert msgspec.structs.astuple(HANOI) == (105.8524, 21.0287)
    with pytest.raises(TypeError):
        Point(105.8524, 21.0287)  # type: ignore[misc]
    assert msgspec.structs.astuple(HANOI.exchanged()) == (21.0287, 105.8524)
    statement = point_value(HANOI).compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    assert str(statement) == "ST_SetSRID(ST_MakePoint(105.8524, 21.0287), 4326)"
    assert arrays_of([HANOI]) == {"lons": [105.8524], "lats": [21.0287]}


def test_a_structs_point_is_spelled_out_and_gathered_again() -> None:
    door = NewAddress(point=HANOI, address_text="1 Thử", ward_code="00070", source="survey")
    fields = fields_with_degrees(door)
    assert (fields["lon"], fields["lat"]) == (105.8524, 21.0287)
    assert "point" not in fields
    published = msgspec.defstruct("Published", list(fields))(**fields)
    assert NewAddress(**fields_with_point(published)) == door
