"""Jobs for the pool's tests: good ones, and ones that misbehave."""

import os
import sys
import tempfile
import time
from pathlib import Path

# Asked for before the limits are set: it tries by writing.
_TEMP = tempfile.gettempdir()


def measure(data: bytes, times: int = 1) -> int:
    return len(data) * times


def process(_data: bytes) -> int:
    return os.getpid()


def by_order(data: bytes) -> str:
    """What `data` says: one function, so that one worker gets good and bad jobs in turn."""
    return {b"spin": spin, b"sleep": sleep, b"die": die, b"hog": hog, b"fail": fail}.get(
        data, fine
    )(data)


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


def hog(_data: bytes) -> str:
    return str(len(bytearray(2_000_000_000)))


def fail(data: bytes) -> str:
    raise ValueError(data.decode())


def write(data: bytes) -> str:
    """Try to keep `data` wherever a program might; the places where it stayed."""
    return ",".join(str(place) for place in (_TEMP, ".") if _keeps(place, data))


def _keeps(place: str, data: bytes) -> bool:
    path = Path(place) / f"kept-{os.getpid()}"
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
