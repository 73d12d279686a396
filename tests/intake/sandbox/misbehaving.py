"""Tasks for the sandbox's tests: good ones, and ones that misbehave."""

import os
import stat
import sys
import tempfile
import time
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import msgspec

from asm.intake.sandbox.sandbox_child import LENGTH, Answer

# Asked for before the limits are set: it tries by writing.
_TEMP = tempfile.gettempdir()
_SEEN: list[str] = []


def measure(data: bytes, times: int = 1) -> int:
    return len(data) * times


def process(_data: bytes) -> int:
    return os.getpid()


def by_order(data: bytes) -> str:
    """What `data` says: one function, so that one worker gets good and bad tasks in turn."""
    orders = (spin, sleep, die, leave, hog, fail, grow, babble, forge)
    return {order.__name__.encode(): order for order in orders}.get(data, fine)(data)


def fine(_data: bytes) -> str:
    sys.stdout.write("libraries print\n")
    sys.stdout.flush()
    return "fine"


def spin(_data: bytes) -> str:
    while True:
        pass


def sleep(_data: bytes) -> str:
    time.sleep(60)
    return "late"


def die(_data: bytes) -> str:
    os._exit(9)


def leave(_data: bytes) -> str:
    """As an idle process does."""
    os._exit(0)


def hog(_data: bytes) -> str:
    return str(len(bytearray(2_000_000_000)))


def fail(data: bytes) -> str:
    raise ValueError(data.decode())


def grow(_data: bytes) -> str:
    return "x" * 5_000_000


def babble(_data: bytes) -> str:
    """Garbage where the answers go, of the length that it says."""
    return _say(b"no answer at all")


def forge(_data: bytes) -> str:
    """An answer as it might be to somebody else's task."""
    value = msgspec.msgpack.encode("fine")
    return _say(msgspec.msgpack.encode(Answer(token=bytes(8), value=value)))


def _say(message: bytes) -> str:
    # Standard input, output and error are 0 to 2; the way of the answers is a pipe beyond.
    for number in range(3, 64):
        with suppress(OSError):
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, LENGTH.pack(len(message)) + message)
    return "said"


def remember(data: bytes) -> str:
    """What the tasks before this one left behind in its process."""
    _SEEN.append(data.decode())
    return ",".join(_SEEN)


def on_the_day(_data: bytes, day: date, moment: datetime | None = None) -> str:
    return f"{type(day).__name__} {day} {moment}"


def write(data: bytes) -> str:
    """Try to keep `data` wherever a program might; the places where it stayed."""
    return ",".join(str(folder) for folder in (_TEMP, ".") if _keeps(folder, data))


def _keeps(folder: str, data: bytes) -> bool:
    path = Path(folder) / f"kept-{os.getpid()}"
    try:
        path.write_bytes(data)
    except OSError:
        return path.exists() and path.stat().st_size > 0
    else:
        return True
    finally:
        path.unlink(missing_ok=True)


def environment(_data: bytes) -> list[str]:
    return sorted(os.environ)
