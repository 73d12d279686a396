"""How soon the landlord's app can be used, in a Chromium slowed down as the phone would be:
`python -m benchmarks.app_paints http://127.0.0.1:8000` against a running installation.

Milliseconds from the address to the first thing that can be touched; medians, nobody is signed in.
The first start comes over the network with nothing kept, the later ones from the worker's cache.
"""

import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright

SLOWER: Final = 6
STARTS: Final = 5
FIRST_MS: Final = 2000
OFFLINE_MS: Final = 500
#: Bits a second down and up, and the way there and back in ms: 3G as browsers' tools have it.
THREE_G: Final = (1_600_000, 750_000, 150)
_TOUCHABLE: Final = """() => new Promise((come) => {
  const look = () => (document.querySelector('#app :is(button, a[href], input)')
    ? come(performance.now()) : requestAnimationFrame(look));
  look();
})"""


@contextmanager
def phone() -> Iterator[tuple[BrowserContext, Page, CDPSession]]:
    """A small screen and a slow processor."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        context = browser.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        yield context, page, devtools
        browser.close()


def first_start(page: Page, devtools: CDPSession, address: str) -> float:
    """Over 3G, with nothing kept."""
    down, up, latency = THREE_G
    devtools.send("Network.enable")
    devtools.send("Network.clearBrowserCache")
    devtools.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
    line = {"downloadThroughput": down / 8, "uploadThroughput": up / 8, "latency": latency}
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **line})
    return opened(page, address)


def opened(page: Page, address: str) -> float:
    page.goto("about:blank")
    page.goto(f"{address}/app/", wait_until="commit")
    return float(page.evaluate(_TOUCHABLE))


def main(address: str) -> int:
    """Print both medians beside their limits; 1 where one is above."""
    with phone() as (context, page, devtools):
        first = statistics.median(first_start(page, devtools, address) for _ in range(STARTS))
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        context.set_offline(True)
        offline = statistics.median(opened(page, address) for _ in range(STARTS))
    print(f"processor {SLOWER} times slower, median of {STARTS}")
    print(f"first start, 3G      {first:6.0f} ms  of {FIRST_MS}")
    print(f"later, without signal{offline:6.0f} ms  of {OFFLINE_MS}")
    return int(first > FIRST_MS or offline > OFFLINE_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/")))
