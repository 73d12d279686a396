#!/usr/bin/env bash
# Litestar 2.25.0: dependencies may be generators ("yield" a database session, close it afterwards).
# When a later dependency of the same request raises (nobody has this token: 401), the generator
# that was resolved before it is neither closed nor told of the error: its `finally` has not run
# when the client has its answer, and runs only when the garbage collector comes by: the session stays
# open until then. Where the handler raises, it is closed as expected.
# FastAPI 0.165.0 closes the first dependency in both cases.
#
# Seen on 2026-12-01 with Python 3.11 (the garbage collector switched off):
#   litestar 2.25.0: dependency raises -> 401, closed 0 | handler raises -> 401, closed 1
#   fastapi 0.165.0: dependency raises -> 401, closed 1 | handler raises -> 401, closed 1
#
# Runs without ASM: installs pinned packages into a temporary folder. Exits with 0 while it is so,
# with 1 when the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  litestar==2.25.0 fastapi==0.165.0 httpx==0.28.1
"$folder/venv/bin/python" - <<'PY'
import asyncio
import gc
import sys
from collections.abc import AsyncGenerator
from typing import Annotated

import fastapi
import httpx
import litestar
from litestar.di import Provide
from litestar.exceptions import NotAuthorizedException

closed = []


async def session() -> AsyncGenerator[str, None]:
    try:
        yield "a session"
    finally:
        closed.append(True)


async def caller(session: str, token: str) -> str:
    if token == "nobody's":
        raise NotAuthorizedException
    return token


@litestar.get("/", dependencies={"session": Provide(session), "caller": Provide(caller)})
async def ours(caller: str) -> str:
    if caller == "tired":
        raise NotAuthorizedException
    return caller


peer = fastapi.FastAPI()


def peers_caller(session: Annotated[str, fastapi.Depends(session)], token: str) -> str:
    if token == "nobody's":
        raise fastapi.HTTPException(401)
    return token


@peer.get("/")
async def theirs(caller: Annotated[str, fastapi.Depends(peers_caller)]) -> str:
    if caller == "tired":
        raise fastapi.HTTPException(401)
    return caller


async def seen(app: object) -> list[tuple[int, int]]:
    outcomes = []
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        for token in ("nobody's", "tired"):
            closed.clear()
            answer = await client.get("/", params={"token": token})
            outcomes.append((answer.status_code, len(closed)))
    return outcomes


gc.disable()
outcomes = {
    "litestar 2.25.0": asyncio.run(seen(litestar.Litestar([ours]))),
    "fastapi 0.165.0": asyncio.run(seen(peer)),
}
for name, ((status, times), (later, often)) in outcomes.items():
    print(f"{name}: dependency raises -> {status}, closed {times}"
          f" | handler raises -> {later}, closed {often}")
same = list(outcomes.values()) == [[(401, 0), (401, 1)], [(401, 1), (401, 1)]]
print("as before" if same else "CHANGED")
sys.exit(0 if same else 1)
PY
