"""Nobody is told that a code is on its way who gave no name."""

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import Cast
from tests.notify.messages.rows import rows
from tests.web.visitor import Visitor


async def test_a_name_must_be_given_and_may_be_given_again(
    visitor: Visitor, cast: Cast, admin_engine: AsyncEngine
) -> None:
    for login in ("", "   "):
        await visitor.open("/forgotten")
        await visitor.send("/forgotten", status=422, login=login)
        assert "Chưa ghi số điện thoại hoặc tên đăng nhập." in visitor.html
        assert 'href="#login"' in visitor.html
        assert "đang được gửi" not in visitor.html
    assert await rows(admin_engine, "SELECT id FROM outbox") == []
    await visitor.send("/forgotten", login=next(iter(cast.people)))
    assert "đang được gửi" in visitor.html
    assert '<a href="/forgotten">' in visitor.html
