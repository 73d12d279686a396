"""The background worker: empties the outbox, keeps the database in shape, says that it lives.

PostgreSQL alone decides what is to be done: a drain every five seconds finds it. Redis and arq only
shorten the wait: a web process wakes, one worker takes the wake as an arq job, and the job ends its
pause. arq's own clock wakes one worker of many every ten seconds too. While Redis is away each
worker's own clock keeps it draining, and the arq part is started again and again.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from arq.connections import ArqRedis
from arq.cron import cron
from arq.worker import Worker
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.analytics.published.release import publish_due
from asm.analytics.totals.keep import keep_totals
from asm.checks.registry import TIMED
from asm.checks.schedule import run_due
from asm.db import connections
from asm.db.session import make_engine
from asm.db.unavailable import DATABASE_UNAVAILABLE
from asm.logs import set_up_logs
from asm.outbox.drain import BATCH, DrainReport, drain
from asm.outbox.heartbeat import beat, sign_off, worker_name
from asm.outbox.wake import WAKE_KEY
from asm.settings import Settings, require
from asm.stays.incidents.watch_intake import open_outage_incident, open_overflow_incident
from asm.variables.unknown import warn_of_unknown
from asm.worker.cancel_tasks import cancel_tasks
from asm.worker.counted import count_drain, count_work, serve_figures
from asm.worker.look_up import look_up, population_client
from asm.worker.messengers import end_if_cancelled, messenger_parts
from asm.worker.subscribers import HANDLERS
from asm.worker.until_own import until_own
from asm.worker.upkeep import forget_tries, keep_up

DRAIN_EVERY_S: Final = 5.0
BEAT_EVERY_S: Final = 4.0
#: From one batch to the next when less than a batch waits: some forty statements are paid for each,
#: whether it holds five stays or two hundred, and batches of five keep no peak evening.
GATHER_S: Final = 0.2
#: The seconds of a minute at which arq wakes one worker, whatever came through Redis.
CRON_SECONDS: Final = frozenset(range(0, 60, 10))
#: Another worker leads: it may have looked just before our row was written.
LOOK_AGAIN_S: Final = 0.2
TIMED_EVERY_S: Final = 30.0
UPKEEP_EVERY_S: Final = 24 * 3600.0
FORGET_TRIES_EVERY_S: Final = 300.0
RETRY_S: Final = 60.0
#: A week becomes final on a Monday; looked at each hour, so that no clock has to be met.
PUBLISHED_EVERY_S: Final = 3600.0
QUEUE: Final = "asm:jobs"
JOB_TIMEOUT_S: Final = 10
FIRST_REST_S: Final = 1.0
LONGEST_REST_S: Final = 30.0
ENDING: Final = (signal.SIGTERM, signal.SIGINT)
log = structlog.get_logger("asm.worker")  # the name that operators filter by


class WakeSignal:
    """What the parts of one worker share: `wake` cuts the pause short, `stopping` ends the work."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self._stopped = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """The work is to end."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Finish the batch at hand, then end."""
        self._stopped.set()
        self.wake.set()

    async def rest(self, seconds: float) -> None:
        """Wait `seconds` whatever wakes, unless the work is to end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()

    async def pause(self, seconds: float) -> None:
        """Wait for a wake, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        except TimeoutError:
            return


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. Raises ConfigurationError when an address is missing."""
    set_up_logs(settings)
    warn_of_unknown(os.environ)
    asyncio.run(work(settings, WakeSignal()))


async def work(settings: Settings, wake_signal: WakeSignal) -> None:
    """Run all parts until `wake_signal.stop()`; the batch at hand is finished, nothing is lost."""
    url = require(settings.worker_database_url, "ASM_WORKER_DATABASE_URL")
    redis_url = require(settings.redis_url, "ASM_REDIS_URL")
    population = population_client(settings)
    messages = messenger_parts(settings)
    engine = make_engine(url, pool_size=connections.WORKER, name="asm-worker")
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, wake_signal.stop)
    name = worker_name(os.getpid())
    log.info("worker_started", worker=name)
    try:
        away = await until_own(engine, settings.secrets_dir, wake_signal, every=DRAIN_EVERY_S)
        async with asyncio.TaskGroup() as parts:
            beside = [
                parts.create_task(_repeat("upkeep", partial(keep_up, engine), UPKEEP_EVERY_S)),
                parts.create_task(
                    _repeat("tries", partial(forget_tries, engine), FORGET_TRIES_EVERY_S)
                ),
                parts.create_task(
                    _repeat("checks", partial(run_due, engine, TIMED), TIMED_EVERY_S)
                ),
                parts.create_task(
                    _repeat("intake", partial(open_overflow_incident, engine), TIMED_EVERY_S)
                ),
                parts.create_task(_repeat("totals", partial(keep_totals, engine), TIMED_EVERY_S)),
                parts.create_task(
                    _repeat(
                        "published",
                        partial(publish_due, engine, settings.public_url),
                        PUBLISHED_EVERY_S,
                    )
                ),
                parts.create_task(_follow_wakes(redis_url, wake_signal)),
                parts.create_task(serve_figures(settings.metrics, engine)),
                *(parts.create_task(part(engine, DATABASE_UNAVAILABLE)) for part in messages),
            ]
            if population is not None:
                beside.append(parts.create_task(look_up(engine, settings, population)))
            await keep_draining(engine, name, wake_signal, unreachable=away)
            await cancel_tasks(beside, again_s=10.0)
        await _sign_off(engine, name)
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)
        await engine.dispose()
    log.info("worker_ended", worker=name)


async def keep_draining(
    engine: AsyncEngine, name: str, wake_signal: WakeSignal, *, unreachable: bool = False
) -> None:
    """Drain batch after batch, then pause for a wake or five seconds. `unreachable`: the database
    was away before this began.

    The sign of life is given between batches: a worker that hangs in one does not look alive. What
    is no failure of the database is an error of ours and ends the process: its supervisor sees it.
    """
    loop = asyncio.get_running_loop()
    next_beat = loop.time()
    first = True
    while not wake_signal.stopping:
        wake_signal.wake.clear()
        pause = DRAIN_EVERY_S
        try:
            if loop.time() >= next_beat:
                if first or unreachable:
                    await _note_outage(engine, unreachable=unreachable)
                await beat(engine, name)
                first, unreachable = False, False
                next_beat = loop.time() + BEAT_EVERY_S
            report = await drain(engine, HANDLERS)
            pause = _rest_after(report)
            if report.done and report.remaining < BATCH:
                await wake_signal.rest(GATHER_S)
        except DATABASE_UNAVAILABLE as error:
            unreachable = True
            log.warning("sweep_failed", error=type(error).__name__)
        if pause:
            await wake_signal.pause(pause)


async def _note_outage(engine: AsyncEngine, *, unreachable: bool) -> None:
    number = await open_outage_incident(engine, unreachable=unreachable)
    if number is not None:
        log.warning("outage_noted", incident=number)


def _rest_after(report: DrainReport) -> float:
    count_drain(report)
    if not report.leading:
        return LOOK_AGAIN_S
    if report.done or report.failed or report.dead:
        log.info("outbox_drained", **msgspec.structs.asdict(report))
    return 0.0 if report.remaining else DRAIN_EVERY_S


async def _repeat(what: str, work: Callable[[], Awaitable[Any]], every: float) -> None:
    """Do it again and again; sooner when the database was not available."""
    while True:
        pause = every
        try:
            if done := await work():
                log.info("round_done", what=what, **msgspec.to_builtins(done))
            count_work(what, "done")
        except DATABASE_UNAVAILABLE as error:
            end_if_cancelled(error)
            log.warning("round_failed", what=what, error=type(error).__name__)
            count_work(what, "failed")
            pause = min(every, RETRY_S)
        await asyncio.sleep(pause)


async def _sign_off(engine: AsyncEngine, name: str) -> None:
    try:
        await sign_off(engine, name)
    except DATABASE_UNAVAILABLE as error:
        log.warning("sign_off_failed", error=type(error).__name__)


async def _follow_wakes(redis_url: str, wake_signal: WakeSignal) -> None:
    """Keep the arq part running; it ends whenever Redis does."""
    loop = asyncio.get_running_loop()
    rest = FIRST_REST_S
    while True:
        started = loop.time()
        try:
            # A task of its own: a group of tasks that fails leaves its own task looking cancelled.
            await asyncio.create_task(_run_arq(redis_url, wake_signal))
        except* (RedisError, OSError, TimeoutError) as errors:
            log.warning("bell_lost", error=type(errors.exceptions[0]).__name__)
        end_if_cancelled()
        if loop.time() - started > LONGEST_REST_S:
            rest = FIRST_REST_S
        await asyncio.sleep(rest)
        rest = min(rest * 2, LONGEST_REST_S)


async def _run_arq(redis_url: str, wake_signal: WakeSignal) -> None:
    # JSON instead of arq's pickle: whoever can write to Redis must not be able to run code here.
    pool = ArqRedis(
        ConnectionPool.from_url(redis_url, socket_connect_timeout=2, socket_timeout=15),
        job_serializer=_to_json,
        job_deserializer=msgspec.json.decode,
        default_queue_name=QUEUE,
    )
    worker = Worker(
        [drain_outbox],
        cron_jobs=[cron(drain_outbox, second=set(CRON_SECONDS), keep_result=0, max_tries=1)],
        queue_name=QUEUE,
        redis_pool=pool,
        handle_signals=False,
        max_tries=1,
        keep_result=0,
        job_timeout=JOB_TIMEOUT_S,
        poll_delay=LOOK_AGAIN_S,
        ctx={"wake_signal": wake_signal},
        job_serializer=_to_json,
        job_deserializer=msgspec.json.decode,
        log_results=False,
    )
    parts = [asyncio.create_task(worker.async_run()), asyncio.create_task(_take_wakes(pool))]
    try:
        ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in ended:
            part.result()
    finally:
        # Not worker.close(): it wants to tell Redis, which may be why we are here.
        await cancel_tasks(parts, again_s=1.0)
        await cancel_tasks(worker.tasks.values(), again_s=1.0)
        await pool.aclose(close_connection_pool=True)


async def drain_outbox(ctx: dict[str, Any]) -> None:
    """The arq job: wakes the worker that took it. No arguments, no personal data."""
    wake_signal: WakeSignal = ctx["wake_signal"]
    wake_signal.wake.set()


async def _take_wakes(pool: ArqRedis) -> None:
    while True:
        wake: Any = pool.blpop([WAKE_KEY], timeout=5)  # redis-py types it for both of its clients
        if await wake:
            await pool.enqueue_job(drain_outbox.__name__)


def _to_json(value: Any) -> bytes:
    # arq puts the exception of a failed job in here: its class is enough, its text may be personal.
    return msgspec.json.encode(value, enc_hook=lambda other: type(other).__name__)
