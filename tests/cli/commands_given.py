"""Every command as it is given to `asm`, with arguments that are good, and what it says when it
does nothing.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from typer.core import TyperGroup
from typer.testing import CliRunner

from asm.__main__ import COMMANDS, app, load
from asm.settings import Settings
from tests.serve import environment

WRONG = "not-the-password-1234"
ID = "00000000-0000-4000-8000-000000000000"
ADMIN, API, WORKER = "ASM_ADMIN_DATABASE_URL", "ASM_DATABASE_URL", "ASM_WORKER_DATABASE_URL"
FROM = ("--from", "2026-11-22T08:00")
LIST = ("--owner", "quang", "--name", "x", "--reason", "x", "--until", "2026-12-31")

#: Every command that asks the database: the variable with its address, and arguments that are good.
ASKING: dict[str, tuple[str, tuple[str, ...]]] = {
    "migrate": (ADMIN, ()),
    "seed": (ADMIN, ()),
    "import": (API, ("{book}", "--facility", ID, "--as", "lan")),
    "keys rotate": (ADMIN, ("encryption",)),
    "outbox status": (ADMIN, ()),
    "outbox retry": (ADMIN, ("--all",)),
    "totals check": (ADMIN, ()),
    "totals rebuild": (ADMIN, ("2026-11-01",)),
    "totals fill": (ADMIN, ()),
    "figures publish": (ADMIN, ()),
    "figures releases": (ADMIN, ()),
    "figures withdraw": (ADMIN, ("2026-W46.1", "--reason", "Một bảng tính sai.")),
    "gates add": (ADMIN, ("--ward", "00070", "--label", "Cổng vé số 1")),
    "gates list": (ADMIN, ()),
    "gates renew": (ADMIN, (ID,)),
    "gates end": (ADMIN, (ID,)),
    "incident open": (ADMIN, FROM),
    "incident close": (ADMIN, ("1",)),
    "incident withdraw": (ADMIN, ("1",)),
    "incident list": (ADMIN, ()),
    "announce": (WORKER, ("Bảo trì", "Works")),
    "account create": (ADMIN, ("moi", "--role", "administrator", "--name", "Mới")),
    "account list": (ADMIN, ()),
    "account disable": (ADMIN, ("moi",)),
    "account enable": (ADMIN, ("moi",)),
    "account province": (ADMIN, ("moi", "01")),
    "account code": (ADMIN, ("moi",)),
    "watchlist load": (ADMIN, ("{list}", *LIST)),
    "watchlist list": (ADMIN, ()),
    "watchlist remove": (ADMIN, (ID,)),
    "areas init": (ADMIN, ()),
    "areas load": (ADMIN, ("{wards}",)),
    "areas check": (ADMIN, ()),
    "areas event": (ADMIN, ("{event}",)),
    "areas codes": (ADMIN, ("{codes}",)),
    "areas demo": (ADMIN, ()),
    "areas assign": (API, ("{points}",)),
    "area of": (API, ("21.0287", "105.8524")),
    "area map-old": (API, ("Phường Hàng Bạc, Quận Hoàn Kiếm, Hà Nội",)),
    "addresses search": (API, ("8 ngo thu", "--as", "minh")),
    "addresses import": (API, ("{doors}", "--as", "minh")),
    "addresses export": (API, ("{out}.geojson", "--as", "minh")),
    "plates": (API, ("{out}.pdf", "--as", "minh")),
}
#: The others, which ask none, or answer all the same (`doctor`); `web`, `worker` and `redis` become
#: processes of another kind.
ALONE = {
    "install sql", "web", "worker", "redis", "smoke", "simulator", "receipt keys", "receipt verify",
    "keys init", "doctor",
    "code encode", "code decode", "read qr", "read mrz", "read image", "due",
    "backup", "restore",
}  # fmt: skip


def leaves() -> Iterator[str]:
    for name in COMMANDS:
        command = load(name)
        if isinstance(command, TyperGroup):
            yield from (f"{name} {each}" for each in command.commands)
        else:
            yield name


def line_of(name: str, files: dict[str, str]) -> list[str]:
    return [*name.split(), *(part.format(**files) for part in ASKING[name][1])]


def last_object(written: str) -> dict[str, Any]:
    """What ends standard error; what was done before may be said above it."""
    said: dict[str, Any] = json.loads(written[written.rindex('{\n  "code"') :])
    return said


def complaint(settings: Settings, *line: str) -> dict[str, Any]:
    """The one object on standard error of a command that did nothing."""
    if line[0] == "import":  # it logs, and where to is settled once in a process: not in this one
        real = started(settings, *line)
        status, answered, written = real.returncode, real.stdout, real.stderr
    else:
        done = CliRunner().invoke(
            app, list(line), env=environment(settings, 8000), input=WRONG + "\n"
        )
        status, answered, written = done.exit_code, done.stdout, done.stderr
    assert (status, answered) == (2, ""), (line, written)
    said = last_object(written)
    assert said["message"] != said["message_en"]
    return said


def elsewhere(settings: Settings, **parts: Any) -> Settings:
    """The same settings with every database address changed: user, password, port or path."""

    def moved(url: str) -> str:
        old = urlsplit(url)
        user, password = parts.get("user", old.username), parts.get("password", old.password)
        port, path = parts.get("port", old.port), parts.get("path", old.path)
        return f"postgresql://{user}:{password}@{old.hostname}:{port}{path}"

    return replace(
        settings,
        database_url=moved(settings.database_url),
        worker_database_url=moved(settings.worker_database_url),
        admin_database_url=moved(settings.admin_database_url),
    )


def started(
    settings: Settings, *line: str, most_bytes: int | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as its users start it; `most_bytes` is the most that a file may hold."""
    limit = resource.RLIMIT_FSIZE, (most_bytes or 0, resource.RLIM_INFINITY)
    return subprocess.run(
        [sys.executable, "-m", "asm", *line],
        env=environment(settings, 8000),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=None if most_bytes is None else lambda: resource.setrlimit(*limit),
    )
