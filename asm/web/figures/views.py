"""What each view of the figures asks for, and what it says of the answers."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from asm.accounts.access import Scope
from asm.analytics.exports.gate_table import GATES
from asm.analytics.gates.gate_figures import GateFigures, gates_of
from asm.analytics.questions.busiest_flows import BusiestFlows, origins_and_flows
from asm.analytics.questions.figures import (
    Figures,
    FiguresByMonth,
    figures,
    figures_by_month,
    sums_beside,
)
from asm.analytics.questions.labour import Labour, labour
from asm.analytics.questions.measures import AreaAnswer, Sums
from asm.analytics.questions.origins import Flows, Origins, flows, origins
from asm.analytics.questions.span import FIRST_DAY, Span
from asm.analytics.questions.standing import head_for
from asm.analytics.seasons.calendar import CalendarNight, SeasonCalendar, season_calendar, year_span
from asm.analytics.seasons.events import EventComparison, compare_event
from asm.analytics.seasons.forecast import Forecast, forecast, history_span
from asm.analytics.seasons.nightly import KnownNights, nightly_guests
from asm.geo.ward_names import without_kind
from asm.web.figures.filters import FigureFilter, FigureView
from asm.web.figures.flow_map import Flow, flow_map
from asm.web.figures.headlines import (
    against,
    bed_occupancy,
    busiest_night,
    fullest_ahead,
    housing_change,
    largest_flow,
    main_origins,
    single_nights,
    weekend_gap,
)

#: The tables of a view's files, in their order; last the finest rows.
VIEW_TABLES: Final[dict[FigureView, tuple[str, ...]]] = {
    "overview": ("nights", "sums", "lengths", GATES, "origin_nights"),
    "origins": ("origins", "flows", "origin_nights"),
    "season": ("calendar", "forecast", "origin_nights"),
    "labour": ("kinds", "reasons", "worker_origins", "origin_nights"),
}
#: The same weekdays a year ago.
_YEAR: Final = timedelta(days=364)
#: Longer spans are no event (`asm.analytics.seasons.events`).
_MOST_EVENT_NIGHTS: Final = 31
#: Of longer spans nobody looks at each night: their months are drawn, the nights are in the file.
_MOST_NIGHTS: Final = 100


async def answers_of(scope: Scope, only: FigureFilter) -> list[AreaAnswer]:
    """What the view's files ask, in the page's order; each raises as `require_area`."""
    at = (scope, only.area, only.span, only.narrowing)
    match only.view:
        case "overview":
            return [await figures(*at)]
        case "origins":
            return [await origins(*at), await flows(*at)]
        case "season":
            return await _season(scope, only, fits=True)
        case "labour":
            return [await labour(scope, only.area, only.span)]


async def _drawn_answers(scope: Scope, only: FigureFilter) -> list[AreaAnswer]:
    """The same as far as a page can show it, and without waiting for a forecast."""
    at = (scope, only.area, only.span, only.narrowing)
    match only.view:
        case "overview" if only.span.nights > _MOST_NIGHTS:
            return [await figures_by_month(*at)]
        case "origins":
            return [*await origins_and_flows(*at)]
        case "season":
            return await _season(scope, only, fits=False)
    return await answers_of(scope, only)


async def _season(scope: Scope, only: FigureFilter, *, fits: bool) -> list[AreaAnswer]:
    known = await _nights_once(scope, only)
    event = only.span.nights <= _MOST_EVENT_NIGHTS
    year = only.span.last.year
    return [
        await season_calendar(scope, only.area, year, only.narrowing, known),
        *(
            [await compare_event(scope, only.area, only.span, only.narrowing, known)]
            if event
            else []
        ),
        await forecast(scope, only.area, only.narrowing, fits=fits, known=known),
    ]


async def _nights_once(scope: Scope, only: FigureFilter) -> KnownNights | None:
    """All nights of the calendar and the forecast of one reading, where they overlap."""
    year, history = year_span(only.span.last.year), history_span(scope.actor.now)
    if year.last < history.first:
        return None
    span = Span(first=min(year.first, history.first), last=max(year.last, history.last))
    head = await head_for(scope, only.area, span, only.narrowing)
    return KnownNights(span=span, nights=await nightly_guests(scope, head, span))


async def gates_beside(scope: Scope, only: FigureFilter) -> list[GateFigures]:
    """What gates counted, for the view that shows guest nights by night; raises as `gates_of`."""
    return await gates_of(scope, only.area, only.span) if only.view == "overview" else []


async def shown_view(scope: Scope, only: FigureFilter) -> dict[str, Any]:
    """The template's context: the answers by name, and what is to be said of them."""
    answers = await _drawn_answers(scope, only)
    gates = await gates_beside(scope, only)
    context: dict[str, Any] = {"answer": answers[0], "event": None, "gates": gates}
    there = {"forecast": _forecast_of(answers), GATES: bool(gates)}
    context["view_tables"] = [each for each in VIEW_TABLES[only.view] if there.get(each, True)]
    for answer in answers:
        context |= await _said_of(scope, only, answer)
    return context


