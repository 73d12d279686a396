"""A name that a machine read, and children, through the front door."""

import httpx

from asm.demo.cast import Cast
from tests.people import card_text, fresh_key, guest, party, sign_in

READ = {"full_name": "MAU VAN", "name_source": "mrz"}


async def declare(
    client: httpx.AsyncClient, cast: Cast, *guests: dict[str, object], dry: bool = False
) -> httpx.Response:
    lan = await sign_in(client, cast, "lan")
    return await client.post(
        f"/api/v1/facilities/{cast.hoa_sen}/stays" + ("?dry_run=true" if dry else ""),
        json=party(*guests),
        headers=lan | fresh_key(),
    )


async def test_an_unconfirmed_name_is_refused_and_says_where(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    answer = await declare(client, cast, guest(**READ))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["code"] == "guest.name.unconfirmed"
    assert error["pointer"] == "/guests/0/name_confirmed"


async def test_the_versions_say_who_confirmed_the_name(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    answer = await declare(client, cast, guest(**READ, name_confirmed=True))
    assert answer.status_code == 201
    lan = await sign_in(client, cast, "lan")
    stay_path = f"/api/v1/facilities/{cast.hoa_sen}/stays/{answer.json()['results'][0]['stay_id']}"
    (first,) = (await client.get(f"{stay_path}/versions", headers=lan)).json()
    assert first["name_confirmed_by"] == first["changed_by"]
    plain = await declare(client, cast, guest())
    stay_path = f"/api/v1/facilities/{cast.hoa_sen}/stays/{plain.json()['results'][0]['stay_id']}"
    (typed,) = (await client.get(f"{stay_path}/versions", headers=lan)).json()
    assert typed["name_confirmed_by"] is None


async def test_a_lone_child_is_warned_of_at_every_try(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    child = guest(birth_date="2020-05-05", document_type=None, document_number=None)
    for dry in (True, False):
        answer = await declare(client, cast, child, dry=dry)
        (result,) = answer.json()["results"]
        assert result["status"] == ("would_accept" if dry else "accepted")
        assert "party.child.no_adult" in {problem["rule"] for problem in result["problems"]}
    together = await declare(client, cast, child, guest())
    rules = {p["rule"] for result in together.json()["results"] for p in result["problems"]}
    assert "party.child.no_adult" not in rules


DOUBTED = "Trần Thị Vaăn"


async def test_a_doubted_name_on_a_card_is_used_when_a_person_says_so(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    card = {"card_qr": card_text(name=DOUBTED)}
    refused = await declare(client, cast, card)
    assert refused.status_code == 422
    assert {error["code"] for error in refused.json()["errors"]} == {"card_qr.telex"}
    answer = await declare(client, cast, card | {"name_confirmed": True})
    assert answer.status_code == 201, answer.text
    (result,) = answer.json()["results"]
    assert "card_qr.name_as_read" in {problem["rule"] for problem in result["problems"]}
    lan = await sign_in(client, cast, "lan")
    stay_path = f"/api/v1/facilities/{cast.hoa_sen}/stays/{result['stay_id']}"
    (first,) = (await client.get(f"{stay_path}/versions", headers=lan)).json()
    me = (await client.get("/api/v1/me", headers=lan)).json()
    assert first["name_confirmed_by"] == first["changed_by"] == me["id"]
    stay = (await client.get(stay_path, headers=lan)).json()
    assert stay["guest"]["full_name"] == DOUBTED
    assert stay["guest"]["name_source"] == "card"


async def test_a_name_typed_beside_a_doubted_card_is_taken_as_typed(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    card = {"card_qr": card_text(name=DOUBTED), "full_name": "Trần Thị Văn"}
    answer = await declare(client, cast, card)
    assert answer.status_code == 201, answer.text
    lan = await sign_in(client, cast, "lan")
    stay_path = f"/api/v1/facilities/{cast.hoa_sen}/stays/{answer.json()['results'][0]['stay_id']}"
    shown = (await client.get(stay_path, headers=lan)).json()["guest"]
    assert (shown["full_name"], shown["name_source"]) == ("Trần Thị Văn", "typed")
    assert not shown["name_confirmed"]
