"""`asm install` from an empty folder and an empty PostgreSQL, as a login with the least rights."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from asm.db.revisions import known_revisions
from asm.install.steps.answers import RedisAnswers
from asm.install.steps.env_files import read_env, write_whole
from asm.install.steps.folders import folders
from asm.install.steps.passwords import new_password
from asm.install.steps.redis_server import redis_settings
from local.machine.ports import any_free_port
from tests.install.steps.conftest import Machine, bare_environment
from tests.install.steps.first_night import make_officer
from tests.install.steps.watcher import Watcher
from tests.serve import NO_CERTIFICATES, running
from tests.services import start_test_services

_BLOCK = re.compile(
    r"(?P<skipped><!-- not run: [^>]+ -->\n)?^```sh\n(?P<commands>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def refusal(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one object that ends standard error; progress may stand above it."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    said: dict[str, Any] = json.loads(done.stderr[done.stderr.rindex('{\n  "code"') :])
    return said


def give_rights(machine: Machine, *more: str) -> str:
    """What `asm install sql | sudo -u postgres psql` does."""
    script = machine.asm(
        *("install", "sql", "--root", str(machine.root), "--answers", "-", *more),
        typed=machine.answers(),
    )
    assert script.returncode == 0, script.stderr
    machine.run_as_superuser(script.stdout)
    return script.stdout


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below it, and its mode."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def all_passwords(machine: Machine) -> set[str]:
    """Every secret that the installation made."""
    passwords = {(machine.settings / "administrator-password").read_text("utf-8").strip()}
    for name in ("web.env", "worker.env", "operator.env"):
        for value in read_env(machine.settings / name).values():
            if "@" in value and "://" in value:
                passwords.add(value.partition("://")[2].rpartition("@")[0].partition(":")[2])
    passwords |= {file.read_text("ascii").split()[0] for file in machine.secrets.glob("*.key")}
    return passwords


@dataclass(frozen=True)
class Installed:
    """What the page's section 2 has done, and all that was seen meanwhile."""

    machine: Machine
    report: dict[str, Any]
    shown: str
    arguments: set[bytes]
    took_s: float


@pytest.fixture(scope="module")
def installed(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installed]:
    """An empty machine whose PostgreSQL is somebody else's to administer, set up by the page."""
    folder = tmp_path_factory.mktemp("installed")
    services = start_test_services(folder)
    machine = Machine(
        root=folder / "machine",
        services=services,
        database="asm",
        http_port=any_free_port(),
        redis_port=any_free_port(),
    )
    began = time.monotonic()
    with Watcher() as watcher:
        script = give_rights(machine)
        web = machine.settings / "web.env"
        # Ports of its own: others run beside this on the machine.
        web.write_text(f"ASM_PORT={machine.http_port}\n{web.read_text('utf-8')}", "utf-8")
        own = redis_settings(RedisAnswers(port=machine.redis_port), new_password())
        write_whole(machine.settings / "redis.conf", own, folders(machine.root), mode=0o640)
        done = page_commands(machine, "2")
    assert done.returncode == 0, done.stderr
    yield Installed(
        machine=machine,
        report=json.loads(done.stdout),
        shown=script + done.stdout + done.stderr,
        arguments=watcher.seen,
        took_s=time.monotonic() - began,
    )
    services.stop()


def page_commands(machine: Machine, section: str) -> subprocess.CompletedProcess[str]:
    """The blocks of a section of docs/install.md, word for word but for the machine's places."""
    page = (Path(__file__).resolve().parents[3] / "docs/install.md").read_text("utf-8")
    part = page[page.index(f"\n## {section}. ") :]
    part = part[: part.index("\n## ", 1)]
    commands = "".join(match["commands"] for match in _BLOCK.finditer(part) if not match["skipped"])
    names = "export PUBLIC_URL=https://luutru.example.vn\n"
    here = {
        "sudo /opt/asm/bin/asm install": f"asm install --root {machine.root}",
        "sudo /opt/asm/bin/asm": "asm",
        "/etc/asm": str(machine.settings),
        "https://luutru.example.vn": f"http://127.0.0.1:{machine.http_port}",
        "http://127.0.0.1:8000": f"http://127.0.0.1:{machine.http_port}",
    }
    assert names in page
    for theirs, ours in here.items():
        commands = commands.replace(theirs, ours)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-s"],
        input=f'asm() {{ "{sys.executable}" -m asm "$@"; }}\n{commands}',
        env=bare_environment()
        | {"ASM_ENV_FILE": str(machine.settings / "operator.env"), "NO_PROXY": "127.0.0.1"},
        cwd=machine.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_no_password_is_seen(installed: Installed) -> None:
    passwords = all_passwords(installed.machine)
    assert len(passwords) == 10, "one for each login, Redis, the administrator, five keys"
    assert any(b"install\0--root" in line for line in installed.arguments), "children were seen"
    for password in passwords:
        assert not any(password.encode() in line for line in installed.arguments)
        assert password not in installed.shown
    modes = {
        file.name: file.stat().st_mode & 0o777
        for file in (*machine_files(installed.machine), installed.machine.secrets)
    }
    assert modes == {
        "web.env": 0o640,
        "worker.env": 0o640,
        "redis.conf": 0o640,
        "operator.env": 0o600,
        "administrator-password": 0o600,
        "secrets": 0o700,
    }


