"""Where a tile lies, and which tiles there are."""

import pytest

from asm.errors import Invalid
from asm.geo.maps.tiles import MOST_ZOOM, Tile, tile_at


def test_the_one_tile_of_zoom_0_is_the_world_of_web_mercator() -> None:
    box = tile_at(0, 0, 0).box()
    assert box == pytest.approx(
        {"west": -180, "south": -85.0511287798, "east": 180, "north": 85.0511287798}
    )


def test_neighbours_share_their_border_and_a_margin_reaches_over_it() -> None:
    left, right = Tile(z=14, x=13009, y=7212).box(), Tile(z=14, x=13010, y=7212).box()
    assert left["east"] == right["west"]
    wide = Tile(z=14, x=13009, y=7212).box(0.5)
    assert wide["east"] == pytest.approx((right["west"] + right["east"]) / 2)
    assert wide["south"] < left["south"] < left["north"] < wide["north"]


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (MOST_ZOOM + 1, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0)]
)
def test_a_tile_that_is_not_there(z: int, x: int, y: int) -> None:
    with pytest.raises(Invalid) as refused:
        tile_at(z, x, y)
    assert refused.value.code == "tile_out_of_range"
