"""Where the door is, as people copy it from a map; and what is said of what is no point."""

import re

import pytest

from asm.demo.cast import Cast
from asm.web.facilities.typed_point import pair_of
from tests.web.visitor import Visitor

_MAPS = "https://www.google.com/maps"
_DOOR = {"latitude": "21.0285", "longitude": "105.8542"}


def registration(**changes: str) -> dict[str, str]:
    return {
        "kind": "guest_house",
        "name": "Nhà nghỉ Chép Tọa Độ",
        "address_text": "9 Hàng Mẫu",
        "phone": "0241111111",
        "rooms": "101, 2",
        **_DOOR,
        **changes,
    }


@pytest.mark.parametrize(
    "pasted",
    [
        "21.0285, 105.8542",
        "21.0285,105.8542",
        "(21.0285; 105.8542)",
        "21.0285 105.8542",
        "21,0285 105,8542",
        "21,0285, 105,8542",
        "21,0285;105,8542",
        "21.0285°, 105.8542°",
        "21.0285° N, 105.8542° E",
        "21°01'42.6\"N 105°51'15.12\"E",
        "21°01′42,6″B 105°51′15,12″Đ",
        "21° 1.71' N, 105° 51.252' E",
        "105°51'15.12\"E 21°01'42.6\"N",
        f"{_MAPS}/@21.0285,105.8542,17z",
        f"{_MAPS}?q=21.0285,105.8542",
        f"{_MAPS}?q=21.0285%2C105.8542&hl=vi",
        f"{_MAPS}/search/?api=1&query=21.0285%2C105.8542",
        f"{_MAPS}/search/21.0285,+105.8542?entry=tts",
        f"{_MAPS}/place/Nha+Mau/@21.03,105.86,15z/data=!3m1!4b1!3d21.0285!4d105.8542!16s",
        f"{_MAPS}/place/21%C2%B001'42.6%22N+105%C2%B051'15.1%22E/@21.03,105.86,15z",
        "https://maps.apple.com/?ll=21.0285,105.8542&q=Door",
        "https://www.openstreetmap.org/?mlat=21.0285&mlon=105.8542#map=15/21.03/105.86",
        "https://www.openstreetmap.org/#map=17/21.0285/105.8542",
        "geo:21.0285,105.8542?z=17",
    ],
)
def test_a_point_is_read_as_maps_write_it(pasted: str) -> None:
    pair = pair_of(pasted)
    assert pair is not None
    assert pair == pytest.approx((21.0285, 105.8542), abs=1e-5)


@pytest.mark.parametrize(
    "typed",
    [
        "", "21.0285", "21,0285", "21,105", "xx", "9 Hàng Mẫu, 12", "1, 2, 3", "1234, 5678",
        "https://maps.app.goo.gl/Xy12", f"{_MAPS}/place/Nha+Mau", "21°01'42.6\"N",
    ],
)  # fmt: skip
def test_what_is_no_point_is_none(typed: str) -> None:
    assert pair_of(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        {"latitude": "21,0285 105,8542", "longitude": ""},
        {"latitude": "", "longitude": f"{_MAPS}/@21.0285,105.8542,17z"},
        {"latitude": "21°01'42.6\"N", "longitude": "105°51'15.12\"E"},
        {"latitude": "21,0285", "longitude": "105,8542"},
        {"latitude": "21.0285, 105.8542", "longitude": "106.7"},
    ],
)
async def test_a_pasted_point_registers(
    visitor: Visitor, cast: Cast, typed: dict[str, str]
) -> None:
    await visitor.sign_in(cast, "hai")
    await visitor.open("/facilities/new")
    answer = await visitor.send("/facilities/new", **registration(**typed))
    assert "Hoàn Kiếm" in visitor.html
    await visitor.open(f"{answer.url.path}/edit")
    values = re.findall(r'name="(?:lat|long)itude"\s+value="([^"]+)"', visitor.html)
    assert [float(value) for value in values] == pytest.approx([21.0285, 105.8542], abs=1e-5)


@pytest.mark.parametrize(
    ("typed", "messages"),
    [
        ({"latitude": "", "longitude": ""}, ["Chưa có vĩ độ.", "Chưa có kinh độ."]),
        ({"latitude": "xx"}, ["Vĩ độ không đọc được."]),
        ({"latitude": "0", "longitude": "0"}, ["Vị trí 0, 0 nằm ngoài Việt Nam."]),
        ({"latitude": "0, 0", "longitude": ""}, ["Vị trí 0, 0 nằm ngoài Việt Nam."]),
        ({"latitude": "48", "longitude": "2"}, ["Vị trí không nằm trong"]),
        ({"latitude": "18.5", "longitude": "113.5"}, ["Vị trí không nằm trong"]),
        ({"latitude": "105.8542", "longitude": "21.0285"}, ["Vĩ độ và kinh độ bị đảo"]),
        (
            {"latitude": "https://maps.app.goo.gl/Xy12", "longitude": ""},
            ["Đường dẫn này không ghi tọa độ."],
        ),
    ],
)
async def test_a_wrong_point_is_told_once_and_with_the_rest(
    visitor: Visitor, cast: Cast, typed: dict[str, str], messages: list[str]
) -> None:
    """The remedy is one that there is without scripts; the rooms are told in the same round."""
    await visitor.sign_in(cast, "hai")
    await visitor.open("/facilities/new")
    for rooms in ("101, 2", "101, 2\n102"):
        form = registration(rooms=rooms, **typed)
        await visitor.send("/facilities/new", status=422, **form)
        summary = visitor.html.partition('class="error-summary"')[2].partition("</div>")[0]
        lines = re.findall(r"<li>.*?</li>", summary, re.DOTALL)
        assert len(lines) == len(messages) + ("102" in rooms)
        for sentence in messages:
            assert sum(sentence in line for line in lines) == 1
        assert ("Phòng hai chỗ ngủ: 102, 2." in summary) == ("102" in rooms)
        assert "vị trí của thiết bị" not in summary
        assert "trên bản đồ." not in summary
