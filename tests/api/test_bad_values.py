"""Whatever stands in a field, the answer is no fault of ours: NUL, half a character, marks that
turn the writing round, a hundred thousand letters, ids that are none, JSON that is deep.
"""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from litestar import Litestar

from asm.demo.cast import Cast
from tests.api.every_route import BLANK, ENDING, addresses
from tests.people import fresh_key, party, sign_in, stays_of
from tests.web.visitor import Visitor

VALUES = {
    "nul": "a\x00b",
    "half a character": "a\ud800b",
    "turned round": "a\u202eb",
    "long": "x" * 100_000,
    "no id": "not-a-uuid",
    "control": "\x1b\x7f\r\n\t",
}
SOFTWARE = ("/api/", "/ogc")
FIELD = re.compile(r"""(?:form\.get\(|form\[|name=)["'](\w+)["']""")
DEEP_NAMES = '{"a":' * 5000 + "1" + "}" * 5000
DEEP = "[" * 20_000 + "]" * 20_000
LOGINS = ["lan", "minh", "quang", "admin"]


def source_of(handler: Any) -> str:
    module = inspect.getmodule(handler.fn)
    assert module is not None
    return inspect.getsource(module)


def fields_of(handler: Any) -> set[str]:
    """What the handler's module reads from forms, and what pages everywhere name."""
    return set(FIELD.findall(source_of(handler))) | {
        "login", "password", "name", "key", "address", "code", "room", "full_name", "card_text",
        "id", "scan", "q", "next", "reason", "note", "token", "ward_code", "display_name",
    }  # fmt: skip


def encoded(form: dict[str, str]) -> bytes:
    return urlencode(form, errors="surrogatepass").encode()


@pytest.mark.parametrize("login", LOGINS)
async def test_no_form_breaks(
    login: str, app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    visitor = Visitor(client)
    await visitor.sign_in(cast, login)
    await visitor.open("/account")
    token, kept = visitor.token, dict(client.cookies)
    broken, tried = [], 0
    for url, handler in addresses(app, cast, "POST"):
        if url.startswith(SOFTWARE) or url in ENDING:
            continue
        for what, value in VALUES.items():
            form = dict.fromkeys(fields_of(handler), value) | {"_csrf_token": token}
            answer = await client.post(
                url,
                content=encoded(form),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            client.cookies.update(kept)
            tried += 1
            if answer.status_code == 500:
                broken.append((url, what))
    assert tried > 200
    assert broken == []
    await visitor.open("/account")
    assert cast.people[login].name in visitor.html, "signed in until the end"


def sample(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    """Something of this shape."""
    if "$ref" in schema:
        return sample(parts[schema["$ref"].rpartition("/")[2]], parts)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            chosen = [each for each in schema[several] if each.get("type") != "null"]
            return sample(chosen[0], parts)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        return {name: sample(each, parts) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema.get("items", {"type": "string"}), parts)]
    plain = {"integer": 1, "number": 1.5, "boolean": True}
    by_format = {"uuid": BLANK, "date": "1990-08-15", "date-time": "2026-11-30T10:00:00Z"}
    return plain.get(str(kind), by_format.get(str(schema.get("format")), "x"))


def text_paths(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where texts stand."""
    if isinstance(part, str):
        yield path
    items = part.items() if isinstance(part, dict) else []
    for name, each in enumerate(part) if isinstance(part, list) else items:
        yield from text_paths(each, (*path, name))


def replaced(body: Any, value: str) -> list[Any]:
    """The body with each of its texts replaced in turn, and with all at once."""
    paths = [path for path in text_paths(body) if path]
    bodies = []
    for chosen in [[path] for path in paths] + [paths]:
        other = json.loads(json.dumps(body))
        for *way, last in chosen:
            part = other
            for name in way:
                part = part[name]
            part[last] = value
        bodies.append(other)
    return bodies


@pytest.mark.parametrize("login", LOGINS)
async def test_no_json_breaks(
    login: str, app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    contract = (await client.get("/api/v1/docs/openapi.json")).json()
    parts = contract["components"]["schemas"]
    bearer = await sign_in(client, cast, login)
    broken, tried = [], 0
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            if method not in {"post", "put", "patch"} or "requestBody" not in operation:
                continue
            content = operation["requestBody"]["content"]
            if "application/json" not in content:
                continue
            body = sample(content["application/json"]["schema"], parts)
            url = re.sub(
                r"\{(\w+)\}",
                lambda match: str(cast.hoa_sen) if match[1] == "facility_id" else BLANK,
                path,
            )
            bodies = [(what, json.dumps(each)) for what, value in VALUES.items()
                      for each in replaced(body, value)]  # fmt: skip
            for what, text in [*bodies, ("deep", DEEP), ("deep", DEEP_NAMES)]:
                headers = bearer | fresh_key() | {"Content-Type": "application/json"}
                answer = await client.request(method, url, content=text, headers=headers)
                tried += 1
                if answer.status_code == 500:
                    broken.append((method, path, what))
    assert tried > 100
    assert sorted(set(broken)) == []


@pytest.mark.parametrize("login", ["lan", "minh"])
async def test_no_address_breaks(
    login: str, app: Litestar, client: httpx.AsyncClient, cast: Cast
) -> None:
    """The same in paths and in queries."""
    visitor = Visitor(client)
    await visitor.sign_in(cast, login)
    bearer = await sign_in(client, cast, login)
    broken = []
    for url, handler in addresses(app, cast, "GET"):
        if url == "/inbox/events":
            continue
        headers = bearer if url.startswith(SOFTWARE) else {}
        names = set(re.findall(r"(\w+): (?:Annotated|\w+ \| None|str)", source_of(handler)))
        for bad in ("%00", "%ED%A0%80", "%E2%80%AE", "x" * 3000):
            names |= {"q", "page", "night"}
            urls = [f"{url}/{bad}", *(f"{url}?{name}={bad}" for name in sorted(names))]
            if not url.endswith("/"):
                urls.append(f"{url.rpartition('/')[0]}/{bad}")
            for each in urls:
                answer = await client.get(each, headers=headers)
                if answer.status_code == 500:
                    broken.append(each[:80])
    assert sorted(set(broken)) == []


async def test_what_cannot_be_kept_is_refused_by_name(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    bearer = await sign_in(client, cast, "lan")
    body = party()
    body["guests"][0]["full_name"] = VALUES["nul"]
    answer = await client.post(stays_of(cast), json=body, headers=bearer | fresh_key())
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/guests/0/full_name"]
    for deep in (DEEP, DEEP_NAMES):
        headers = bearer | fresh_key() | {"Content-Type": "application/json"}
        answer = await client.post(stays_of(cast), content=deep, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "json_unreadable")
    urls = await client.get("/api/v1/areas/wards?q=%00", headers=bearer)
    assert (urls.status_code, urls.json()["errors"][0]["pointer"]) == (422, "/q")
    assert (await client.get("/api/v1/areas/wards/%00", headers=bearer)).status_code == 404
