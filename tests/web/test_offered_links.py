"""What a page offers, its reader may do."""

import re
from typing import get_args
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.accounts.roles import LANDLORD, Role
from asm.db.session import one_transaction
from asm.demo.cast import PEOPLE, Cast
from asm.web.assets import Assets
from tests.web.visitor import Visitor

WHO = {"owner": "lan", "member": "hai", "officer": "minh", "administrator": "admin"}
#: Everybody's work begins behind `/`; strangers begin there.
EVERYBODY = (*PEOPLE, "")


async def _leave_facilities(engine: AsyncEngine, kept: list[UUID]) -> None:
    """As if the others had never been."""
    async with one_transaction(engine) as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for table, column in (("membership", "facility_id"), ("facility", "id")):
            await session.execute(
                text(f"DELETE FROM {table} WHERE {column} <> ALL(:kept)"),
                {"kept": kept},
            )


@pytest.mark.parametrize("there_are", ["none", "one", "all"])
async def test_everybodys_first_page_and_all_that_heads_and_foots_it_open(
    there_are: str, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    if there_are != "all":
        await _leave_facilities(admin_engine, [cast.hoa_sen] if there_are == "one" else [])
    assert {person.role for person in cast.people.values()} == set(get_args(Role))
    built = Assets()("styles/fonts.scss") is not None
    for login in EVERYBODY:
        visitor.client.cookies.clear()
        if login:
            await visitor.sign_in(cast, login)
        await _open_all_around(visitor, signed_in=bool(login))
        role = cast.people[login].role if login else LANDLORD
        ours = built and role != LANDLORD
        assert await _typefaces(visitor) == {ours}, login


async def _typefaces(visitor: Visitor) -> set[bool]:
    """Whether pages that any signed-in person opens, refusals among them, have our letters."""
    ours = set()
    for path in ("/", "/terms", "/verify", "/account", "/inbox", "/incidents", "/nowhere"):
        answer = await visitor.client.get(path, follow_redirects=True)
        ours.add(re.search(r'href="/static/assets/fonts-', answer.text) is not None)
    return ours


async def _open_all_around(visitor: Visitor, *, signed_in: bool) -> None:
    """The first page, and what its head and its foot lead to."""
    await visitor.open("/")
    around = "".join(
        re.findall("<(?:header|footer).*?</(?:header|footer)>", visitor.html, re.DOTALL)
    )
    assert ("Đăng xuất" in around) is signed_in
    links = set(re.findall(r'<a [^>]*href="(/[^"]*)"', around))
    assert len(links) > 3
    for link in sorted(links):
        await visitor.open(link)
        head = visitor.html.partition("</header>")[0]
        assert ('href="/sign-in"' in head) is not signed_in, link


async def _make_member(engine: AsyncEngine, login: str, facility: UUID, *, owner: bool) -> None:
    async with one_transaction(engine) as session:
        await session.execute(
            text(
                "INSERT INTO membership (facility_id, account_id, owner) "
                "SELECT :facility, id, :owner FROM account WHERE login = :login"
            ),
            {"facility": facility, "login": login, "owner": owner},
        )


@pytest.mark.parametrize("who", ["owner", "member", "officer", "administrator"])
async def test_every_link_of_a_facility_opens_for_who_is_shown_it(
    who: str, visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    if who == "member":
        await _make_member(admin_engine, "hai", cast.hoa_sen, owner=False)
    await visitor.sign_in(cast, WHO[who])
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
    assert (len(seen) > 1) is (who != "administrator")
