"""What the contract says of an answer is what the server sends: its media type, for every reading
operation and for every one that takes or gives a file.
"""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import segno

from asm.api.file_operation import ANY_BYTES
from asm.api.problems import MEDIA_TYPE
from asm.demo.cast import Cast
from asm.headers import Header
from mobile_contract.generate import CONTRACT, PROJECT
from tests.api.every_route import filled
from tests.people import fresh_key, party, sign_in, stays_of

Document = dict[str, Any]
OPERATIONS: dict[str, Document] = {
    operation["operationId"]: {**operation, "path": path, "method": method.upper()}
    for path, item in json.loads((PROJECT / CONTRACT).read_text(encoding="utf-8"))["paths"].items()
    for method, operation in item.items()
}
READING = sorted(name for name, each in OPERATIONS.items() if each["method"] == "GET")
OFFICERS = (
    "ward",
    "flag",
    "area",
    "provinceOutline",
    "exportAddresses",
    "importAddresses",
    "getAddress",
)
#: What only the ministry may ask.
MINISTRY = ("provincesSideBySide", "wardsSideBySide")
LIST = "lat,lon,address_text\n21.0289,105.8525,9 ngõ Thử\n".encode()


def assert_declared(name: str, answer: httpx.Response) -> str:
    """The media type, which the contract has for this status of this operation."""
    declared = OPERATIONS[name]["responses"][str(answer.status_code)].get("content", {})
    sent = answer.headers.get("content-type", "").partition(";")[0]
    assert sent in declared if declared else not answer.content, (name, sent, [*declared])
    return sent


class Caller:
    """Lan, or Minh where officers alone are heard, with a stay of Lan's hotel."""

    def __init__(self, client: httpx.AsyncClient, cast: Cast) -> None:
        self.client, self.cast = client, cast
        self.headers: dict[str, dict[str, str]] = {}
        self.parts: dict[str, str] = {}

    async def start(self) -> None:
        self.headers = {
            who: await sign_in(self.client, self.cast, who) for who in ("lan", "minh", "nga")
        }
        lan = self.headers["lan"]
        declared = await self.client.post(
            stays_of(self.cast), json=party(), headers=lan | fresh_key()
        )
        mine = (await self.client.get("/api/v1/facilities", headers=lan)).json()[0]
        self.parts = {
            "stay_id": declared.json()["results"][0]["stay_id"],
            "code": mine["digital_address"],
        }

    async def call(
        self, name: str, query: str = "", headers: dict[str, str] | None = None, **sent: Any
    ) -> httpx.Response:
        operation = OPERATIONS[name]
        path = re.sub(
            r"\{(\w+)\}",
            lambda part: self.parts.get(part[1]) or filled("{" + part[1] + ":str}", self.cast),
            operation["path"],
        )
        who = "minh" if name.startswith(OFFICERS) else "lan"
        who = "nga" if name in MINISTRY else who
        return await self.client.request(
            operation["method"],
            path + query,
            headers=self.headers[who] | fresh_key() | (headers or {}),
            **sent,
        )


@pytest.fixture
async def caller(client: httpx.AsyncClient, cast: Cast) -> Caller:
    new = Caller(client, cast)
    await new.start()
    return new


async def test_every_reading_operation_answers_as_declared(caller: Caller) -> None:
    queries = {"listWards": "?province=01", "areaEvent": "?first=2026-02-14&last=2026-02-20"}
    for name in READING:
        answer = await caller.call(name, queries.get(name, ""))
        assert answer.status_code == 200, (name, answer.text)
        assert_declared(name, answer)


async def test_every_form_of_an_export_is_declared(caller: Caller) -> None:
    sent = {
        assert_declared("exportAddresses", await caller.call("exportAddresses", f"?format={form}"))
        for form in ("geojson", "csv", "gpkg")
    }
    assert sent == OPERATIONS["exportAddresses"]["responses"]["200"]["content"].keys()


def card_picture() -> bytes:
    text = "001090000017||Nguyễn Văn Mẫu|15081990|Nam|1 phố Mẫu, Hà Nội|01012022"
    picture = io.BytesIO()
    segno.make(text).save(picture, kind="png", scale=6)
    return picture.getvalue()


def workbook() -> bytes:
    return (PROJECT / "mobile_contract/v1/examples/imported.xlsx").read_bytes()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "importWorkbook": ("?dry_run=true", workbook),
    "markWorkbook": ("", workbook),
    "readCardImage": ("", card_picture),
    "readPassportImage": ("", card_picture),
    "importAddresses": ("?dry_run=true", lambda: LIST),
}


async def test_a_file_is_taken_by_every_name_that_is_declared(caller: Caller) -> None:
    taking = {
        name
        for name, operation in OPERATIONS.items()
        for kind in operation.get("requestBody", {}).get("content", {})
        if kind == ANY_BYTES
    }
    assert taking == FILES.keys()
    for name, (query, make) in FILES.items():
        for kind in OPERATIONS[name]["requestBody"]["content"]:
            answer = await caller.call(
                name, query, content=make(), headers={Header.CONTENT_TYPE: kind}
            )
            assert answer.status_code == 200, (name, kind, answer.text)
            assert_declared(name, answer)


async def test_geojson_is_taken_by_its_own_name_too(caller: Caller) -> None:
    """The contract does not name it: see `asm.api.v1.addresses`."""
    door = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [105.8525, 21.0289]},
        "properties": {"address_text": "9 ngõ Thử"},
    }
    answer = await caller.call(
        "importAddresses",
        "?dry_run=true",
        content=json.dumps({"type": "FeatureCollection", "features": [door]}),
        headers={Header.CONTENT_TYPE: "application/geo+json"},
    )
    assert (answer.status_code, answer.json()["read"]) == (200, 1), answer.text


async def test_a_refusal_is_a_problem_wherever_a_file_is_given(caller: Caller) -> None:
    caller.headers["lan"] = {}
    for name in ("getReceiptQr", "markWorkbook"):
        answer = await caller.call(name)
        assert answer.status_code == 401
        assert assert_declared(name, answer) == MEDIA_TYPE
