"""Jobs that misbehave, for the sandbox's tests."""

import os


def spin(_data: bytes) -> int:
    count = 0
    while True:
        count += 1


def die(_data: bytes) -> int:
    os._exit(9)


def environment(_data: bytes) -> list[str]:
    return sorted(os.environ)
