"""Keys change while declarations run: nobody is missed, nobody is doubled, all still opens."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from unittest.mock import AsyncMock

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.create import account_id_of
from asm.audit.lookups import LookUps
from asm.checks.watchlist.load_watchlist import ListDescription, load_watchlist
from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.errors import ConfigurationError, Conflict
from asm.identity.vault import keyring
from asm.identity.vault.keyring import KeyRing
from asm.identity.vault.keys import VAULT_FILE, create_keys, read_keys
from asm.identity.vault.rotate import (
    Rotated,
    Rotation,
    resume_index,
    rotate_data,
    rotate_encryption,
    rotate_index,
    rotate_receipt,
)
from asm.stays.open_vault import open_vault
from asm.stays.receipts.receipt import verify_token
from tests.citizens.test_seen_by import vouched
from tests.lookups.officers import look_up, officer
from tests.people import (
    all_stays,
    fresh_key,
    fresh_number,
    guest,
    hours_ago,
    just_now,
    party,
    sign_in,
)


@pytest.fixture(scope="session")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key files of these tests alone: they change them."""
    folder = tmp_path_factory.mktemp("rotating")
    create_keys(folder)
    return folder


@pytest.fixture(autouse=True)
def picture_lives_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second instead of two: each step of a rotation waits for it."""
    monkeypatch.setattr(keyring, "FRESH_S", 0.5)


@pytest.fixture
def rotation(secrets_dir: Path, admin_engine: AsyncEngine) -> Rotation:
    return Rotation(
        folder=secrets_dir,
        engine=admin_engine,
        write_look_up=LookUps(admin_engine),
        say=lambda _: None,
        note=AsyncMock(),
        # Longer than a process's picture of the keys lives, shorter than an operator's patience.
        grace_s=1.2,
    )


#: One arrival for all that is declared, however long a rotation takes.
ARRIVAL = {"arrived_at": just_now(), "planned_departure_at": hours_ago(-40)}


async def declare(
    client: httpx.AsyncClient, cast: Cast, headers: dict[str, str], number: str
) -> httpx.Response:
    return await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays",
        json=party(guest(document_number=number), **ARRIVAL),
        headers=headers | fresh_key(),
    )


@pytest.mark.parametrize("rotate", [rotate_encryption, rotate_data, rotate_index])
async def test_declarations_run_through_a_rotation(
    rotate: Callable[[Rotation], Awaitable[Rotated]],
    rotation: Rotation,
    client: httpx.AsyncClient,
    cast: Cast,
    admin_session: AsyncSession,
) -> None:
    lan = await sign_in(client, cast, "lan")
    before = [fresh_number() for _ in range(10)]
    for number in before:
        assert (await declare(client, cast, lan, number)).status_code == 201
    rotating = asyncio.create_task(rotate(rotation))  # type: ignore[arg-type]
    during: list[str] = []
    while not rotating.done():
        # A new guest is stored once; one from before is recognised by whichever key finds people.
        number = fresh_number()
        assert (await declare(client, cast, lan, number)).status_code == 201
        during.append(number)
        for known in (before[len(during) % len(before)], during[len(during) // 2]):
            again = await declare(client, cast, lan, known)
            assert again.json()["results"][0]["status"] == "merged", again.text
    done = await rotating
    assert done.rows >= 1
    for number in [*before, *during]:
        assert (await declare(client, cast, lan, number)).json()["merged"] == 1
    count = await admin_session.execute(text("SELECT count(*) FROM vault.person"))
    assert count.scalar_one() == len(before) + len(during)
    listed = await all_stays(client, f"/api/v1/facilities/{cast.hoa_sen}/stays", lan)
    assert {stay["guest"]["document_number"] for stay in listed} == {*before, *during}


async def test_the_old_encryption_key_is_gone_and_opens_nothing(
    rotation: Rotation, vault_keys: object, admin_engine: AsyncEngine, secrets_dir: Path
) -> None:
    old = (secrets_dir / VAULT_FILE).read_text()
    done = await rotate_encryption(rotation)
    assert done.rows >= 2
    new = (secrets_dir / VAULT_FILE).read_text()
    assert old.strip() not in new
    assert await KeyRing(secrets_dir, admin_engine, LookUps(admin_engine)).current()
    (secrets_dir / VAULT_FILE).write_text(old)
    with pytest.raises(ConfigurationError, match="is missing"):
        await KeyRing(secrets_dir, admin_engine, LookUps(admin_engine)).current()
    (secrets_dir / VAULT_FILE).write_text(new)


async def test_a_process_looks_at_its_keys_again_once_they_are_not_fresh(
    admin_engine: AsyncEngine, secrets_dir: Path
) -> None:
    clock = [100.0]
    process = KeyRing(secrets_dir, admin_engine, LookUps(admin_engine), timer=lambda: clock[0])
    first = await process.current()
    clock[0] += keyring.FRESH_S - 0.1
    assert await process.current() is first
    clock[0] += 0.2
    # A crowd looks once.
    second, third = await asyncio.gather(process.current(), process.current())
    assert second is third is not first


async def test_every_sealed_record_moves_to_the_new_data_key(
    rotation: Rotation, client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    await declare(client, cast, lan, fresh_number())
    done = await rotate_data(rotation)
    ids = await admin_session.execute(text("SELECT DISTINCT key_id FROM vault.guest_record"))
    assert list(ids.scalars()) == [done.new_id]
    audited = await admin_session.execute(
        text("SELECT count(*) FROM audit_entry WHERE action = 'vault.resealed'")
    )
    assert audited.scalar_one() >= 1


async def test_receipts_of_the_former_key_stay_genuine(
    client: httpx.AsyncClient, cast: Cast, secrets_dir: Path
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = (await declare(client, cast, lan, fresh_number())).json()
    token = answer["results"][0]["receipt"]["token"]
    done = rotate_receipt(secrets_dir, secrets.token_bytes(32))
    files = read_keys(secrets_dir)
    assert files.receipt_key_id == done.new_id
    assert verify_token(token, files.public_keys).number
    assert len(files.public_keys) >= 2


async def watch(admin_engine: AsyncEngine, folder: Path, *numbers: str) -> None:
    """Load the list of these documents, as an operator does."""
    keys = await open_vault(folder, admin_engine).current()
    async with one_transaction(admin_engine) as session:
        description = ListDescription(
            owner_id=await account_id_of(session, "quang"),
            name="Truy tìm",
            reason="Quyết định số 12",
            valid_until=date(2999, 1, 1),
        )
        await load_watchlist(session, keys, None, description, "\n".join(numbers).encode())


async def test_watch_lists_come_along_or_are_asked_for(
    rotation: Rotation,
    client: httpx.AsyncClient,
    cast: Cast,
    secrets_dir: Path,
    admin_engine: AsyncEngine,
    admin_session: AsyncSession,
) -> None:
    lan = await sign_in(client, cast, "lan")
    known, unknown = fresh_number(), fresh_number()
    assert (await declare(client, cast, lan, known)).status_code == 201
    await watch(admin_engine, secrets_dir, known, unknown)
    with pytest.raises(Conflict) as refused:
        await rotate_index(rotation)
    assert "Truy tìm (1)" in refused.value.message
    # The known document has come along; by the former key the other is still found.
    slots = text("SELECT index_a IS NULL, index_b IS NULL FROM vault.watch_entry ORDER BY 1, 2")
    assert [tuple(row) for row in await admin_session.execute(slots)] == [
        (False, False), (False, True),
    ]  # fmt: skip
    await admin_session.rollback()
    await watch(admin_engine, secrets_dir, known, unknown)
    await resume_index(rotation)
    assert [tuple(row) for row in await admin_session.execute(slots)] == [(True, False)] * 2
    matched = text("SELECT count(*) FROM vault.watch_entry JOIN vault.person USING (index_b)")
    assert (await admin_session.execute(matched)).scalar_one() == 1


async def test_a_child_without_a_number_is_known_through_a_rotation(
    rotation: Rotation, client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(guest(), **ARRIVAL)
    body["guests"].append(
        {"full_name": "Bé Mẫu", "birth_date": "2020-05-05", "sex": "female", "no_papers": True}
    )

    async def again() -> dict[str, int]:
        answer = await client.post(
            f"/api/v1/facilities/{cast.hoa_sen}/stays", json=body, headers=lan | fresh_key()
        )
        return {name: answer.json()[name] for name in ("accepted", "merged")}

    assert await again() == {"accepted": 2, "merged": 0}
    rotating = asyncio.create_task(rotate_index(rotation))
    while not rotating.done():
        assert await again() == {"accepted": 0, "merged": 2}
    assert (await rotating).rows == 2
    assert await again() == {"accepted": 0, "merged": 2}
    count = await admin_session.execute(text("SELECT count(*) FROM vault.person"))
    assert count.scalar_one() == 2


async def test_who_looked_at_whom_comes_along(
    client: httpx.AsyncClient, cast: Cast, rotation: Rotation, app: Litestar
) -> None:
    """Also at somebody whom nobody declared, of whom the vault knows nothing else."""
    await look_up(await officer(client, cast), "001190200009")
    await rotate_data(rotation)
    await rotate_index(rotation)
    async with one_transaction(rotation.engine) as session:
        stored = (await session.execute(text("SELECT * FROM look_up"))).one()
        newest = text(
            "SELECT id FROM vault.wrapped_key WHERE purpose = 'data' AND state = 'current'"
        )
        assert stored.key_id == (await session.execute(newest)).scalar_one()
    assert (stored.index_a is None) != (stored.index_b is None)
    citizen = await vouched(app, client, "001190200009")
    await citizen.open("/mine")
    assert citizen.html.count("data-seen") == 1
    client.cookies.clear()
    quang = await officer(client, cast, "quang")
    await quang.open("/lookups/seen")
    await quang.open(f"/lookups/seen/{stored.id}/number")
    assert "001190200009" in quang.html
