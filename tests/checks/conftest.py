from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.identity.keys import Keys
from asm.seed import Cast
from tests.checks.desks import Desks


@pytest.fixture
def desks(api_engine: AsyncEngine, vault_keys: Keys, cast: Cast) -> Desks:
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
