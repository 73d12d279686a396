"""Servers in processes of their own, forked from one that has the application ready: to load it, to
register its routes and to compile its pages takes longer than most of what they are asked.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from litestar import Litestar
from litestar.plugins.jinja import JinjaTemplateEngine

import asm.app
from asm.server.run import run_server
from asm.settings import read_settings
from asm.variables.unknown import warn_of_unknown

ENDS_WITHIN_S: Final = 20
#: What differs from test to test and is looked up by a running application alone.
_OF_A_TEST: Final = {
    "ASM_DATABASE_URL", "ASM_WORKER_DATABASE_URL", "ASM_ADMIN_DATABASE_URL", "ASM_DATA_DIR",
    "ASM_PORT", "ASM_PUBLIC_URL",
}  # fmt: skip
LOADED: Final = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload([__name__, "asm.__main__"])


#: Of tests that were killed nothing goes on: neither what they had forked, such as a command that
#: does not end by itself, nor the process that forked it for them.
_GUARD: Final = """
while kill -0 "$1" 2>/dev/null; do sleep 1; done
if grep -q multiprocessing.forkserver "/proc/$2/cmdline" 2>/dev/null; then
  for signal in TERM KILL; do
    children=$(cat "/proc/$2/task/$2/children" 2>/dev/null)
    test -z "$children" || kill -s "$signal" $children 2>/dev/null
    sleep 2
  done
  kill "$2" 2>/dev/null
fi
rm -rf "$3"
"""


@cache
def stand_guard() -> None:
    """Before the first of LOADED's processes starts."""
    forkserver.ensure_running()
    server: Any = forkserver._forkserver
    arguments = [str(os.getpid()), str(server._forkserver_pid), get_temp_dir()]
    guard = subprocess.Popen(
        ["sh", "-c", _GUARD, "guard", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what kills the tests by their group leaves the guard
    )
    atexit.register(_dismiss, guard)


def _dismiss(guard: subprocess.Popen[bytes]) -> None:
    guard.kill()
    guard.wait()


class ServerMaker:
    """Forks servers, ready for installations like that of the first: others make their own."""

    def __init__(self, env: Mapping[str, str]) -> None:
        stand_guard()
        self._pipe, theirs = LOADED.Pipe()
        self._turn = threading.Lock()
        self._process = LOADED.Process(target=_make_servers, args=(theirs, dict(env)), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def lives(self) -> bool:
        """Whether it may be asked."""
        return not self._pipe.closed and self._process.is_alive()

    def start(self, env: Mapping[str, str]) -> int:
        """The process's id of a new server."""
        return int(self._ask("start", dict(env)) or 0)

    def exit_code(self, pid: int) -> int | None:
        """How it came to an end; None while it runs."""
        return self._ask("look", pid)

    def end(self, pid: int) -> None:
        """As whoever stops a service: in good time, else at once."""
        self._ask("end", pid)

    def _ask(self, what: str, of: object) -> int | None:
        with self._turn:
            try:
                self._pipe.send((what, of))
                answer: int | None = self._pipe.recv()
            except BaseException:  # the answer would be taken for that to the next question
                self._pipe.close()
                raise
        return answer


class _Children:
    """The servers that were forked, by process id; how each ended. What they read of `lifeline`
    ends with the process that forked them, which alone keeps its other end.
    """

    def __init__(self) -> None:
        self.codes: dict[int, int | None] = {}
        self.lifeline, self.other_end = os.pipe()

    def look(self, pid: int) -> int | None:
        if self.codes[pid] is None:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.codes[pid] = os.waitstatus_to_exitcode(status)
        return self.codes[pid]

    def end(self, pid: int) -> int | None:
        deadline = time.monotonic() + ENDS_WITHIN_S
        if self.look(pid) is None:
            os.kill(pid, signal.SIGTERM)
        while self.look(pid) is None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)
        return self.codes.pop(pid)


def _make_servers(pipe: Connection, env: dict[str, str]) -> None:
    # Who breaks the tests off by a key sends it to every process: they end this one in good order.
    # Servers take it all the same, as uvicorn does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _take(env)
    application, made_for = asm.app.create_app(read_settings()), _what_counts(env)
    for name in _pages(application).list_templates():
        _pages(application).get_template(name)
    asm.app.calm_collector()
    children = _Children()
    with suppress(EOFError, OSError):  # the tests have ended, or were broken off
        while True:
            what, of = pipe.recv()
            if what == "start":
                ready = application if _what_counts(of) == made_for else None
                pipe.send(_fork(children, ready, of))
            else:
                pipe.send(children.look(of) if what == "look" else children.end(of))
    for pid in list(children.codes):
        children.end(pid)


def _fork(children: _Children, ready: Litestar | None, env: dict[str, str]) -> int:
    pid = os.fork()
    if pid:
        children.codes[pid] = None
        return pid
    code = 1
    try:
        os.close(children.other_end)
        _serve(ready, env, children.lifeline)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 -- the end of a process, which nobody else would tell
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve(ready: Litestar | None, env: dict[str, str], lifeline: int) -> None:
    """As `asm web` does."""
    _take(env)
    threading.Thread(target=_end_with_the_tests, args=(lifeline,), daemon=True).start()
    if ready is not None:
        asm.app.create_app = partial(_of_this_test, ready)
    run_server(read_settings())


def _of_this_test(application: Litestar) -> Litestar:
    """What `create_app` takes from the settings of a test, for an application made before."""
    settings = read_settings()
    application.state.settings = settings
    _pages(application).globals["public_url"] = settings.public_url
    warn_of_unknown(os.environ)
    return application


def _pages(application: Litestar) -> Environment:
    engine = application.template_engine
    assert isinstance(engine, JinjaTemplateEngine)
    return engine.engine


def _what_counts(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, bytes]]:
    """What an application is made of: settings and keys."""
    named = {name: value for name, value in env.items() if name.startswith("ASM_")}
    folder = Path(named["ASM_SECRETS_DIR"])
    keys = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return {name: value for name, value in named.items() if name not in _OF_A_TEST}, keys


def _take(env: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)


def _end_with_the_tests(lifeline: int) -> None:
    """Should they be killed, or who forked this server, nobody else would end it."""
    tests = multiprocessing.parent_process()
    assert tests is not None
    wait([tests.sentinel, lifeline])
    os.kill(os.getpid(), signal.SIGTERM)
