"""Bringing the whole platform up on one machine, and taking down what was brought up."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from asm.errors import ConfigurationError
from local import serve
from local.assets import build_assets
from local.database import (
    DATABASE_NAME,
    Database,
    external_database,
    external_url,
    private_database,
    require_trial_database,
)
from local.fill import Account, migrate, read_accounts, seed
from local.layout import Layout, read_layout
from local.machine import processes
from local.machine.interrupts import stop_on_signals
from local.machine.ports import LOOPBACK, choose_port
from local.machine.processes import Started
from local.machine.progress import Progress
from local.postgres.cluster import stop_server
from local.report import print_accounts, print_status
from local.state import PARTS, State, exclusive, load_state
from local.supervise import watch
from local.valkey import launch_valkey, valkey_url, wait_for_valkey

HTTP_PORT = 8000
#: As often a port may be taken between the choice and the start.
PORT_TRIES = 3


@dataclass(slots=True)
class LocalRun:
    """One run: what is started is noted in `state` at once, and how to start it in `starters`."""

    layout: Layout
    progress: Progress
    state: State
    starters: dict[str, Callable[[], Started]] = field(default_factory=dict)

    def start(self, name: str, starter: Callable[[], Started]) -> Started:
        process = starter()
        self.starters[name] = starter
        self.state.record(process)
        return process


def up(*, detach: bool, with_demo: bool = True) -> None:
    """Bring everything up; return at once with `detach`, else watch until Ctrl-C or SIGTERM."""
    layout, progress = read_layout(), Progress()
    layout.prepare()
    try:
        with stop_on_signals():
            run = _take_charge(layout, progress, detach=detach, with_demo=with_demo)
            if run is None or detach:
                return
            try:
                watch(run.state, run.starters, progress)
            finally:
                _stop_parts(run.state, progress)
    except KeyboardInterrupt:
        progress.say("ASM has stopped.")


def demo() -> None:
    """`make demo`: everything, watched, with the demo's data and accounts."""
    up(detach=False)


def down() -> bool:
    """Stop what `up` or `demo` started, wherever they run; False when nothing was running."""
    layout, progress = read_layout(), Progress()
    layout.prepare()
    state = load_state(layout)
    if state.supervisor is not None and processes.stop(state.supervisor, grace_s=60.0):
        state = load_state(layout)
        progress.say("The running demo was told to stop.")
        return True
    with exclusive(layout):
        stopped = _stop_parts(state, progress)
    if not stopped:
        progress.say("Nothing is running.")
    return stopped


def status() -> bool:
    """Print what is running; whether all of it is."""
    layout = read_layout()
    state = load_state(layout)
    print_status(state, Progress())
    return state.is_up()


def _take_charge(
    layout: Layout, progress: Progress, *, detach: bool, with_demo: bool
) -> LocalRun | None:
    """Start every part, or none if one cannot start; None when all were running already."""
    with exclusive(layout):
        run = LocalRun(layout, progress, load_state(layout))
        if run.state.is_up():
            progress.say(f"Already running at {run.state.url} (`make down` stops it).")
            print_accounts(read_accounts(layout), progress)
            return None
        _stop_leftovers(run)
        try:
            run.state.supervisor = None if detach else processes.identify("demo", os.getpid())
            accounts = _start_all(run, with_demo=with_demo)
        except BaseException:
            _stop_parts(run.state, progress)
            raise
    print_accounts(accounts, progress)
    progress.say(f"\nASM is at {run.state.url}")
    progress.say("`make down` stops it." if detach else "Ctrl-C stops it.")
    return run


def _start_all(run: LocalRun, *, with_demo: bool) -> list[Account]:
    layout, state = run.layout, run.state
    if names := serve.left_alone():
        run.progress.say(f"Left alone: {', '.join(names)} ({serve.TRIAL_USES} takes them).")
    database = _start_database(run, with_demo=with_demo)
    redis_url = _start_redis(run)
    build_assets(layout, run.progress)
    host = os.environ.get("ASM_HOST") or LOOPBACK
    wanted = state.ports.get("http", HTTP_PORT)
    state.ports["http"] = choose_port("ASM_PORT", preferred=wanted, host=host)
    common = serve.common_environment(layout, port=state.ports["http"], redis_url=redis_url)
    state.url = common["ASM_PUBLIC_URL"]
    simulator = _start_simulator(run, common, with_demo=with_demo)
    accounts = _fill(run, common, database, with_demo=with_demo)
    if simulator is not None:
        serve.wait_for_simulator(layout, state.ports["simulator"], simulator)
    _start_platform(run, common, database)
    return accounts


