"""What a scanned door plate leads to."""

from asm.geo.door_code import encode, format_code
from tests.web.visitor import Visitor


async def test_a_plate_tells_its_place_and_nothing_else(visitor: Visitor) -> None:
    code = encode(21.0285, 105.8542, 3)
    await visitor.open(f"/A/{code}")
    assert format_code(code) in visitor.html
    assert "21.0285" in visitor.html
    await visitor.open(f"/A/{code.lower()}")
    assert format_code(code) in visitor.html


async def test_a_misread_plate_offers_what_was_meant(visitor: Visitor) -> None:
    code = encode(21.0285, 105.8542)
    wrong = code[:4] + ("2" if code[4] != "2" else "3") + code[5:]
    await visitor.open(f"/A/{wrong}", status=422)
    assert format_code(code) in visitor.html
    await visitor.open("/A/khong-phai-ma", status=422)
    assert "Có thể là:" not in visitor.html
