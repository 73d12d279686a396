"""The key files for commands that seal, open or sign: those of the database that they work in."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.identity.vault.keys import KeyFiles, read_keys
from asm.install.belonging.key_marks import check_keys
from asm.install.belonging.require_own import refuse_keys


async def read_own_keys(engine: AsyncEngine, folder: Path) -> KeyFiles:
    """Raises ConfigurationError naming the file that is missing or broken, or is another
    installation's, and as the database does when it cannot be asked.
    """
    files = read_keys(folder)
    refuse_keys(await check_keys(engine, folder))
    return files
