"""The web process: settings, engine and keys are made here, once, and passed down."""

import gc
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_network
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import MethodNotAllowedException, ValidationException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components
from litestar.plugins import InitPlugin
from redis.asyncio import Redis
from sqlalchemy import Table

from asm import __version__
from asm.accounts.devices.proof_guard import ProofGuard
from asm.accounts.devices.proof_ids import ProofIds
from asm.accounts.known_hosts import KnownHosts
from asm.accounts.model import api_token, web_session
from asm.accounts.throttling.origin import RequestOrigin, network_of
from asm.accounts.throttling.throttle import Throttle
from asm.accounts.token_cache import TokenCache
from asm.api.bodies.page_form import PageRequest
from asm.api.bodies.whole_body import BodyReader
from asm.api.contract import VERSION, PublishedContract
from asm.api.head_requests import HeadApplication, allowed_methods
from asm.api.health import health_handlers
from asm.api.metrics import metrics_handlers, serving_figures
from asm.api.ogc.routes import ogc_router
from asm.api.one_session import provide_session
from asm.api.problems import handle, malformed
from asm.api.provider_calls import provider_handlers
from asm.api.query_guard import query_names
from asm.api.request_frame import NO_STORE, FrameMiddleware, headers_outside
from asm.api.routes import api_router
from asm.api.v1.oauth.metadata import metadata_handlers
from asm.api.v1.oauth.security_schemes import SECURITY_SCHEMES
from asm.api.v1.sync.batch_shape import ItemsInContract
from asm.db import connections
from asm.db.session import make_engine, make_sessions
from asm.errors import TooSlow
from asm.headers import Header
from asm.identity.vault.keys import KeyFiles, Keys, read_keys
from asm.install.belonging.check_start import require_start
from asm.install.belonging.public_passwords import public_host
from asm.logs import set_up_logs
from asm.metrics.counted import share_figures
from asm.metrics.shared_folder import shared_folder
from asm.notify.channels.inbox.watch import InboxWatch
from asm.notify.channels.web_push.vapid import vapid_public
from asm.outbox.wake import Wake
from asm.settings import Settings, read_settings, require
from asm.stays.intake.group_commit import BULK_AT_ONCE, LIMITS, WRITERS, GroupCommit
from asm.stays.open_vault import open_vault
from asm.stays.receipts.not_taken import Clock
from asm.variables.unknown import warn_of_unknown
from asm.web.cookies import device_token
from asm.web.desk.away import LastShown
from asm.web.map.shelf import TileShelf
from asm.web.routes import PAGE_PATHS, error_page, web_handlers
from asm.web.setup import csrf_config, template_config
from asm.web.streams import ending_streams

#: What is not a page answers in problem+json.
_FOR_SOFTWARE = ("/api/", "/ogc", "/tiles/", "/health/", "/metrics")
#: The writers', those of workbooks, and those for dry runs.
WRITE_POOL_SIZE = WRITERS + BULK_AT_ONCE + connections.DRY_RUNS


async def provide_settings(state: State) -> Settings:
    """The process's settings."""
    settings: Settings = state["settings"]
    return settings


async def provide_key_files(state: State) -> KeyFiles:
    """The files' keys of this moment, which verify what was signed: also without a database."""
    files: KeyFiles = await state.vault.files()
    return files


async def provide_keys(state: State) -> Keys:
    """The keys of this moment: a rotation reaches a running process within seconds."""
    keys: Keys = await state.vault.current()
    return keys


async def provide_throttle(state: State) -> Throttle:
    """What counts tries."""
    throttle: Throttle = state.throttle
    return throttle


async def provide_origin(
    request: Request[Any, Any, Any], state: State, settings: NamedDependency[Settings]
) -> RequestOrigin:
    """Where the request comes from, for the throttle."""
    return RequestOrigin(
        network=network_of(request.scope, state.proxies),
        device=device_token(request, settings),
    )


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Problem+json for software, a page for people."""
    if request.url.path.startswith(_FOR_SOFTWARE):
        response = handle(request, error)
    elif isinstance(error, ValidationException):
        response = error_page(request, malformed(request, error))
    else:
        response = error_page(request, error)
    if isinstance(error, MethodNotAllowedException):
        response.headers.update(allowed_methods(error))
    if isinstance(error, TooSlow):  # what is still to come of it is not waited for
        response.headers[Header.CONNECTION] = "close"
    response.headers.setdefault(Header.CACHE_CONTROL, NO_STORE)
    response.headers.update(headers_outside(request.scope))
    return response


async def wake_worker(request: Request[Any, Any, Any]) -> None:
    """After each answer, so after the commit, wake the worker; it drains even if this fails."""
    if request.method not in {"GET", "HEAD"}:
        await request.app.state.wake.wake_worker()


def calm_collector() -> None:
    """For a process that only serves. What is loaded stays, so it is not looked through for cycles
    again, and the young are looked through less often: a full collection stops every request
    (measured: p99 from about 100 ms to 20 ms).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


