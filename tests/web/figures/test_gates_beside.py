"""What gates counted stands beside guest nights, on the page and in its files."""

import io
from datetime import UTC, datetime, time, timedelta

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.analytics.gates.register import add_gate
from asm.db.base import VIETNAM
from asm.db.session import one_transaction
from asm.demo.cast import WARD_A, WARD_B, Cast
from tests.conftest import Database
from tests.web.figures.counted_nights import GUESTS, count_nights
from tests.web.figures.test_file_pages import rows
from tests.web.visitor import Visitor

HEADS = "5.070"
_SAID = "ai qua hai lần được đếm hai lần"


@pytest.fixture
async def gates(worker_engine: AsyncEngine, client: httpx.AsyncClient, database: Database) -> str:
    """Two nights that gates of both wards counted; the later as it is written."""
    last = count_nights(database.admin_url, datetime.now(UTC))
    for ward, label, heads in ((WARD_A, "Cổng đền", 70), (WARD_B, "Cổng chợ", 9)):
        async with one_transaction(worker_engine) as session:
            gate = await add_gate(session, None, ward, label, "ticket_gate")
        counts = [
            {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=1)).isoformat()}
            | {"came_in": came_in, "went_out": 3}
            for day, came_in in ((last, heads), (last - timedelta(days=1), 5000))
            for begin in [datetime.combine(day, time(8), VIETNAM)]
        ]
        answer = await client.post(
            f"/api/v1/gates/{gate.id}/counts",
            json={"counts": counts},
            headers={"Authorization": f"Bearer {gate.secret}"},
        )
        assert answer.json()["new"] == 2
    return last.isoformat()


async def test_the_page_shows_heads_of_its_area_with_what_they_are(
    visitor: Visitor, cast: Cast, gates: str
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward/figures")
    assert f"Cổng đếm {HEADS} lượt vào, bên cạnh 3.000 ngày khách" in visitor.html
    assert _SAID in visitor.html
    assert "Cổng đền" in visitor.html
    assert "Cổng chợ" not in visitor.html
    assert "table=gates" in visitor.html
    await visitor.open("/ward/figures?view=origins")
    assert "Cổng đền" not in visitor.html


@pytest.mark.parametrize(
    ("login", "area", "heads"),
    [
        ("quang", f"ward:{WARD_A}", 70),
        ("quang", f"ward:{WARD_B}", 9),
        ("quang", "province:01", 79),
        ("nga", "province:01", 79),
        ("nga", "province:79", None),
        ("nga", "country", 79),
    ],
)
async def test_only_gates_of_the_area_stand_beside_its_guests(
    login: str, area: str, heads: int | None, visitor: Visitor, cast: Cast, gates: str
) -> None:
    """Heads of another ward, or of another day, beside a ward's guests would look like guests whom
    nobody declared.
    """
    await visitor.sign_in(cast, login)
    await visitor.open(f"/figures?area={area}&first={gates}&last={gates}")
    assert (_SAID in visitor.html) is (heads is not None)
    assert (f"Cổng đếm {heads} lượt vào" in visitor.html) is (heads is not None)
    assert ("Cổng đền" in visitor.html) is (heads in {70, 79})
    assert ("Cổng chợ" in visitor.html) is (heads in {9, 79})


async def test_without_gates_nothing_is_said_of_them(
    visitor: Visitor, cast: Cast, database: Database
) -> None:
    count_nights(database.admin_url, datetime.now(UTC))
    await visitor.sign_in(cast, "minh")
    await visitor.open("/ward/figures")
    assert _SAID not in visitor.html
    assert "table=gates" not in visitor.html


async def test_files_hold_heads_by_day_beside_guest_nights(
    visitor: Visitor, cast: Cast, gates: str
) -> None:
    await visitor.sign_in(cast, "minh")
    await visitor.open("/step-up?next=/ward")
    await visitor.send("/step-up", password=cast.people["minh"].password, next="/ward/figures")
    (head, *counted), said = rows((await visitor.client.get("/figures.csv?table=gates")).content)
    assert head == ["Ngày", "Cổng", "Mã phường xã", "Lượt vào", "Lượt ra", "Ngày khách"]
    assert [row[3:] for row in counted] == [["5000", "3", str(GUESTS)], ["70", "3", str(GUESTS)]]
    assert counted[1][:3] == [gates, "Cổng đền", WARD_A]
    (definition,) = (line[2] for line in said if line[1] == "Lượt qua cổng")
    assert _SAID in definition.lower()
    book = CalamineWorkbook.from_filelike(
        io.BytesIO((await visitor.client.get("/figures.xlsx")).content)
    )
    assert book.sheet_names[-1] == "Lượt qua cổng"
