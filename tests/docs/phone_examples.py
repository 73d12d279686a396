"""Hải's phone signs in, for the contract's examples: what it sends is shown without its secrets."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import httpx

from asm.demo.cast import Cast
from tests.accounts.devices.phone import AUTHORIZE, Browser, Phone, code_of

#: Of answers and requests: tokens, proofs, keys, codes and what they are made with.
_SECRETS = re.compile(r"asm[dr]_[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_.-]+")
FORM = "application/x-www-form-urlencoded"
_IN_REQUESTS = {
    "code": "CODE-EXAMPLE",
    "code_verifier": "v" * 43,
    "device_binding": "b" * 22,
}
_IN_ANSWERS = {"key": "k" * 43}


class PhoneRecorder(Phone):
    """Keeps what it sends and hears, by name."""

    def __init__(self, http: httpx.AsyncClient, operations: dict[str, tuple[str, str]]) -> None:
        super().__init__(http)
        self.operations = operations
        self.recorded: dict[str, dict[str, Any]] = {}

    async def show(self, operation: str, name: str, title: str, **path: str) -> httpx.Response:
        """Ask a resource."""
        method, pattern = self.operations[operation]
        url = pattern.format(**path)
        headers = self.headers(method, url)
        answer = await self.http.request(method, url, headers=headers)
        request = {"method": method, "path": url, "headers": headers}
        self.keep_example(operation, name, title, request, answer)
        return answer

    def show_form(self, name: str, title: str, answer: httpx.Response) -> None:
        """What was last asked of the token endpoint."""
        method, url = self.operations["issueClientToken"]
        sent = answer.request
        fields = dict(httpx.QueryParams(sent.content.decode()))
        headers = {"Content-Type": FORM, "DPoP": sent.headers["dpop"]}
        request = {
            "method": method,
            "path": url,
            "headers": headers,
            "body": without(fields, _IN_REQUESTS),
        }
        self.keep_example("issueClientToken", name, title, request, answer)

    def keep_example(
        self,
        operation: str,
        name: str,
        title: str,
        request: dict[str, Any],
        answer: httpx.Response,
    ) -> None:
        """As the others are kept, without secrets."""
        shown = ("content-type", "www-authenticate")
        body = answer.json() if answer.content else None
        response = {
            "status": answer.status_code,
            "headers": {each: answer.headers[each] for each in shown if each in answer.headers},
            "body": without(body, _IN_ANSWERS),
        }
        example = {
            "title": title,
            "operationId": operation,
            "request": request,
            "response": response,
        }
        self.recorded[name] = json.loads(_SECRETS.sub(_named, json.dumps(example)))


def without(body: Any, secrets: dict[str, str]) -> Any:
    """A form or an answer with what nobody may see replaced."""
    if not isinstance(body, dict):
        return body
    return {name: secrets.get(name, value) for name, value in body.items()}


def _named(secret: re.Match[str]) -> str:
    return "PROOF-EXAMPLE" if secret[0].startswith("eyJ") else f"{secret[0][:4]}_EXAMPLE"


async def phone_examples(
    http: httpx.AsyncClient,
    browser: Browser,
    cast: Cast,
    operations: dict[str, tuple[str, str]],
) -> dict[str, dict[str, Any]]:
    """From the code to a phone that was signed out."""
    phone = PhoneRecorder(http, operations)
    hai = cast.people["hai"]
    await browser.sign_in(hai.login, hai.password)
    url = f"{AUTHORIZE}?{urlencode(phone.request())}"
    code = code_of(await browser.client.get(url), phone.redirect_uri)
    phone.show_form(
        "phone-signed-in", "A phone gets tokens for its code", await phone.exchange(code)
    )
    phone.show_form("phone-renewed", "It renews them before they end", await phone.renew())
    await phone.show("me", "phone-me", "It asks with a proof of its key")
    await phone.show("myDevices", "phones", "Phones in which the account is signed in")
    await phone.show("outboxKey", "outbox-key", "The key that seals what waits to be sent")
    mine = phone.device_id
    await phone.show("endDevice", "phone-ended", "A phone is signed out", device_id=mine)
    await phone.show("me", "phone-signed-out", "It hears so, and removes what it keeps")
    return phone.recorded
