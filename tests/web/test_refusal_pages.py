"""What is refused, or cannot be done now, is said to who is signed in as to who is signed in, with
a way on.
"""

import re

import pytest
from litestar import Litestar

from asm.accounts.actor_cache import ActorCache
from asm.demo.cast import Cast
from asm.web.desk.away import LastShown
from tests.conftest import Database
from tests.outage import database_away
from tests.services import TestServices
from tests.web.visitor import Visitor

SIGNED_OUT = 'href="/sign-up"'


def shows_who(visitor: Visitor, name: str) -> bool:
    return f'<a href="/account">{name}</a>' in visitor.html and SIGNED_OUT not in visitor.html


async def test_a_refusal_keeps_the_head_of_the_page(visitor: Visitor, cast: Cast) -> None:
    await visitor.sign_in(cast, "lan")
    for path, status in (
        ("/nowhere", 404),
        (f"/desk/{cast.guest_house_b}", 404),
        ("/sign-out", 405),
        ("/ward?night=nonsense", 422),
    ):
        await visitor.open(path, status=status)
        assert shows_who(visitor, "Lan"), path
        assert '<a class="button second" href="/">Về trang của tôi</a>' in visitor.html, path
    await visitor.send("/account/password", status=403, _csrf_token="of-another-page")
    assert shows_who(visitor, "Lan")
    assert "Biểu mẫu đã hết hiệu lực" in visitor.html


async def test_a_stranger_is_a_stranger(visitor: Visitor) -> None:
    await visitor.open("/nowhere", status=404)
    assert SIGNED_OUT in visitor.html
    assert "Về trang đầu" in visitor.html


@pytest.mark.parametrize("by", ["this process", "another process"])
async def test_while_the_database_is_away_every_page_leads_to_the_desk(
    by: str,
    visitor: Visitor,
    cast: Cast,
    app: Litestar,
    services: TestServices,
    database: Database,
) -> None:
    await visitor.sign_in(cast, "lan")
    desk = f"/desk/{cast.hoa_sen}"
    if by == "another process":
        await app.state.known_desks.look()
        app.state.known_desks._seen = ActorCache()
        app.state.last_shown = LastShown()
    async with database_away(services, database):
        for path in ("/", "/desk", "/inbox", "/account"):
            await visitor.open(path, status=503)
            assert shows_who(visitor, "Lan")
            assert "Nội dung vừa gửi" not in visitor.html, "nothing was sent"
            assert f'<a class="button second" href="{path}">Tải lại trang này</a>' in visitor.html
            assert (">Về trang của tôi<" in visitor.html) is (path != "/"), "a circle"
            way = re.search(rf'<a class="button" href="{desk}">([^<]*)</a>', visitor.html)
            assert way is not None
            assert ("Hoa Sen" in way[1]) is (by == "this process")
        await visitor.open(desk, status=503)
        assert 'id="stay-form"' in visitor.html


async def test_who_has_no_desk_is_still_known(
    visitor: Visitor, cast: Cast, services: TestServices, database: Database
) -> None:
    await visitor.sign_in(cast, "minh")
    async with database_away(services, database):
        await visitor.open("/ward", status=503)
        assert shows_who(visitor, "Minh")
        assert ">Tải lại trang này<" in visitor.html
        assert "Bàn lễ tân" not in visitor.html


async def test_what_was_sent_and_not_taken_is_said_in_peoples_words(
    visitor: Visitor, cast: Cast, services: TestServices, database: Database
) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.open("/account")
    async with database_away(services, database):
        await visitor.send("/account", status=503, display_name="Lan", language="vi")
        assert "Việc vừa gửi có thể chưa được làm." in visitor.html
        assert ">Tải lại trang này<" not in visitor.html, "that would not send it"
        await visitor.open(f"/desk/{cast.hoa_sen}", status=503)
        await visitor.send(f"/desk/{cast.hoa_sen}", status=503, full_name="Lê Thị Nháp")
        assert "Chưa có gì được lưu; hãy gửi lại." in visitor.html
        assert "khóa" not in visitor.html.casefold()


async def test_a_password_that_could_not_be_looked_at_is_no_declaration(
    visitor: Visitor, services: TestServices, database: Database
) -> None:
    await visitor.open("/sign-in")
    async with database_away(services, database):
        await visitor.send("/sign-in", status=503, login="lan", password="khong-ai-xem-2026")
        assert "Chưa đăng nhập được lúc này" in visitor.html
        assert "giấy tiếp nhận mới là đã nhận" not in visitor.html
