#!/usr/bin/env bash
# openapi-generator 7.26.0, typescript-fetch: where an operation may be called by a bearer token OR by
# OAuth 2.0 (two alternatives of `security`), the client sets the Authorization header once for each:
# for OAuth to the token as `accessToken` gives it, without "Bearer ". The last one stays, and which
# is last follows a hash table of the schemes' NAMES: with "oauth" beside "bearer" every request is
# refused with 401, however the document orders them. Only names that share a place in the table, as
# "bearer" and "clientCredentials" do, keep the order of `security`: there, bearer last works.
#
# Seen on 2026-11-30 with Java 17 (T is what accessToken gives):
#   oauth, bearer first:             Bearer T, then T
#   oauth, bearer last:              Bearer T, then T
#   clientCredentials, bearer first: Bearer T, then T
#   clientCredentials, bearer last:  T, then Bearer T
#
# Runs without ASM: installs the pinned generator into a temporary folder (needs Java 11). Exits with
# 0 while it is so, with 1 when the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openapi-generator-cli==7.26.0
"$folder/venv/bin/python" - "$folder" <<'PY'
import json
import re
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])


def headers(scheme: str, *, bearer_first: bool) -> str:
    """What the generated client sets Authorization to, in turn, for the token T."""
    security = [{"bearer": []}, {scheme: ["declare"]}]
    if not bearer_first:
        security.reverse()
    name = f"{scheme}-{bearer_first}"
    flows = {"clientCredentials": {"tokenUrl": "/token", "scopes": {"declare": "all"}}}
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        scheme: {"type": "oauth2", "flows": flows},
    }
    me = {"operationId": "me", "security": security, "responses": {"204": {"description": "yes"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/me": {"get": me}},
        "components": {"securitySchemes": schemes},
    }
    spec, out = folder / f"{name}.json", folder / name
    spec.write_text(json.dumps(document))
    subprocess.run(
        [folder / "venv/bin/openapi-generator-cli", "generate", "-g", "typescript-fetch",
         "-i", spec, "-o", out],
        check=True, capture_output=True,
    )
    code = (out / "apis/DefaultApi.ts").read_text()
    set_to = re.findall(r'headerParameters\["Authorization"\] = (.*);', code)
    return ", then ".join("Bearer T" if "Bearer" in each else "T" for each in set_to)


found = [
    headers(scheme, bearer_first=first)
    for scheme in ("oauth", "clientCredentials")
    for first in (True, False)
]
print(*found, sep="\n")
good, bare = "T, then Bearer T", "Bearer T, then T"
sys.exit(0 if found == [bare, bare, bare, good] else "CHANGED")
PY
