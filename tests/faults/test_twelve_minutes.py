"""The database is away for twelve minutes: every known desk and every known token gets its signed
attempt, from the first second to the last, from whichever process it asks.

The minutes pass on a clock of the test's own, which every cache of the application goes by. Two
applications stand for two web processes; the desk and the token of the test were only ever seen by
the other one.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest

from asm.accounts import token_cache
from asm.accounts.actor_cache import KNOWN_S, ActorCache
from asm.api import access
from asm.demo.cast import Cast
from asm.identity.vault import keyring
from asm.identity.vault.keys import KeyFiles
from asm.identity.vault.rotate import rotate_receipt
from asm.settings import Settings
from asm.stays.receipts.attempts import attempt_token_in
from asm.web.desk import away
from tests.conftest import Database
from tests.faults.two_processes import Outage, Process, Watch, fresh_watch
from tests.live_app import application, started
from tests.outage import database_away
from tests.people import fresh_key, fresh_number, party, sign_in, stays_of
from tests.services import TestServices
from tests.web.desk.desk_form import typed

#: Seconds into the outage: longer than the keys (2), a token's actor (30) and all else live.
MOMENTS = (0.0, 5.0, 60.0, 720.0)


@pytest.fixture
def watch() -> Watch:
    return fresh_watch()


@pytest.fixture
async def processes(settings: Settings, watch: Watch) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        opened = []
        for number in range(2):
            app = application(settings, timer=watch, number=number)
            await stack.enter_async_context(started(app))
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
            opened.append(Process(app, await stack.enter_async_context(client)))
        yield opened


@pytest.fixture
async def outage(processes: list[Process], cast: Cast, keys: KeyFiles) -> Outage:
    return Outage(processes, cast, keys)


async def test_every_door_of_every_process_signs_for_the_whole_outage(
    outage: Outage, watch: Watch, services: TestServices, database: Database, cast: Cast
) -> None:
    stay = await outage.sign_in()
    began, times = watch.at, []
    async with database_away(services, database):
        for moment in MOMENTS:
            watch.at = began + moment
            for process in (outage.first, outage.second):
                for answer in await outage.try_every_door(process.client, stay["stay_id"]):
                    attempt = outage.attempt(answer)
                    assert (attempt.facility_id, attempt.stored) == (cast.hoa_sen, False)
                    assert int(answer.headers["retry-after"]) > 0
                times.append(attempt.attempted_at)
    spent = [(at - times[0]).total_seconds() for at in times[1::2]]
    assert [round(seconds) for seconds in spent] == [round(moment) for moment in MOMENTS]
    # The end: the keys are asked for again, and what was tried is declared with the same key.
    body, key = party(), fresh_key()
    for process, status in ((outage.second, 201), (outage.first, 200)):
        answer = await process.client.post(stays_of(cast), json=body, headers=outage.bearer | key)
        assert answer.status_code == status, answer.text
    form = typed() | {"_csrf_token": outage.token, "key": str(uuid4())}
    for process in (outage.first, outage.second):
        back = await process.client.post(outage.desk, data=form)
        assert back.status_code == 200
        assert "Đã tiếp nhận" in back.text


async def test_without_reading_ahead_the_other_process_signs_nothing(
    outage: Outage, watch: Watch, services: TestServices, database: Database
) -> None:
    """The control: what the second process has from the first is only what it read ahead."""
    stay = await outage.sign_in()
    for known in (outage.second.app.state.known_desks, outage.second.app.state.known_tokens):
        known._read.clear()
    async with database_away(services, database):
        watch.at += 60
        for answer in await outage.try_every_door(outage.second.client, stay["stay_id"]):
            assert answer.status_code == 503
            assert attempt_token_in(answer.text) is None
        for answer in await outage.try_every_door(outage.first.client, stay["stay_id"]):
            outage.attempt(answer)


async def test_a_database_that_hangs_is_away_too(
    outage: Outage, watch: Watch, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the question and never answers."""
    for module in (keyring, token_cache, access, away):
        monkeypatch.setattr(module, "PATIENCE_S", 0.2)
    stay = await outage.sign_in()
    watch.at += 60
    async with await psycopg.AsyncConnection.connect(database.admin_url) as holder:
        await holder.execute("LOCK TABLE account, vault.wrapped_key IN ACCESS EXCLUSIVE MODE")
        for process in (outage.first, outage.second):
            answers = await outage.try_every_door(process.client, stay["stay_id"])
            assert [answer.status_code for answer in answers] == [503] * len(answers)
            assert all(attempt_token_in(answer.text) is not None for answer in answers)
            for answer in answers:
                outage.attempt(answer)
        await holder.rollback()


async def test_nobody_is_known_for_longer_than_half_a_day_without_the_database(
    outage: Outage, watch: Watch, services: TestServices, database: Database
) -> None:
    stay = await outage.sign_in()
    async with database_away(services, database):
        began = watch.at
        watch.at = began + KNOWN_S - 60
        for answer in await outage.try_every_door(outage.second.client, stay["stay_id"]):
            outage.attempt(answer)
        watch.at = began + KNOWN_S + 60
        for process in (outage.first, outage.second):
            for answer in await outage.try_every_door(process.client, stay["stay_id"]):
                assert answer.status_code == 503
                assert attempt_token_in(answer.text) is None


