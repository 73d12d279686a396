"""The public map's page: what stands in its tables, and what never does."""

import psycopg

from asm.demo.cast import Cast
from tests.conftest import Database
from tests.web.visitor import Visitor


def add(database: Database, kind: str, name: str, status: str = "active") -> None:
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "INSERT INTO facility (id, kind, name, folded_name, phone, address_text, ward_code, "
            "point, status, registered_by) SELECT gen_random_uuid(), %s, %s, 'x', '0909123456', "
            "'5 Phố Thử', code, centre, %s, (SELECT id FROM account LIMIT 1) "
            "FROM ward WHERE code = '00070'",
            [kind, name, status],
        )


async def test_anyone_reads_wards_and_public_places_as_tables(
    visitor: Visitor, cast: Cast, database: Database
) -> None:
    add(database, "household", "Nhà riêng của ông Mẫu")
    add(database, "boarding_house", "Nhà trọ của bà Mẫu")
    add(database, "hotel", "Khách sạn Chưa Duyệt", "pending")
    await visitor.open("/map")
    assert "Khách sạn Hoa Sen" not in visitor.html
    assert visitor.html.count("<option") == 1 + 34
    await visitor.open("/map?province=01")
    assert "Khách sạn Hoa Sen" in visitor.html
    assert "Phường Hoàn Kiếm" in visitor.html
    assert "Phường, xã, đặc khu: 126" in visitor.html
    for hidden in ("ông Mẫu", "bà Mẫu", "Chưa Duyệt", "0909123456"):
        assert hidden not in visitor.html
    await visitor.open("/map?province=99")
    assert "<table" not in visitor.html
    assert "Ranh giới gần đúng" in visitor.html


async def test_a_long_list_has_pages(visitor: Visitor, database: Database) -> None:
    for number in range(101):
        add(database, "hotel", f"Khách sạn {number:03}")
    await visitor.open("/map?province=01&page=2")
    assert "Trang 2 trên 2" in visitor.html
    assert "/map?province=01&page=1#tables" in visitor.html
