"""What every command says when it cannot do its work: one JSON object on standard error, 2, and no
trace; never a password or an address.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from asm.__main__ import COMMANDS, app, load
from asm.db.session import make_engine, make_sessions
from asm.demo.ward_split import invented_split
from asm.intake.sheets.xlsx_template import build_workbook
from asm.settings import Settings
from local.machine.ports import any_free_port
from tests.conftest import Database
from tests.serve import environment
from tests.services import TestServices
from tests.workbooks import sheet_row

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
    "incident open": (ADMIN, FROM),
    "incident close": (ADMIN, ("1",)),
    "incident withdraw": (ADMIN, ("1",)),
    "incident list": (ADMIN, ()),
    "announce": (WORKER, ("Bảo trì", "Works")),
    "account create": (ADMIN, ("moi", "--role", "administrator", "--name", "Mới")),
    "watchlist load": (ADMIN, ("{list}", *LIST)),
    "watchlist list": (ADMIN, ()),
    "watchlist remove": (ADMIN, (ID,)),
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
#: The others, which ask none; `worker` becomes a process of another kind.
ALONE = {
    "worker", "smoke", "simulator", "receipt keys", "receipt verify", "keys init",
    "code encode", "code decode", "read qr", "read mrz", "read image", "due",
}  # fmt: skip


def leaves() -> Iterator[str]:
    for name in COMMANDS:
        command = load(name)
        if isinstance(command, TyperGroup):
            yield from (f"{name} {each}" for each in command.commands)
        else:
            yield name


def test_every_command_is_known_here() -> None:
    assert set(leaves()) == set(ASKING) | ALONE
    assert not set(ASKING) & ALONE


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    command, line = load(name), COMMANDS[name][1]
    assert command.name == name
    assert " ".join(command.help.split()).startswith(line)


def test_only_one_file_connects() -> None:
    folder = Path(sys.modules["asm.cli.console"].__file__ or "").parent
    connecting = {
        file.name for file in folder.glob("*.py") if "make_engine" in file.read_text("utf-8")
    }
    assert connecting == {"connect.py"}


@pytest.fixture
def files(tmp_path: Path, settings: Settings) -> dict[str, str]:
    """What commands are given, all of it good."""
    square = [[105.84, 21.02], [105.86, 21.02], [105.86, 21.04], [105.84, 21.02]]
    ward = {
        "type": "Feature",
        "properties": {"code": "00070"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    texts = {
        "list": "001090000001\n",
        "wards": json.dumps({"type": "FeatureCollection", "features": [ward]}),
        "event": json.dumps(asyncio.run(_split(settings))),
        "codes": "level,code,scheme,alias,valid_from,valid_to,source\n",
        "points": "lat,lon\n21.0287,105.8524\n",
        "doors": "address,lat,lon\n8 ngõ Thử,21.0287,105.8524\n",
    }
    endings = {"wards": "geojson", "event": "json", "list": "txt"}
    made = {"out": str(tmp_path / "out"), "book": str(tmp_path / "khach.xlsx")}
    for name, text in texts.items():
        file = tmp_path / f"{name}.{endings.get(name, 'csv')}"
        file.write_text(text, encoding="utf-8")
        made[name] = str(file)
    Path(made["book"]).write_bytes(build_workbook([sheet_row()]))
    return made


async def _split(settings: Settings) -> dict[str, Any]:
    engine = make_engine(settings.admin_database_url, pool_size=1)
    try:
        async with make_sessions(engine)() as session:
            return await invented_split(session, "00070", date(2026, 1, 1))
    finally:
        await engine.dispose()


def line_of(name: str, files: dict[str, str]) -> list[str]:
    return [*name.split(), *(one.format(**files) for one in ASKING[name][1])]


def last_object(told: str) -> dict[str, Any]:
    """What ends standard error; what was done before may be told above it."""
    said: dict[str, Any] = json.loads(told[told.rindex('{\n  "code"') :])
    return said


def complaint(settings: Settings, *line: str) -> dict[str, Any]:
    """The one object on standard error of a command that did nothing."""
    if line[0] == "import":  # it logs, and where to is settled once in a process: not in this one
        real = started(settings, *line)
        status, answered, told = real.returncode, real.stdout, real.stderr
    else:
        done = CliRunner().invoke(app, list(line), env=environment(settings, 0), input=WRONG + "\n")
        status, answered, told = done.exit_code, done.stdout, done.stderr
    assert (status, answered) == (2, ""), (line, told)
    said = last_object(told)
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


@pytest.fixture
def unmigrated(services: TestServices, settings: Settings) -> Iterator[Settings]:
    """A database on the same server in which nothing was ever made."""
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_empty")
        yield elsewhere(settings, path="/asm_empty")
        connection.execute("DROP DATABASE asm_empty WITH (FORCE)")


def test_a_wrong_password_is_said_by_every_command(
    settings: Settings, files: dict[str, str]
) -> None:
    wrong = elsewhere(settings, password=WRONG)
    for name, (variable, _) in ASKING.items():
        said = complaint(wrong, *line_of(name, files))
        assert (name, said["code"]) == (name, "database_login_refused")
        assert variable in said["message"]
        assert variable in said["message_en"]
        assert WRONG not in str(said)


def test_a_database_that_is_away_is_said_by_every_command(
    settings: Settings, files: dict[str, str]
) -> None:
    away = elsewhere(settings, port=any_free_port())
    for name, (variable, _) in ASKING.items():
        said = complaint(away, *line_of(name, files))
        assert (name, said["code"]) == (name, "database_away")
        assert variable in said["message_en"]


def test_a_database_without_the_schema_is_said_by_every_command(
    unmigrated: Settings, files: dict[str, str]
) -> None:
    for name in ASKING.keys() - {"migrate"}:
        said = complaint(unmigrated, *line_of(name, files))
        assert (name, said["code"]) == (name, "database_behind")
        assert "asm migrate" in said["message_en"]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"user": "nobody_here"}, "database_login_refused"),
        ({"path": "/none_of_the_name"}, "database_unknown"),
        ({"port": "door"}, "database_address"),
    ],
    ids=["role", "database", "address"],
)
@pytest.mark.parametrize("name", ["outbox status", "migrate"])
def test_an_address_that_is_not_right(
    name: str, parts: dict[str, str], code: str, settings: Settings, files: dict[str, str]
) -> None:
    said = complaint(elsewhere(settings, **parts), *line_of(name, files))
    assert said["code"] == code
    assert ADMIN in said["message_en"]


def test_a_login_of_another_right(settings: Settings) -> None:
    wrong = replace(settings, admin_database_url=settings.database_url)
    assert complaint(wrong, "outbox", "status")["code"] == "database_right_missing"


def test_a_missing_address_names_the_variable(settings: Settings, files: dict[str, str]) -> None:
    bare = replace(settings, database_url="", worker_database_url="", admin_database_url="")
    for name, (variable, _) in ASKING.items():
        if name != "area map-old":  # which then answers from what is published
            said = complaint(bare, *line_of(name, files))
            assert (name, said["code"]) == (name, "not_set_up")
            assert said["message_en"].startswith(f"{variable} is not set")
    assert "ASM_WORKER_DATABASE_URL" in complaint(bare, "worker")["message_en"]
    assert "ASM_REDIS_URL" in complaint(replace(settings, redis_url=""), "worker")["message_en"]


@pytest.mark.parametrize("name", ["receipt keys", "import", "keys rotate", "watchlist load"])
def test_keys_that_are_missing_or_cannot_be_read(
    name: str, settings: Settings, files: dict[str, str], tmp_path: Path
) -> None:
    line = name.split() if name in ALONE else line_of(name, files)
    said = complaint(replace(settings, secrets_dir=tmp_path / "none"), *line)
    assert said["code"] == "not_set_up"
    assert "ASM_SECRETS_DIR" in said["message_en"]
    assert "asm keys init" in said["message_en"]
    # A folder that root, too, cannot look into: it is none.
    said = complaint(replace(settings, secrets_dir=Path(files["codes"])), *line)
    assert said["code"] == "not_set_up"
    assert "cannot be read" in said["message_en"]


@pytest.mark.parametrize("line", [("receipt", "verify"), ("read", "image"), ("areas", "event")])
def test_a_file_that_is_not_there(
    line: tuple[str, ...], settings: Settings, tmp_path: Path
) -> None:
    said = complaint(settings, *line, str(tmp_path / "none"))
    assert said["code"] in {"file_not_usable", "file_unreadable"}


def started(settings: Settings, *line: str) -> subprocess.CompletedProcess[str]:
    """The command as its users start it."""
    return subprocess.run(
        [sys.executable, "-m", "asm", *line],
        env=environment(settings, 0),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", ["migrate", "import", "outbox status", "area of", "plates"])
def test_the_real_command_leaves_no_trace(
    name: str, settings: Settings, files: dict[str, str]
) -> None:
    for parts, code in (
        ({"password": WRONG}, "database_login_refused"),
        ({"port": any_free_port()}, "database_away"),
    ):
        done = started(elsewhere(settings, **parts), *line_of(name, files))
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        said = last_object(done.stderr)
        assert said["code"] == code
        for secret in (WRONG, urlsplit(settings.database_url).password, "postgresql://"):
            assert str(secret) not in done.stderr
        assert "Traceback" not in done.stderr


def test_the_real_command_on_an_unmigrated_database(
    unmigrated: Settings, database: Database
) -> None:
    behind = started(unmigrated, "outbox", "status")
    assert (behind.returncode, json.loads(behind.stderr)["code"]) == (2, "database_behind")
    made = started(unmigrated, "migrate")
    assert (made.returncode, json.loads(made.stdout)["ok"]) == (0, True), made.stderr
    whole = started(unmigrated, "outbox", "status")
    assert (whole.returncode, json.loads(whole.stdout)["depth"]["dead"]) == (0, 0)


def test_a_fault_of_ours_is_no_answer(settings: Settings) -> None:
    program = (
        "import asm.__main__ as it; it.COMMANDS['outbox'] = ('asm.cli.nowhere:app', '');"
        "import sys; sys.argv = ['asm', 'outbox', 'status']; it.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (70, "")
    assert "Traceback" in done.stderr


def test_a_mistyped_command_is_told_in_words() -> None:
    done = CliRunner().invoke(app, ["outbxo"])
    assert done.exit_code == 2
    assert "outbox" in done.stderr