async def test_who_is_of_another_house_or_signed_out_or_revoked_gets_none(
    outage: Outage, watch: Watch, services: TestServices, database: Database, cast: Cast
) -> None:
    await outage.sign_in()
    elsewhere = stays_of(cast).replace(str(cast.hoa_sen), str(cast.guest_house_b))
    gone = await outage.first.client.delete("/api/v1/tokens/current", headers=outage.bearer)
    assert gone.status_code == 204
    other = await sign_in(outage.first.client, cast, "lan")
    watch.at += 600  # everything is read anew
    for known in (outage.second.app.state.known_tokens, outage.first.app.state.known_tokens):
        await known.look()
    outage.first.app.state.known_tokens._seen = ActorCache(timer=watch)
    async with database_away(services, database):
        for client in (outage.first.client, outage.second.client):
            for url, bearer in ((stays_of(cast), outage.bearer), (elsewhere, other)):
                answer = await client.post(url, json=party(), headers=bearer | fresh_key())
                assert answer.status_code == 503
                assert attempt_token_in(answer.text) is None


async def test_a_dry_run_proves_nothing(
    outage: Outage, services: TestServices, database: Database, cast: Cast
) -> None:
    await outage.sign_in()
    imports = stays_of(cast).replace("/stays", "/imports")
    async with database_away(services, database):
        for url, sent in ((stays_of(cast), {"json": party()}), (imports, {"content": b"PK"})):
            answer = await outage.first.client.post(
                url, params={"dry_run": "true"}, headers=outage.bearer | fresh_key(), **sent
            )
            assert answer.status_code == 503
            assert attempt_token_in(answer.text) is None


async def test_a_key_that_was_replaced_meanwhile_signs_no_more(
    outage: Outage,
    watch: Watch,
    services: TestServices,
    database: Database,
    settings: Settings,
    cast: Cast,
) -> None:
    await outage.sign_in()
    receipt_file = settings.secrets_dir / "receipt.key"
    former = settings.secrets_dir / "receipt-former.json"
    before = receipt_file.read_bytes()
    try:
        async with database_away(services, database):
            form = typed() | {"_csrf_token": outage.token, "key": str(uuid4())}
            old = outage.attempt(await outage.second.client.post(outage.desk, data=form))
            new_id = rotate_receipt(settings.secrets_dir, secrets.token_bytes(32)).new_id
            watch.at += 3
            for client in (outage.first.client, outage.second.client):
                page = (await client.post(outage.desk, data=form)).text
                token = attempt_token_in(page)
                assert token is not None
                assert token.split(".")[1] == new_id != old.key_id
                # Anyone can check it, and the former one, while the database is away.
                checked = await client.get("/api/v1/receipts/keys")
                assert {new_id, old.key_id} <= checked.json().keys()
                shown = await client.post(
                    "/verify", data={"token": token, "_csrf_token": outage.token}
                )
                assert shown.status_code == 200
    finally:
        receipt_file.write_bytes(before)
        former.unlink()
    # What seals is never older than two seconds: it is asked for anew when the outage ends.
    answer = await outage.second.client.post(
        stays_of(cast), json=party(), headers=outage.bearer | fresh_key()
    )
    assert answer.status_code == 201, answer.text


async def test_a_known_desk_has_its_form_and_reads_papers_while_the_database_is_away(
    outage: Outage, watch: Watch, services: TestServices, database: Database, cast: Cast
) -> None:
    await outage.sign_in()
    number = fresh_number()
    card = f"{number}||Trần Thị Thử|15081990|Nữ|Số 1 Phố Thử, Hà Nội|20042021"
    async with database_away(services, database):
        watch.at += 300
        for client in (outage.first.client, outage.second.client):
            page = await client.get(outage.desk)
            assert page.status_code == 503
            assert int(page.headers["retry-after"]) > 0
            for wanted in ('id="stay-form"', "Đừng đăng xuất lúc này", 'name="full_name"'):
                assert wanted in page.text
            english = await client.get(outage.desk, headers={"Cookie": _english(client)})
            assert "that code is not a declaration" in english.text
            scanned = await client.post(
                f"{outage.desk}/scan",
                data={"_csrf_token": outage.token, "card_text": card, "room": "101"},
                headers={"HX-Request": "true"},
            )
            assert scanned.status_code == 200, scanned.text
            assert f'value="{number}"' in scanned.text
            assert 'value="101"' in scanned.text
            assert "<html" not in scanned.text
        elsewhere = await outage.second.client.get(f"/desk/{cast.guest_house_b}")
        assert elsewhere.status_code == 503
        assert 'id="stay-form"' not in elsewhere.text


def _english(client: httpx.AsyncClient) -> str:
    kept = {cookie.name: cookie.value for cookie in client.cookies.jar}
    return "; ".join(f"{name}={value}" for name, value in (kept | {"asm_language": "en"}).items())


async def test_the_clock_of_an_attempt_is_the_databases(outage: Outage, watch: Watch) -> None:
    """A process that has taken nothing yet has it from reading ahead."""
    clock = outage.second.app.state.clock
    shown = clock.now()
    watch.at += 720
    assert clock.now() - shown == timedelta(seconds=720)
