"""Two web processes with a clock of the test's own, and a host whom only the first has seen."""

from typing import Any
from uuid import uuid4

import httpx
from litestar import Litestar

from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles
from asm.intake.sheets.xlsx_template import build_workbook
from asm.stays.receipts.attempts import VerifiedAttempt, attempt_token_in, verify_attempt
from tests.people import fresh_key, party, sign_in, stays_of
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor
from tests.workbooks import sheet_row


class Watch:
    """The clock of both processes, in seconds."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


#: One for all tests, as the applications that go by it are; each test begins at its beginning.
_WATCH = Watch()


def fresh_watch() -> Watch:
    _WATCH.at = Watch().at
    return _WATCH


class Process:
    """A web process with whoever asks it."""

    def __init__(self, app: Litestar, client: httpx.AsyncClient) -> None:
        self.app = app
        self.client = client


class Outage:
    """Lan, known as a desk and as a program to the first process alone, and her two processes."""

    def __init__(self, processes: list[Process], cast: Cast, keys: KeyFiles) -> None:
        self.first, self.second = processes
        self.cast, self.keys = cast, keys
        self.desk = f"/desk/{cast.hoa_sen}"
        self.bearer: dict[str, str] = {}
        self.token = ""

    async def sign_in(self) -> dict[str, Any]:
        """Both doors, at the first process; the second reads ahead as it does every ten seconds.
        A guest is declared, so that there is a stay to change.
        """
        lan = Visitor(self.first.client)
        await lan.sign_in(self.cast, "lan")
        await lan.open(self.desk)
        self.token = lan.token
        self.bearer = await sign_in(self.first.client, self.cast, "lan")
        url = stays_of(self.cast)
        sent = await self.first.client.post(url, json=party(), headers=self.bearer | fresh_key())
        assert sent.status_code == 201, sent.text
        self.second.client.cookies.update(self.first.client.cookies)
        await self.second.app.state.known_desks.look()
        await self.second.app.state.known_tokens.look()
        stay: dict[str, Any] = sent.json()["results"][0]
        return stay

    def attempt(self, answer: httpx.Response) -> VerifiedAttempt:
        assert answer.status_code == 503, answer.text
        token = attempt_token_in(answer.text)
        assert token is not None, answer.text
        return verify_attempt(token, self.keys.public_keys)

    async def try_every_door(self, client: httpx.AsyncClient, stay_id: str) -> list[httpx.Response]:
        """Declare, import, amend and change, as a program and at the desk."""
        stays, stay = stays_of(self.cast), f"{stays_of(self.cast)}/{stay_id}"
        imports = stays.replace("/stays", "/imports")
        api = self.bearer | fresh_key()
        form = {"_csrf_token": self.token, "key": str(uuid4())}
        sheet = build_workbook([sheet_row()])
        departure = {"departed_at": None}
        step = {"step": "send"}
        ask = client.post
        return [
            await ask(stays, json=party(), headers=api),
            # Not the short way: the handler's own.
            await ask(f"{stays}?dry_run=false", json=party(), headers=api),
            await ask(imports, content=sheet, headers=api),
            await client.patch(stay, json={"room": "102"}, headers=self.bearer),
            await ask(f"{stay}/departure", json=departure, headers=api),
            await ask(self.desk, data=typed() | form),
            await ask(f"{self.desk}/import", data=form | step, files={"file": ("a.xlsx", sheet)}),
            await ask(f"{self.desk}/stays/{stay_id}/amend", data=typed() | form),
            await ask(f"{self.desk}/stays/{stay_id}/depart", data=form),
        ]
