"""The site of nginx on this machine: where it lies, whether it is switched on, what it names."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from asm.errors import Conflict
from asm.install.files.service_files import ServiceFacts
from asm.install.steps.folders import Folders, make_folder

_CERTIFICATE: Final = re.compile(r"^\s*(ssl_certificate(?:_key)?)\s+(\S+);", re.MULTILINE)
_STAND_IN: Final = str(ServiceFacts(server_name="").tls_certificate)
_PROGRAMS: Final = "/usr/sbin:/usr/bin"


def nginx_folder(where: Folders) -> Path:
    """Debian's folder of nginx."""
    return where.root / "etc/nginx"


def site_link(where: Folders) -> Path:
    """What switches the site on."""
    return nginx_folder(where) / "sites-enabled/asm"


def is_switched_on(where: Folders) -> bool:
    """Whether nginx reads the site."""
    link = site_link(where)
    return link.is_symlink() or link.exists()


def is_installed(where: Folders) -> bool:
    """Whether an earlier run came so far that it was switched on, if that was answered."""
    return (where.root / "etc/systemd/system/asm-web.service").exists()


def switch(where: Folders, *, on: bool) -> None:
    """Let nginx read the site from its next start on, or no longer."""
    link = site_link(where)
    if not on:
        link.unlink(missing_ok=True)
        return
    make_folder(link.parent)
    link.symlink_to(nginx_folder(where) / "sites-available/asm")


def named_certificate(where: Folders) -> tuple[str, str]:
    """Certificate and key that the site names; nothing for Debian's stand-in, or without a site."""
    site = nginx_folder(where) / "sites-available/asm"
    if not site.exists():
        return "", ""
    text = site.read_text(encoding="utf-8", errors="replace")
    named = dict(_CERTIFICATE.findall(text))
    certificate = named.get("ssl_certificate", "")
    if certificate in {"", _STAND_IN}:
        return "", ""
    return certificate, named.get("ssl_certificate_key", "")


def find_nginx() -> str:
    """Its program. Raises Conflict where there is none."""
    program = shutil.which("nginx", path=_PROGRAMS)
    if program is None:
        raise Conflict("install_no_nginx")
    return program


def try_nginx() -> None:
    """Raises Conflict with nginx's own words when it does not take its configuration."""
    tried = subprocess.run(  # noqa: S603 -- looked up in the system's folders
        [find_nginx(), "-t"], capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        raise Conflict("install_nginx_refused", reason=" ".join(tried.stderr.split())[-400:])
