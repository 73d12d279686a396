"""Fourteen nights ahead, beside the naive forecast, judged on the past."""

import random
import sys
import warnings
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.access import Scope
from asm.accounts.sessions import actor_of_login
from asm.analytics.questions.area import Area
from asm.analytics.questions.narrowing import EVERYTHING
from asm.analytics.questions.span import Span
from asm.analytics.seasons import fit_process
from asm.analytics.seasons.calendar import season_calendar, shade_bounds
from asm.analytics.seasons.events import compare_event
from asm.analytics.seasons.fit import FitAnswer, FitRequest, fit
from asm.analytics.seasons.fit_process import fit_apart
from asm.analytics.seasons.forecast import (
    NEEDED_NIGHTS,
    Forecast,
    cuts_of,
    fit_and_keep,
    forecast,
)
from asm.analytics.seasons.naive import naive_forecast
from asm.analytics.totals.model import night_total, totals_state
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A
from asm.errors import Invalid
from tests.analytics.invented import at
from tests.analytics.seasons.invented_years import invented_years

TONIGHT = date(2026, 2, 10)  # a week before Tết
NOON = at(TONIGHT, 12)
WARD = Area(kind="ward", code=WARD_A)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(fit_process, "TIMEOUT_S", 300.0)


async def put(session: AsyncSession, values: Sequence[int], until: date) -> None:
    """Guest nights of ward A that end with the night `until`."""
    first = until - timedelta(days=len(values) - 1)
    await session.execute(
        insert(night_total),
        [
            {"ward_code": WARD_A, "night": first + timedelta(days=step), "kind": "hotel",
             "tourism": True, "arrivals": value, "guest_nights": value}
            for step, value in enumerate(values) if value
        ],
    )  # fmt: skip
    await session.execute(update(totals_state).values(first_night=first, last_night=TONIGHT))
    await session.commit()


async def minh(session: AsyncSession) -> Scope:
    actor = msgspec.structs.replace(await actor_of_login(session, "minh"), now=NOON)
    return Scope(session, actor)


async def ahead(engine: AsyncEngine) -> Forecast:
    async with make_sessions(engine).begin() as session:
        return await forecast(await minh(session), WARD)


