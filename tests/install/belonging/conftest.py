from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.identity.vault.keys import create_keys
from asm.settings import Settings

Execute = Callable[[str], Awaitable[None]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Key files of one test alone."""
    secrets = tmp_path / "secrets"
    create_keys(secrets)
    return secrets


@pytest.fixture
def own(settings: Settings, folder: Path) -> Settings:
    """The settings of a test, with key files of its own."""
    return replace(settings, secrets_dir=folder)


@pytest.fixture
def execute(admin_engine: AsyncEngine) -> Execute:
    """Do something to the database that no command does."""

    async def statement(sql: str) -> None:
        async with one_transaction(admin_engine) as session:
            await session.execute(text(sql))

    return statement
