"""Software of a facility as its tests have it: credentials made on the page, tokens asked for."""

import re
from base64 import b64encode
from urllib.parse import quote_plus
from uuid import UUID

import httpx

from asm.demo.cast import Cast
from tests.web.visitor import Visitor

TOKEN_URL = "/api/v1/oauth/token"
GRANT = {"grant_type": "client_credentials"}
_SHOWN = re.compile(r'<code id="(client-id|client-secret)"[^>]*>([^<]+)</code>')
_NEW = re.compile(r'name="new" value="([0-9a-f-]{36})"')
_CLIENT = re.compile(r"/software/([0-9a-f-]{36})/revoke")
_END = re.compile(r"/software/[0-9a-f-]{36}/secrets/([0-9a-f-]{36})/end")


class Maker:
    """A host at the page of their facility's software."""

    def __init__(self, client: httpx.AsyncClient, cast: Cast, facility: UUID) -> None:
        self.visitor = Visitor(client)
        self.cast = cast
        self.path = f"/facilities/{facility}/software"
        self.password = cast.people["lan"].password

    async def sign_in(self, login: str = "lan") -> None:
        await self.visitor.sign_in(self.cast, login)
        self.password = self.cast.people[login].password

    async def make(self, label: str = "PMS ở quầy") -> tuple[str, str]:
        """The client id and the secret, as they were shown."""
        await self.visitor.open(self.path)
        await self.visitor.send(self.path, label=label, new=self.new(), password=self.password)
        return self.shown()

    def shown(self) -> tuple[str, str]:
        shown = dict(_SHOWN.findall(self.visitor.html))
        return shown["client-id"], shown["client-secret"]

    def new(self) -> str:
        """The id that a form on the page carries for what it will make."""
        hidden = _NEW.search(self.visitor.html)
        assert hidden is not None
        return hidden.group(1)

    async def client(self) -> str:
        """The id of the only client on the list."""
        await self.visitor.open(self.path)
        (only,) = set(_CLIENT.findall(self.visitor.html))
        return str(only)

    async def add_secret(self) -> tuple[str, str]:
        client = await self.client()
        await self.visitor.send(
            f"{self.path}/{client}/secrets", new=self.new(), password=self.password
        )
        return self.shown()

    async def end_oldest_secret(self) -> None:
        client = await self.client()
        oldest = _END.findall(self.visitor.html)[0]
        await self.visitor.send(f"{self.path}/{client}/secrets/{oldest}/end")

    async def revoke(self) -> None:
        client = await self.client()
        await self.visitor.send(f"{self.path}/{client}/revoke")


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The Authorization header of RFC 6749, section 2.3.1."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


async def ask_token(client: httpx.AsyncClient, client_id: str, secret: str) -> httpx.Response:
    return await client.post(TOKEN_URL, data=GRANT, headers=basic(client_id, secret))


async def bearer(client: httpx.AsyncClient, client_id: str, secret: str) -> dict[str, str]:
    answer = await ask_token(client, client_id, secret)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
