"""Getting the programs that pip cannot bring: PostgreSQL with PostGIS, and a browser for tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from asm.errors import ConfigurationError
from local.layout import Layout
from local.machine import apt
from local.machine.progress import Progress
from local.postgres.installation import PostgresInstallation, data_major, find_installation

#: Where Debian's packages put it: not in everybody's PATH.
NGINX_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
POSTGIS_PACKAGE = r"^postgresql-([0-9]+)-postgis-3$"
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/asm-no-main.conf")

MANUAL = """\
PostgreSQL 15 or newer with PostGIS 3 is needed and was not found{why}.
  Debian or Ubuntu:  apt-get install postgresql-15 postgresql-15-postgis-3
                     (or the same pair with a newer number)
  A server you have: DATABASE_URL=postgresql://owner:password@host/asm make demo
  With Docker:       make docker (passwords on first use, then docker compose up)"""


def provide_postgres(layout: Layout, progress: Progress) -> PostgresInstallation:
    """The PostgreSQL that fits the data we have, installed from Debian's packages if need be.

    ConfigurationError names the packages and the other ways when none can be had.
    """
    major = data_major(layout.postgres / "data")
    # Another major version than the data's is still returned: starting it explains the clash.
    installation = find_installation(major=major) or find_installation()
    if installation is not None:
        return installation
    if apt.privilege() is None:
        raise ConfigurationError(MANUAL.format(why=" (and no apt-get with root or sudo here)"))
    _ask_for_sudo()
    with progress.step("Installing PostgreSQL with PostGIS from the system's packages") as note:
        _install_postgres(layout.log("apt"))
        installed = find_installation(major=major) or find_installation()
        if installed is None:
            raise ConfigurationError(MANUAL.format(why=" even after installing its packages"))
        note(f"Installed PostgreSQL {installed.version} with PostGIS")
    return installed


def provide_browser(layout: Layout, progress: Progress) -> str:
    """The path of a Chromium for the browser tests, installed if need be."""
    browser = _find_browser()
    if browser:
        return browser
    if apt.privilege() is None:
        raise ConfigurationError("the browser tests need Chromium: apt-get install chromium")
    _ask_for_sudo()
    with progress.step("Installing Chromium for the browser tests"):
        apt.install(["chromium"], layout.log("apt"))
    installed = _find_browser()
    if not installed:
        raise ConfigurationError("the package chromium brought no browser: set ASM_CHROMIUM")
    return installed


def provide_nginx(layout: Layout, progress: Progress) -> str:
    """The path of an nginx for the tests of the site. Debian's package would start a server on this
    machine; so its program alone is taken out of it, into the local installation's folder.
    """
    program = find_nginx(layout)
    if program:
        return program
    with progress.step("Fetching nginx for the tests of its site"):
        apt.unpack("nginx", layout.home / "nginx", layout.log("apt"))
    program = find_nginx(layout)
    if not program:
        raise ConfigurationError("the package nginx brought no program: apt-get install nginx")
    return program


def find_nginx(layout: Layout) -> str | None:
    """An installed one, or the one that `provide_nginx` fetched."""
    own = layout.home / "nginx" / "usr" / "sbin"
    folders = os.pathsep.join([os.environ.get("PATH", ""), *NGINX_FOLDERS, str(own)])
    return shutil.which("nginx", path=folders)


def provide_systemd(layout: Layout, progress: Progress) -> str:
    """The path of systemd-analyze for the tests of the services, installed if need be."""
    program = shutil.which("systemd-analyze")
    if program:
        return program
    if apt.privilege() is None:
        raise ConfigurationError(
            "the tests of the services need systemd-analyze: apt-get install systemd"
        )
    _ask_for_sudo()
    with progress.step("Installing systemd's programs for the tests of the services"):
        apt.install(["systemd"], layout.log("apt"))
    program = shutil.which("systemd-analyze")
    if not program:
        raise ConfigurationError("the package systemd brought no systemd-analyze")
    return program


def _find_browser() -> str | None:
    named = os.environ.get("ASM_CHROMIUM", "")
    if named:
        return named
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _install_postgres(log: Path) -> None:
    postgis = apt.newest_package(POSTGIS_PACKAGE)
    if postgis is None:
        apt.update(log)
        postgis = apt.newest_package(POSTGIS_PACKAGE)
    if postgis is None:
        raise ConfigurationError(MANUAL.format(why=", and this system's packages have none"))
    server = postgis.removesuffix("-postgis-3")
    # Debian's package would make and start a server of its own on port 5432; nobody asked for it.
    apt.write_system_file(NO_MAIN_CLUSTER, "create_main_cluster = false\n")
    try:
        apt.install([server, postgis], log)
    finally:
        apt.remove_system_file(NO_MAIN_CLUSTER)


def _ask_for_sudo() -> None:
    """Let sudo ask for its password before a spinner hides the question."""
    if apt.privilege() and sys.stdin.isatty():
        subprocess.run(["sudo", "-v"], check=False)
