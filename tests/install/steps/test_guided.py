"""`asm install` as a person uses it: on a terminal, on the machine where PostgreSQL runs and obeys
whom the system knows.
"""

import getpass
import os
import pty
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from asm.install.steps.env_files import read_env
from local.machine.os_user import service_user
from tests.install.steps.conftest import Machine, bare_environment

PASSWORD, OWN = "ba con meo nam ngu", "mat-khau-co-tu-truoc"
#: So long a step may say nothing: to make the schema takes a minute where others use the machine.
PATIENCE_S = 400


@pytest.fixture
def superuser(machine: Machine) -> str:
    """The system's user whom the cluster obeys through its local socket."""
    owner = service_user()
    name = getpass.getuser() if owner is None else owner.name
    cluster = machine.services.cluster
    rules = cluster.data / "pg_hba.conf"
    text = rules.read_text("utf-8")
    if not text.startswith("local all all peer"):
        rules.write_text(f"local all all peer\n{text}", encoding="utf-8")
        cluster.query(f'CREATE ROLE "{name}" SUPERUSER LOGIN')
        cluster.query("SELECT pg_reload_conf()")
    return name


def state_of(child: int) -> str:
    """Of the process itself, as Linux has it: S sleeps, R runs, Z has ended."""
    return Path(f"/proc/{child}/stat").read_text("utf-8").rpartition(")")[2].split()[0]


def wait_until_it_reads(child: int) -> None:
    """A program that has asked sleeps only when it waits for what is typed. What is typed before is
    not for it: Ctrl-C that comes in the moment before a read begins is noticed at its end, and
    whoever asks for a hidden line throws away what stood there.
    """
    asleep = 0
    while asleep < 3 and state_of(child) != "Z":
        asleep = asleep + 1 if state_of(child) == "S" else 0
        time.sleep(0.05)


def talk(
    line: Sequence[str], answers: Sequence[str | None], env: dict[str, str]
) -> tuple[int, str]:
    """Give each answer when it is asked for, and None for Ctrl-C: the status, and all that was
    shown. Nothing is typed because the program is silent: it may be at work.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-m", "asm", *line], env)  # noqa: S606 -- ours
    shown, waiting = b"", list(answers)
    questions, spoken = 0, time.monotonic()
    while True:
        if not select.select([terminal], [], [], 1)[0]:
            assert time.monotonic() - spoken < PATIENCE_S, (waiting, shown.decode())
            if state_of(child) == "Z":  # whatever it started may have the terminal still
                break
            continue
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown, spoken = shown + part, time.monotonic()
        if waiting and shown.endswith(b": ") and shown.count(b"\n>") > questions:
            questions += 1
            answer = waiting.pop(0)
            wait_until_it_reads(child)
            os.write(terminal, b"\x03" if answer is None else answer.encode() + b"\n")
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert not waiting, shown.decode()
    return os.waitstatus_to_exitcode(status), shown.decode()


def look_at_what_was_installed(address: str, password: str) -> None:
    """One administrator with that password, and an owner with the least rights."""
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT login, role, display_name FROM account").fetchall()
        hashed = connection.execute("SELECT password_hash FROM account").fetchone()
        rights = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchall()
    assert row == [("goc", "administrator", "Trần Thị Gốc")]
    assert hashed is not None
    assert PasswordHasher().verify(hashed[0], password)
    assert rights == [(False, False, False)]


@pytest.mark.usefixtures("forget")
def test_guided(machine: Machine, superuser: str, sockets: Path) -> None:
    """Wrong answers are asked for again, Ctrl-C loses nothing, and the second time a change is
    shown and asked about.
    """
    line = ["install", "--root", str(machine.root)]
    env = bare_environment() | {"PGHOST": str(sockets)}
    if os.geteuid() != 0:
        env["LOGNAME"] = "postgres"  # whoever runs the tests is the cluster's superuser
    url = "https://luutru.example.vn"
    status, shown = talk(line, ["ftp://luutru.example.vn", url, "y", "", None], env)
    assert status == 130, shown
    assert "✗ The address of the pages must look like https://host" in shown
    assert not machine.root.exists()

    # Of an installation that was begun: the usual name is the cluster's own superuser in tests.
    machine.settings.mkdir(parents=True)
    address = f"postgresql://nha_van_hanh:{OWN}@127.0.0.1:{machine.services.cluster.port}/asm"
    (machine.settings / "operator.env").write_text(f"ASM_ADMIN_DATABASE_URL={address}\n")
    web = [url, "n", "", "", ""]
    people = ["", "", "goc", "Trần Thị Gốc", "ngan", PASSWORD, "khac han di", ""]
    in_the_way = machine.root / "etc/systemd"
    in_the_way.touch()
    status, shown = talk(line, [*web, *people], env)
    assert status == 2, shown
    assert str(in_the_way) in shown
    password = shown.partition("shown this once: ")[2].split()[0]
    assert PASSWORD not in shown
    assert "✗ Use at least 12 characters" in shown
    assert "The two are not the same" in shown
    in_the_way.unlink()
    status, shown = talk(line, [*web, "", ""], env)
    assert status == 0, shown
    assert password not in shown
    assert "Open https://luutru.example.vn and sign in" in shown
    settings = read_env(machine.settings / "operator.env")
    assert (settings["ASM_PUBLIC_URL"], settings["ASM_ADMIN_DATABASE_URL"]) == (url, address)
    look_at_what_was_installed(settings["ASM_ADMIN_DATABASE_URL"], password)

    other = "https://khai-bao.example.vn"
    status, shown = talk(line, [other, "n", "", "", "", "", "", "n"], env)
    assert status == 0, shown
    assert f"web.env: ASM_PUBLIC_URL={url} → {other}" in shown
    assert read_env(machine.settings / "web.env")["ASM_PUBLIC_URL"] == url
    status, shown = talk(line, [other, "n", "", "", "", "", "", "y"], env)
    assert read_env(machine.settings / "web.env")["ASM_PUBLIC_URL"] == other
    assert settings | {"ASM_PUBLIC_URL": other} == read_env(machine.settings / "operator.env")


def test_nobody_to_ask(machine: Machine) -> None:
    done = machine.asm("install", "--root", str(machine.root))
    assert done.returncode == 2
    assert "--answers" in done.stderr
    assert not machine.root.exists()
