"""Put a process's key ring together: key files, wrapped keys, and where look-ups are written."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.audit.lookups import LookUps
from asm.identity.vault.keyring import KeyRing


def open_vault(
    folder: Path, engine: AsyncEngine, *, timer: Callable[[], float] = time.monotonic
) -> KeyRing:
    """`engine` is one of its own, small: keys are read and look-ups committed on it while the
    request that needs them holds a connection of the main pool.
    """
    return KeyRing(folder, engine, LookUps(engine), timer=timer)
