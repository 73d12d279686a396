"""After the declaration: one id through every change, and no change of what was not seen."""

import httpx

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
    stale = await client.patch(f"{at}?expected_version=1", json={"room": "103"}, headers=lan)
    assert stale.status_code == 409
    assert stale.json()["code"] == "stay_changed"
