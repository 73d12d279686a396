"""Answers a batch by the real server's single operations, one after the other, each under its own
key: what is stored, refused and replayed is the server's own doing.
"""

import base64
import hashlib
import json
import re
from typing import Any, Final

import httpx

from asm.demo.cast import Cast
from tests.people import sign_in

#: Where a deed of a stay goes, below the stay's address.
PATHS: Final = {
    "extend": ("POST", "/extension"),
    "depart": ("POST", "/departure"),
    "undo_departure": ("POST", "/undo-departure"),
    "move": ("POST", "/room"),
    "amend": ("PATCH", ""),
    "void": ("POST", "/void"),
}
_BODY = re.compile(r'"saved":\{[^}]*\},"body":')


class BatchStandIn:
    """`received`: keys in the order in which they came, however often."""

    def __init__(self, address: str, cast: Cast) -> None:
        self.http = httpx.AsyncClient(base_url=address, timeout=60)
        self.cast = cast
        self.received: list[str] = []
        self.sizes: list[int] = []
        self.stays: dict[str, list[str | None]] = {}
        self._headers: dict[str, dict[str, str]] = {}

    async def answer(self, login: str, path: str, text: str) -> dict[str, Any]:
        """What the batch's answer holds."""
        if login not in self._headers:
            self._headers[login] = await sign_in(self.http, self.cast, login)
        items = json.loads(text)["items"]
        self.sizes.append(len(items))
        check_proofs(text)
        facility = path.removesuffix("/batch")
        return {"items": [await self._item(self._headers[login], facility, each) for each in items]}

    async def _item(
        self, headers: dict[str, str], facility: str, item: dict[str, Any]
    ) -> dict[str, Any]:
        key, deed = item["key"], item["deed"]
        self.received.append(key)
        method, path = "POST", f"{facility}/stays"
        if deed == "quiet_night":
            path = f"{facility}/quiet-nights"
        elif deed != "declare":
            method, below = PATHS[deed]
            path = f"{path}/{self._stay(item['stay'])}{below}"
        sent = await self.http.request(
            method, path, json=item["body"], headers=headers | {"Idempotency-Key": key}
        )
        answer = sent.json()
        result = {"key": key, "status": sent.status_code, "replayed": answer.get("replayed", False)}
        if sent.status_code >= 400:
            return {**result, "problem": answer}
        if deed == "declare":
            self.stays[key] = [entry.get("stay_id") for entry in answer["results"]]
            return {**result, "outcome": answer}
        return {**result, "quiet_night" if deed == "quiet_night" else "changed": answer}

    def _stay(self, stay: dict[str, Any]) -> str | None:
        if "id" in stay:
            return str(stay["id"])
        return self.stays.get(stay["declared_by"], [None])[int(stay["guest"])]


def check_proofs(text: str) -> None:
    """Each proof is of the bytes of its item's body just as they stand in the request."""
    decoder, at = json.JSONDecoder(), 0
    for item in json.loads(text)["items"]:
        match = _BODY.search(text, at)
        assert match is not None
        _, end = decoder.raw_decode(text, match.end())
        body, at = text[match.end() : end], end
        claims = json.loads(base64.urlsafe_b64decode(item["saved"]["proof"].split(".")[1] + "=="))
        digest = base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).rstrip(b"=")
        assert claims["body_sha256"] == digest.decode()
        assert (claims["key"], claims["saved_at"]) == (item["key"], item["saved"]["at"])
