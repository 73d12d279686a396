"""The worker's part that asks the population database about guests."""

import asyncio
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.checks.population.verify_identities import look_up_identities
from asm.db.unavailable import DATABASE_UNAVAILABLE
from asm.identity.population import PopulationClient, read_token
from asm.identity.vault.keys import read_keys
from asm.settings import Settings
from asm.stays.open_vault import open_vault
from asm.worker.messengers import end_if_cancelled

LOOK_UP_EVERY_S: Final = 2.0
log = structlog.get_logger("asm.worker")  # the name that operators filter by


def population_client(settings: Settings) -> PopulationClient | None:
    """None without an address: then nobody is asked about. Raises ConfigurationError before the
    work begins rather than in the middle of it.
    """
    if not settings.population_url:
        return None
    read_keys(settings.secrets_dir)
    return PopulationClient(settings.population_url, read_token(settings.population_token_file))


async def look_up(engine: AsyncEngine, settings: Settings, client: PopulationClient) -> None:
    """Ask the population database about the guests that wait. Beside draining: however long the
    service takes, the outbox is emptied meanwhile.
    """
    vault = open_vault(settings.secrets_dir, engine)
    async with client:
        while True:
            pause = LOOK_UP_EVERY_S
            try:
                done = await look_up_identities(engine, await vault.current(), client)
                if done.claimed:
                    log.info("identities_looked_up", **msgspec.structs.asdict(done))
                    pause = 0.0
            except DATABASE_UNAVAILABLE as error:
                end_if_cancelled(error)
                log.warning("look_up_failed", error=type(error).__name__)
            await asyncio.sleep(pause)
