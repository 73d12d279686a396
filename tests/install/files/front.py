"""A real nginx with the site that ASM writes, in a folder of its own, in front of something."""

import datetime as dt
import ipaddress
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from asm.install.files.service_files import ServiceFacts, service_files
from local.layout import read_layout
from local.machine.ports import any_free_port
from local.provide import find_nginx
from tests.serve import running

NAME = "asm.test"
NAMES = (x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
READY_WITHIN_S = 30
#: Around the site, in the place of Debian's own nginx.conf; `@` stands for the folder.
AROUND = """
daemon off;
worker_processes 1;
pid @/nginx.pid;
error_log @/around.log;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    {temporary}
    include @/etc/nginx/sites-available/asm;
}}
"""


@dataclass(frozen=True)
class Front:
    """`address` is what visitors have; `log` and `told` what nginx wrote."""

    address: str
    plain: str
    trust: ssl.SSLContext
    certificate: Path
    access_log: Path
    error_log: Path

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, verify=self.trust, timeout=60)

    def async_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.address, verify=self.trust, timeout=60)

    def logged(self) -> str:
        return self.access_log.read_text("utf-8") + self.error_log.read_text("utf-8")


def write_site(folder: Path, port: int, **facts: Any) -> ServiceFacts:
    """All files of an installation whose root is `folder`, with a certificate of its own."""
    certificate, key = _certificate(folder)
    http, https = any_free_port(), any_free_port()
    known = ServiceFacts(
        server_name=NAME,
        port=port,
        program=folder / "opt/asm",
        settings_dir=folder / "etc/asm",
        data_dir=folder / "var/lib/asm",
        systemd_dir=folder / "etc/systemd/system",
        nginx_dir=folder / "etc/nginx",
        log_dir=folder / "log",
        cache_dir=folder / "cache",
        run_dir=folder / "run",
        tls_certificate=certificate,
        tls_key=key,
        http_listen=(f"127.0.0.1:{http}",),
        https_listen=(f"127.0.0.1:{https}",),
        **facts,
    )
    for path, text in service_files(known).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return known


@contextmanager
def front(folder: Path, port: int, **facts: Any) -> Iterator[Front]:
    """nginx before what answers on `port`, from when it answers."""
    site = write_site(folder, port, **facts)
    for name in ("log", "run", "temporary"):
        (folder / name).mkdir()
    nginx = find_nginx(read_layout())
    assert nginx is not None, "`python -m local prepare nginx` brings it"
    command = [nginx, "-p", str(folder), "-e", str(folder / "around.log"), "-c", _around(folder)]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    assert "warn" not in tried.stderr.replace('the "listen ... http2" directive is deprecated', "")
    trust = ssl.create_default_context(cafile=site.tls_certificate)
    standing = Front(
        address=f"https://{site.https_listen[0]}",
        plain=f"http://{site.http_listen[0]}",
        trust=trust,
        certificate=site.tls_certificate,
        access_log=site.log_dir / "asm-access.log",
        error_log=site.log_dir / "asm-error.log",
    )
    with running(command, os.environ) as process:
        _wait(standing, process)
        yield standing


def _around(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n    ".join(f"{kind}_temp_path @/temporary/{kind};" for kind in kinds)
    # pytest's folders are open to their owner alone; root's nginx gives its workers to somebody.
    user = "user root root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(
        AROUND.format(user=user, temporary=temporary).replace("@", str(folder)), "utf-8"
    )
    return str(file)


def _wait(standing: Front, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None:
        try:
            httpx.get(standing.plain, verify=standing.trust)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return
    raise AssertionError("nginx ended")


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
