"""systemd's services, as systemd itself reads and rates them. It is asked as a program: a machine
of tests has another process 1.
"""

import configparser
import json
import subprocess
from pathlib import Path

import pytest

from asm.install.files.service_files import ServiceFacts, service_files
from asm.install.files.time_outs import GRACE_S
from asm.settings import read_settings
from tests.install.files.front import write_site

SERVICES = ("asm-redis.service", "asm-web.service", "asm-worker.service")
#: systemd's own scale: 10 is a service that may do everything, 0 one that may do nothing.
MOST_EXPOSED = 1.5


@pytest.fixture
def site(tmp_path: Path) -> ServiceFacts:
    """Everything written below a folder, with a program that is there."""
    facts = write_site(tmp_path, 8000)
    program = facts.program / "bin" / "asm"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    return facts


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def settings_of(facts: ServiceFacts, name: str) -> configparser.SectionProxy:
    unit = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their case
    unit.read(facts.systemd_dir / name, "utf-8")
    return unit["Service"]


def test_systemd_understands_every_line(site: ServiceFacts) -> None:
    files = [str(site.systemd_dir / name) for name in ("asm-web.socket", *SERVICES)]
    done = analyze("verify", "--man=no", *files)
    assert (done.returncode, complaints(done.stderr)) == (0, [])
    # The control: a setting that is none would be told.
    worker = site.systemd_dir / "asm-worker.service"
    worker.write_text(worker.read_text("utf-8").replace("PrivateTmp=", "PrivatTmp="), "utf-8")
    assert "PrivatTmp" in "".join(complaints(analyze("verify", "--man=no", str(worker)).stderr))


def complaints(said: str) -> list[str]:
    """What is said of our files; the machine's own units have faults of theirs."""
    return [line for line in said.splitlines() if "asm-" in line]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little(site: ServiceFacts, name: str) -> None:
    unit = str(site.systemd_dir / name)
    done = analyze("security", "--offline=true", "--json=short", unit)
    bad = [line["name"] for line in json.loads(done.stdout) if float(line["exposure"] or 0) >= 0.3]
    threshold = analyze(
        "security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", "--no-pager", unit
    )
    assert threshold.returncode == 0, (bad, threshold.stdout[-300:])


@pytest.mark.parametrize("name", SERVICES[1:])
def test_each_has_its_own_settings_and_writes_nowhere(site: ServiceFacts, name: str) -> None:
    service = settings_of(site, name)
    kind = name.removeprefix("asm-").removesuffix(".service")
    assert service["EnvironmentFile"] == str(site.settings_dir / f"{kind}.env")
    assert service["ExecStart"] == f"{site.program}/bin/asm {kind}"
    assert service["User"] == "asm"
    assert service["ProtectSystem"] == "strict"
    assert "ReadWritePaths" not in service
    assert service["WorkingDirectory"] == "/"
    assert {"PYTHONSAFEPATH=1", "PYTHONNOUSERSITE=1"} <= set(service["Environment"].split())
    closed = service["InaccessiblePaths"].split()
    assert f"-{site.settings_dir}/operator.env" in closed
    for file in ("population-token", "smtp-password"):
        assert (f"-{site.data_dir}/secrets/{file}" in closed) == (kind == "web")
    assert int(service["TimeoutStopSec"]) > GRACE_S
    # A sandbox that the kernel ends for its memory takes nobody along.
    assert service["OOMPolicy"] == "continue"


@pytest.mark.parametrize("name", SERVICES)
def test_no_path_of_one_version_is_in_a_service(site: ServiceFacts, name: str) -> None:
    """The folder of a version that was upgraded from is removed, and its Python goes with it."""
    service = settings_of(site, name)
    assert service["ExecStart"].partition(" ")[0] == f"{site.program}/bin/asm"
    assert "site-packages" not in (site.systemd_dir / name).read_text("utf-8")


def test_the_redis_compatible_server_sees_nothing_but_its_own_file(site: ServiceFacts) -> None:
    service = settings_of(site, "asm-redis.service")
    assert service["ExecStart"] == f"{site.program}/bin/asm redis {site.settings_dir}/redis.conf"
    closed = {each.lstrip("-") for each in service["InaccessiblePaths"].split()}
    others = {f"{site.settings_dir}/{each}.env" for each in ("operator", "web", "worker")}
    assert closed == {str(site.data_dir), *others}
    assert "EnvironmentFile" not in service


def test_every_way_in_has_the_same_limit() -> None:
    facts = ServiceFacts(server_name="asm.test")
    text = service_files(facts)[Path("/etc/nginx/sites-available/asm")]
    assert f"client_max_body_size {read_settings({}).upload_limit_bytes};" in text


def test_nothing_is_left_to_fill_in() -> None:
    files = service_files(ServiceFacts(server_name="asm.test"))
    assert {path.is_absolute() for path in files} == {True}
    assert [path for path, text in files.items() if "@{" in text or "@@" in text] == []