async def _said_of(scope: Scope, only: FigureFilter, answer: AreaAnswer) -> dict[str, Any]:
    said: dict[str, Any] = {}
    match answer:
        case Figures():
            said = _overview(answer, await _a_year_ago(scope, only, answer))
        case BusiestFlows():
            said = await _flows(answer, only)
        case Origins():
            said = {"origins": answer, "main": main_origins(answer)}
        case SeasonCalendar():
            said = {"calendar": answer, "months": _months(answer)}
        case EventComparison():
            said = {"event": answer}
        case Forecast():
            said = {"forecast": answer, "fullest": fullest_ahead(answer)}
        case Labour():
            said = {"labour": answer, "housing": housing_change(answer.kinds)}
    return said


def _forecast_of(answers: Sequence[AreaAnswer]) -> bool:
    """Whether there is a forecast to take along."""
    return any(isinstance(answer, Forecast) and answer.nights for answer in answers)


async def _a_year_ago(scope: Scope, only: FigureFilter, answer: Figures) -> Sums | None:
    if only.span.first - _YEAR < FIRST_DAY:
        return None
    before = Span(first=only.span.first - _YEAR, last=only.span.last - _YEAR)
    return await sums_beside(scope, answer, before)


def _overview(answer: Figures, before: Sums | None) -> dict[str, Any]:
    by_month = isinstance(answer, FiguresByMonth)
    guests = [(night.night, night.guest_nights) for night in answer.nights]
    return {
        "figures": answer,
        "by_month": by_month,
        "change": against(answer.sums, before),
        "weekend": None if by_month else weekend_gap(answer.nights),
        "busiest": None if by_month else busiest_night(guests),
        "single": single_nights(answer.lengths),
        "occupancy": [bed_occupancy(night) for night in answer.nights],
        "unsure": sum(night.provisional for night in answer.nights),
    }


async def _flows(answer: BusiestFlows, only: FigureFilter) -> dict[str, Any]:
    unknown = [at for at, origin in enumerate(answer.origins) if origin.kind == "unknown"]
    return {
        "flows": answer,
        "matrix": matrix_rows(answer),
        "largest": largest_flow(answer.cells, unknown),
        "drawn": await asyncio.to_thread(flow_map, _between(answer, only)),
        "province_names": _province_names(answer),
    }


def matrix_rows(answer: Flows) -> list[tuple[int, list[int | None]]]:
    """The busiest origins (as indices) with their guest nights in the busiest destinations."""
    cells = {(cell.origin, cell.destination): cell.guest_nights for cell in answer.cells}
    shown = range(len(answer.destinations))
    return [
        (origin, [cells.get((origin, at)) for at in shown]) for origin in range(len(answer.origins))
    ]


def _between(answer: BusiestFlows, only: FigureFilter) -> list[Flow]:
    """Between provinces: into the area's own one, or from the busiest into the busiest where it is
    the country. A ward's matrix says it all: no map.
    """
    if only.area.kind == "province":
        return [
            Flow(
                origin=str(row.residence.code),
                destination=str(only.area.code),
                guest_nights=row.guest_nights,
            )
            for row in answer.provinces
        ]
    if only.area.kind == "ward":
        return []
    return [
        Flow(
            origin=str(answer.origins[cell.origin].code),
            destination=str(answer.destinations[cell.destination].code),
            guest_nights=cell.guest_nights,
        )
        for cell in answer.cells
        if answer.origins[cell.origin].kind == "province"
    ]


def _province_names(answer: BusiestFlows) -> dict[str, str]:
    """By code, of every province that the map may name."""
    known = [(row.residence.code, row.residence.name) for row in answer.provinces]
    known += [(each.code, each.name) for each in (answer.area, *answer.destinations)]
    return {code: without_kind(name) for code, name in known if code and name}


def _months(answer: SeasonCalendar) -> list[tuple[int, Sequence[CalendarNight]]]:
    """The year's months that hold anything counted, with their nights."""
    months = [
        (month, [night for night in answer.nights if night.night.month == month])
        for month in range(1, 13)
    ]
    return [
        (month, nights)
        for month, nights in months
        if any(night.guest_nights is not None for night in nights)
    ]
