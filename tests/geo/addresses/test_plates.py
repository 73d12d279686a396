import re
from xml.etree import ElementTree as ET

import pytest
import segno

from asm.errors import Invalid
from asm.geo.addresses.door_code import encode, format_code
from asm.geo.addresses.plates import address_url, plate_svg
from asm.geo.points import Point

CODE = encode(Point(lon=105.8524, lat=21.0287))


def test_the_url_is_upper_case_so_that_the_qr_stays_small() -> None:
    url = address_url("https://asm.example/", CODE)
    assert url == f"HTTPS://ASM.EXAMPLE/A/{CODE}"
    assert segno.make(url, error="q", micro=False).mode == "alphanumeric"
    with pytest.raises(Invalid):
        address_url("https://asm.example", "VN0")


def test_a_plate_is_one_svg_with_the_printed_code() -> None:
    svg = plate_svg(CODE, address_url("https://asm.example", CODE))
    tree = ET.fromstring(svg)  # noqa: S314 -- our own output
    assert tree.attrib["width"] == "100mm"
    assert format_code(CODE) in "".join(tree.itertext())
    assert len(re.findall("<path", svg)) == 1
