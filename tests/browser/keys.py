"""Keys as a machine and as a person strike them."""

import asyncio
import time
from typing import Final
from weakref import WeakKeyDictionary

from playwright.async_api import CDPSession, Page

#: Seconds between a person's keys; a scanner has none to speak of.
BRISK, EASY = 0.045, 0.11
#: Seconds between a scanner's keys, and before whatever is struck after something else.
_MACHINE, _APART = 0.002, 0.06
#: By page, when its last key was struck.
_STRUCK: Final[WeakKeyDictionary[Page, float]] = WeakKeyDictionary()
_NAMED: Final = {"\n": ("Enter", 13, "\r"), "\t": ("Tab", 9, "")}


async def strike(page: Page, text: str, pace: float = 0) -> None:
    """Each letter of `text` as a key, a line break as Enter and a tabulator as Tab. Without a pace
    the browser gets them in one go, and takes them one after the other. Each key says itself when
    it was struck, as a keyboard's does: a machine that stalls meanwhile changes nothing.
    """
    session = await page.context.new_cdp_session(page)
    apart = pace or _MACHINE
    first = max(_STRUCK.get(page, 0) + max(_APART, apart), time.time())
    times = [first + apart * turn for turn in range(len(text))]
    if pace:
        for letter, struck in zip(text, times, strict=True):
            await asyncio.sleep(pace)  # what is tried is how soon a person types
            await _key(session, letter, struck)
    else:
        await asyncio.gather(*map(_key, [session] * len(text), text, times))
    _STRUCK[page] = times[-1]
    await session.detach()


async def _key(session: CDPSession, letter: str, struck: float) -> None:
    name, code, typed = _NAMED.get(letter, (letter, 0, letter))
    key = {"key": name, "windowsVirtualKeyCode": code, "timestamp": struck}
    down = {"type": "keyDown" if typed else "rawKeyDown", "text": typed}
    await asyncio.gather(
        session.send("Input.dispatchKeyEvent", key | down),
        session.send("Input.dispatchKeyEvent", key | {"type": "keyUp"}),
    )
