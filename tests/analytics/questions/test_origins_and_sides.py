"""Where the guests of the invented town live and where they go, and areas side by side, by hand."""

from datetime import date
from typing import Any

import httpx
import msgspec
from msgspec.structs import asdict, astuple
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.analytics.questions.area import COUNTRY, Area
from asm.analytics.questions.by_area import by_province, by_ward
from asm.analytics.questions.figures import Figures, figures
from asm.analytics.questions.labour import labour
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.origins import OriginRow, flows, origins
from asm.analytics.questions.span import Span
from asm.demo.cast import Cast
from tests.analytics.questions.town import (
    FIRST,
    LAST,
    SPAN,
    WARD_A,
    WARD_B,
    A,
    B,
    officer,
    seen,
)
from tests.people import sign_in

PROVINCE = Area(kind="province", code="01")


def short(row: OriginRow) -> tuple[str, int, int]:
    return row.residence.key, row.arrivals, row.guest_nights


async def test_where_guests_live(town: AsyncEngine) -> None:
    async with officer(town, "minh") as scope:
        lived = await origins(scope, A, SPAN)
        three = await origins(scope, A, SPAN, top=3)
    assert [short(row) for row in lived.rows] == [
        # H01 H07 H08 H15 H18 H19 H21 H22 H23 H26 K01: 2 1 2 2 2 1 1 1 1 12 3
        ("P01", 11, 28),
        ("P40", 2, 23),  # B01 B02
        ("CKOR", 2, 8),  # H03 H04
        ("CJPN", 1, 6),  # H17
        ("P31", 1, 6),  # H13
        ("P48", 3, 5),  # H02 H20 and H25, corrected: 1 1 3
        ("P79", 2, 5),  # H05 H06
        ("P38", 1, 3),  # B03
        ("CFRA", 1, 1),  # H24
    ]
    assert astuple(lived.unknown) == (1, 1, 2)  # H16, never guessed
    assert astuple(lived.residents) == (6, 20, 70)
    assert astuple(lived.non_residents) == (3, 4, 15)
    assert (lived.arrivals, lived.guest_nights) == (25, 87)
    assert (lived.rows[0].residence.name, lived.rows[0].nights_percent) == (
        "Thành phố Hà Nội", 32.2,
    )  # fmt: skip
    assert [row.residence.key for row in three.rows] == ["P01", "P40", "CKOR"]
    assert astuple(three.others) == (6, 9, 26)


async def test_flows_and_areas_side_by_side(town: AsyncEngine) -> None:
    async with officer(town, "quang") as scope:
        matrix = await flows(scope, PROVINCE, SPAN)
        sides = await by_ward(scope, "01", SPAN)
        whole = await figures(scope, PROVINCE, SPAN)
    cells = {
        (matrix.origins[cell.origin].key, matrix.destinations[cell.destination].code): (
            cell.arrivals, cell.guest_nights,
        )
        for cell in matrix.cells
    }  # fmt: skip
    assert {origin: cell for (origin, ward), cell in cells.items() if ward == WARD_B} == {
        "P01": (1, 1), "P31": (1, 1), "P79": (9, 9), "P48": (1, 1),
    }  # fmt: skip
    assert cells["P31", WARD_A] == (1, 6)
    assert cells["?", WARD_A] == (1, 2)
    assert len(cells) == 14
    assert [each.code for each in matrix.destinations] == [WARD_A, WARD_B]
    assert (matrix.origins[0].key, matrix.origins[-1].key) == ("P01", "?")
    assert {each.key: each.name for each in matrix.origins} == {
        "P01": "Thành phố Hà Nội", "P31": "Thành phố Hải Phòng", "P38": "Tỉnh Thanh Hóa",
        "P40": "Tỉnh Nghệ An", "P48": "Thành phố Đà Nẵng", "P79": "Thành phố Hồ Chí Minh",
        "CFRA": None, "CJPN": None, "CKOR": None, "?": None,
    }  # fmt: skip
    rows = {row.area.code: row.measures for row in sides.rows}
    assert len(rows) == 126  # every ward of the province
    assert asdict(rows[WARD_A]) == measures(await seen(town, "minh", A))
    assert asdict(rows[WARD_B]) == measures(await seen(town, "thao", B))
    assert (sides.whole.sums.arrivals, sides.whole.sums.guest_nights) == (37, 99)
    assert asdict(sides.whole) == measures(whole)
    empty = next(code for code in rows if code not in {WARD_A, WARD_B})
    # A ward without a facility is there, with nothing to divide by.
    assert asdict(rows[empty].sums)["guest_nights"] == 0
    assert rows[empty].coverage.stayed_percent is None
    beds = rows[empty].occupancy
    assert beds is not None
    assert beds.bed_net_percent is None
    async with officer(town, "nga") as scope:
        provinces = await by_province(scope, SPAN)
        country = await figures(scope, COUNTRY, SPAN)
        from_afar = await flows(scope, COUNTRY, SPAN)
    (hanoi,) = [row for row in provinces.rows if row.measures.sums.arrivals]
    assert (hanoi.area.code, asdict(hanoi.measures)) == ("01", measures(whole))
    assert measures(country) == measures(whole)
    assert sum(cell.guest_nights for cell in from_afar.cells) == 99


