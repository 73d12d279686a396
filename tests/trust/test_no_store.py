"""What is about somebody no cache keeps: every address, every method, whoever is there."""

import httpx
import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from tests.api.every_route import ENDING, addresses
from tests.people import sign_in
from tests.web.visitor import Visitor

#: What is the same for everybody, and says itself how long it is kept; or holds nothing that could
#: be kept (a stream) or is asked for again each time (the map's numbers of a night, by house).
SAME_FOR_ALL = (
    "/.well-known/", "/api/v1/areas/", "/api/v1/catalogues/", "/api/v1/docs", "/api/v1/rules",
    "/app", "/assets/",
    "/inbox/events", "/ogc", "/open", "/push-worker.js", "/tiles/",
)  # fmt: skip


async def kept(
    client: httpx.AsyncClient, app: Litestar, cast: Cast, token: dict[str, str]
) -> list[str]:
    """Addresses whose answer a cache might keep."""
    storable = []
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for path, _ in addresses(app, cast, method):
            if path in ENDING or path.startswith(SAME_FOR_ALL):
                continue
            headers = token if path.startswith("/api/") else {}
            answer = await client.request(method, path, headers=headers)
            if "no-store" not in answer.headers.get("cache-control", ""):
                storable.append(f"{method} {path} {answer.headers.get('cache-control')}")
    return storable


@pytest.mark.parametrize("login", ["nobody", "minh"])
async def test_no_answer_but_what_is_the_same_for_all_is_kept(
    login: str, client: httpx.AsyncClient, app: Litestar, cast: Cast
) -> None:
    visitor, token = Visitor(client), {}
    if login != "nobody":
        token = await sign_in(client, cast, login)
        await visitor.sign_in(cast, login)
    assert await kept(client, app, cast, token) == []
    absent = [await client.get(path) for path in ("/none", "/api/v1/none", "/api/v1/%ff")]
    assert {answer.headers["cache-control"] for answer in absent} == {"no-store"}
