"""Lists of addresses as people send them: every row read or told apart, nothing ever raised."""

import io
import json
from typing import Any

import msgspec
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from asm.intake.sandbox.sandbox_tasks import ADDRESS_LIST
from asm.intake.sheets import address_list
from asm.intake.sheets.address_list import AddressListReading, read_address_list
from asm.intake.sheets.read_sheets import read_address_list_limited

HEADER = "Địa chỉ,Vĩ độ,Kinh độ,Sai số,Tầng,building_kind,Vpostcode"


def collection(*features: dict[str, Any], **more: Any) -> bytes:
    document = {"type": "FeatureCollection", "features": list(features), **more}
    return json.dumps(document).encode()


def feature(lon: Any, lat: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def workbook(*rows: list[Any]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Danh sách")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def test_the_three_forms_say_the_same() -> None:
    text = f"{HEADER}\n12 ngõ Thử,21.03,105.85,5,tầng 2,house,10000-A\n".encode("utf-8-sig")
    points = collection(
        feature(105.85, 21.03, address="12 ngõ Thử", accuracy_m=5, floor="tầng 2",
                building_kind="house", vpostcode="10000-A")
    )  # fmt: skip
    sheet = workbook(
        HEADER.split(","), ["12 ngõ Thử", 21.03, 105.85, 5, "tầng 2", "house", "10000-A"]
    )
    read = [read_address_list(data) for data in (text, points, sheet)]
    assert all(each.read_fault is None and not each.faults for each in read)
    for each in read:
        row = each.rows[0]
        assert (row.point.lat, row.point.lon, row.accuracy_m) == (21.03, 105.85, 5)
        assert (row.address_text, row.floor_unit, row.building_kind, row.vpostcode) == (
            "12 ngõ Thử", "tầng 2", "house", "10000-A",
        )  # fmt: skip


def test_bad_rows_are_told_by_their_number_and_the_others_are_read() -> None:
    data = (
        "address;lat;lon;building_kind\n1 Thử;21,03;105,85;house\n2 Thử;x;105.85;\n"
        ";21.03;105.85;\n\n3 Thử;21.03;105.85;castle\n4 Thử;21.03;105.85;\n"
    ).encode()
    read = read_address_list(data)
    assert [row.row for row in read.rows] == [2, 7]
    assert [(fault.row, fault.code) for fault in read.faults] == [
        (3, "coordinate_unreadable"),
        (4, "address_missing"),
        (6, "building_unknown"),
    ]
    for fault in read.faults:
        assert fault.message
        assert fault.message_en
        assert fault.remedy
        assert fault.remedy_en


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "columns_missing"),
        (b"a,b\n1,2\n", "columns_missing"),
        ("địa chỉ".encode("cp1258", "replace") + b"\xff\xfe\xfd", "not_utf8"),
        (b"{", "damaged"),
        (b'{"type":"Feature"}', "not_a_collection"),
        (collection(crs={"properties": {"name": "urn:ogc:def:crs:EPSG::3405"}}), "other_crs"),
        (b"PK\x03\x04rubbish", "workbook.damaged"),
        (b'address,lat,lon\n"1 Th', "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, code: str) -> None:
    read_fault = read_address_list(data).read_fault
    assert read_fault is not None
    assert read_fault.code == code
    assert read_fault.remedy


def test_wgs_84_by_its_old_name_is_fine_and_lines_are_no_points() -> None:
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    line = {"type": "Feature", "properties": {"address": "x"},
            "geometry": {"type": "LineString", "coordinates": [[105, 21], [106, 21]]}}  # fmt: skip
    read = read_address_list(collection(feature(105.85, 21.03, address="1 Thử"), line, crs=named))
    assert [row.row for row in read.rows] == [1]
    assert [(fault.row, fault.code) for fault in read.faults] == [(2, "coordinate_unreadable")]


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_list, "MOST_ROWS", 2)
    data = b"address,lat,lon\n" + b"1 T,21,105\n" * 3
    read_fault = read_address_list(data).read_fault
    assert read_fault is not None
    assert read_fault.code == "too_many_rows"


@settings(max_examples=40)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_nothing_raises(data: bytes) -> None:
    for start in (b"", b"{", b"PK\x03\x04", b"address,lat,lon\n"):
        assert isinstance(read_address_list(start + data), AddressListReading)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "features", "geometry", "coordinates", "properties", "crs"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_no_shape_of_json_raises(shape: Any) -> None:
    """No address is in any of it: each is refused as a file, or its one feature as a row."""
    single = json.dumps({"type": "FeatureCollection", "features": [shape]}).encode()
    for data in (json.dumps(shape).encode(), single, collection(crs=shape)):
        read = read_address_list(data)
        assert read.rows == []
        if read.read_fault is None:
            assert [fault.row for fault in read.faults] == ([1] if data == single else [])
        else:
            assert read.read_fault.code in {
                "not_a_collection", "columns_missing", "other_crs", "damaged",
            }  # fmt: skip
            assert read.faults == []


async def test_a_bomb_costs_a_child_and_no_more() -> None:
    heavy = b"address,lat,lon\n" + b"1 T,21,105\n" * 400_000
    little = msgspec.structs.replace(ADDRESS_LIST, memory_mb=60)
    reading = await read_address_list_limited(heavy, task=little)
    assert reading.read_fault is not None
    assert reading.read_fault.code in {"too_heavy", "too_many_rows"}
    fine = await read_address_list_limited(b"address,lat,lon\n1 T,21,105\n")
    assert len(fine.rows) == 1
