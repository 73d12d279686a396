"""Keys as a machine and as a person strike them."""

import asyncio
from typing import Final

from playwright.async_api import CDPSession, Page

#: Seconds between a person's keys; a scanner has none to speak of.
BRISK, EASY = 0.045, 0.11
_NAMED: Final = {"\n": ("Enter", 13, "\r"), "\t": ("Tab", 9, "")}


async def strike(page: Page, text: str, pace: float = 0) -> None:
    """Each letter of `text` as a key, a line break as Enter and a tabulator as Tab. Without a pace
    the browser gets them in one go, and takes them one after the other.
    """
    session = await page.context.new_cdp_session(page)
    if pace:
        for letter in text:
            await asyncio.sleep(pace)  # what is tried is how soon a person types
            await _key(session, letter)
    else:
        await asyncio.gather(*(_key(session, letter) for letter in text))
    await session.detach()


async def _key(session: CDPSession, letter: str) -> None:
    name, code, typed = _NAMED.get(letter, (letter, 0, letter))
    down = {"type": "keyDown" if typed else "rawKeyDown", "key": name, "text": typed}
    await asyncio.gather(
        session.send("Input.dispatchKeyEvent", down | {"windowsVirtualKeyCode": code}),
        session.send(
            "Input.dispatchKeyEvent",
            {"type": "keyUp", "key": name, "windowsVirtualKeyCode": code},
        ),
    )
