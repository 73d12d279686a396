"""Minh's ward is split in two, yesterday."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.db.base import vietnam_time
from asm.db.rls import database_now
from asm.db.session import make_sessions
from asm.demo.cast import WARD_A
from asm.demo.ward_split import invented_split
from asm.stays.area_changes import AreaChange, change_areas
from tests.stays.area_changes.changing import Change, record


@pytest.fixture
async def day(admin_session: AsyncSession) -> date:
    """Yesterday: the day of every change here."""
    return vietnam_time(await database_now(admin_session)).date() - timedelta(days=1)


@pytest.fixture
def change(admin_engine: AsyncEngine, day: date, tmp_path: Path) -> Change:
    """Split Minh's ward in two; again, the same file."""

    async def split() -> AreaChange:
        path = tmp_path / "event.json"
        if path.exists():
            return await change_areas(admin_engine, path)
        async with make_sessions(admin_engine)() as session:
            event = await invented_split(session, WARD_A, day)
        return await record(admin_engine, tmp_path, event)

    return split
