"""Networks that pretend, servers that are away, clocks that are wrong, two tabs."""

import asyncio

from tests.browser.app.conftest import OpenPhone
from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone

#: A phone whose clock is a day ahead.
TOMORROW = """(() => {
  const Right = Date, ahead = 86_400_000;
  globalThis.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(Right.now() + ahead); }
    static now() { return Right.now() + ahead; }
  };
})()"""
#: Lets the access token's time be over, as far as the phone knows.
SPENT = """() => new Promise((come) => {
  indexedDB.open('asm-app').onsuccess = ({ target: { result: db } }) => {
    const session = db.transaction('session', 'readwrite').objectStore('session');
    session.get('account').onsuccess = (read) => {
      session.put({ ...read.target.result, accessUntil: 0 }, 'account').onsuccess = () => {
        db.close();
        come();
      };
    };
  };
})"""


async def test_what_a_hotspot_or_a_busy_server_says_keeps_the_record(
    phone: LandlordPhone, network: PhoneNetwork
) -> None:
    network.mode = "captive"
    await phone.declare("1")
    await phone.until("asm.net().captive && asm.net().nextTry")
    await phone.until_states({"1": "waiting"})
    network.mode = "away"
    await phone.sync()
    await phone.until("!asm.net().captive")
    # The server asked for two seconds: until then not even a person's touch sends anything.
    sent = network.requests.count("POST batch")
    await phone.sync()
    assert network.requests.count("POST batch") == sent
    await phone.until_states({"1": "waiting"})
    network.mode = "good"
    # Nobody touches the phone and no event comes: its own timer sends.
    await phone.until("asm.net().unsent === 0")
    assert network.received == [(await phone.records())[0]["key"]]


async def test_a_clock_that_is_a_day_ahead_is_measured_and_harms_nothing(
    open_phone: OpenPhone, network: PhoneNetwork
) -> None:
    phone = await open_phone()
    await phone.context.add_init_script(TOMORROW)
    await network.lead(phone.context)
    await phone.sign_in()
    # Asked before anything is saved: the worker, whose clock nobody turned, may send that.
    offset = (await phone.net())["clockOffsetS"]
    assert -86_460 < offset < -86_340
    record = await phone.declare("1")
    await phone.until("asm.net().unsent === 0")
    assert await phone.states() == {"1": "received"}
    # The time of saving is the phone's own; whose clock is right, the server says beside it.
    ahead = await phone.page.evaluate("at => Date.parse(at) - Date.now()", record["savedAt"])
    assert abs(ahead) < 120_000


async def test_two_tabs_send_each_record_once(phone: LandlordPhone, network: PhoneNetwork) -> None:
    other = LandlordPhone(phone.context, await phone.context.new_page(), phone.address, phone.cast)
    await other.open()
    await other.until("asm.session().status === 'signed_in'")
    await phone.context.set_offline(True)
    for tab in (phone, other):
        await tab.until("!asm.net().online && !asm.net().syncing")
    await phone.page.evaluate(SPENT)
    network.requests.clear()
    for number in range(6):
        await (phone if number % 2 else other).declare(str(number + 1))
    await phone.context.set_offline(False)
    await asyncio.gather(phone.sync(), other.sync())
    for tab in (phone, other):
        await tab.until("asm.net().unsent === 0")
    received = network.received
    assert len(received) == len(set(received)) == 6
    # Both needed a new token; one fetched it for both.
    assert network.requests.count("POST token") == 1
    # What is saved in one is shown in the other without a word of the network.
    network.mode = "captive"
    await phone.declare("7")
    await other.until("asm.net().unsent === 1")


async def test_a_browser_without_locks_takes_turns_by_a_lease(
    open_phone: OpenPhone, network: PhoneNetwork
) -> None:
    phone = await open_phone(service_workers="block")
    without = "Object.defineProperty(navigator, 'locks', {value: undefined})"
    await phone.context.add_init_script(without)
    await network.lead(phone.context)
    await phone.sign_in()
    other = LandlordPhone(phone.context, await phone.context.new_page(), phone.address, phone.cast)
    await other.open()
    network.mode = "captive"
    for number in range(6):
        await (phone if number % 2 else other).declare(str(number + 1))
    network.mode = "good"
    await asyncio.gather(phone.sync(), other.sync())
    for tab in (phone, other):
        await tab.until("asm.net().unsent === 0")
    assert len(network.received) == len(set(network.received)) == 6
