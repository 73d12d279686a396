"""The walk of `asm smoke` through the installation in this checkout, started if it is not on."""

from collections.abc import Iterator
from contextlib import contextmanager

from asm.demo.smoke.http import SmokeFailure
from asm.demo.smoke.verdict import last_word
from asm.demo.smoke.walk import walk
from local import up as installation
from local.fill import read_accounts
from local.layout import read_layout
from local.machine.interrupts import stop_on_signals
from local.machine.progress import Progress
from local.state import load_state


def smoke() -> None:
    """Walk, say OK or FAILED, and leave everything as it was. Raises SystemExit with 1."""
    progress = Progress()
    with last_word(progress.say), stop_on_signals(), _running(progress) as address:
        accounts = read_accounts(read_layout())
        walk(address, {a["login"]: a["password"] for a in accounts}, progress)


@contextmanager
def _running(progress: Progress) -> Iterator[str]:
    """The address of the local installation, started for the walk if it was not running."""
    layout = read_layout()
    was_up = load_state(layout).is_up()
    if not was_up:
        installation.up(detach=True)
    state = load_state(layout)
    if not state.is_up():
        raise SmokeFailure("the platform did not start")
    progress.say(f"Walking through {state.url}")
    try:
        yield state.url
    finally:
        if not was_up:
            installation.down()
