"""Figures for Prometheus at `/metrics`: counts, times and depths. No label holds personal data.

Answered only to a direct caller from the machine itself or a private network; a request that came
through a reverse proxy gets the 404 of an unknown address. With several web processes behind one
address each has figures of its own: scrape each of them.
"""

import functools
import ipaddress
import math
from typing import Any

import asyncpg
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.types import Scope
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from sqlalchemy.exc import SQLAlchemyError

from asm import __version__
from asm.checks.population.identity import waiting
from asm.errors import not_found
from asm.headers import Header
from asm.imports.declare_workbook import ImportOutcome
from asm.notify.delivery_totals import DeliveryTotals, delivery_totals
from asm.outbox.counts import outbox_depth
from asm.stays.declaration import Outcome

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "asm_requests", "Requests by route, method and status.", ["route", "method", "status"],
    registry=REGISTRY,
)  # fmt: skip
DURATION = Histogram(
    "asm_request_seconds", "Time to answer by route and method.", ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0), registry=REGISTRY,
)  # fmt: skip
DECLARATIONS = Counter(
    "asm_declarations", "Guests declared by what became of them; accepted counts late ones too.",
    ["outcome"], registry=REGISTRY,
)  # fmt: skip
_ACCEPTED, _LATE, _MERGED, _CHANGED, _REFUSED = (
    DECLARATIONS.labels(outcome) for outcome in ("accepted", "late", "merged", "changed", "refused")
)
OUTBOX = Gauge("asm_outbox_rows", "Outbox rows by state.", ["state"], registry=REGISTRY)
OUTBOX_AGE = Gauge(
    "asm_outbox_oldest_seconds", "Age of the oldest waiting outbox row.", registry=REGISTRY
)
BLOCKED_TRIES = Gauge(
    "asm_blocked_tries", "Times since the start at which this process closed a door to tries, by "
    "what was tried and what was counted.", ["purpose", "counter"], registry=REGISTRY,
)  # fmt: skip
QUEUE = Gauge(
    "asm_write_queue_rows", "Guests that wait in this process for the next commit.",
    registry=REGISTRY,
)  # fmt: skip
IDENTITIES = Gauge(
    "asm_identity_checks_waiting", "Stays that wait for the population database.",
    registry=REGISTRY,
)  # fmt: skip
IDENTITIES_AGE = Gauge(
    "asm_identity_checks_oldest_seconds", "Time for which the first of them has been due.",
    registry=REGISTRY,
)  # fmt: skip
DELIVERIES = Gauge(
    "asm_deliveries", "Deliveries since the beginning by channel and outcome; sent ones may be "
    "delivered or failed later, retried ones are tried again.", ["channel", "outcome"],
    registry=REGISTRY,
)  # fmt: skip
DELIVERIES_WAITING = Gauge(
    "asm_deliveries_waiting", "Deliveries that wait, by channel.", ["channel"], registry=REGISTRY
)
DELIVERIES_AGE = Gauge(
    "asm_deliveries_oldest_seconds", "Time for which the first of them has been due.", ["channel"],
    registry=REGISTRY,
)  # fmt: skip
DATABASE_UP = Gauge(
    "asm_database_up", "1 when the database answered the scrape.", registry=REGISTRY
)
BUILD = Gauge(
    "asm_build_info", "Always 1; the version is the label.", ["version"], registry=REGISTRY
)
BUILD.labels(__version__).set(1)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROXY_HEADERS = (Header.FORWARDED, Header.X_FORWARDED_FOR, Header.X_REAL_IP)


def measure_request(scope: Scope, status: int, seconds: float) -> None:
    """Count and time a request under the template of its route, never its address."""
    request_method = str(scope.get("method"))
    method = request_method if request_method in _METHODS else "other"
    count, duration = _meters(scope.get("path_template") or "unmatched", method, status)
    count.inc()
    duration.observe(seconds)


@functools.lru_cache(maxsize=4096)
def _meters(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, method, str(status)), DURATION.labels(route, method)


def count_outcome(outcome: Outcome | ImportOutcome) -> None:
    """Count what became of the guests of one declaration; resends and dry runs count nothing."""
    if outcome.replayed or outcome.dry_run:
        return
    parts = outcome.results if isinstance(outcome, Outcome) else outcome.rows
    late = sum(
        part.status == "accepted" and part.receipt is not None and not part.receipt.on_time
        for part in parts
    )
    _ACCEPTED.inc(outcome.accepted)
    _LATE.inc(late)
    _MERGED.inc(outcome.merged)
    _CHANGED.inc(outcome.changed)
    _REFUSED.inc(outcome.rejected)


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """The figures in Prometheus's text format."""
    if not _direct_and_near(request):
        raise not_found("route")
    QUEUE.set(state.commits.waiting_rows)
    for (purpose, counter), number in state.throttle.blocks.items():
        BLOCKED_TRIES.labels(purpose, counter).set(number)
    await _measure_outbox(state)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


metrics_handlers = [metrics]


def _direct_and_near(request: Request[Any, Any, Any]) -> bool:
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    if request.client is None:
        return True  # a Unix socket
    try:
        return not ipaddress.ip_address(request.client.host).is_global
    except ValueError:
        return False


async def _measure_outbox(state: State) -> None:
    try:
        async with state.sessions() as session:
            depth = await outbox_depth(session)
            identities = await waiting(session)
            deliveries = await delivery_totals(session)
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        DATABASE_UP.set(0)
        _set_outbox(math.nan, math.nan, math.nan, math.nan)
        _set_identities(math.nan, math.nan)
        _set_deliveries(DeliveryTotals(totals={}, waiting={}))
        return
    DATABASE_UP.set(1)
    _set_outbox(depth.due, depth.waiting, depth.dead, depth.oldest_s)
    _set_identities(*identities)
    _set_deliveries(deliveries)


def _set_outbox(due: float, waiting: float, dead: float, oldest_s: float) -> None:
    OUTBOX.labels("due").set(due)
    OUTBOX.labels("waiting").set(waiting)
    OUTBOX.labels("dead").set(dead)
    OUTBOX_AGE.set(oldest_s)


def _set_identities(count: float, oldest_s: float) -> None:
    IDENTITIES.set(count)
    IDENTITIES_AGE.set(oldest_s)


def _set_deliveries(deliveries: DeliveryTotals) -> None:
    """Channels without a figure have none, also while the database is away."""
    for gauge in (DELIVERIES, DELIVERIES_WAITING, DELIVERIES_AGE):
        gauge.clear()
    for (channel, outcome), number in deliveries.totals.items():
        DELIVERIES.labels(channel, outcome).set(number)
    for channel, (number, oldest_s) in deliveries.waiting.items():
        DELIVERIES_WAITING.labels(channel).set(number)
        DELIVERIES_AGE.labels(channel).set(oldest_s)
