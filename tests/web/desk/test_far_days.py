"""Days at the edge of the calendar, typed at the desk: refused where they stand, nothing lost."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from asm.demo.cast import Cast
from tests.web.desk.desk_form import count, typed
from tests.web.visitor import Visitor


@pytest.mark.parametrize("hour", ["00:00", "05:00", "22:00"])
@pytest.mark.parametrize("day", ["31/12/9999", "30/12/9999", "01/01/0001", "1/1/2090"])
async def test_an_arrival_at_the_edge_of_the_calendar(
    visitor: Visitor, cast: Cast, admin_session: AsyncSession, day: str, hour: str
) -> None:
    await visitor.sign_in(cast, "lan")
    await visitor.send(
        f"/desk/{cast.hoa_sen}",
        status=422,
        **typed(arrived_day=day, arrived_time=hour, nights="400"),
    )
    assert f'value="{day}"' in visitor.html
    assert 'role="alert"' in visitor.html
    assert await count(admin_session) == 0
