"""Figures of an area for software: exact, for who sees that area's figures."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from asm.accounts.access import Scope
from asm.analytics.questions.area import Area
from asm.analytics.questions.by_area import SideBySide, by_province, by_ward
from asm.analytics.questions.definitions import Definition, definitions
from asm.analytics.questions.figures import Figures, figures
from asm.analytics.questions.labour import Labour, labour
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.origins import Flows, Origins, flows, origins
from asm.analytics.questions.outline import Outline, province_outline
from asm.analytics.questions.span import Span
from asm.analytics.seasons.calendar import SeasonCalendar, season_calendar
from asm.analytics.seasons.events import EventComparison, compare_event
from asm.analytics.seasons.forecast import Forecast, forecast
from asm.api.problems import documented
from asm.api.v1.figures.figure_filter import provide_area, provide_narrowing, provide_span
from asm.facilities.nights import current_night

_ANSWERS = documented(401, 404, 422)
_SHARED = {
    "figure_area": Provide(provide_area),
    "span": Provide(provide_span, sync_to_thread=False),
    "narrowing": Provide(provide_narrowing, sync_to_thread=False),
}
_Top = Annotated[int, QueryParameter(ge=1, le=300, description="How many origins.")]
_Year = Annotated[int | None, QueryParameter(ge=2000, le=2099, description="Left out: this one.")]
_Recast = Annotated[
    bool, QueryParameter(description="Nights of ended wards in today's, or as they were.")
]


@get("/figures", operation_id="areaFigures", responses=_ANSWERS, dependencies=_SHARED)
async def area_figures(
    in_scope: NamedDependency[Scope],
    figure_area: NamedDependency[Area],
    span: NamedDependency[Span],
    narrowing: NamedDependency[Narrowing],
) -> Figures:
    """Figures of an area night by night, and their sums."""
    return await figures(in_scope, figure_area, span, narrowing)


@get("/figures/origins", operation_id="areaOrigins", responses=_ANSWERS, dependencies=_SHARED)
async def area_origins(
    in_scope: NamedDependency[Scope],
    figure_area: NamedDependency[Area],
    span: NamedDependency[Span],
    narrowing: NamedDependency[Narrowing],
    top: _Top = 10,
) -> Origins:
    """Where guests live: the origins with the most guest nights."""
    return await origins(in_scope, figure_area, span, narrowing, top)


@get("/figures/flows", operation_id="areaFlows", responses=_ANSWERS, dependencies=_SHARED)
async def area_flows(
    in_scope: NamedDependency[Scope],
    figure_area: NamedDependency[Area],
    span: NamedDependency[Span],
    narrowing: NamedDependency[Narrowing],
) -> Flows:
    """From which origin to which part of the area."""
    return await flows(in_scope, figure_area, span, narrowing)


@get("/figures/labour", operation_id="areaLabour", responses=_ANSWERS, dependencies=_SHARED)
async def area_labour(
    in_scope: NamedDependency[Scope],
    figure_area: NamedDependency[Area],
    span: NamedDependency[Span],
) -> Labour:
    """Labour and residence by whole months: where people live, and why they came."""
    return await labour(in_scope, figure_area, span)


@get(
    "/figures/provinces/{province_code:str}/wards",
    operation_id="wardsSideBySide",
    responses=_ANSWERS,
    dependencies=_SHARED,
)
async def wards_side_by_side(
    province_code: FromPath[str],
    in_scope: NamedDependency[Scope],
    span: NamedDependency[Span],
    narrowing: NamedDependency[Narrowing],
    recast: _Recast = True,
) -> SideBySide:
    """All wards of a province beside each other."""
    return await by_ward(in_scope, province_code, span, narrowing, recast=recast)


@get(
    "/figures/provinces",
    operation_id="provincesSideBySide",
    responses=_ANSWERS,
    dependencies=_SHARED,
)
async def provinces_side_by_side(
    in_scope: NamedDependency[Scope],
    span: NamedDependency[Span],
    narrowing: NamedDependency[Narrowing],
) -> SideBySide:
    """All provinces beside each other, for the ministry."""
    return await by_province(in_scope, span, narrowing)


@get("/figures/calendar", operation_id="areaCalendar", responses=_ANSWERS, dependencies=_SHARED)
async def area_calendar(
    in_scope: NamedDependency[Scope],
    figure_area: NamedDependency[Area],
    narrowing: NamedDependency[Narrowing],
    year: _Year = None,
) -> SeasonCalendar:
    """Every night of a year, shaded, with Vietnam's holidays."""
    year = year or current_night(in_scope.actor.now).year
    return await season_calendar(in_scope, figure_area, year, narrowing)


@get("/figures/event", operation_id="areaEvent", responses=_ANSWERS, dependencies=_SHARED)
async def area_event(
    in_scope: NamedDependency[Scope],
    figure_area: NamedDependency[Area],
    span: NamedDependency[Span],
    narrowing: NamedDependency[Narrowing],
) -> EventComparison:
    """Nights of an event (at most 31) against the same weekdays before it."""
    return await compare_event(in_scope, figure_area, span, narrowing)


@get("/figures/forecast", operation_id="areaForecast", responses=_ANSWERS, dependencies=_SHARED)
async def area_forecast(
    in_scope: NamedDependency[Scope],
    figure_area: NamedDependency[Area],
    narrowing: NamedDependency[Narrowing],
) -> Forecast:
    """The next 14 nights, beside a seasonal-naive forecast, with the error of both on the past."""
    return await forecast(in_scope, figure_area, narrowing)


@get("/figures/outline", operation_id="provinceOutline", responses=documented(401, 404))
async def outline(in_scope: NamedDependency[Scope]) -> Outline:
    """For ward officers: the other wards of the province together, by closed month."""
    return await province_outline(in_scope)


@get("/figures/definitions", operation_id="figureDefinitions")
async def figure_definitions() -> list[Definition]:
    """What each figure means, in Vietnamese and English."""
    return definitions()


HANDLERS = [
    area_figures,
    area_origins,
    area_flows,
    area_labour,
    wards_side_by_side,
    provinces_side_by_side,
    area_calendar,
    area_event,
    area_forecast,
    outline,
]
#: Needs no actor.
PUBLIC = [figure_definitions]
