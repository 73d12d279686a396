"""The next fourteen nights, beside what a seasonal-naive forecast says, with the error of both on
the past. The model is shown only where it was nearer on the past than the naive forecast.

1. The history: up to three years of nights before the current one, from the first with a guest.
2. Some evenings of it are forecast with what was known then, by both; their errors decide.
3. The model is fitted in a process of its own and kept until the next night.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import enter_again
from asm.analytics.questions.area import Area
from asm.analytics.questions.measures import AreaAnswer
from asm.analytics.questions.narrowing import EVERYTHING, Narrowing
from asm.analytics.questions.span import Span
from asm.analytics.questions.standing import Head, head_for, head_of, read_coverage
from asm.analytics.seasons.fit import FitAnswer, FitRequest
from asm.analytics.seasons.fit_process import fit_apart
from asm.analytics.seasons.holidays import holidays_in
from asm.analytics.seasons.kept_fits import keep_fit, kept_fit
from asm.analytics.seasons.naive import WEEK, naive_forecast
from asm.analytics.seasons.nightly import KnownNights, nightly_guests
from asm.facilities.nights import current_night

NIGHTS_AHEAD: Final = 14
HISTORY_NIGHTS: Final = 3 * 365
TWO_YEARS: Final = 2 * 365
HISTORY_SHOWN: Final = 56
#: Evenings of the past that are judged, and how many nights apart where there are two years.
CUTS: Final = 8
SPREAD: Final = 45
#: Eight weeks to learn from before the first judged evening.
NEEDED_NIGHTS: Final = 56 + WEEK * (CUTS - 1) + NIGHTS_AHEAD


class ForecastNight(msgspec.Struct, frozen=True, kw_only=True):
    """Guest nights. `shown`: `model` if it beat the naive one on the past, else `naive`; `low` and
    `high` hold eight in ten of past errors of what is shown. `holiday`: its name.
    """

    night: date
    shown: float
    model: float | None
    naive: float
    low: float
    high: float
    holiday: str | None


class ForecastErrors(msgspec.Struct, frozen=True, kw_only=True):
    """On `origins` past evenings, each forecast for 14 nights with what was known then. `mae`: mean
    absolute error in guest nights; `mase`: that over the mean weekly change of the nights before
    the first judged one.
    """

    origins: int
    naive_mae: float
    model_mae: float | None
    naive_mase: float | None
    model_mase: float | None


class HistoryNight(msgspec.Struct, frozen=True, kw_only=True):
    """One of the last 56 nights counted, for the line before the forecast."""

    night: date
    guest_nights: int


class Forecast(AreaAnswer, frozen=True, kw_only=True):
    """`method`: `model`, `naive`, or `none` without `nights` and `errors`. `why`: `beats`,
    `not_beaten` (the model was no nearer on the past), `not_ready` (it was not fitted in time),
    `too_short` (`history_nights` are less than `needed_nights`), `not_counted` (the totals do not
    reach last night yet).
    """

    method: str
    why: str
    history_nights: int
    needed_nights: int
    errors: ForecastErrors | None
    history: list[HistoryNight]
    nights: list[ForecastNight]


async def forecast(
    scope: Scope,
    area: Area,
    narrowing: Narrowing = EVERYTHING,
    *,
    fits: bool = True,
    known: KnownNights | None = None,
) -> Forecast:
    """Of the 14 nights from the current one on. Without `fits` nobody waits for a fit: where none
    is kept, `why` is `not_ready`, and `fit_and_keep` makes one. `known`: as `nightly_guests` takes
    it. Raises as `require_area`.
    """
    past = await _past(scope, area, narrowing, known)
    head, span = past.head, past.head.span
    rest = {
        **head_of(scope, head, await read_coverage(scope, area, span, narrowing)),
        "history_nights": len(past.nights),
        "needed_nights": NEEDED_NIGHTS,
        "history": [
            HistoryNight(night=night, guest_nights=value)
            for night, value in zip(past.nights, past.values, strict=True)
        ][-HISTORY_SHOWN:],
    }
    if past.missing:
        return Forecast(**rest, method="none", why=past.missing, errors=None, nights=[])
    fitted = await kept_fit(scope, head, past.tonight)
    if fitted is None and fits:
        fitted = await fit_apart(_request(past.nights[0], past.values))
        if fitted is not None:
            await keep_fit(scope, head, past.tonight, fitted)
    return Forecast(**rest, **_compare(past.nights[0], past.values, fitted))


async def fit_and_keep(
    sessions: async_sessionmaker[AsyncSession], actor: Actor, area: Area, narrowing: Narrowing
) -> None:
    """Fit what a page could not wait for, for who asks next. No connection is held meanwhile."""
    async with sessions.begin() as session:
        scope = Scope(session, actor)
        await enter_again(scope)
        past = await _past(scope, area, narrowing)
        if past.missing or await kept_fit(scope, past.head, past.tonight) is not None:
            return
    fitted = await fit_apart(_request(past.nights[0], past.values))
    if fitted is None:
        return
    async with sessions.begin() as session:
        scope = Scope(session, actor)
        await enter_again(scope)
        await keep_fit(scope, past.head, past.tonight, fitted)


class _Past(msgspec.Struct, frozen=True, kw_only=True):
    """Nights up to yesterday, from the first with a guest, with their guest nights. `missing`: why
    nothing can be forecast from them, else empty.
    """

    head: Head
    tonight: date
    nights: list[date]
    values: list[int]
    missing: str


def history_span(now: datetime) -> Span:
    """The nights that a forecast goes by."""
    tonight = current_night(now)
    return Span(first=tonight - timedelta(days=HISTORY_NIGHTS), last=tonight - timedelta(days=1))


async def _past(
    scope: Scope, area: Area, narrowing: Narrowing, known: KnownNights | None = None
) -> _Past:
    tonight, span = current_night(scope.actor.now), history_span(scope.actor.now)
    head = await head_for(scope, area, span, narrowing)
    guests = await nightly_guests(scope, head, span, known)
    until = min(span.last, head.reach.counted_to or date.min)
    since = min(guests, default=None)
    nights = [] if since is None else Span(first=since, last=until).each() if since <= until else []
    if len(nights) < NEEDED_NIGHTS:
        missing = "too_short"
    else:
        missing = "not_counted" if until < span.last else ""
    return _Past(
        head=head,
        tonight=tonight,
        nights=nights,
        values=[guests[night].guest_nights if night in guests else 0 for night in nights],
        missing=missing,
    )


def _request(first: date, values: list[int]) -> FitRequest:
    return FitRequest(
        first=first, values=values, cuts=[*cuts_of(len(values)), len(values)], ahead=NIGHTS_AHEAD
    )


def cuts_of(known: int) -> list[int]:
    """Before which of the known nights the past is judged: CUTS evenings, oldest first. With two
    years they are spread over one, Tết and summer and all; else each a week after the other.
    """
    apart = SPREAD if known >= TWO_YEARS else WEEK
    return [known - NIGHTS_AHEAD - apart * step for step in reversed(range(CUTS))]


def _compare(first: date, values: list[int], fitted: FitAnswer | None) -> dict[str, Any]:
    cuts = cuts_of(len(values))
    naive = [naive_forecast(first, values[:cut], NIGHTS_AHEAD) for cut in [*cuts, len(values)]]
    model = fitted.forecasts if fitted else None
    naive_errors = _errors(values, cuts, naive)
    model_errors = _errors(values, cuts, model) if model else None
    scale = _scale(values[: cuts[0]])
    naive_mae, model_mae = _mae(naive_errors), _mae(model_errors) if model_errors else None
    better = model_mae is not None and model_mae < naive_mae
    shown, errors = (
        (model, model_errors) if better and model and model_errors else (naive, naive_errors)
    )
    return {
        "method": "model" if better else "naive",
        "why": "beats" if better else "not_beaten" if model else "not_ready",
        "errors": ForecastErrors(
            origins=len(cuts),
            naive_mae=round(naive_mae, 2),
            model_mae=None if model_mae is None else round(model_mae, 2),
            naive_mase=round(naive_mae / scale, 3) if scale else None,
            model_mase=round(model_mae / scale, 3) if scale and model_mae is not None else None,
        ),
        "nights": _nights(
            first + timedelta(days=len(values)),
            shown[-1],
            naive[-1],
            model[-1] if model else None,
            sorted(errors),
        ),
    }


def _nights(
    tonight: date,
    shown: list[float],
    naive: list[float],
    model: list[float] | None,
    errors: list[float],
) -> list[ForecastNight]:
    span = Span(first=tonight, last=tonight + timedelta(days=NIGHTS_AHEAD - 1))
    holidays = {each.day: each.name for each in holidays_in(span)}
    low, high = errors[len(errors) // 10], errors[-1 - len(errors) // 10]
    return [
        ForecastNight(
            night=night,
            shown=round(shown[step], 1),
            model=None if model is None else round(model[step], 1),
            naive=round(naive[step], 1),
            low=round(max(0.0, shown[step] + min(low, 0.0)), 1),
            high=round(shown[step] + max(high, 0.0), 1),
            holiday=holidays.get(night),
        )
        for step, night in enumerate(span.each())
    ]


def _errors(values: list[int], cuts: list[int], forecasts: list[list[float]]) -> list[float]:
    """What came less what was forecast, of every judged night."""
    return [
        values[cut + step] - forecasts[at][step]
        for at, cut in enumerate(cuts)
        for step in range(NIGHTS_AHEAD)
    ]


def _mae(errors: list[float]) -> float:
    return sum(map(abs, errors)) / len(errors)


def _scale(before: list[int]) -> float:
    """The mean change from a week before, of the nights before the first judged one."""
    changes = [abs(after - then) for then, after in zip(before, before[WEEK:], strict=False)]
    return sum(changes) / len(changes)
