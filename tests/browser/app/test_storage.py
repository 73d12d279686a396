"""The phone's store: full, cleared, and as a newer app left it."""

import pytest
from playwright.async_api import Error

from tests.browser.app.conftest import OpenPhone
from tests.browser.app.network import PhoneNetwork
from tests.browser.app.phone import LandlordPhone

#: What a later app would do: another version, with one store and one member of a row more.
NEWER = """() => new Promise((come, fail) => {
  const request = indexedDB.open('asm-app', 7);
  request.onupgradeneeded = () => request.result.createObjectStore('voices');
  request.onerror = fail;
  request.onsuccess = () => {
    const outbox = request.result.transaction('outbox', 'readwrite').objectStore('outbox');
    outbox.getAll().onsuccess = ({ target: { result: rows } }) => {
      for (const row of rows) outbox.put({ ...row, mood: 'new' });
      outbox.transaction.oncomplete = () => { request.result.close(); come(); };
    };
  };
})"""
CHANGE_FIRST = """(change) => new Promise((come) => {
  indexedDB.open('asm-app').onsuccess = ({ target: { result: db } }) => {
    const outbox = db.transaction('outbox', 'readwrite').objectStore('outbox');
    outbox.getAll().onsuccess = ({ target: { result: [row] } }) => {
      if (change === 'damage') row.sealed.data = new ArrayBuffer(40);
      else Object.assign(row, { state: 'sending', frozen: true });
      outbox.put({ ...row, rev: row.rev + 1 });
      outbox.transaction.oncomplete = () => { db.close(); come(); };
    };
  };
})"""


async def test_an_older_app_keeps_and_sends_what_a_newer_one_left(
    phone: LandlordPhone, network: PhoneNetwork
) -> None:
    await phone.context.set_offline(True)
    await phone.declare("1")
    # The tab that is open gives way to it.
    await phone.page.evaluate(NEWER)
    await phone.declare("2")
    await phone.reload()
    assert await phone.states() == {"1": "waiting", "2": "waiting"}
    # A record that nothing opens any more is counted, holds nothing up and stays.
    await phone.page.evaluate(CHANGE_FIRST, "damage")
    await phone.declare("3")
    await phone.until("asm.net().unreadable === 1")
    await phone.context.set_offline(False)
    await phone.until("asm.net().unsent === 0")
    assert await phone.states() == {"2": "received", "3": "received"}
    assert (await phone.net())["unreadable"] == 1
    exported = await phone.page.evaluate("asm.exportUnsent().then((file) => file.text())")
    assert '"unreadable": [\n    {' in exported


async def test_what_a_closed_tab_was_sending_waits_again(phone: LandlordPhone) -> None:
    await phone.context.set_offline(True)
    await phone.declare("1")
    # As a tab leaves it that is closed between the first byte and the answer.
    await phone.page.evaluate(CHANGE_FIRST, "send")
    await phone.reload()
    await phone.sync()
    # Nobody sends it, so nobody says so; and it may be at the server.
    assert await phone.states() == {"1": "waiting"}
    assert [record["frozen"] for record in await phone.records()] == [True]


async def fill(phone: LandlordPhone) -> None:
    """Drafts until not even a small one fits."""
    await phone.page.evaluate(
        """async () => {
          for (let size = 262_144, number = 0; size > 64; number += 1) {
            try { await asm.draft.store(`filling-${number}`, 'x'.repeat(size)); }
            catch { size /= 4; }
          }
        }"""
    )


async def test_a_full_phone_says_so_and_stores_again_once_there_is_room(
    open_phone: OpenPhone, network: PhoneNetwork
) -> None:
    phone = await open_phone()
    devtools = await phone.context.new_cdp_session(phone.page)
    quota = {"origin": phone.address}
    await devtools.send("Storage.overrideQuotaForOrigin", {**quota, "quotaSize": 2_000_000})
    await network.lead(phone.context)
    await phone.sign_in()
    await fill(phone)
    network.mode = "captive"
    with pytest.raises(Error, match="storage_full"):
        await phone.declare("1")
    assert (await phone.net())["storageFull"]
    assert await phone.states() == {}
    # The page still holds the draft, and it can be taken away as a file.
    exported = await phone.page.evaluate(
        "asm.exportUnsent({ room: '1' }).then((file) => file.text())"
    )
    assert '"room": "1"' in exported
    await devtools.send("Storage.overrideQuotaForOrigin", quota)
    await phone.declare("1")
    assert not (await phone.net())["storageFull"]
    assert list(await phone.states()) == ["1"]
    # Cleared by the browser: nobody is signed in, and the app opens and says so.
    cleared = {**quota, "storageTypes": "indexeddb"}
    await devtools.send("Storage.clearDataForOrigin", cleared)
    await phone.reload()
    assert await phone.page.evaluate("asm.session().status") == "signed_out"
