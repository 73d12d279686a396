"""The main job through the front door: declare, resend, refuse, keep secret."""

import asyncio
import uuid

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.receipt import verify_token
from tests.people import (
    card_text,
    fresh_key,
    fresh_number,
    guest,
    hours_ago,
    party,
    sign_in,
    stays_of,
)


async def stored(session: AsyncSession, table: str) -> int:
    return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_a_party_gets_a_receipt_for_each_guest(
    client: httpx.AsyncClient, cast: Cast, keys: KeyFiles, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        stays_of(cast), json=party(guest(), guest(), guest()), headers=lan | fresh_key()
    )
    assert answer.status_code == 201, answer.text
    outcome = answer.json()
    assert (outcome["read"], outcome["accepted"], outcome["rejected"]) == (3, 3, 0)
    for result in outcome["results"]:
        verified = verify_token(result["receipt"]["token"], keys.public_keys)
        assert verified.number == result["receipt"]["number"]
        assert verified.on_time == result["on_time"]
    assert await stored(admin_session, "stay") == 3
    assert await stored(admin_session, "stay_version") == 3
    assert await stored(admin_session, "outbox") == 3
    assert await stored(admin_session, "idempotency") == 1
    assert await stored(admin_session, "vault.guest_record") == 3


async def test_a_resend_gets_the_same_answer_and_stores_nothing_more(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    body, key = party(), fresh_key()
    first = await client.post(stays_of(cast), json=body, headers=lan | key)
    again = await asyncio.gather(
        *(client.post(stays_of(cast), json=body, headers=lan | key) for _ in range(8))
    )
    assert {answer.status_code for answer in again} == {200}
    for answer in again:
        assert answer.headers["Idempotency-Replayed"] == "true"
        assert answer.json()["results"] == first.json()["results"]
    assert await stored(admin_session, "stay") == 1
    assert await stored(admin_session, "vault.guest_record") == 1


async def test_parallel_first_sends_with_one_key_store_one_stay(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    body, key = party(), fresh_key()
    answers = await asyncio.gather(
        *(client.post(stays_of(cast), json=body, headers=lan | key) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert len({answer.json()["results"][0]["receipt"]["token"] for answer in answers}) == 1
    assert await stored(admin_session, "stay") == 1


async def test_the_same_key_with_another_body_is_refused(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan, key = await sign_in(client, cast, "lan"), fresh_key()
    await client.post(stays_of(cast), json=party(), headers=lan | key)
    other = await client.post(stays_of(cast), json=party(), headers=lan | key)
    assert other.status_code == 422
    problem = other.json()
    assert problem["code"] == "idempotency_key_reused"
    assert problem["errors"][0]["pointer"] == "/headers/Idempotency-Key"
    assert await stored(admin_session, "stay") == 1


async def test_a_missing_key_is_named(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(stays_of(cast), json=party(), headers=lan)
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_missing"


async def test_the_same_person_that_day_is_merged_not_doubled(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan, body = await sign_in(client, cast, "lan"), party()
    first = (await client.post(stays_of(cast), json=body, headers=lan | fresh_key())).json()
    again = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert again.status_code == 200
    result = again.json()["results"][0]
    assert result["status"] == "merged"
    assert result["receipt"]["token"] == first["results"][0]["receipt"]["token"]
    assert await stored(admin_session, "stay") == 1


async def test_a_dry_run_says_all_and_stores_nothing(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        stays_of(cast) + "?dry_run=true",
        json=party(guest(), guest(document_number="00109000001")),
        headers=lan,
    )
    assert answer.status_code == 200, answer.text
    good, bad = answer.json()["results"]
    assert good["status"] == "would_accept"
    assert good["due_at"] is not None
    assert bad["status"] == "refused"
    for table in ("stay", "vault.person", "vault.guest_record", "outbox", "idempotency"):
        assert await stored(admin_session, table) == 0


async def test_one_bad_guest_does_not_sink_the_others(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        stays_of(cast),
        json=party(guest(), guest(document_number="00109000001"), guest()),
        headers=lan | fresh_key(),
    )
    assert answer.status_code == 201
    outcome = answer.json()
    assert [r["status"] for r in outcome["results"]] == ["accepted", "refused", "accepted"]
    fault = next(p for p in outcome["results"][1]["problems"] if p["severity"] == "refuse")
    assert fault["field"] == "guest.document_number"
    assert fault["remedy"]
    assert await stored(admin_session, "stay") == 2


BAD_INPUT = {
    "eleven digits": (party(guest(document_number="00109000001")), "/guests/0/document_number"),
    "born in the future": (party(guest(birth_date="2990-01-01")), "/guests/0/birth_date"),
    "departure before arrival": (
        party(planned_departure_at=hours_ago(50)),
        "/planned_departure_at",
    ),
    "no zone": (party(arrived_at="2026-11-22T20:00:00"), "/arrived_at"),
    "no name": (party(guest(full_name="")), "/guests/0/full_name"),
    "not a card": (party({"card_qr": "https://example.vn/abc"}), "/guests/0"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
async def test_bad_input_names_field_code_and_remedy(
    case: str, client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    body, pointer = BAD_INPUT[case]
    lan = await sign_in(client, cast, "lan")
    key = fresh_key()
    answer = await client.post(stays_of(cast), json=body, headers=lan | key)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["code"] == "nothing_accepted"
    fault = next(e for e in problem["errors"] if e["pointer"].startswith(pointer))
    assert fault["code"]
    assert fault["message"]
    assert fault["remedy"]
    assert fault["remedy_en"]
    assert await stored(admin_session, "stay") == 0
    # Nothing else was lost: the key is free for the corrected declaration.
    corrected = await client.post(stays_of(cast), json=party(), headers=lan | key)
    assert corrected.status_code == 201


async def test_unknown_fields_are_named(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        stays_of(cast), json=party(guest(nickname="x")), headers=lan | fresh_key()
    )
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["code"] == "unknown_field"
    assert "nickname" in error["message_en"]


async def test_a_strangers_facility_looks_like_an_unknown_one(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    hai = await sign_in(client, cast, "hai")
    theirs = await client.post(stays_of(cast), json=party(), headers=hai | fresh_key())
    unknown = await client.post(
        f"/api/v1/facilities/{uuid.uuid4()}/stays", json=party(), headers=hai | fresh_key()
    )
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


async def test_an_officer_reads_but_does_not_declare(client: httpx.AsyncClient, cast: Cast) -> None:
    minh = await sign_in(client, cast, "minh")
    answer = await client.post(stays_of(cast), json=party(), headers=minh | fresh_key())
    assert answer.status_code in {403, 404}


async def test_nobody_declares_without_signing_in(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await client.post(stays_of(cast), json=party(), headers=fresh_key())
    assert answer.status_code == 401


async def test_late_is_taken_and_marked_late(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(arrived_at=hours_ago(72), planned_departure_at=hours_ago(-10))
    answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert answer.status_code == 201
    assert answer.json()["results"][0]["on_time"] is False


async def test_a_card_becomes_a_guest(client: httpx.AsyncClient, cast: Cast) -> None:
    lan = await sign_in(client, cast, "lan")
    answer = await client.post(
        stays_of(cast), json=party({"card_qr": card_text()}), headers=lan | fresh_key()
    )
    assert answer.status_code == 201, answer.text
    stay_id = answer.json()["results"][0]["stay_id"]
    stay = (await client.get(f"{stays_of(cast)}/{stay_id}", headers=lan)).json()
    assert stay["guest"]["full_name"] == "Trần Thị Thử"
    assert stay["via"] == "card_qr"


async def test_the_same_guest_twice_in_one_party(client: httpx.AsyncClient, cast: Cast) -> None:
    lan, number = await sign_in(client, cast, "lan"), fresh_number()
    answer = await client.post(
        stays_of(cast),
        json=party(guest(document_number=number), guest(document_number=number)),
        headers=lan | fresh_key(),
    )
    statuses = [r["status"] for r in answer.json()["results"]]
    assert statuses == ["accepted", "refused"]


async def test_no_number_or_name_is_stored_in_the_clear(
    client: httpx.AsyncClient, cast: Cast, admin_session: AsyncSession
) -> None:
    lan, number = await sign_in(client, cast, "lan"), fresh_number()
    body = party(guest(document_number=number, full_name="Hoàng Kín Đáo"))
    assert (
        await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    ).status_code == 201
    tables = (
        await admin_session.execute(
            text(
                "SELECT schemaname || '.' || tablename FROM pg_tables "
                "WHERE schemaname IN ('public', 'vault') AND tablename <> 'spatial_ref_sys'"
            )
        )
    ).scalars()
    for table in tables:
        rows = (await admin_session.execute(text(f"SELECT t::text FROM {table} t"))).scalars()
        whole = "\n".join(rows)
        assert number not in whole, table
        assert "Kín Đáo" not in whole, table
