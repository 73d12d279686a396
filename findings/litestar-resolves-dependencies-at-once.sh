#!/usr/bin/env bash
# Litestar 2.25.0: what a handler depends on is resolved at the same time, in tasks of their own,
# where one does not need the other. Two dependencies that both look at something which may be looked
# at only once (the proof of a DPoP request, a one-time code) run into each other: the second begins
# before the first has kept its answer in the request. FastAPI 0.165.0 resolves them one after the
# other.
#
# Seen on 2026-12-01 with Python 3.11:
#   litestar 2.25.0: looked at 2 times for one request
#   fastapi 0.165.0: looked at 1 times for one request
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
import sys
from typing import Annotated, Any

import fastapi
import httpx
import litestar
from litestar.di import Provide

looks: list[bool] = []


async def look_once(state: Any) -> None:
    """Keeps in the request that it was looked at; looking takes a moment."""
    if getattr(state, "looked", False):
        return
    await asyncio.sleep(0.01)
    state.looked = True
    looks.append(True)


class State:
    """Of a request, where Litestar has a dictionary."""

    def __init__(self, values: dict[str, Any]) -> None:
        object.__setattr__(self, "values", values)

    def __getattr__(self, name: str) -> Any:
        return self.values.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.values[name] = value


async def who(request: litestar.Request[Any, Any, Any]) -> str:
    await look_once(State(request.scope["state"]))
    return "who"


async def what(request: litestar.Request[Any, Any, Any]) -> str:
    await look_once(State(request.scope["state"]))
    return "what"


@litestar.get("/", dependencies={"who": Provide(who), "what": Provide(what)})
async def ours(who: str, what: str) -> str:
    return who + what


peer = fastapi.FastAPI()


async def peers_who(request: fastapi.Request) -> str:
    await look_once(request.state)
    return "who"


async def peers_what(request: fastapi.Request) -> str:
    await look_once(request.state)
    return "what"


@peer.get("/")
async def theirs(
    who: Annotated[str, fastapi.Depends(peers_who)],
    what: Annotated[str, fastapi.Depends(peers_what)],
) -> str:
    return who + what


async def seen(app: Any) -> int:
    looks.clear()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert (await client.get("/")).status_code == 200
    return len(looks)


litestars = asyncio.run(seen(litestar.Litestar([ours])))
fastapis = asyncio.run(seen(peer))
print(f"litestar 2.25.0: looked at {litestars} times for one request")
print(f"fastapi 0.165.0: looked at {fastapis} times for one request")
same = (litestars, fastapis) == (2, 1)
print("as before" if same else "CHANGED")
sys.exit(0 if same else 1)
PY
