from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from tests.checks.desks import Desks, at, check, fresh_number
from tests.checks.flags.test_cases import late_workbook, the_case


@pytest.fixture
async def desks(
    api_engine: AsyncEngine, admin_engine: AsyncEngine, vault_keys: Keys, cast: Cast
) -> Desks:
    """The desks of March 2026, when the cast's rooms had long been open."""
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE room SET opened_on = DATE '2025-01-01'"))
    return Desks(engine=api_engine, keys=vault_keys, cast=cast)


@pytest.fixture
async def late(desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine) -> UUID:
    """The case of a workbook with two guests that came late."""
    await late_workbook(desks, 2)
    await check(worker_engine)
    return (await the_case(api_engine, check_id="declared-late")).id


@pytest.fixture
async def pair(desks: Desks, worker_engine: AsyncEngine, api_engine: AsyncEngine) -> UUID:
    """The case of one document in two houses of the ward."""
    number = fresh_number()
    await desks.declare("lan", number, at(1), at(5, 11))
    await desks.declare("hai", number, at(2), at(4, 11))
    await check(worker_engine)
    return (await the_case(api_engine, urgency="now")).id