async def test_a_narrowed_answer_is_of_what_it_says(town: AsyncEngine) -> None:
    """Of hotels alone, of some nights, of one ward: the numbers, the coverage beside them and what
    the answer says of itself are of the same.
    """
    hotels, nights = Narrowing(kinds=("hotel",)), Span(first=FIRST, last=date(2026, 3, 1))
    async with officer(town, "quang") as scope:
        matrix = await flows(scope, A, nights, hotels)
        listed = await origins(scope, A, nights, hotels)
        whole = await figures(scope, A, nights, hotels)
    for answer in (matrix, listed):
        assert (answer.area.code, answer.span, answer.narrowing) == (WARD_A, nights, hotels)
        assert (answer.counted_to, answer.as_of) == (whole.counted_to, whole.as_of)
        assert answer.provisional_from == whole.provisional_from
        # Of three nights of the one hotel of the ward, which had guests on each.
        assert answer.coverage == whole.coverage
        assert answer.coverage.stayed_percent == 100
    # H01 H02 H03 H04 H05 H06 H07 H08 H20 H23 H26, to the night of 1 March.
    assert {(matrix.origins[cell.origin].key, cell.arrivals, cell.guest_nights)
            for cell in matrix.cells} == {short(row) for row in listed.rows}  # fmt: skip
    assert [short(row) for row in listed.rows] == [
        ("P01", 5, 9), ("CKOR", 2, 6), ("P79", 2, 3), ("P48", 2, 2),
    ]  # fmt: skip
    assert {matrix.destinations[cell.destination].code for cell in matrix.cells} == {WARD_A}


def measures(answer: Figures) -> dict[str, Any]:
    names = "sums", "tourism", "occupancy", "coverage", "verified", "lateness", "lengths"
    return {name: getattr(answer, name) for name in names}


async def test_labour_and_residence(town: AsyncEngine) -> None:
    async with officer(town, "minh") as scope:
        answer = await labour(scope, A, SPAN)
    assert answer.span == Span(first=date(2026, 2, 1), last=date(2026, 3, 31))
    months = {each.kind: [astuple(month)[1:] for month in each.months] for each in answer.kinds}
    assert months["boarding_house"] == [
        (2, 3, 0.1),  # B01 B02: 27 and 28 February, of its 28 nights
        (1, 25, 2.3),  # B01 B02 eleven nights each to the 11th, B03 three; of 11 nights
    ]
    assert months["worker_housing"] == [(0, 0, 0.0)] * 2
    reasons = {each.reason: [astuple(month)[1:3] for month in each.months]
               for each in answer.reasons}  # fmt: skip
    assert reasons[19] == [(3, 4), (0, 25)]  # H06 B01 B02
    assert reasons[3] == [(0, 0), (1, 3)]  # B03
    assert [short(row) for row in answer.worker_origins] == [("P40", 2, 25), ("P79", 1, 4)]


async def test_software_is_given_the_same(
    town: AsyncEngine, town_client: httpx.AsyncClient, cast: Cast
) -> None:
    minh = await sign_in(town_client, cast, "minh")
    query = {"area": f"ward:{WARD_A}", "first": FIRST.isoformat(), "last": LAST.isoformat()}
    answer = await town_client.get("/api/v1/figures", headers=minh, params=query)
    assert answer.status_code == 200, answer.text
    ward = await seen(town, "minh", A)
    assert answer.json()["sums"] == msgspec.to_builtins(ward.sums)
    assert answer.json()["lengths"] == msgspec.to_builtins(ward.lengths)
    narrowed = await town_client.get(
        "/api/v1/figures",
        headers=minh,
        params=httpx.QueryParams({**query, "tourism": "no"})
        .add("kind", "hotel")
        .add("kind", "hospital"),
    )
    assert narrowed.json()["sums"]["guest_nights"] == 4 + 12 + 3  # H06 H26 K01
