"""Fits that are kept until the next night: fitting takes seconds, and a page shall not."""

import hashlib
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import Column, Date, DateTime, LargeBinary, Table, Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from asm.accounts.access import Scope
from asm.analytics.questions.standing import Head
from asm.analytics.seasons.fit import FitAnswer
from asm.db.base import metadata

#: Of one area for one night; further narrowings are fitted again each time.
MOST_KEPT: Final = 20
kept_forecast = Table(
    "kept_forecast",
    metadata,
    #: As `str(Area)` writes it.
    Column("area", Text, primary_key=True),
    #: A hash of the narrowing.
    Column("narrowing", Text, primary_key=True),
    Column("first_night", Date),
    Column("fitted_at", DateTime(timezone=True)),
    Column("content", LargeBinary),
)


async def kept_fit(scope: Scope, head: Head, first_night: date) -> FitAnswer | None:
    """What was fitted for this night, if it was."""
    content = await scope.session.scalar(
        select(kept_forecast.c.content).where(
            kept_forecast.c.area == str(head.area.area),
            kept_forecast.c.narrowing == _hashed(head),
            kept_forecast.c.first_night == first_night,
        )
    )
    return None if content is None else msgspec.json.decode(content, type=FitAnswer)


async def keep_fit(scope: Scope, head: Head, first_night: date, fitted: FitAnswer) -> None:
    """In place of those of nights before."""
    area = str(head.area.area)
    ours = kept_forecast.c.area == area
    await scope.session.execute(
        delete(kept_forecast).where(ours, kept_forecast.c.first_night < first_night)
    )
    kept = await scope.session.scalar(select(func.count()).select_from(kept_forecast).where(ours))
    if (kept or 0) >= MOST_KEPT:
        return
    row = {
        "area": area,
        "narrowing": _hashed(head),
        "first_night": first_night,
        "fitted_at": func.clock_timestamp(),
        "content": msgspec.json.encode(fitted),
    }
    await scope.session.execute(insert(kept_forecast).values(row).on_conflict_do_nothing())


def _hashed(head: Head) -> str:
    return hashlib.sha256(msgspec.json.encode(head.narrowing)).hexdigest()