def machine_files(machine: Machine) -> list[Path]:
    return sorted(machine.settings.iterdir())


def test_each_process_knows_its_own_address_alone(installed: Installed) -> None:
    settings = installed.machine.settings
    addresses = {
        name: {key for key in read_env(settings / name) if key.endswith("DATABASE_URL")}
        for name in ("web.env", "worker.env")
    }
    assert addresses == {"web.env": {"ASM_DATABASE_URL"}, "worker.env": {"ASM_WORKER_DATABASE_URL"}}


def test_from_nothing_to_the_first_declaration(installed: Installed) -> None:
    """The people of the page's section 3, by its commands; and another officer by a code."""
    machine, report = installed.machine, installed.report
    assert (report["ok"], report["kept"], report["changed"]) == (True, [], [])
    assert {"name": "administrator", "state": "done"} in report["steps"]
    assert [each for each in report["findings"] if each["state"] == "wrong"] == []
    began = time.monotonic()
    with running_services(machine) as address:
        done = page_commands(machine, "3")
        assert done.returncode == 0, done.stderr
        verified = json.loads(done.stdout[done.stdout.rindex("\n{\n") :])
        assert verified["genuine"] is True, done.stdout
        make_officer(address, (machine.settings / "administrator-password").read_text().strip())
    took = {"installing": installed.took_s, "people": time.monotonic() - began}
    sys.stderr.write(f"\nfrom nothing to the first declaration, seconds: {took}\n")


@contextmanager
def running_services(machine: Machine) -> Iterator[str]:
    """What the units would run, each with its own settings file; the address."""
    web = read_env(machine.settings / "web.env")
    unit = (machine.root / "etc/systemd/system/asm-redis.service").read_text("utf-8")
    server = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    bare = bare_environment()
    command = [sys.executable, "-m", "asm", "web"]
    with (
        running(server.removeprefix("ExecStart=").split(), bare),
        running(command, bare | {"ASM_ENV_FILE": str(machine.settings / "web.env")}) as process,
    ):
        address = f"http://127.0.0.1:{web['ASM_PORT']}"
        _wait_for(address, process)
        yield address


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    with httpx.Client(verify=NO_CERTIFICATES) as client:
        while process.poll() is None:
            try:
                ready = client.get(f"{address}/health/ready").json()
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            assert ready["checks"]["redis"]["ok"], ready
            return
    raise AssertionError(process.returncode)


def test_what_somebody_changed_stays_and_is_shown(installed: Installed) -> None:
    """Settings by hand, another answer later, settings that were lost."""
    machine = installed.machine
    answers = machine.answers()
    web = machine.settings / "web.env"
    before = contents(machine.root)
    again = machine.install(answers)
    assert {step["state"] for step in json.loads(again.stdout)["steps"]} == {"there"}, again.stderr
    assert contents(machine.root) == before
    by_hand = web.read_text("utf-8").replace(f"ASM_PORT={machine.http_port}", "ASM_PORT=1234")
    web.write_text("# ours\n" + by_hand + "ASM_WEBHOOK_HOSTS=pms.example.vn\n", encoding="utf-8")
    kept = json.loads(machine.install(answers).stdout)["kept"]
    assert [(each["file"], each["name"], each["there"]) for each in kept] == [
        ("web.env", "ASM_PORT", "1234")
    ]
    assert "ASM_PORT=1234" in web.read_text("utf-8")
    changed = json.loads(machine.install(answers, "--replace").stdout)["changed"]
    assert [each["name"] for each in changed] == ["ASM_PORT"]
    text = web.read_text("utf-8")
    assert f"ASM_PORT={machine.http_port}" in text
    assert text.startswith("# ours\n")
    assert "ASM_WEBHOOK_HOSTS=pms.example.vn\n" in text

    # Keys are lost: none is made that the database does not know.
    key = machine.secrets / "vault.key"
    lost_key = key.rename(machine.root / "vault.key")
    refused = refusal(machine.install(answers))
    assert "vault.key" in refused["message_en"]
    assert not key.exists()
    key.write_text("0" * 64 + "\n", "ascii")
    foreign = refusal(machine.install(answers))
    assert (foreign["code"], "vault.key" in foreign["message_en"]) == ("key_file_other_here", True)
    lost_key.rename(key)

    # A newer program was here.
    machine.services.cluster.query("UPDATE alembic_version SET version_num = '9999'", dbname="asm")
    assert refusal(machine.install(answers))["code"] == "database_ahead"
    newest = max(known_revisions())
    machine.services.cluster.query(
        f"UPDATE alembic_version SET version_num = '{newest}'", dbname="asm"
    )

    # The settings files are lost: the logins have passwords that nobody here knows.
    for name in ("web.env", "worker.env", "operator.env"):
        (machine.settings / name).unlink()
    lost = refusal(machine.install(answers))
    assert lost["code"] == "install_login_refused"
    give_rights(machine)
    assert refusal(machine.install(answers))["code"] == "install_login_refused"
    give_rights(machine, "--new-passwords")
    assert machine.install(answers).returncode == 0
