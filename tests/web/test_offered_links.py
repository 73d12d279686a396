"""What a page offers, its reader may do."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.demo.cast import Cast
from tests.web.visitor import Visitor


async def _make_member(engine: AsyncEngine, login: str, facility: UUID, *, owner: bool) -> None:
    async with one_transaction(engine) as session:
        await session.execute(
            text(
                "INSERT INTO membership (facility_id, account_id, owner) "
                "SELECT :facility, id, :owner FROM account WHERE login = :login"
            ),
            {"facility": facility, "login": login, "owner": owner},
        )


@pytest.mark.parametrize("who", ["owner", "member", "officer"])
async def test_every_link_of_a_facility_opens_for_who_is_shown_it(
    who: str, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    if who == "member":
        await _make_member(admin_engine, "hai", cast.hoa_sen, owner=False)
    await visitor.sign_in(cast, {"owner": "lan", "member": "hai", "officer": "minh"}[who])
    seen: set[str] = set()
    waiting = [f"/facilities/{cast.hoa_sen}"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        await visitor.open(path)
        links = set(
            re.findall(rf'href="(/(?:facilities|desk)/{cast.hoa_sen}[^"#]*)"', visitor.html)
        )
        waiting.extend(links - seen - set(waiting))
    offered = {path.rpartition("/")[2] for path in seen}
    assert ("software" in offered) is (who == "owner")
    assert len(seen) > 1
