"""After the declaration: one id through every change, and no change of what was not seen."""

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.receipt import verify_token
from tests.people import fresh_key, guest, hours_ago, party, sign_in, stays_of


async def test_one_id_through_the_whole_life(
    client: httpx.AsyncClient, cast: Cast, keys: KeyFiles
) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(guest(full_name="Nguyễn Văn Sai"), arrived_at=hours_ago(2))
    declared = (await client.post(stays_of(cast), json=body, headers=lan | fresh_key())).json()
    first = declared["results"][0]["receipt"]
    at = f"{stays_of(cast)}/{first['stay_id']}"
    amended = await client.patch(
        at,
        json={"guest": {**body["guests"][0], "full_name": "Nguyễn Văn Đúng"}},
        headers=lan,
    )
    assert amended.status_code == 200, amended.text
    steps = [
        ("extension", {"planned_departure_at": hours_ago(-70)}),
        ("room", {"room": "102"}),
        ("departure", {}),
        ("undo-departure", {}),
        ("void", {"reason": "Khai nhầm"}),
    ]
    for word, change in steps:
        answer = await client.post(f"{at}/{word}", json=change, headers=lan | fresh_key())
        assert answer.status_code == 200, answer.text
    receipt = (await client.get(f"{at}/receipt", headers=lan)).json()
    assert receipt["version"] == 7
    for fixed in ("number", "received_at", "due_at", "on_time"):
        assert receipt[fixed] == first[fixed]
    assert verify_token(receipt["token"], keys.public_keys).version == 7
    minh = await sign_in(client, cast, "minh")
    versions = (await client.get(f"{at}/versions", headers=minh)).json()
    assert [v["change"] for v in versions] == [
        "declared", "amended", "extended", "room_changed", "departed",
        "departure_undone", "voided",
    ]  # fmt: skip
    assert versions[1]["differences"] == [
        {"field": "guest.full_name", "before": "Nguyễn Văn Sai", "after": "Nguyễn Văn Đúng"}
    ]
    assert [d["field"] for d in versions[2]["differences"]] == ["planned_departure_at"]
    assert [d["field"] for d in versions[3]["differences"]] == ["room"]
    assert [d["field"] for d in versions[4]["differences"]] == ["departed_at"]
    assert [d["field"] for d in versions[5]["differences"]] == ["departed_at"]
    thao = await sign_in(client, cast, "thao")
    assert (await client.get(f"{at}/versions", headers=thao)).status_code == 404
    gone = await client.post(f"{at}/room", json={"room": "103"}, headers=lan)
    assert gone.status_code == 409
    assert gone.json()["code"] == "stay_voided"


async def test_a_voided_stay_can_be_declared_again(client: httpx.AsyncClient, cast: Cast) -> None:
    lan, body = await sign_in(client, cast, "lan"), party()
    declared = (await client.post(stays_of(cast), json=body, headers=lan | fresh_key())).json()
    at = f"{stays_of(cast)}/{declared['results'][0]['stay_id']}"
    await client.post(f"{at}/void", json={"reason": "Khai nhầm"}, headers=lan)
    again = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert again.status_code == 201


async def test_a_change_of_an_unseen_version_is_refused(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    lan = await sign_in(client, cast, "lan")
    declared = (await client.post(stays_of(cast), json=party(), headers=lan | fresh_key())).json()
    at = f"{stays_of(cast)}/{declared['results'][0]['stay_id']}"
    await client.patch(at, json={"room": "102"}, headers=lan)
    stale = await client.patch(at, json={"room": "103"}, headers=lan | {"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.json()["code"] == "stay_changed"
    seen = await client.get(at, headers=lan)
    assert seen.headers["ETag"] == '"2"'
    anew = {"If-Match": seen.headers["ETag"]}
    changed = await client.post(f"{at}/room", json={"room": "103"}, headers=lan | anew)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"3"')
    again = await client.post(f"{at}/room", json={"room": "104"}, headers=lan | anew)
    assert again.status_code == 412
    for tag in ("3", 'W/"3"', "x", '"0"'):
        wrong = await client.post(
            f"{at}/room", json={"room": "105"}, headers=lan | {"If-Match": tag}
        )
        assert (wrong.status_code, wrong.json()["code"]) == (422, "if_match_malformed")
    anything = {"If-Match": "*"}
    assert (await client.patch(at, json={"room": "106"}, headers=lan | anything)).status_code == 200


async def test_a_change_is_not_refused_for_what_stood_there_before(
    client: httpx.AsyncClient, cast: Cast, admin_engine: AsyncEngine
) -> None:
    """A rule may come to refuse what it took: here, a stay that has been open for too long."""
    lan = await sign_in(client, cast, "lan")
    body = party(arrived_at=hours_ago(2), planned_departure_at=None)
    declared = (await client.post(stays_of(cast), json=body, headers=lan | fresh_key())).json()
    stay_id = declared["results"][0]["stay_id"]
    async with one_transaction(admin_engine) as session:
        await session.execute(
            text("UPDATE stay SET arrived_at = arrived_at - interval '410 days' WHERE id = :id"),
            {"id": stay_id},
        )
    at = f"{stays_of(cast)}/{stay_id}"
    moved = await client.post(f"{at}/room", json={"room": "102"}, headers=lan | fresh_key())
    assert moved.status_code == 200, moved.text
    assert "stay.departure.needed" in {p["rule"] for p in moved.json()["problems"]}
    wrong = {"planned_departure_at": "9999-01-01T12:00:00+07:00"}
    refused = await client.post(f"{at}/extension", json=wrong, headers=lan | fresh_key())
    assert refused.status_code == 422
    assert [e["code"] for e in refused.json()["errors"]] == ["stay.departure.horizon"]
    amended = await client.patch(at, json={"guest": body["guests"][0]}, headers=lan)
    assert amended.status_code == 422
