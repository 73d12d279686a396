"""An installation that runs, and `asm install` again: what changes is put to work, and what is not
answered again stays. systemd and nginx are stood in for by programs that note what they are told.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from asm.errors import Conflict
from asm.install.steps import nginx_site, services
from asm.install.steps.answers import read_answers
from asm.install.steps.env_files import read_env
from asm.install.steps.folders import folders
from asm.install.steps.machine import MACHINE_STEPS
from asm.install.steps.services import SERVICES, START
from asm.install.steps.settings_lines import known_answers, known_secrets
from asm.install.steps.step import Installing, run_steps
from asm.settings import THIS_MACHINE, read_settings

CERTIFICATE = (
    '[web]\ncertificate = "/etc/letsencrypt/live/a/fullchain.pem"\n'
    'certificate_key = "/etc/letsencrypt/live/a/privkey.pem"'
)


class Alive(BaseHTTPRequestHandler):
    """What the web process says of itself."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""


@dataclass(frozen=True)
class Running:
    """A machine below `root`, whose web process answers at `port`."""

    root: Path
    port: int

    @property
    def site(self) -> str:
        return (self.root / "etc/nginx/sites-available/asm").read_text("utf-8")

    @property
    def is_on(self) -> bool:
        return (self.root / "etc/nginx/sites-enabled/asm").is_symlink()

    def install(self, answers: str = "", *, replace: bool = True) -> tuple[Installing, list[str]]:
        """The run, and what systemd and nginx were told in it."""
        where, log = folders(self.root), self.root / "told"
        log.unlink(missing_ok=True)
        known = read_answers(answers, known_answers(where))
        doing = Installing(
            answers=known, where=where, secrets=known_secrets(where, known), replace=replace
        )
        run_steps([*MACHINE_STEPS, SERVICES, START], doing, lambda _: None)
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        return doing, [line for line in lines if not line.startswith("systemctl is-")]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    for name in ("systemctl", "nginx"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/told\n', "utf-8")
        program.chmod(0o755)
    monkeypatch.setattr(services, "_SYSTEMCTL", str(tmp_path / "systemctl"))
    monkeypatch.setattr(nginx_site, "_PROGRAMS", str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Alive)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    machine = Running(tmp_path, server.server_port)
    machine.install(f'public_url = "https://luutru.example.vn"\n[web]\nport = {machine.port}')
    yield machine
    server.shutdown()
    server.server_close()


def test_nginx_reads_its_pages_whatever_mask_root_has(running: Running, tmp_path: Path) -> None:
    """It runs as another user."""
    pages = running.root / "etc/nginx/asm"
    shutil.rmtree(pages)
    before = os.umask(0o077)
    try:
        running.install()
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (pages, *pages.iterdir())}
    assert modes.pop("asm") == 0o755
    assert set(modes.values()) == {0o644}


def test_again_nothing_is_touched(running: Running) -> None:
    assert running.is_on
    assert running.install()[1] == []


def test_a_certificate_reaches_nginx_and_is_remembered(running: Running) -> None:
    """The processes go on meanwhile."""
    doing, commands = running.install(CERTIFICATE)
    assert doing.changed_files == [str(running.root / "etc/nginx/sites-available/asm")]
    assert "nginx -t" in commands
    assert "systemctl reload-or-restart nginx.service" in commands
    assert not any(line.startswith("systemctl stop") for line in commands)
    doing, _ = running.install('[mail]\nurl = "smtp://mail.example.vn"\nsender = "asm@example.vn"')
    assert doing.changed_files == []
    assert "ssl_certificate /etc/letsencrypt/live/a/fullchain.pem;" in running.site
    assert "ssl_certificate_key /etc/letsencrypt/live/a/privkey.pem;" in running.site


def test_settings_that_were_added_reach_the_processes(running: Running) -> None:
    """Also when the run that wrote them was stopped before it came to starting."""
    answers = '[mail]\nurl = "smtp://mail.example.vn"\nsender = "asm@example.vn"'
    where = folders(running.root)
    known = read_answers(answers, known_answers(where))
    doing = Installing(answers=known, where=where, secrets=known_secrets(where, known))
    run_steps(MACHINE_STEPS, doing, lambda _: None)
    _, commands = running.install(answers)
    stopped = next(line for line in commands if line.startswith("systemctl stop"))
    assert "asm-worker.service" in stopped
    assert "systemctl daemon-reload" in commands
    assert running.install(answers)[1] == []


def test_what_nginx_refused_is_tried_again(running: Running) -> None:
    """Its words the first time; the same command again, when it is mended."""
    program = running.root / "nginx"
    good = program.read_text("utf-8")
    program.write_text("#!/bin/sh\necho unexpected end of file >&2\nexit 1\n", "utf-8")
    with pytest.raises(Conflict, match="install_nginx_refused"):
        running.install(CERTIFICATE)
    program.write_text(good, "utf-8")
    assert "systemctl reload-or-restart nginx.service" in running.install(CERTIFICATE)[1]


def test_another_server_in_front_is_remembered(running: Running) -> None:
    link = str(running.root / "etc/nginx/sites-enabled/asm")
    doing, _ = running.install("[web]\nnginx = false", replace=False)
    assert (doing.kept_files, running.is_on) == ([link], True)
    doing, commands = running.install("[web]\nnginx = false")
    assert (doing.changed_files, running.is_on) == ([link], False)
    assert "systemctl reload-or-restart nginx.service" in commands
    running.install('[web]\ntrusted_proxies = "10.0.0.5"')
    assert not running.is_on
    running.install("[web]\nnginx = true")
    assert running.is_on


def test_an_answer_is_taken_back(running: Running) -> None:
    """An empty line: what reads it takes the default."""
    running.install(
        '[web]\ntrusted_proxies = "10.0.0.5"\n'
        '[mail]\nurl = "smtp://mail.example.vn"\nsender = "asm@example.vn"'
    )
    empty = '[web]\ntrusted_proxies = ""\n[mail]\nurl = ""\nsender = ""'
    running.install(empty, replace=False)
    file = running.root / "etc/asm/web.env"
    assert read_env(file)["ASM_TRUSTED_PROXIES"].endswith(" 10.0.0.5")
    running.install(empty)
    settings = read_settings(read_env(file))
    assert settings.trusted_proxies == THIS_MACHINE
    assert settings.notify.smtp_url == ""
    assert running.install(empty)[1] == []


def test_whoever_comes_while_processes_are_exchanged_waits(running: Running) -> None:
    """systemd's socket stays, unless it listens elsewhere now."""
    mail = '[mail]\nurl = "smtp://mail.example.vn"\nsender = "asm@example.vn"'
    assert stopped(running.install(mail)[1]) == [
        "asm-worker.service", "asm-web.service", "asm-redis.service"
    ]  # fmt: skip
    moved = running.install(f'[web]\nhost = "0.0.0.0"\nport = {running.port}')[1]
    assert "asm-web.socket" in stopped(moved)


def stopped(commands: list[str]) -> list[str]:
    (line,) = [line for line in commands if line.startswith("systemctl stop ")]
    return line.split()[2:]


def test_files_that_somebody_changed_are_named(running: Running) -> None:
    service = running.root / "etc/systemd/system/asm-worker.service"
    service.write_text(service.read_text("utf-8") + "\nNice=5\n", "utf-8")
    doing, _ = running.install(replace=False)
    assert doing.kept_files == [str(service)]
    doing, commands = running.install()
    assert doing.changed_files == [str(service)]
    assert "Nice=5" not in service.read_text("utf-8")
    assert "systemctl daemon-reload" in commands
