"""`asm doctor` and the pages at their public address, behind the site that ASM writes for nginx."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from asm.install.doctor import web_checks
from asm.settings import Settings
from tests.install.doctor.patient import examined, messages_of
from tests.install.files.front import Front, front
from tests.serve import serve


def pages(settings: Settings, site: Front, port: int) -> set[str]:
    """What is wrong with nginx at the public address, and the process behind it on `port`."""
    names = {"ASM_PUBLIC_URL": site.address, "ASM_PORT": str(port)}
    _, document = examined(settings, "--only", "web", **names)
    return set(messages_of(document, "web.pages"))


def test_behind_nginx_with_a_certificate_that_this_machine_trusts(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A province's own authority counts where the system was given it. What lies in its folder
    alone does not: there is Debian's stand-in certificate.
    """
    with serve(settings) as address, front(tmp_path, port := port_of(address)) as site:
        standing_in(tmp_path / "certs", site.certificate, monkeypatch)
        assert pages(settings, site, port) == {"certificate"}
        monkeypatch.setattr(web_checks, "AUTHORITIES", site.certificate)
        assert pages(settings, site, port) == set()


def standing_in(folder: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's folder, as OpenSSL looks in it: by a hash of the name."""
    folder.mkdir()
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)]
    named = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    (folder / f"{named}.0").symlink_to(certificate)
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))


def test_what_nginx_hides_is_asked_behind_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = replace(settings, data_dir=tmp_path / "gone")
    with serve(full) as address, front(tmp_path, port := port_of(address)) as site:
        monkeypatch.setattr(web_checks, "AUTHORITIES", site.certificate)
        assert pages(full, site, port) == {"not_ready"}


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])
