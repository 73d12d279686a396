"""A port that another program took meanwhile: what answers there is not taken for ours."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local import serve
from local.layout import Layout
from local.machine import processes
from local.machine.ports import LOOPBACK, any_free_port
from local.machine.processes import Started

#: An installation that answers on its port; where that is taken it ends, as uvicorn does.
OURS = """
import http.server, sys
class Live(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok", "checks": {"worker": {"ok": true}}}')
    def log_message(self, *_): pass
http.server.HTTPServer.allow_reuse_address = False
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Live).serve_forever()
"""


class _Theirs(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok", "checks": {"worker": {"ok": true}}}')

    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@pytest.fixture
def their_port() -> Iterator[int]:
    """Another installation, which answers as ours does."""
    server = ThreadingHTTPServer((LOOPBACK, 0), _Theirs)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def start(folder: Path, port: int) -> Started:
    return processes.spawn("web", [sys.executable, "-c", OURS, str(port)], log=folder / "web.log")


def common(port: int) -> dict[str, str]:
    url = f"http://{LOOPBACK}:{port}"
    return {"ASM_HOST": LOOPBACK, "ASM_PORT": str(port), "ASM_PUBLIC_URL": url}


def test_another_installations_answer_is_not_ours(
    tmp_path: Path, their_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASM_PUBLIC_URL", raising=False)
    layout, env = Layout(tmp_path / ".asm"), common(their_port)
    web = start(tmp_path, their_port)
    with pytest.raises(ConfigurationError, match="stopped while starting"):
        serve.wait_for_platform(layout, env, web, web)
    assert serve.port_was_taken(env, web)
    # Another port, and the address that is printed goes with it.
    other = any_free_port()
    serve.move_to(env, other)
    assert env["ASM_PUBLIC_URL"] == f"http://{LOOPBACK}:{other}"
    web = start(tmp_path, other)
    try:
        serve.wait_for_platform(layout, env, web, web)
        assert processes.listens(web, other)
        assert not processes.listens(web, their_port)
        assert not serve.port_was_taken(env, web)
    finally:
        processes.stop(web)
