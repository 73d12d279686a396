"""What the worker counts, and where it is read: a port of its own, if the settings name one."""

from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import make_sessions
from asm.metrics.of_database import figures_of_database, figures_of_deliveries
from asm.metrics.serve import exposition, keep_serving
from asm.outbox.drain import DrainReport
from asm.settings import MetricsSettings

REGISTRY: Final = CollectorRegistry()
_ROWS: Final = Counter(
    "asm_worker_rows", "Outbox rows that this worker has had in hand, by what became of them; "
    "failed ones are tried again, dead ones need a person.", ["outcome"], registry=REGISTRY,
)  # fmt: skip
_WORK: Final = Counter(
    "asm_worker_rounds", "Rounds of this worker's other work by kind; failed ones come again.",
    ["what", "outcome"], registry=REGISTRY,
)  # fmt: skip


def count_drain(report: DrainReport) -> None:
    """Count one batch."""
    for outcome in ("done", "failed", "dead"):
        _ROWS.labels(outcome).inc(getattr(report, outcome))


def count_work(what: str, outcome: Literal["done", "failed"]) -> None:
    """Count what is done again and again, once."""
    _WORK.labels(what, outcome).inc()


async def serve_figures(settings: MetricsSettings, engine: AsyncEngine) -> None:
    """Answer with these and the database's, for as long as the worker works."""
    sessions = make_sessions(engine)

    async def figures() -> bytes:
        of_database = await figures_of_database(sessions)
        of_deliveries = await figures_of_deliveries(sessions)
        return exposition([*REGISTRY.collect(), *of_database, *of_deliveries])

    await keep_serving(settings.host, settings.worker_port, figures)
