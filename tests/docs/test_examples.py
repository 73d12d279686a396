"""The contract's examples say what the server says: the evening is lived through again.

`ASM_WRITE_EXAMPLES=1 pytest tests/docs/test_examples.py` records them anew.
"""

import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Unpack

import httpx
import pytest
from litestar import Litestar

from asm.db.base import VIETNAM
from asm.demo.cast import Cast
from asm.facilities.nights import current_night
from asm.intake.sheets.xlsx_template import build_workbook, row_of
from asm.stays.entry import Guest, StayEntry
from mobile_contract.v1.scenario import Sent, evening
from tests.accounts.devices.conftest import browser_of
from tests.docs.phone_examples import phone_examples
from tests.people import sign_in

FOLDER = Path("mobile_contract/v1/examples")
CONTRACT = Path("mobile_contract/v1/openapi.json")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOKEN = re.compile(r"asm_[A-Za-z0-9_-]+")
SHOWN_TOKEN = "asm_EXAMPLE"
SHOWN_HEADERS = ("content-type", "idempotency-replayed", "www-authenticate", "retry-after")
# Ids, times, dates, receipts and their parts differ from one evening to the next.
VOLATILE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9a-f]{8,}"
    r"|ASM1\..*|LT-.*|VN[0-9A-Z]{11}|[a-z0-9]+-[0-9]{6}"
)
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
VOLATILE_FIELDS = {"on_time"}


class Recorder:
    """Sends the requests of the scenario and keeps them with their answers, by name."""

    def __init__(self, client: httpx.AsyncClient, cast: Cast) -> None:
        self.client = client
        self.cast = cast
        self.recorded: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.night_ended = False
        contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
        self.operations = {
            operation["operationId"]: (method.upper(), path)
            for path, item in contract["paths"].items()
            for method, operation in item.items()
        }

    async def __call__(
        self, login: str | None, operation: str, name: str, title: str, /, **sent: Unpack[Sent]
    ) -> Any:
        method, path = self.operations[operation]
        url = path.format(**sent.get("path", {})) + sent.get("query", "")
        headers = await self._headers(login, sent)
        shown: dict[str, Any] = {"method": method, "path": url, "headers": headers}
        content = sent.get("file")
        if content is not None:
            shown["body_file"] = f"{name}.xlsx"
            self.files[f"{name}.xlsx"] = content
        elif "body" in sent:
            shown["body"] = sent["body"]
            content = json.dumps(sent["body"]).encode()
        answer = await self.client.request(method, url, headers=headers, content=content)
        body = answer.json() if answer.content else None
        example = {
            "title": title,
            "operationId": operation,
            "request": shown,
            "response": {
                "status": answer.status_code,
                "headers": {n: answer.headers[n] for n in SHOWN_HEADERS if n in answer.headers},
                "body": body,
            },
        }
        assert name not in self.recorded
        self.recorded[name] = json.loads(TOKEN.sub(SHOWN_TOKEN, json.dumps(example)))
        return body

    async def _headers(self, login: str | None, sent: Sent) -> dict[str, str]:
        headers = {} if login is None else await sign_in(self.client, self.cast, login)
        if "file" in sent:
            headers["Content-Type"] = XLSX
        elif "body" in sent:
            headers["Content-Type"] = "application/json"
        if "key" in sent:
            headers["Idempotency-Key"] = f"6f0c1c3e-5f0e-4b9a-9d1e-0d6f6a7f1a{sent['key']:02}"
        if "match" in sent:
            headers["If-Match"] = f'"{sent["match"]}"'
        return headers


def sheet(now: datetime) -> bytes:
    """One good row and one whose number is a digit short."""
    entries = [
        StayEntry(
            guest=Guest(
                full_name="Lê Văn Ví Dụ",
                birth_date=date(1990, 2, 28),
                sex="male",
                document_type=1,
                document_number=number,
                residence_kind=1,
                residence_province="Thành phố Hà Nội",
            ),
            arrived_at=now,
            planned_departure_at=now + timedelta(days=1),
            room="201",
            reason=1,
        )
        for number in ("001090000031", "00109000003")
    ]
    return build_workbook([row_of(n, entry) for n, entry in enumerate(entries, start=1)])