def _stop_leftovers(run: LocalRun) -> None:
    """Stop what a killed run left behind: its parts know nothing of the new settings."""
    if run.state.processes and _stop_parts(run.state, run.progress):
        run.progress.say("(left over from a run that was killed)")
    run.state.external.clear()


def _start_database(run: LocalRun, *, with_demo: bool) -> Database:
    url = external_url()
    if url:
        require_trial_database(run.layout, url, with_demo=with_demo)
        run.state.external.append("postgres")
        run.progress.say("Using the PostgreSQL that DATABASE_URL names.")
        return external_database(run.layout, url)
    if "ASM_ADMIN_DATABASE_URL" in os.environ:
        run.progress.say("ASM_ADMIN_DATABASE_URL is left alone: a trial has its own database.")
    database = private_database(run.layout, run.progress, run.state.ports.get("postgres"))
    cluster = database.cluster
    assert cluster is not None  # noqa: S101 -- private_database always has one; tells mypy
    with run.progress.step("Starting PostgreSQL") as note:
        cluster.create()
        run.state.ports["postgres"] = cluster.port
        cluster.wait_until_ready(run.start("postgres", cluster.launch))
        cluster.create_database(DATABASE_NAME)
        note(f"PostgreSQL {cluster.installation.version} on 127.0.0.1:{cluster.port}")
    return database


def _start_redis(run: LocalRun) -> str:
    given = os.environ.get("REDIS_URL", "")
    if given:
        run.state.external.append("valkey")
        run.progress.say("Using the Redis-compatible server that REDIS_URL names.")
        return given
    port = choose_port("ASM_REDIS_PORT", preferred=run.state.ports.get("redis"))
    password = run.layout.password("valkey")
    with run.progress.step("Starting the Redis-compatible server") as note:
        run.state.ports["redis"] = port
        log = run.layout.log("valkey")
        server = run.start("valkey", lambda: launch_valkey(port, password, log=log))
        wait_for_valkey(server, port, password, log=log)
        note(f"Redis-compatible server on 127.0.0.1:{port}")
    return valkey_url(port, password)


def _start_simulator(run: LocalRun, common: dict[str, str], *, with_demo: bool) -> Started | None:
    """For the demo's invented guests alone: real ones must never be "verified" by a simulator."""
    if common.get("ASM_POPULATION_URL") or not with_demo:
        run.state.external.append("simulator")
        return None
    port = choose_port("ASM_SIMULATOR_PORT", preferred=run.state.ports.get("simulator"))
    run.state.ports["simulator"] = port
    common["ASM_POPULATION_URL"] = f"http://{LOOPBACK}:{port}"
    return run.start("simulator", lambda: serve.start_simulator(run.layout, common, port))


def _fill(
    run: LocalRun, common: dict[str, str], database: Database, *, with_demo: bool
) -> list[Account]:
    env = serve.admin_environment(common, database, run.layout)
    migrate(database, env, run.layout, run.progress)
    return seed(database, env, run.layout, run.progress) if with_demo else []


def _start_platform(run: LocalRun, common: dict[str, str], database: Database) -> None:
    with run.progress.step("Starting pages, API and worker") as note:
        for tries_left in reversed(range(PORT_TRIES)):
            web = run.start("web", lambda: serve.start_web(run.layout, common, database))
            # It sends links, so it is told the same address.
            worker = run.start("worker", lambda: serve.start_worker(run.layout, common, database))
            try:
                serve.wait_for_platform(run.layout, common, web, worker)
                break
            except ConfigurationError:
                if not tries_left or not serve.port_was_taken(common, web):
                    raise
            processes.stop(web)
            processes.stop(worker)
            # Filling took a while: a port that was free then is another program's by now. One that
            # was asked for is refused by name.
            _use_port(run, common, choose_port("ASM_PORT", host=common["ASM_HOST"]))
        note("Pages, API and worker are up")


def _use_port(run: LocalRun, common: dict[str, str], port: int) -> None:
    serve.move_to(common, port)
    run.state.ports["http"], run.state.url = port, common["ASM_PUBLIC_URL"]
    run.state.save()


def _stop_parts(state: State, progress: Progress) -> bool:
    """Stop the parts in the reverse order of their start, so that nobody loses its database."""
    stopped = []
    for name in reversed(PARTS):
        process = state.processes.get(name)
        if process is not None:
            end = stop_server if name == "postgres" else processes.stop
            if end(process):
                stopped.append(name)
            state.forget(name)
    processes.stop_children()
    if state.supervisor is not None:
        state.supervisor = None
        state.save()
    if stopped:
        progress.say(f"Stopped: {', '.join(stopped)}.")
    return bool(stopped)
