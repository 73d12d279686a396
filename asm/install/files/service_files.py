"""The files that make a real installation run by itself: systemd's services, a site for nginx, and
the pages that nginx shows when ASM does not answer. Texts alone: whoever installs writes them.
"""

import json
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from asm.install.files.time_outs import GRACE_S
from asm.locales.texts import both
from asm.settings import UPLOAD_LIMIT_BYTES

_TEXTS: Final = Path(__file__).parent / "texts"
#: After the requests under way, what was opened is closed: connections, sandboxes, the last commit.
_CLOSE_S: Final = 20
#: A batch at hand, and what waits for servers of others.
_WORKER_STOP_S: Final = 60
_OF_WORKER: Final = ("population-token", "smtp-password")
_OF_ALL: Final = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 -- compared, not bound
_BYTES_IN_KB: Final = 1024
_BYTES_IN_MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """Where things are and who runs them; the defaults are those of a Debian machine. `program` is
    the virtual environment with `bin/asm` in it; ASM listens on `host` and `port`, an IPv6 address
    in brackets or not. Addresses to listen on are nginx's own.
    `trusted_proxies`: TLS servers before nginx, whose word for the visitor's address it takes.
    `all_files` bodies with files are kept at once; the other limits are of one address, and a chain
    of hotels stands behind one.
    """

    server_name: str
    program: Path = Path("/opt/asm")
    user: str = "asm"
    settings_dir: Path = Path("/etc/asm")
    data_dir: Path = Path("/var/lib/asm")
    host: str = "127.0.0.1"
    port: int = 8000
    tls_certificate: Path = Path("/etc/ssl/certs/ssl-cert-snakeoil.pem")
    tls_key: Path = Path("/etc/ssl/private/ssl-cert-snakeoil.key")
    systemd_dir: Path = Path("/etc/systemd/system")
    nginx_dir: Path = Path("/etc/nginx")
    log_dir: Path = Path("/var/log/nginx")
    cache_dir: Path = Path("/var/cache/asm-nginx")
    run_dir: Path = Path("/run")
    http_listen: tuple[str, ...] = ("80", "[::]:80")
    https_listen: tuple[str, ...] = ("443", "[::]:443")
    upload_limit_bytes: int = UPLOAD_LIMIT_BYTES
    #: Four times what a declaration or a form without a file may have.
    text_limit_bytes: int = 256 * 1024
    trusted_proxies: tuple[str, ...] = ()
    requests_per_s: int = 200
    burst: int = 2000
    connections: int = 400
    files: int = 8
    all_files: int = 24

    @property
    def pages_dir(self) -> Path:
        """What nginx answers by itself."""
        return self.nginx_dir / "asm"


class _FileText(Template):
    """`@{name}` is a fact, `@@` an at sign; `$` is nginx's own."""

    delimiter = "@"


class _Front(NamedTuple):
    """What nginx says by itself, each text in Vietnamese and English: the page for people and the
    problem document for software say the same.
    """

    name: str
    status: int
    code: str
    title: tuple[str, str]
    message: tuple[str, str]

    def files(self, folder: Path) -> dict[Path, str]:
        """Both, by path."""
        (title, title_en), (message, message_en) = self.title, self.message
        problem = {
            "type": f"urn:asm:problem:{self.code}",
            "title": message_en,
            "status": self.status,
            "code": self.code,
            "detail": message,
            "detail_en": message_en,
            "errors": [],
        }
        shown = {
            "title": title,
            "title_en": title_en,
            "message": message,
            "message_en": message_en,
        }
        page = {name: escape(text) for name, text in shown.items()}
        return {
            folder / f"{self.name}.html": _filled("front.html", page),
            folder / f"{self.name}.json": json.dumps(problem, ensure_ascii=False, indent=2) + "\n",
        }


def service_files(facts: ServiceFacts) -> dict[Path, str]:
    """Absolute path → text. The site is not switched on: that is a link in `sites-enabled`."""
    known = _known(facts)
    # The worker alone asks the population database, and signs in to the mail server.
    workers = "".join(f" -{known['secrets_dir']}/{name}" for name in _OF_WORKER)
    everything = f" -{facts.data_dir}"
    for process, closed in (("web", workers), ("worker", ""), ("redis", everything)):
        known[f"{process}_hardening"] = _filled("hardening.part", known | {"closed": closed})
    files = {
        facts.systemd_dir / name: _filled(name, known)
        for name in ("asm-redis.service", "asm-web.socket", "asm-web.service", "asm-worker.service")
    }
    files[facts.nginx_dir / "sites-available" / "asm"] = _filled("nginx-site.conf", known)
    size = {"megabytes": facts.upload_limit_bytes // _BYTES_IN_MB}
    length = {"kilobytes": facts.text_limit_bytes // _BYTES_IN_KB}
    fronts = (
        _Front("away", 503, "try_again", both("refusals", "front.away:title"),
               both("refusals", "front.away")),
        _Front("busy", 429, "try_again", both("refusals", "front.busy:title"),
               both("refusals", "front.busy")),
        _Front("too-large", 413, "http_413", both("refusals", "front.too_large:title"),
               both("refusals", "front.too_large", size)),
        _Front("too-long", 413, "http_413", both("refusals", "front.too_long:title"),
               both("refusals", "front.too_long", length)),
    )  # fmt: skip
    for front in fronts:
        files |= front.files(facts.pages_dir)
    return files


def _known(facts: ServiceFacts) -> dict[str, str]:
    known = {field.name: str(getattr(facts, field.name)) for field in fields(facts)}
    host = _bracketed(facts.host)
    return known | {
        "host": host,
        # What listens on every address of the machine answers on its own, too.
        "upstream": f"{_OF_ALL.get(host, host)}:{facts.port}",
        "real_address": _real_address(facts.trusted_proxies),
        "secrets_dir": str(facts.data_dir / "secrets"),
        "pages_dir": str(facts.pages_dir),
        "http_listen": _listening(facts.http_listen, ""),
        "https_listen": _listening(facts.https_listen, " ssl http2"),
        "grace_s": str(GRACE_S),
        "stop_s": str(GRACE_S + _CLOSE_S),
        "worker_stop_s": str(_WORKER_STOP_S),
    }


def _bracketed(host: str) -> str:
    bare = host.strip("[]")
    return f"[{bare}]" if ":" in bare else bare


def _real_address(trusted_proxies: tuple[str, ...]) -> str:
    if not trusted_proxies:
        return ""
    named = "\n".join(f"    set_real_ip_from {each};" for each in trusted_proxies)
    return f"{named}\n    real_ip_header X-Forwarded-For;\n    real_ip_recursive on;\n"


def _listening(addresses: tuple[str, ...], how: str) -> str:
    return "\n".join(f"    listen {address}{how};" for address in addresses)


def _filled(name: str, known: dict[str, str]) -> str:
    """Raises KeyError for a fact that nobody knows."""
    return _FileText((_TEXTS / name).read_text(encoding="utf-8")).substitute(known)