class _OpenApi(InitPlugin):
    """Titles and the ways to sign in of the published contract."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.openapi_config = OpenAPIConfig(
            title="ASM: accommodation and residence notification",
            version=VERSION,
            path="/api/v1/docs",
            components=Components(security_schemes=SECURITY_SCHEMES),
            use_handler_docstrings=True,
            render_plugins=[PublishedContract()],
        )
        return app_config


def _known_hosts(app: Litestar, table: Table) -> KnownHosts:
    clock: Clock = app.state.clock
    return KnownHosts(app.state.sessions, table, on_now=clock.set, timer=clock.timer)


async def _know_hosts(app: Litestar) -> None:
    """Who is known without the database, and what was shown of their houses."""
    app.state.known_tokens = _known_hosts(app, api_token)
    app.state.known_desks = _known_hosts(app, web_session)
    await app.state.known_tokens.start()
    await app.state.known_desks.start()
    app.state.grants = TokenCache(app.state.sessions, app.state.known_tokens)
    app.state.last_shown = LastShown()


def _life(
    files: KeyFiles, timer: Callable[[], float], *, of_its_own: bool
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """What is opened when the application starts and closed when it ends, by the settings in its
    state: stopped, it may start again on another database.
    """

    @asynccontextmanager
    async def connected(app: Litestar) -> AsyncIterator[None]:
        settings: Settings = app.state.settings
        url = settings.database_url
        await require_start(url, settings.secrets_dir, public_host(settings))
        app.state.engine = make_engine(url, pool_size=connections.REQUESTS, name="asm-api")
        app.state.sessions = make_sessions(app.state.engine)
        vault_engine = make_engine(url, pool_size=connections.VAULT, name="asm-api-vault")
        app.state.vault = open_vault(settings.secrets_dir, vault_engine, timer=timer)
        throttle_engine = make_engine(url, pool_size=connections.THROTTLE, name="asm-api-throttle")
        app.state.throttle = Throttle(make_sessions(throttle_engine), files.form)
        write_engine = make_engine(
            url, pool_size=WRITE_POOL_SIZE, name="asm-write", limits=LIMITS, ask_first=False
        )
        app.state.clock = Clock(timer=timer)
        await _know_hosts(app)
        app.state.tiles = TileShelf()
        app.state.commits = GroupCommit(
            make_sessions(write_engine),
            writers=WRITERS if settings.web_workers == 1 else 1,
            clock=app.state.clock,
        )
        app.state.commits.start()
        app.state.redis = Redis.from_url(require(settings.redis_url, "ASM_REDIS_URL"))
        app.state.wake = Wake(app.state.redis)
        seen = ProofIds(app.state.redis, timer=timer)
        app.state.proofs = ProofGuard(files.form, seen, app.state.clock.now, settings.public_url)
        app.state.inbox_watch = InboxWatch(app.state.sessions)
        if of_its_own:
            calm_collector()
        with ending_streams(app.state.inbox_watch.end_streams):
            async with serving_figures(settings.metrics, app.state):
                yield
        await app.state.inbox_watch.close()
        await app.state.known_tokens.close()
        await app.state.known_desks.close()
        await app.state.commits.close()
        await app.state.wake.close()
        await app.state.redis.aclose()
        await write_engine.dispose()
        await throttle_engine.dispose()
        await vault_engine.dispose()
        await app.state.engine.dispose()

    return connected


_HANDLERS: Final = (
    api_router,
    ogc_router,
    *provider_handlers,
    *health_handlers,
    *metadata_handlers,
    *metrics_handlers,
    *web_handlers,
)
_DEPENDENCIES: Final = {
    "session": Provide(provide_session),
    "settings": Provide(provide_settings),
    "keys": Provide(provide_keys),
    "key_files": Provide(provide_key_files),
    "throttle": Provide(provide_throttle),
    "origin": Provide(provide_origin),
}


def create_app(
    settings: Settings | None = None, *, timer: Callable[[], float] = time.monotonic
) -> Litestar:
    """The application; without `settings`, of a process of its own, by its environment. By `timer`
    goes how long it may go on knowing what it has read. Raises ConfigurationError when an address
    or key is missing.
    """
    of_its_own = settings is None
    settings = settings or read_settings()
    files = read_keys(settings.secrets_dir)
    require(settings.database_url, "ASM_DATABASE_URL")
    set_up_logs(settings)
    if of_its_own:
        warn_of_unknown(os.environ)
        folder = shared_folder(files.form) if settings.web_workers > 1 else None
        if folder is not None:
            share_figures(folder)

    proxies = [ip_network(name) for name in settings.trusted_proxies]
    app = HeadApplication(
        route_handlers=_HANDLERS,
        dependencies=_DEPENDENCIES,
        exception_handlers={Exception: answer_error},
        after_response=wake_worker,
        lifespan=[_life(files, timer, of_its_own=of_its_own)],
        middleware=[FrameMiddleware],
        # Litestar would replace our handlers, and with them the masking of numbers.
        logging_config=None,
        state=State(
            {
                "settings": settings,
                "version": __version__,
                "proxies": proxies,
                "bodies": BodyReader(settings.upload_limit_bytes, proxies),
            }
        ),
        template_config=template_config(settings, vapid_public(files.vapid), PAGE_PATHS),
        csrf_config=csrf_config(settings, files.form.hex()),
        request_class=PageRequest,
        plugins=[_OpenApi(), ItemsInContract()],
        openapi_config=None,
    )
    app.state.query_names = query_names(app)
    return app
