"""Browsers, codes read off pages, and clocks moved, for tests of one-time codes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from litestar import Litestar
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from asm.accounts.codes.model import account_code
from asm.db.session import one_transaction
from tests.web.visitor import Visitor

CODE = re.compile(r"slip-code\">([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})<")
LINK = re.compile(r"/codes/([0-9a-f-]{36})\"")
PASSWORD = "mot-cau-that-dai-2026"


@asynccontextmanager
async def browser(app: Litestar) -> AsyncIterator[Visitor]:
    """Another browser, with cookies of its own."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield Visitor(client)


def code_on(visitor: Visitor) -> str:
    """The code that the page shows."""
    shown = CODE.search(visitor.html)
    assert shown is not None, visitor.html
    return shown.group(1)


def link_on(visitor: Visitor) -> str:
    """The address that the page's link leads to."""
    shown = LINK.search(visitor.html)
    assert shown is not None, visitor.html
    return f"/codes/{shown.group(1)}"


async def give_code(visitor: Visitor, code: str, status: int = 200) -> None:
    """Type the code where codes are typed."""
    await visitor.open("/codes")
    await visitor.send("/codes", status=status, code=code)


async def move_codes(engine: AsyncEngine, by: timedelta) -> None:
    """Let all that is stored of codes lie further back."""
    async with one_transaction(engine) as session:
        for table, column in (
            (account_code, account_code.c.issued_at),
            (account_code, account_code.c.expires_at),
            (account_code, account_code.c.held_until),
        ):
            await session.execute(update(table).values({column: column - by}))


async def deeds(session: AsyncSession, action: str) -> list[tuple[object, object]]:
    """Who did it to whom, by ids."""
    rows = await session.execute(
        text("SELECT actor_id, subject_id FROM audit_entry WHERE action = :action ORDER BY at"),
        {"action": action},
    )
    return [(row.actor_id, row.subject_id) for row in rows]
