"""A population service of its own, and a worker that asks it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.identity.population import PopulationClient
from asm.identity.vault.keys import Keys
from asm.settings import Settings
from asm.stays.open_vault import open_vault
from tests.checks.population.ward import PATIENCE, Ward
from tests.demo.population.service import Service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[PopulationClient]:
    async with service.client(patience=PATIENCE) as opened:
        yield opened


@pytest.fixture
async def worker_keys(settings: Settings, worker_engine: AsyncEngine) -> Keys:
    """The keys as the worker has them: with its own login, and its own right to write look-ups."""
    return await open_vault(settings.secrets_dir, worker_engine).current()


@pytest.fixture
def ward(
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    worker_keys: Keys,
    client: PopulationClient,
) -> Ward:
    return Ward(worker_engine, admin_engine, worker_keys, client)
