from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from asm.identity.vault.keys import Keys
from tests.checks.desks import Desks


@pytest.fixture
async def desks(
    api_engine: AsyncEngine, admin_engine: AsyncEngine, vault_keys: Keys, cast: Cast
) -> Desks:
    """The desks of March 2026, when the cast's rooms had long been open."""
    async with one_transaction(admin_engine) as session:
        await session.execute(text("UPDATE room SET opened_on = DATE '2025-01-01'"))
    return Desks(engine=api_engine, keys=vault_keys, cast=cast)


@pytest.fixture
def count_statements() -> Callable[[AsyncEngine], AbstractContextManager[list[str]]]:
    @contextmanager
    def count(engine: AsyncEngine) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(engine.sync_engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine.sync_engine, "before_cursor_execute", note)

    return count
