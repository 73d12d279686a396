"""Without signal: the app opens, keeps what people send, and sends it once, in order."""

import json
from typing import Any

import httpx

from asm.demo.cast import Cast
from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone
from tests.people import all_stays, guest, party, sign_in

#: Every row of every store as text; what is sealed shows as bytes.
EVERYTHING = """() => new Promise((come) => {
  indexedDB.open('asm-app').onsuccess = async ({ target: { result: db } }) => {
    const rows = (name) => new Promise((got) => {
      db.transaction(name).objectStore(name).getAll().onsuccess = (e) => got(e.target.result);
    });
    const all = await Promise.all(['outbox', 'drafts', 'stays', 'receipts'].map(rows));
    db.close();
    come(JSON.stringify(all, (_, value) => (value instanceof ArrayBuffer
      ? new TextDecoder().decode(value) : value)));
  };
})"""
HOUSE_ROOMS = [str(number) for number in range(1, 11)]


async def stays_at_server(phone: LandlordPhone, cast: Cast) -> list[dict[str, Any]]:
    """What the ward would read of Hải's house."""
    async with httpx.AsyncClient(base_url=phone.address) as client:
        hai = await sign_in(client, cast, "hai")
        return await all_stays(client, f"/api/v1/facilities/{phone.house}/stays", hai)


async def test_ten_saved_offline_are_sent_once_and_in_order(
    phone: LandlordPhone, network: PhoneNetwork, cast: Cast
) -> None:
    await phone.context.set_offline(True)
    keys = [(await phone.declare(room))["key"] for room in HOUSE_ROOMS]
    guest = {"declared_by": keys[2], "guest": 0}
    depart = await phone.save({"deed": "depart", "stay": guest, "body": {}})
    # The app opens from the phone alone, and knows what waits.
    await phone.reload()
    await phone.until("asm.net().unsent === 11 && !asm.net().online")
    assert set((await phone.states()).values()) == {"waiting"}
    assert not any(record["frozen"] for record in await phone.records())
    # The first answer is lost after the server has stored everything.
    network.mode = "lost"
    await phone.context.set_offline(False)
    await phone.until("asm.net().nextTry && !asm.net().syncing")
    assert set((await phone.states()).values()) == {"waiting"}
    network.mode = "good"
    await phone.sync()
    await phone.until("asm.net().unsent === 0")
    assert set((await phone.states()).values()) == {"received"}
    received = network.received
    assert received == [*keys, depart["key"]] * (len(received) // 11)
    assert len(received) > 11
    # The third has left: its departure came behind its arrival.
    in_house = sorted(stay["room"] for stay in await stays_at_server(phone, cast))
    assert in_house == sorted(room for room in HOUSE_ROOMS if room != "3")
    receipt = await phone.page.evaluate(
        "async () => asm.receipt((await asm.records())[0].answer.outcome.results[0].stay_id)"
    )
    assert receipt["token"]


async def test_a_hundred_go_in_two_requests(phone: LandlordPhone, network: PhoneNetwork) -> None:
    await phone.context.set_offline(True)
    deeds = [{"deed": "declare", "body": party(guest(), room=str(number))} for number in range(100)]
    await phone.page.evaluate(
        "async ([house, deeds]) => { for (const deed of deeds) await asm.save(house, deed); }",
        [phone.house, deeds],
    )
    network.requests.clear()
    await phone.context.set_offline(False)
    await phone.until("asm.net().unsent === 0")
    assert network.requests.count("POST batch") == 2
    assert len(network.received) == len(set(network.received)) == 100


async def test_a_refused_one_steps_aside_and_an_amendment_waits(
    phone: LandlordPhone, network: PhoneNetwork, cast: Cast
) -> None:
    wrong = guest(birth_date="2990-01-01")
    refused = await phone.declare("1", guests=[wrong])
    await phone.declare("2")
    await phone.until("asm.net().unsent === 1 && !asm.net().syncing")
    assert await phone.states() == {"1": "sent_back", "2": "received"}
    sent_back = next(each for each in await phone.records() if each["key"] == refused["key"])
    assert sent_back["problem"]["code"] == "nothing_accepted"
    # Corrected, it is another message: under the old key the server would compare it with the old.
    right = {"deed": "declare", "body": party(guest(), room="1")}
    fresh = await phone.page.evaluate(
        "([key, deed]) => asm.amendUnsent(key, deed)", [refused["key"], right]
    )
    assert fresh["key"] != refused["key"]
    await phone.until("asm.net().unsent === 0")
    # What may be at the server is not changed under its key: the wish waits for the outcome.
    network.mode = "lost"
    sent = await phone.declare("4")
    await phone.until("asm.net().nextTry && !asm.net().syncing")
    moved = {"deed": "declare", "body": {**sent["deed"]["body"], "room": "5"}}
    after = await phone.page.evaluate(
        "([key, deed]) => asm.amendUnsent(key, deed)", [sent["key"], moved]
    )
    assert after["frozen"]
    assert after["deed"]["body"]["room"] == "4"
    assert after["amendment"]["body"]["room"] == "5"
    network.mode = "good"
    await phone.sync()
    await phone.until("asm.net().unsent === 0")
    assert sorted(stay["room"] for stay in await stays_at_server(phone, cast)) == ["1", "2", "5"]


async def test_removed_is_brought_back_and_all_can_be_exported(phone: LandlordPhone) -> None:
    await phone.context.set_offline(True)
    first, _ = await phone.declare("1"), await phone.declare("2")
    await phone.page.evaluate("key => asm.removeUnsent(key)", first["key"])
    assert list(await phone.states()) == ["2"]
    await phone.page.evaluate("key => asm.undoRemove(key)", first["key"])
    assert list(await phone.states()) == ["1", "2"]
    await phone.page.evaluate("asm.draft.store('declare', {room: '3'})")
    text = await phone.page.evaluate("asm.exportUnsent({room: '4'}).then(file => file.text())")
    exported = json.loads(text)
    assert [each["deed"]["body"]["room"] for each in exported["records"]] == ["1", "2"]
    assert exported["draft"] == {"room": "4"}
    await phone.reload()
    assert await phone.page.evaluate("asm.draft.load('declare')") == {"room": "3"}
    # Nothing of anybody stands readable in the store.
    stored = await phone.page.evaluate(EVERYTHING)
    assert not [word for word in ("Nguyễn", "arrived_at", phone.house) if word in stored]
