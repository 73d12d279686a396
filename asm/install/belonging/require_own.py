"""What a process asks before it serves: are these key files those of this database, and has it no
passwords that everybody knows?
"""

from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.error_kinds import DATABASE_ERRORS
from asm.errors import Misconfigured
from asm.install.belonging.key_marks import KeyState, check_keys

log = structlog.get_logger()


async def require_own(engine: AsyncEngine, folder: Path) -> bool:
    """Raises Misconfigured naming the key files that are lost or from elsewhere. Nothing is
    written. A database that is away is not waited for: False, it was not asked.
    """
    try:
        states = await check_keys(engine, folder)
    except DATABASE_ERRORS as error:
        log.warning("keys_not_checked", error=type(error).__name__)
        return False
    refuse_keys(states)
    return True


def refuse_keys(states: dict[str, KeyState]) -> None:
    """Raises Misconfigured for the first kind of what is wrong with key files, naming each."""
    broken, missing, other = (
        ", ".join(file for file, its in states.items() if its == state)
        for state in ("broken", "missing", "other")
    )
    if broken:
        raise Misconfigured("key_file_broken_here", files=broken)
    if missing:
        raise Misconfigured("key_file_missing_here", files=missing)
    if other:
        raise Misconfigured("key_file_other_here", files=other)
