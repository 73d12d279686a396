"""Sessions that end while something waits, and other people on the same phone."""

import httpx

from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone
from tests.people import sign_in


async def test_an_expired_session_keeps_what_waits_and_takes_more(
    phone: LandlordPhone, network: PhoneNetwork
) -> None:
    network.mode = "expired"
    await phone.declare("1")
    await phone.until("asm.session().status === 'expired'")
    await phone.declare("2")
    assert await phone.states() == {"1": "waiting", "2": "waiting"}
    await phone.reload()
    assert (await phone.net())["unsent"] == 2
    assert (await phone.page.evaluate("asm.session().account.name")) == "Hải"
    network.mode = "good"
    await phone.sign_in()
    await phone.until("asm.net().unsent === 0")
    assert await phone.states() == {"1": "received", "2": "received"}


async def test_signed_out_from_elsewhere_wipes_and_another_person_reads_nothing(
    phone: LandlordPhone, network: PhoneNetwork
) -> None:
    network.mode = "half captive"
    await phone.declare("1")
    await phone.until("asm.net().nextTry")
    await phone.page.evaluate("asm.draft.store('declare', {room: '3'})")
    device = await phone.page.evaluate("asm.session().deviceId")
    async with httpx.AsyncClient(base_url=phone.address) as client:
        hai = await sign_in(client, phone.cast, "hai")
        ended = await client.delete(f"/api/v1/me/devices/{device}", headers=hai)
        assert ended.status_code == 204, ended.text
    await phone.page.evaluate("asm.ask('GET', '/api/v1/me').catch(() => 0)")
    await phone.until("asm.session().status === 'ended'")
    network.mode = "good"
    assert await phone.records() == []
    assert await phone.page.evaluate("asm.session().account ?? null") is None
    assert (await phone.net())["unreadable"] == 1
    # Lan works at another house. She is told of a record that is not hers, and cannot open it.
    await phone.sign_in("lan")
    net = await phone.net()
    assert (net["unsent"], net["unreadable"]) == (0, 1)
    assert await phone.records() == []
    assert await phone.page.evaluate("asm.draft.load('declare') ?? null") is None
    assert network.received == []
    assert await phone.page.evaluate("asm.signOut()") == {"unsent": 0}
    assert await phone.page.evaluate("asm.session()") == {"status": "signed_out", "facilities": []}
    # Hải again, on the same phone: the same key, and the record goes, with its proof.
    await phone.sign_in()
    await phone.until("asm.net().unsent === 0 && !asm.net().unreadable")
    assert await phone.states() == {"1": "received"}
    assert await phone.page.evaluate("asm.draft.load('declare')") == {"room": "3"}