async def test_the_model_is_shown_where_it_beats_the_naive_forecast(
    admin_session: AsyncSession, api_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights = 2 * 365 + 60
    yesterday = TONIGHT - timedelta(days=1)
    first = yesterday - timedelta(days=nights - 1)
    await put(admin_session, invented_years(7, first, nights), yesterday)
    sessions = make_sessions(api_engine)
    async with sessions.begin() as session:
        scope = await minh(session)
        page = await forecast(scope, WARD, fits=False)
    assert (page.method, page.why) == ("naive", "not_ready")
    # Once the page is sent.
    await fit_and_keep(sessions, scope.actor, WARD, EVERYTHING)
    answer = await ahead(api_engine)
    assert (answer.method, answer.why) == ("model", "beats")
    assert answer.errors is not None
    assert answer.errors.model_mae is not None
    assert answer.errors.model_mae < answer.errors.naive_mae
    assert answer.errors.model_mase is not None
    assert answer.errors.naive_mase is not None
    assert answer.errors.model_mase < answer.errors.naive_mase
    assert [each.night for each in answer.nights] == [
        TONIGHT + timedelta(days=step) for step in range(14)
    ]
    assert all(each.low <= each.shown <= each.high for each in answer.nights)
    assert all(each.shown == each.model for each in answer.nights)
    named = {each.night.day: each.holiday for each in answer.nights if each.holiday}
    assert named[17] == "Tết Nguyên Đán"
    # Fuller a few nights into Tết than before it, as every year.
    assert answer.nights[9].shown > 1.5 * answer.nights[4].shown
    assert len(answer.history) == 56
    # Kept until the next night: nothing is fitted again.
    monkeypatch.setattr(fit_process, "asyncio", None)
    await fit_and_keep(sessions, scope.actor, WARD, EVERYTHING)
    assert (await ahead(api_engine)).nights == answer.nights


async def test_the_naive_forecast_is_shown_where_it_is_not_beaten(
    admin_session: AsyncSession, api_engine: AsyncEngine
) -> None:
    # Every week the same seven numbers: last week again is never wrong.
    yesterday = TONIGHT - timedelta(days=1)
    first = yesterday - timedelta(days=NEEDED_NIGHTS - 1)
    week = [20, 30, 25, 40, 80, 90, 10]
    values = [week[(first + timedelta(days=step)).weekday()] for step in range(NEEDED_NIGHTS)]
    await put(admin_session, values, yesterday)
    answer = await ahead(api_engine)
    assert (answer.method, answer.why) == ("naive", "not_beaten")
    assert answer.errors is not None
    assert answer.errors.naive_mae == 0.0
    assert answer.errors.naive_mase is None  # nothing changed from week to week
    assert [each.shown for each in answer.nights] == [each.naive for each in answer.nights]
    assert answer.nights[0].shown == week[TONIGHT.weekday()]


async def test_too_short_a_past_says_so(
    admin_session: AsyncSession, api_engine: AsyncEngine
) -> None:
    await put(admin_session, [5] * (NEEDED_NIGHTS - 1), TONIGHT - timedelta(days=1))
    answer = await ahead(api_engine)
    assert (answer.method, answer.why, answer.nights, answer.errors) == (
        "none", "too_short", [], None,
    )  # fmt: skip
    assert (answer.history_nights, answer.needed_nights) == (NEEDED_NIGHTS - 1, NEEDED_NIGHTS)
    await admin_session.execute(update(totals_state).values(last_night=TONIGHT - timedelta(days=3)))
    await admin_session.commit()
    assert (await ahead(api_engine)).why == "too_short"


def test_around_tet_the_naive_forecast_is_last_years_tet() -> None:
    first = date(2025, 1, 1)
    values = [1000 + step for step in range((TONIGHT - first).days)]
    forecasts = naive_forecast(first, values, 14)
    # 10 February 2026 is seven nights before Tết; in 2025 that was 22 January.
    assert forecasts[0] == values[(date(2025, 1, 22) - first).days]
    assert forecasts[7] == values[(date(2025, 1, 29) - first).days]
    # Without a Tết before it, the newest night of its weekday.
    recent = values[-60:]
    assert naive_forecast(TONIGHT - timedelta(days=60), recent, 14)[0] == recent[-7]
    # After Tết: the newest week that was not near it.
    after = date(2026, 2, 28)
    kept = [1000 + step for step in range((after - first).days)]
    usual = (date(2026, 2, 7) - first).days
    assert after.weekday() == date(2026, 2, 7).weekday()
    assert naive_forecast(first, kept, 1) == [kept[usual]]


def test_the_judged_nights_are_known_and_lie_apart() -> None:
    assert cuts_of(NEEDED_NIGHTS) == [56, 63, 70, 77, 84, 91, 98, 105]
    assert cuts_of(1095)[0] == 1095 - 14 - 7 * 45
    assert cuts_of(1095)[-1] == 1095 - 14


@pytest.mark.parametrize("seed", [1, 2])
def test_the_fit_forecasts_whatever_it_is_given(seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.choice([0, 0, 1, 500]) for _ in range(130)]
    with warnings.catch_warnings():
        # At once, and not only where nobody loaded statsmodels before: it shows its own always.
        warnings.simplefilter("error")
        for given in (values, [0] * 130, [7] * 130):
            answer = fit(
                FitRequest(first=date(2025, 12, 1), values=given, cuts=[60, 130], ahead=14)
            )
            assert [len(each) for each in answer.forecasts] == [14, 14]
            assert all(0 <= each <= 3 * max(given) for each in answer.forecasts[1])


def test_a_past_without_tet_says_nothing_of_one() -> None:
    # Sixty nights, the last of them 30 January: Tết of 2026 is on 17 February.
    week = [20, 30, 25, 40, 80, 90, 10]
    first = date(2025, 12, 1)
    values = [week[(first + timedelta(days=step)).weekday()] for step in range(74)]
    forecast_of = fit(FitRequest(first=first, values=values[:66], cuts=[66], ahead=14)).forecasts[0]
    expected = [week[(first + timedelta(days=66 + step)).weekday()] for step in range(14)]
    assert forecast_of == pytest.approx(expected, rel=0.05)


REQUEST = FitRequest(first=date(2025, 1, 1), values=[1] * 60, cuts=[60], ahead=14)


async def test_a_fit_that_fails_or_hangs_is_no_answer() -> None:
    assert await fit_apart(REQUEST, (sys.executable, "-c", "raise SystemExit(3)")) is None
    slow = (sys.executable, "-c", "import time; time.sleep(600)")
    assert await fit_apart(REQUEST, slow, timeout_s=0.05) is None
    good = (sys.executable, "-c", "print('{\"forecasts\": [[1.0]]}')")
    assert await fit_apart(REQUEST, good) == FitAnswer(forecasts=[[1.0]])


async def test_events_and_seasons(admin_session: AsyncSession, api_engine: AsyncEngine) -> None:
    # Tenfold on the weekend of 6 to 8 February; before it, Mondays 1 to Sundays 7 each week but
    # for New Year's week, which is nobody's usual one.
    values = []
    first = date(2025, 12, 29)
    for step in range((TONIGHT - first).days):
        night = first + timedelta(days=step)
        values.append((night.weekday() + 1) * (10 if night >= date(2026, 2, 6) else 1))
    await put(admin_session, values, TONIGHT - timedelta(days=1))
    async with make_sessions(api_engine)() as session:
        scope = await minh(session)
        weekend = Span(first=date(2026, 2, 6), last=date(2026, 2, 8))
        answer = await compare_event(scope, WARD, weekend)
        assert [(each.guest_nights, each.usual, each.more_percent) for each in answer.nights] == [
            (50, 5.0, 900.0), (60, 6.0, 900.0), (70, 7.0, 900.0),
        ]  # fmt: skip
        assert answer.nights[0].compared_with == [
            date(2026, 1, 9), date(2026, 1, 16), date(2026, 1, 23), date(2026, 1, 30),
        ]  # fmt: skip
        assert (answer.guest_nights, answer.usual, answer.more_percent) == (180, 18.0, 900.0)
        new_year = await compare_event(
            scope, WARD, Span(first=date(2026, 1, 7), last=date(2026, 1, 8))
        )
        # Wednesday: New Year's Eve is left out; Thursday: New Year's Day. Nothing else is counted.
        assert [each.usual for each in new_year.nights] == [None, None]
        with pytest.raises(Invalid, match="event_too_long"):
            await compare_event(scope, WARD, Span(first=date(2026, 1, 1), last=date(2026, 2, 1)))
        year = await season_calendar(scope, WARD, 2026)
        assert len(year.nights) == 365
        assert year.busiest == date(2026, 2, 8)
        shades = {each.night: each.shade for each in year.nights}
        assert shades[date(2026, 2, 8)] == 4
        assert shades[date(2026, 1, 5)] == 1
        assert shades[TONIGHT] == 0  # counted, and nobody there yet
        assert shades[date(2026, 2, 11)] is None
        tet = [each for each in year.nights if each.holiday and each.holiday.id == "tet"]
        assert [each.night.day for each in tet] == [16, 17, 18, 19, 20]
        leap = await season_calendar(scope, WARD, 2028)
        assert len(leap.nights) == 366
        with pytest.raises(Invalid, match="span_out_of_range"):
            await season_calendar(scope, WARD, 1999)


def test_nights_are_shaded_by_quarters() -> None:
    assert shade_bounds([]) == []
    assert shade_bounds([0, 0]) == []
    assert shade_bounds([1, 2, 3, 4, 5, 6, 7, 8, 0]) == [3, 5, 7]
    assert shade_bounds([4] * 9) == [4, 4, 4]
