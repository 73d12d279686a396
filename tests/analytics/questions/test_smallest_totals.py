"""However a figure is narrowed, and whichever totals it is read from, it is the same figure."""

from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.analytics.questions.area import COUNTRY, Area
from asm.analytics.questions.busiest_flows import origins_and_flows
from asm.analytics.questions.figures import figures, figures_by_month, sums_beside
from asm.analytics.questions.labour import labour
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.origins import flows, origins
from asm.analytics.questions.span import Span
from tests.analytics.questions.town import FIRST, LAST, A, officer

PROVINCE = Area(kind="province", code="01")
#: Nights alone; months with nights before and after them; whole months.
SPANS = (
    Span(first=FIRST, last=LAST),
    Span(first=date(2026, 1, 30), last=LAST - timedelta(days=1)),
    Span(first=date(2026, 2, 1), last=date(2026, 3, 31)),
)
NARROWINGS = (
    EVERYTHING,
    Narrowing(kinds=("hotel", "boarding_house")),
    Narrowing(residences=("P01", "CKOR")),
    Narrowing(reasons=(1, 2)),
    Narrowing(tourism=True),
    Narrowing(residences=("P01", "?"), reasons=(1,)),
    Narrowing(kinds=("hotel",), residences=("P01", "P79"), reasons=(1, 19), tourism=False),
)
#: Every narrowing of months with nights around them, some of the others.
CASES = (
    *((SPANS[1], narrowing) for narrowing in NARROWINGS),
    *((span, NARROWINGS[at]) for span in (SPANS[0], SPANS[2]) for at in (0, -1)),
)


@pytest.mark.parametrize("login", ["minh", "nga"])
async def test_every_reading_of_a_figure_agrees(town: AsyncEngine, login: str) -> None:
    areas = (A,) if login == "minh" else (PROVINCE, COUNTRY)
    async with officer(town, login) as scope:
        for area, (span, narrowing) in product(areas, CASES):
            nightly = await figures(scope, area, span, narrowing)
            monthly = await figures_by_month(scope, area, span, narrowing)
            lived = await origins(scope, area, span, narrowing)
            known = (nightly.sums.arrivals, nightly.sums.guest_nights)
            assert (lived.arrivals, lived.guest_nights) == known
            assert monthly.sums == nightly.sums
            assert monthly.lengths == nightly.lengths
            assert monthly.occupancy == nightly.occupancy
            assert sum(each.guest_nights for each in monthly.nights) == known[1]
            counted = Span(first=span.first, last=min(span.last, nightly.counted_to or LAST))
            assert await sums_beside(scope, nightly, counted) == nightly.sums
            every = await flows(scope, area, span, narrowing)
            assert sum(cell.guest_nights for cell in every.cells) == known[1]
            # A sum of sums that stays a whole number: pages divide it, answers write it.
            assert {type(cell.guest_nights) for cell in every.cells} <= {int}
            beside, busiest = await origins_and_flows(scope, area, span, narrowing)
            assert beside == lived
            assert busiest.origins == every.origins[:12]
            assert busiest.destinations == every.destinations[:8]
            assert busiest.cells == every.cells


async def test_the_towns_are_the_provinces_and_the_countrys(town: AsyncEngine) -> None:
    async with officer(town, "nga") as scope:
        for span, narrowing in CASES:
            country = await figures(scope, COUNTRY, span, narrowing)
            province = await figures(scope, PROVINCE, span, narrowing)
            assert country.nights == province.nights
            assert country.sums == province.sums
        for span in SPANS:
            whole, part = await labour(scope, COUNTRY, span), await labour(scope, PROVINCE, span)
            assert (whole.kinds, whole.reasons) == (part.kinds, part.reasons)
            assert whole.worker_origins == part.worker_origins
            assert whole.worker_origins