def differences(example: Any, seen: Any, path: str = "") -> list[str]:
    """Where an answer differs from its example in more than what differs every evening."""
    if isinstance(example, dict) and isinstance(seen, dict):
        if any(VOLATILE.fullmatch(name) for name in example):
            example, seen = dict(enumerate(example.values())), dict(enumerate(seen.values()))
        if example.keys() != seen.keys():
            return [f"{path}: {sorted(map(str, example.keys() ^ seen.keys()))}"]
        return [
            difference
            for name in example
            if name not in VOLATILE_FIELDS
            for difference in differences(example[name], seen[name], f"{path}/{name}")
        ]
    if isinstance(example, list) and isinstance(seen, list):
        if len(example) != len(seen):
            return [f"{path}: {len(example)} became {len(seen)}"]
        pairs = enumerate(zip(example, seen, strict=True))
        return [
            difference for n, (a, b) in pairs for difference in differences(a, b, f"{path}/{n}")
        ]
    if example == seen or (is_volatile(example) and is_volatile(seen)):
        return []
    return [f"{path}: {example!r} became {seen!r}"]


@pytest.fixture
async def recorder(app: Litestar, client: httpx.AsyncClient, cast: Cast) -> Recorder:
    recording = Recorder(client, cast)
    now = datetime.now(UTC).astimezone(VIETNAM).replace(second=0, microsecond=0)
    await evening(recording, now, sheet(now))
    async for browser in browser_of(app):
        phone = await phone_examples(client, browser, cast, recording.operations)
        recording.recorded |= phone
    recording.night_ended = current_night(datetime.now(UTC)) != current_night(now)
    return recording


def test_the_examples_are_what_the_server_answers(recorder: Recorder) -> None:
    if os.environ.get("ASM_WRITE_EXAMPLES"):
        write(recorder)
    names = {path.stem for path in FOLDER.glob("*.json")}
    assert names == recorder.recorded.keys()
    faults = [
        f"{name}{difference}"
        for name, example in recorder.recorded.items()
        # Its figures are of nights that are over: the evening's own is, if it ended meanwhile.
        if not (name == "ward-month" and recorder.night_ended)
        for difference in differences(
            json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["response"],
            example["response"],
        )
    ]
    assert not faults, "\n".join(faults)


def write(recorder: Recorder) -> None:
    """Record anew, keeping the ids and times of the last recording: what changed stands out."""
    kept: dict[str, str] = {}
    for file in FOLDER.glob("*.json"):
        earlier = json.loads(file.read_text(encoding="utf-8"))
        keep(earlier, recorder.recorded.get(file.stem), kept)
        file.unlink()
    for name, example in recorder.recorded.items():
        text = with_kept_values(json.dumps(example, ensure_ascii=False, indent=2), kept)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    for name, data in recorder.files.items():
        if not (FOLDER / name).exists():
            (FOLDER / name).write_bytes(data)


def with_kept_values(text: str, kept: dict[str, str]) -> str:
    """An id may stand inside a path; a date must not be put inside a time."""
    for fresh, old in sorted(kept.items(), key=lambda pair: -len(pair[0])):
        whole = MOMENT.fullmatch(fresh) is not None
        text = text.replace(f'"{fresh}"', f'"{old}"') if whole else text.replace(fresh, old)
    return text


def keep(earlier: Any, seen: Any, kept: dict[str, str]) -> None:
    """Note what each value that differs every evening was called in the last recording."""
    if isinstance(earlier, dict) and isinstance(seen, dict):
        if any(VOLATILE.fullmatch(name) for name in earlier):
            keep([*earlier, *earlier.values()], [*seen, *seen.values()], kept)
        for name in earlier.keys() & seen.keys():
            keep(earlier[name], seen[name], kept)
    elif isinstance(earlier, list) and isinstance(seen, list):
        for old, fresh in zip(earlier, seen, strict=False):
            keep(old, fresh, kept)
    elif is_volatile(earlier) and is_volatile(seen):
        kept.setdefault(seen, earlier)


def is_volatile(value: object) -> bool:
    return isinstance(value, str) and VOLATILE.fullmatch(value) is not None


def test_what_differs_is_noticed() -> None:
    example = {"id": "6f0c1c3e-5f0e-4b9a-9d1e-0d6f6a7f1a01", "code": "merged", "rows": [1, 2]}
    same = {"id": "00000000-5f0e-4b9a-9d1e-0d6f6a7f1a01", "code": "merged", "rows": [1, 2]}
    assert not differences(example, same)
    assert differences(example, same | {"code": "accepted"}) == [
        "/code: 'merged' became 'accepted'"
    ]
    assert differences(example, same | {"rows": [1]}) == ["/rows: 2 became 1"]
    assert differences(example, same | {"more": 1}) == [": ['more']"]
    assert differences(example, same | {"id": None})
