"""Where lines, columns and curves stand."""

import re
from itertools import pairwise
from math import hypot

import pytest
import shapely

from asm.geo.areas.published_areas import published_areas
from asm.web.figures.drawing import DEPTH, HEAD, drawing, greatest, shade, share_of, smallest, spark
from asm.web.figures.flow_map import HEIGHT, MOST_CURVES, WIDTH, Flow, flow_map, spot_of

DAYS = [f"{day}/11" for day in range(1, 31)]


@pytest.mark.parametrize(
    "values",
    [[0], [0, 0], [5, 5, 5], [1, None, 3], [None, None], [], [99, 101], [0.5, 7e6], [103.2, 88]],
)
def test_everything_stands_inside_and_lines_have_round_values(values: list[float | None]) -> None:
    drawn = drawing([str(at) for at in range(len(values))], values)
    spots = [spot.split(",") for piece in drawn.lines for spot in piece.split()]
    assert len(spots) == sum(value is not None for value in values)
    assert all(0 <= float(number) <= 100 for spot in spots for number in spot)
    assert all(
        column.height >= 0 and column.top + column.height < 100.1 for column in drawn.columns
    )
    assert drawn.ticks[0].value <= 0
    assert drawn.ticks[-1].value >= greatest(values)
    steps = {round(later.value - earlier.value, 6) for earlier, later in pairwise(drawn.ticks)}
    assert len(steps) == 1
    assert 2 <= len(drawn.ticks) <= 5


def test_a_night_that_is_not_known_breaks_the_line() -> None:
    assert len(drawing(["1", "2", "3", "4"], [1, None, 3, 4]).lines) == 2


def test_the_peak_is_named_once_and_not_where_all_are_alike() -> None:
    peak = drawing(DAYS, [*range(29), 28]).peak
    assert peak is not None
    assert (peak.text, peak.value, peak.anchor) == ("29/11", 28, "end")
    assert drawing(DAYS, [4] * 30).peak is None


def test_the_letters_of_the_uppermost_line_leave_the_title_free() -> None:
    drawn = drawing(DAYS, [*range(29), 1000])
    assert drawn.peak is not None
    assert drawn.ticks[0].top == DEPTH
    # A dozen pixels of letters, eight above the spot, in a chart of 208.
    assert drawn.ticks[-1].top == drawn.peak.top == HEAD > 100 * (12 + 8) / 208


def test_few_names_fit_on_a_phone_the_first_and_the_last_among_them() -> None:
    names = drawing(DAYS, [1] * 30).names
    assert [name.text for name in names] == ["1/11", "8/11", "15/11", "23/11", "30/11"]
    assert (names[0].anchor, names[-1].anchor) == ("start", "end")


def test_the_last_columns_are_open_while_provisional() -> None:
    assert [column.open for column in drawing(DAYS[:4], [1, 2, 3, 4], provisional=3).columns] == [
        False, True, True, True,
    ]  # fmt: skip


def test_a_band_goes_there_and_back_over_what_is_known() -> None:
    band = drawing(DAYS[:3], [2, 2, 2], low=[1, None, 1], high=[3, None, 4]).band
    assert len(band.split()) == 4


def test_shades_bars_and_sparks_bear_nothing_at_all() -> None:
    assert [shade(value, 8) for value in (None, 0, 1, 2, 3, 8, 9)] == [0, 0, 1, 1, 2, 4, 4]
    assert [shade(value, 20, 10) for value in (10, 12, 15, 20)] == [1, 1, 2, 4]
    assert shade(5, 5, 5) == 4
    assert (share_of(None, 5), share_of(5, 0), share_of(1, 3)) == (0, 0, 33.3)
    assert (greatest([]), smallest([None, 3, 2])) == (0, 2)
    assert spark([]) == spark([None]) == []


def test_a_spark_reaches_from_its_least_to_its_most() -> None:
    assert spark([1, 3, None, 2, 5]) == ["10.0,100.0 30.0,50.0", "70.0,75.0 90.0,0.0"]
    assert spark([4, 4]) == ["25.0,50.0 75.0,50.0"]


def flows(count: int) -> list[Flow]:
    codes = ["01", "04", "08", "11", "48", "79", "92"]
    pairs = [(code, other) for code in codes for other in codes if code != other]
    return [
        Flow(origin=origin, destination=destination, guest_nights=1000 - at)
        for at, (origin, destination) in enumerate(pairs[:count])
    ]


def test_a_map_has_at_most_twenty_curves_the_largest_on_top() -> None:
    drawn = flow_map(flows(25))
    assert drawn is not None
    assert (len(drawn.curves), drawn.left_out) == (MOST_CURVES, 5)
    assert drawn.curves[-1].flow.guest_nights == 1000
    assert {curve.weight for curve in drawn.curves} <= set(range(1, 6))
    assert len(drawn.spots) == 34
    assert all(0 <= spot.x <= WIDTH and 0 <= spot.y <= HEIGHT for spot in drawn.spots)
    assert len(drawn.names) == len({name.code for name in drawn.names}) <= 8


def points(path: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, spot.split())) for spot in re.split("[MQLZ]", path) if spot]


def test_both_ways_of_a_pair_are_two_curves_that_bend_apart() -> None:
    there = Flow(origin="01", destination="79", guest_nights=50)
    back = Flow(origin="79", destination="01", guest_nights=40)
    drawn = flow_map([there, back])
    assert drawn is not None
    bends = []
    for curve in drawn.curves:
        start, end, *_ = (spots := re.split("[MQ]", curve.path)[1:])
        assert len(spots) == 2
        begin = tuple(map(float, start.split()))
        bend_across, bend_down, across, down = map(float, end.split())
        middle = (begin[0] + across) / 2, (begin[1] + down) / 2
        length = hypot(across - begin[0], down - begin[1])
        aside = bend_across - middle[0], bend_down - middle[1]
        # A fifth of its length, square to it: no flow bends onto another, nor off the map.
        assert hypot(*aside) == pytest.approx(length / 5, abs=0.2)
        assert aside[0] * (across - begin[0]) + aside[1] * (down - begin[1]) == pytest.approx(
            0, abs=0.2 * length
        )
        bends.append(aside)
    assert bends[0] == pytest.approx((-bends[1][0], -bends[1][1]), abs=0.2)


def test_the_outline_goes_closely_around_every_ward_of_the_mainland() -> None:
    drawn = flow_map(flows(1))
    assert drawn is not None
    _, wards = published_areas()
    spots = [spot_of(each.point.lon, each.point.lat) for each in wards if each.kind != "dac_khu"]
    lived_in = shapely.MultiPoint([(spot.x, spot.y) for spot in spots])
    rim = [shapely.Point(spot) for spot in points(drawn.outline)]
    land = shapely.Polygon(rim)
    assert land.is_valid
    # Nobody's ward lies on the rim or beyond it, and the rim is that of where wards are.
    assert land.contains(lived_in)
    assert land.exterior.distance(lived_in) >= 1
    assert max(lived_in.distance(corner) for corner in rim) < 5


def test_what_goes_nowhere_else_is_no_flow_on_the_map() -> None:
    same = Flow(origin="01", destination="01", guest_nights=5)
    nowhere = Flow(origin="00", destination="01", guest_nights=5)
    none = Flow(origin="01", destination="48", guest_nights=0)
    assert flow_map([same, nowhere, none]) is None
