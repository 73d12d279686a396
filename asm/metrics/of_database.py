"""Figures that are read from the database when they are asked for: the same from every process, and
so never added up.
"""

import math
from collections.abc import Callable
from typing import Final

import asyncpg
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from asm import __version__
from asm.analytics.totals.standing import totals_standing
from asm.audit.last_backup import backup_age_s
from asm.checks.population.identity import waiting
from asm.notify.delivery_totals import DeliveryTotals, delivery_totals
from asm.outbox.counts import OutboxDepth, outbox_depth

_SILENT: Final = text(
    "SELECT extract(epoch FROM clock_timestamp() - max(at))::float8 FROM worker_heartbeat"
)


#: The database is away, or does not let us.
_UNAVAILABLE: Final = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
Sessions = Callable[[], AsyncSession]


async def figures_of_database(sessions: Sessions) -> list[GaugeMetricFamily]:
    """`asm_database_up` and what web and worker may count; not a number while it is away."""
    build = GaugeMetricFamily(
        "asm_build_info", "Always 1; the version is the label.", labels=["version"]
    )
    build.add_metric([__version__], 1)
    try:
        async with sessions() as session:
            depth = await outbox_depth(session)
            identities = await waiting(session)
            silent = (await session.execute(_SILENT)).scalar_one()
    except _UNAVAILABLE:
        return [
            build, _up(0), _silent(None), _backup(None), *_outbox(None),
            *_identities(math.nan, math.nan), _totals(None),
        ]  # fmt: skip
    age_s = await _age_of_backup(sessions)
    differences = await _differences(sessions)
    return [
        build, _up(1), _silent(silent), _backup(age_s), *_outbox(depth), *_identities(*identities),
        _totals(differences),
    ]  # fmt: skip


async def figures_of_deliveries(sessions: Sessions) -> list[GaugeMetricFamily]:
    """What became of messages."""
    try:
        async with sessions() as session:
            return _deliveries(await delivery_totals(session))
    except _UNAVAILABLE:
        return _deliveries(DeliveryTotals(totals={}, waiting={}))


def _up(up: int) -> GaugeMetricFamily:
    return GaugeMetricFamily("asm_database_up", "1 when the database answered the scrape.", up)


def _silent(seconds: float | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "asm_worker_silent_seconds", "Time since a worker last gave a sign of life; not a number "
        "when none is known.", math.nan if seconds is None else seconds,
    )  # fmt: skip


async def _age_of_backup(sessions: Sessions) -> float | None:
    """Asked apart: a schema of before the note lacks it alone."""
    try:
        async with sessions() as session:
            return await backup_age_s(session)
    except _UNAVAILABLE:
        return None


def _backup(age_s: float | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "asm_backup_age_seconds", "Time since the moment that the last whole backup holds; not a "
        "number when there is none.", math.nan if age_s is None else age_s,
    )  # fmt: skip


async def _differences(sessions: Sessions) -> int | None:
    """Asked apart, as the backup is."""
    try:
        async with sessions() as session:
            return (await totals_standing(session)).differences
    except _UNAVAILABLE:
        return None


def _totals(differences: int | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "asm_totals_differences", "Numbers in the totals that were not what the stays say when "
        "they were last compared; not a number when they never were.",
        math.nan if differences is None else differences,
    )  # fmt: skip


def _outbox(depth: OutboxDepth | None) -> list[GaugeMetricFamily]:
    rows = GaugeMetricFamily("asm_outbox_rows", "Outbox rows by state.", labels=["state"])
    for state in ("due", "waiting", "dead"):
        rows.add_metric([state], math.nan if depth is None else getattr(depth, state))
    oldest = math.nan if depth is None else depth.oldest_s
    return [
        rows,
        GaugeMetricFamily("asm_outbox_oldest_seconds", "Age of the oldest waiting outbox row.",
                          oldest),
    ]  # fmt: skip


def _identities(count: float, oldest_s: float) -> list[GaugeMetricFamily]:
    return [
        GaugeMetricFamily("asm_identity_checks_waiting",
                          "Stays that wait for the population database.", count),
        GaugeMetricFamily("asm_identity_checks_oldest_seconds",
                          "Time for which the first of them has been due.", oldest_s),
    ]  # fmt: skip


def _deliveries(deliveries: DeliveryTotals) -> list[GaugeMetricFamily]:
    """Channels without a figure have none, also while the database is away."""
    totals = GaugeMetricFamily(
        "asm_deliveries", "Deliveries since the beginning by channel and outcome; sent ones may be "
        "delivered or failed later, retried ones are tried again.", labels=["channel", "outcome"],
    )  # fmt: skip
    waiting_now = GaugeMetricFamily(
        "asm_deliveries_waiting", "Deliveries that wait, by channel.", labels=["channel"]
    )
    oldest = GaugeMetricFamily(
        "asm_deliveries_oldest_seconds", "Time for which the first of them has been due.",
        labels=["channel"],
    )  # fmt: skip
    for labels, number in deliveries.totals.items():
        totals.add_metric(labels, number)
    for channel, (number, oldest_s) in deliveries.waiting.items():
        waiting_now.add_metric([channel], number)
        oldest.add_metric([channel], oldest_s)
    return [totals, waiting_now, oldest]
