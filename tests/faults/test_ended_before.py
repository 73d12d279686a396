"""Who was removed or revoked before an outage gets no signed attempt in it: at once where it
happened, and elsewhere once everything was read anew. Everybody else gets theirs all the same.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.known_hosts import ALL_EVERY_S, KnownHosts
from asm.demo.cast import Cast
from asm.settings import Settings
from asm.stays.receipts.attempts import attempt_token_in
from tests.conftest import Database
from tests.faults.two_processes import Process, Watch, fresh_watch
from tests.live_app import application, started
from tests.notify.messages.rows import change
from tests.outage import database_away
from tests.people import fresh_key, party, sign_in, stays_of
from tests.services import TestServices
from tests.web.desk.desk_form import typed
from tests.web.visitor import Visitor

#: Seconds into the outage, as the attacker tried them.
MOMENTS = (3.0, 23.0)
#: What ends where nobody of these processes sees it: at a third, or on the server itself.
HERS = "(SELECT id FROM account WHERE login = 'bich')"
ENDED_ELSEWHERE = {
    "removed": [f"DELETE FROM membership WHERE account_id = {HERS}"],
    "ended": [
        f"DELETE FROM web_session WHERE account_id = {HERS}",
        f"UPDATE api_token SET revoked_at = clock_timestamp() WHERE account_id = {HERS}",
    ],
    "disabled": ["UPDATE account SET disabled_at = clock_timestamp() WHERE login = 'bich'"],
}
COLLEAGUE = (
    "INSERT INTO membership SELECT m.facility_id, b.id FROM membership m, account l, account b "
    "WHERE m.account_id = l.id AND l.login = 'lan' AND b.login = 'bich'"
)


class Member:
    """Somebody with a desk and a program, both known to the first process."""

    def __init__(self, process: Process, cast: Cast, login: str) -> None:
        self.client = httpx.AsyncClient(
            transport=process.client._transport, base_url=process.client.base_url
        )
        self.cast, self.login = cast, login
        self.bearer: dict[str, str] = {}
        self.token = ""

    async def work(self) -> None:
        """Sign in at both doors, open the desk and declare."""
        visitor = Visitor(self.client)
        await visitor.sign_in(self.cast, self.login)
        await visitor.open(f"/desk/{self.cast.hoa_sen}")
        self.token = visitor.token
        self.bearer = await sign_in(self.client, self.cast, self.login)
        assert (await self.declare()).status_code == 201

    async def declare(self) -> httpx.Response:
        url = stays_of(self.cast)
        return await self.client.post(url, json=party(), headers=self.bearer | fresh_key())

    async def attempts(self) -> list[bool]:
        """Whether an attempt is signed: over JSON, and at the desk."""
        form = typed() | {"_csrf_token": self.token, "key": str(uuid4())}
        answers = [
            await self.declare(),
            await self.client.post(f"/desk/{self.cast.hoa_sen}", data=form),
        ]
        assert [answer.status_code for answer in answers] == [503, 503]
        return [attempt_token_in(answer.text) is not None for answer in answers]


@pytest.fixture
def watch() -> Watch:
    return fresh_watch()


@pytest.fixture
async def process(settings: Settings, watch: Watch) -> AsyncIterator[Process]:
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(started(application(settings, timer=watch)))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        yield Process(app, await stack.enter_async_context(client))


@pytest.fixture
async def members(
    process: Process, cast: Cast, admin_engine: AsyncEngine
) -> AsyncIterator[list[Member]]:
    """Lan, an owner, and Bích, who works there since today."""
    await change(admin_engine, COLLEAGUE)
    both = [Member(process, cast, login) for login in ("lan", "bich")]
    for member in both:
        await member.work()
    yield both
    for member in both:
        await member.client.aclose()


def known_of(process: Process) -> list[KnownHosts]:
    return [process.app.state.known_tokens, process.app.state.known_desks]


@pytest.mark.parametrize("how", ENDED_ELSEWHERE)
async def test_what_ended_elsewhere_is_known_no_more_after_ten_minutes(
    how: str,
    process: Process,
    members: list[Member],
    watch: Watch,
    admin_engine: AsyncEngine,
    services: TestServices,
    database: Database,
) -> None:
    lan, bich = members
    for statement in ENDED_ELSEWHERE[how]:
        await change(admin_engine, statement)
    # Nobody has come again; everything is read anew as it is every ten minutes.
    watch.at += ALL_EVERY_S
    for known in known_of(process):
        await known.look()
    began = watch.at
    async with database_away(services, database):
        for moment in MOMENTS:
            watch.at = began + moment
            assert await bich.attempts() == [False, False]
            # The control, known by reading ahead alone from here on.
            assert await lan.attempts() == [True, True]


async def test_before_everything_is_read_anew_they_are_still_known(
    process: Process,
    members: list[Member],
    watch: Watch,
    admin_engine: AsyncEngine,
    services: TestServices,
    database: Database,
) -> None:
    """The bound that the decision names: ten minutes, and what looks for new sign-ins is no
    reading of all.
    """
    for statement in ENDED_ELSEWHERE["removed"]:
        await change(admin_engine, statement)
    watch.at += ALL_EVERY_S - 60
    for known in known_of(process):
        await known.look()
    async with database_away(services, database):
        assert await members[1].attempts() == [True, True]


async def _remove(lan: Member, bich: Member) -> None:
    path = f"/api/v1/facilities/{lan.cast.hoa_sen}/members"
    members = (await lan.client.get(path, headers=lan.bearer)).json()
    (theirs,) = [each for each in members if each["login"] == bich.login]
    gone = await lan.client.delete(f"{path}/{theirs['account_id']}", headers=lan.bearer)
    assert gone.status_code == 204, gone.text


async def _sign_out(_: Member, bich: Member) -> None:
    ended = await bich.client.delete("/api/v1/me/sessions", headers=bich.bearer)
    assert ended.status_code == 204
    ended = await bich.client.delete("/api/v1/tokens/current", headers=bich.bearer)
    assert ended.status_code == 204


@pytest.mark.parametrize("end", [_remove, _sign_out])
async def test_what_ends_here_is_known_no_more_at_once(
    end: Callable[[Member, Member], Awaitable[None]],
    members: list[Member],
    watch: Watch,
    services: TestServices,
    database: Database,
) -> None:
    lan, bich = members
    await end(lan, bich)
    began = watch.at
    async with database_away(services, database):
        for moment in MOMENTS:
            watch.at = began + moment
            assert await bich.attempts() == [False, False]
            assert await lan.attempts() == [True, True]
