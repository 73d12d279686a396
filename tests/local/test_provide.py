from collections.abc import Callable
from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local import provide
from local.layout import Layout
from local.machine import apt
from local.machine.progress import Progress
from local.provide import provide_browser, provide_postgres

FakeProgram = Callable[[str, str], Path]


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A machine on which no PostgreSQL is found."""
    monkeypatch.setenv("ASM_PG_BINDIR", str(tmp_path / "nowhere"))
    prepared = Layout(tmp_path / ".asm")
    prepared.prepare()
    return prepared


def test_where_nothing_can_be_installed_the_ways_out_are_named(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError) as refusal:
        provide_postgres(layout, Progress())
    for way in ("postgresql-15-postgis-3", "DATABASE_URL", "docker compose up"):
        assert way in str(refusal.value)


def test_a_browser_that_cannot_be_had_is_named(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ASM_CHROMIUM", raising=False)
    with pytest.raises(ConfigurationError, match="apt-get install chromium"):
        provide_browser(layout, Progress())


def test_lists_are_refreshed_and_no_server_of_the_system_is_made(
    layout: Layout, fake_program: FakeProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists, drop_in = tmp_path / "lists", tmp_path / "createcluster.d" / "asm.conf"
    monkeypatch.setattr(provide, "NO_MAIN_CLUSTER", drop_in)
    monkeypatch.setattr(apt.os, "geteuid", lambda: 0)
    fake_program("apt-cache", f'cat "{lists}" 2>/dev/null')
    calls = fake_program(
        "apt-get",
        f'case "$*" in *update*) echo \'postgresql-15-postgis-3 - a\n'
        f'postgresql-17-postgis-3 - b\' > {lists};; *install*) cat {drop_in} >> "$CALLS";; esac',
    )
    with pytest.raises(ConfigurationError, match="even after installing"):
        provide_postgres(layout, Progress())
    text = calls.read_text()
    assert text.index("update") < text.index("install")
    assert "postgresql-17 postgresql-17-postgis-3" in text
    assert "create_main_cluster = false" in text
    assert not drop_in.exists()


def test_a_failed_installation_shows_the_end_of_its_log(
    layout: Layout, fake_program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt.os, "geteuid", lambda: 0)
    fake_program("apt-get", "echo E: no space left on device; exit 100")
    with pytest.raises(ConfigurationError, match="no space left on device"):
        apt.install(["chromium"], layout.log("apt"))


def test_without_root_sudo_is_put_in_front(
    layout: Layout, fake_program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apt.os, "geteuid", lambda: 1000)
    fake_program("apt-get", "")
    calls = fake_program("sudo", "")
    apt.install(["chromium"], layout.log("apt"))
    assert "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get" in calls.read_text()


def test_nginx_is_taken_out_of_its_package_and_never_installed(
    layout: Layout, fake_program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed, it would serve on port 80 of somebody's own machine from then on."""
    monkeypatch.setattr(provide, "NGINX_FOLDERS", ())
    calls = fake_program("apt-get", "touch nginx_1.22_amd64.deb")
    fake_program("dpkg-deb", 'mkdir -p "$3/usr/sbin" && cp "$0" "$3/usr/sbin/nginx"')
    program = Path(provide.provide_nginx(layout, Progress()))
    assert program.is_relative_to(layout.home)
    first, then = calls.read_text().splitlines()
    assert first == "apt-get -q download nginx"
    assert then.startswith("dpkg-deb --extract ")
    assert list(layout.home.rglob("*.deb")) == []
    # There now, it is not fetched again.
    assert provide.provide_nginx(layout, Progress()) == str(program)
    assert len(calls.read_text().splitlines()) == 2
