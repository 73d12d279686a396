"""A person with a browser but no scripts: follows redirects, keeps cookies, sends form tokens."""

import re
from html import unescape
from typing import Any

import httpx

from asm.demo.cast import Cast

_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_KEY = re.compile(r'name="key" value="([^"]+)"')


class Visitor:
    """One browser. `html` is the last page, with entities resolved."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.html = ""

    async def open(self, path: str, status: int = 200) -> httpx.Response:
        return self._read(await self.client.get(path, follow_redirects=True), status)

    async def send(self, path: str, status: int = 200, **fields: Any) -> httpx.Response:
        """Post a form with the token of the page that is open; `files` goes out as multipart."""
        files = fields.pop("files", None)
        form = {"_csrf_token": self.token, **fields}
        # The client would send the file's content type to where it is led.
        answer = await self.client.post(path, data=form, files=files, follow_redirects=not files)
        if answer.next_request is not None:
            address = str(answer.next_request.url)
            answer = await self.client.get(address, follow_redirects=True)
        return self._read(answer, status)

    async def sign_in(self, cast: Cast, login: str) -> None:
        person = cast.people[login]
        await self.open("/sign-in")
        await self.send("/sign-in", login=person.login, password=person.password)

    @property
    def token(self) -> str:
        hidden = _TOKEN.search(self.html)
        assert hidden is not None, "the page has no form"
        return hidden.group(1)

    @property
    def key(self) -> str:
        """The idempotency key of the form on the page."""
        hidden = _KEY.search(self.html)
        assert hidden is not None, "the form has no key"
        return hidden.group(1)

    def _read(self, answer: httpx.Response, status: int) -> httpx.Response:
        self.html = unescape(answer.text)
        assert answer.status_code == status, (answer.request.url, answer.status_code, self.html)
        return answer
