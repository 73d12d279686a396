#!/usr/bin/env bash
# openapi-generator 7.26.0, python: of several media types of a body the client takes the first with
# "json" in its name, wherever it stands in the list, and then writes the body with json.dumps, also
# where every schema says `format: binary`. A list that may be text/csv or application/geo+json can
# only be sent by naming `_content_type` in each call; without it: TypeError, nothing is sent.
#
# Seen on 2026-11-30 with Java 17, Python 3.11:
#   csv, geo+json:     TypeError: Object of type bytes is not JSON serializable
#   csv, octet-stream: sent as text/csv
#
# Runs without ASM: installs the pinned generator into a temporary folder (needs Java 11). Exits with
# 0 while it is so, with 1 when the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openapi-generator-cli==7.26.0 \
  urllib3==2.8.0 pydantic==2.14.3 python-dateutil==4.0.0 typing-extensions==4.16.0
"$folder/venv/bin/python" - "$folder" <<'PY'
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))


class Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.kind = self.headers["Content-Type"]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def outcome(name: str, kinds: list[str]) -> str:
    """What becomes of bytes that are given to the client of an operation that takes `kinds`."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    send = {
        "operationId": "send",
        "requestBody": {"required": True, "content": content},
        "responses": {"204": {"description": "taken"}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/lists": {"post": send}},
    }
    spec = folder / f"{name}.json"
    spec.write_text(json.dumps(document))
    subprocess.run(
        [folder / "venv/bin/openapi-generator-cli", "generate", "-g", "python", "-i", spec,
         "-o", folder, "--package-name", name],
        check=True, capture_output=True,
    )
    client = import_module(name)
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.handle_request, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    api = client.DefaultApi(client.ApiClient(client.Configuration(host=host)))
    try:
        api.send(b"lat,lon\n")
    except TypeError as error:
        return f"TypeError: {error}"
    return f"sent as {server.kind}"


named = outcome("named", ["text/csv", "application/geo+json"])
plain = outcome("plain", ["text/csv", "application/octet-stream"])
print("csv, geo+json:    ", named)
print("csv, octet-stream:", plain)
same = named == "TypeError: Object of type bytes is not JSON serializable"
sys.exit(0 if same and plain == "sent as text/csv" else "CHANGED")
PY
