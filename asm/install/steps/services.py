"""What keeps the processes running: systemd's units, the site of nginx, and starting them."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace as replace_in

from asm.errors import Conflict
from asm.install.files.service_files import ServiceFacts, service_files
from asm.install.steps.env_files import read_env, write_whole
from asm.install.steps.folders import SYSTEM_USER, WEB, Folders, make_folder, note_unstarted
from asm.install.steps.nginx_site import (
    is_installed,
    is_switched_on,
    nginx_folder,
    site_link,
    switch,
    try_nginx,
)
from asm.install.steps.redis_server import SERVICE_FILE, redis_program
from asm.install.steps.settings_lines import servers_in_front
from asm.install.steps.step import Installing, Step

#: Where systemd says that it is the first process.
_RUNS: Final = Path("/run/systemd/system")
_SYSTEMD: Final = "etc/systemd/system"
_SOCKET: Final = "asm-web.socket"
_SYSTEMCTL: Final = "/usr/bin/systemctl"
_READY_WITHIN_S: Final = 60.0
_FILE_MODE: Final = 0o644


def runs_systemd() -> bool:
    """Whether this machine's processes are kept by systemd."""
    return _RUNS.is_dir()


def service_texts(doing: Installing) -> dict[Path, str]:
    """Every file by its place below the root."""
    web, facts = doing.answers.web, _facts(doing)
    own = doing.answers.redis.is_own
    if own and redis_program() is None:
        raise Conflict("install_no_redis_program")
    return {
        path: text
        for path, text in service_files(facts).items()
        if (web.nginx or facts.nginx_dir not in path.parents) and (own or path.name != SERVICE_FILE)
    }


def program_folder(started: Path, real: Path) -> Path:
    """What the services name: the way by which the program was started, where that leads to it. A
    link is turned to another version by an upgrade, while processes stay in the version they began.
    """
    named = started.parent.parent
    return named if started.is_absolute() and named.resolve() == real.resolve() else real


def this_program() -> Path:
    """The folder of the program that runs now, as services name it."""
    return program_folder(Path(sys.argv[0]), Path(sys.prefix))


def _facts(doing: Installing) -> ServiceFacts:
    """Of the settings files: what was changed there by hand counts."""
    where, web = doing.where, doing.answers.web
    lines = read_env(where.env_file(WEB))
    name = urlsplit(lines["ASM_PUBLIC_URL"]).hostname or "localhost"
    facts = ServiceFacts(
        server_name=f"[{name}]" if ":" in name else name,
        program=this_program(),
        user=SYSTEM_USER,
        settings_dir=where.settings,
        data_dir=where.data,
        host=lines["ASM_HOST"],
        port=int(lines["ASM_PORT"]),
        trusted_proxies=servers_in_front(lines.get("ASM_TRUSTED_PROXIES", "")),
        systemd_dir=where.root / _SYSTEMD,
        nginx_dir=nginx_folder(where),
    )
    if web.certificate:
        return replace(
            facts, tls_certificate=Path(web.certificate), tls_key=Path(web.certificate_key)
        )
    return facts


def other_files(doing: Installing) -> list[str]:
    """Those that are there and say something else than what would be written, and the link that
    switches nginx's site on where the answers say off, or the other way round.
    """
    texts = service_texts(doing)
    other = [
        str(path)
        for path, text in texts.items()
        if path.exists() and path.read_bytes() != text.encode()
    ]
    installed = is_installed(doing.where)
    turned = is_switched_on(doing.where) != doing.answers.web.nginx
    return [*other, str(site_link(doing.where))] if installed and turned else other


def _has_services(doing: Installing) -> bool:
    there = all(path.exists() for path in service_texts(doing))
    other = other_files(doing)
    if not there or (doing.replace and other):
        return False
    doing.kept_files = other
    return True


def _write_services(doing: Installing) -> None:
    """Files that are there stay as they are, unless they are to be replaced. The units come last:
    where they are, nginx's site was switched on or off as was answered.
    """
    link, on = site_link(doing.where), doing.answers.web.nginx
    other = other_files(doing)
    (doing.changed_files if doing.replace else doing.kept_files).extend(other)
    texts = service_texts(doing)
    of_systemd = {path for path in texts if path.parent == doing.where.root / _SYSTEMD}
    for path in texts.keys() - of_systemd:
        _write(path, texts[path], doing)
    if is_switched_on(doing.where) != on and str(link) not in doing.kept_files:
        note_unstarted(link, doing.where)
        switch(doing.where, on=on)
    for path in of_systemd:
        _write(path, texts[path], doing)


def _write(path: Path, text: str, doing: Installing) -> None:
    if path.exists() and (not doing.replace or path.read_bytes() == text.encode()):
        return
    make_folder(path.parent)
    # The system's own files: nobody but root has a part in them.
    write_whole(path, text, replace_in(doing.where, system=False), mode=_FILE_MODE)


def services(doing: Installing) -> list[str]:
    """What is to run, in the order of starting."""
    own = [SERVICE_FILE] if doing.answers.redis.is_own else []
    return [*own, _SOCKET, "asm-web.service", "asm-worker.service"]


def _runs(doing: Installing) -> bool:
    if doing.new_passwords or doing.where.unstarted.exists():
        return False
    answers = [_systemctl(what, *services(doing)) for what in ("is-active", "is-enabled")]
    return all(done.returncode == 0 for done in answers) and _is_live(doing)


def _start(doing: Installing) -> None:
    """What was written since the last start is put to work; a change of nginx's site alone leaves
    the processes running.
    """
    of_site, others = _written(doing.where)
    _systemctl("daemon-reload")
    if others:
        # The socket stays, so that whoever comes meanwhile waits; unless its port is another now.
        kept = set() if _socket_file(doing.where) in others else {_SOCKET}
        _systemctl("stop", *(each for each in reversed(services(doing)) if each not in kept))
    done = _systemctl("enable", "--now", *services(doing))
    if done.returncode != 0:
        raise Conflict("install_units_refused", reason=" ".join(done.stderr.split())[-400:])
    if of_site or doing.answers.web.nginx:
        _reload_nginx()
    deadline = time.monotonic() + _READY_WITHIN_S
    while not _is_live(doing):
        if time.monotonic() > deadline:
            raise Conflict("install_web_silent")
        time.sleep(0.5)
    doing.where.unstarted.unlink(missing_ok=True)


def _written(where: Folders) -> tuple[set[Path], set[Path]]:
    """The files of nginx's, and the others, that were written since the last start."""
    text = where.unstarted.read_text("utf-8") if where.unstarted.exists() else ""
    noted = {Path(line) for line in text.splitlines()}
    of_site = {path for path in noted if nginx_folder(where) in path.parents}
    return of_site, noted - of_site


def _socket_file(where: Folders) -> Path:
    return where.root / _SYSTEMD / _SOCKET


def _reload_nginx() -> None:
    try_nginx()
    done = _systemctl("reload-or-restart", "nginx.service")
    if done.returncode != 0:
        raise Conflict("install_nginx_silent", reason=" ".join(done.stderr.split())[-400:])


def _is_live(doing: Installing) -> bool:
    lines = read_env(doing.where.env_file(WEB))
    url = f"http://{lines['ASM_HOST']}:{lines['ASM_PORT']}/health/live"
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _systemctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- a fixed program, and names of our own
        [_SYSTEMCTL, *arguments], capture_output=True, text=True, check=False
    )


SERVICES: Final = Step(name="services", done=_has_services, do=_write_services)
START: Final = Step(name="start", done=_runs, do=_start)
