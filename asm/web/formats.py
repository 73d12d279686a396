"""How dates, times and figures are written on a page. All clocks are Vietnam's."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from asm.db.base import vietnam_time
from asm.geo.ward_names import without_kind
from asm.identity.nationalities import nationalities

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def install_formats(environment: Environment) -> None:
    """Register this module's filters: `clock`, `day`, `moment`, `figure`, `percent`, …"""
    environment.filters |= {
        "clock": clock,
        "day": day,
        "day_month": day_month,
        "short_area": without_kind,
        "moment": moment,
        "short": short,
        "figure": figure,
        "percent": percent,
        "country": country,
        "shown_value": shown_value,
        "shown_day": shown_day,
    }


def clock(value: datetime) -> str:
    """Hours and minutes in Vietnam."""
    return vietnam_time(value).strftime("%H:%M")


@pass_context
def day(context: Context, value: date | datetime) -> str:
    """`27/03/1990`, in English `27 Mar 1990`: no reader can take the month for the day."""
    local = vietnam_time(value) if isinstance(value, datetime) else value
    if context.get("language") == "en":
        return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{local.day:02}/{local.month:02}/{local.year}"


@pass_context
def day_month(context: Context, value: date) -> str:
    """`27/3`, in English `27 Mar`: for charts and lists whose year is said beside."""
    return short_day(value, context.get("language", "vi"))


def short_day(value: date, language: str) -> str:
    """A day without its year in `language`."""
    return (
        f"{value.day} {_MONTHS[value.month - 1]}"
        if language == "en"
        else f"{value.day}/{value.month}"
    )


@pass_context
def moment(context: Context, value: datetime | None) -> str:
    """Time and day, or a dash for a time that is not known."""
    return f"{clock(value)} {day(context, value)}" if value else "–"


def short(value: datetime | None) -> str:
    """Time and day without the year, for lists of what is near."""
    return f"{clock(value)} {vietnam_time(value):%d/%m}" if value else "–"


@pass_context
def figure(context: Context, value: Any) -> str:
    """A number with its language's separators, or a dash where there is none."""
    if value is None:
        return "–"
    language = context.get("language", "vi")
    if type(value) is int:
        # A page of figures writes a thousand of them.
        grouped = f"{value:,}"
        return grouped if language == "en" else grouped.replace(",", ".")
    return _decimal(value, language)


@lru_cache(maxsize=4096)
def _decimal(value: Any, language: str) -> str:
    return format_decimal(value, locale=language)


@pass_context
def percent(context: Context, value: float | None) -> str:
    """A figure in per cent, or a dash where there is no whole to take it of."""
    return "–" if value is None else f"{figure(context, value)}\N{NO-BREAK SPACE}%"


@pass_context
def country(context: Context, code: str) -> str:
    """A nationality's name in the page's language."""
    return country_name(code, context.get("language", "vi"))


def country_name(code: str, language: str) -> str:
    """A nationality's name in `language`, or the code itself when it is unknown."""
    item = nationalities().get(code)
    if item is None:
        return code
    return item.name_en if language == "en" else item.name


@pass_context
def shown_value(context: Context, text: str | None) -> str:
    """A value of a stay's version, which is kept as text: times are shown as times."""
    if text is None:
        return "–"
    try:
        return moment(context, datetime.fromisoformat(text)) if "T" in text else text
    except ValueError:
        return text


@pass_context
def shown_day(context: Context, text: str) -> str:
    """A date that was kept as text."""
    return day(context, date.fromisoformat(text))
