"""Sheets of plates: every QR on them is read back from the picture of the page."""

import io

import pytest
import zxingcpp
from PIL import Image

from asm.errors import Invalid
from asm.geo.addresses.door_code import encode
from asm.geo.addresses.plate_sheets import MOST_PLATES, PAPERS, Paper, Plate, plates_pdf, typeset
from asm.geo.addresses.plates import address_url
from asm.geo.points import Point

URL = "https://asm.example"
CODES = [encode(Point(lon=105.8524, lat=21.0287 + step / 1000), step) for step in range(5)]
PLATES = [Plate(code=code, address_text="12 ngõ Thử, phường Mẫu ẵ ỡ ỵ") for code in CODES]


def read_back(png: bytes) -> set[str]:
    with Image.open(io.BytesIO(png)) as picture:
        grey = picture.convert("L")
    return {barcode.text for barcode in zxingcpp.read_barcodes(grey)}


@pytest.mark.parametrize(("paper", "pages"), [("a4", 2), ("a5", 5), ("plate", 5)])
def test_every_plate_reads_from_its_page(paper: Paper, pages: int) -> None:
    pictures = typeset(PLATES, URL, paper, "png")
    assert len(pictures) == pages
    read = [read_back(picture) for picture in pictures]
    assert set().union(*read) == {address_url(URL, code) for code in CODES}
    if pages == 5:
        assert all(len(texts) == 1 for texts in read)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_pdf_carries_its_own_fonts(paper: Paper) -> None:
    pdf = plates_pdf(PLATES[:1], URL, paper)
    assert pdf.startswith(b"%PDF-")
    assert b"LibertinusSerif" in pdf
    assert b"DejaVuSansMono" in pdf
    assert b"/FontFile" in pdf


def test_text_is_text_and_no_markup() -> None:
    """What people wrote as an address cannot become a command of the typesetting."""
    nasty = '#panic("x") $1/0$ \\ " ] <b>'
    files = typeset([Plate(code=CODES[0], address_text=nasty)], URL, "plate", "pdf")
    assert files[0].startswith(b"%PDF-")


def test_what_is_no_code_is_not_printed_and_a_ward_is_capped() -> None:
    with pytest.raises(Invalid):
        plates_pdf([Plate(code="VN0", address_text="")], URL)
    assert MOST_PLATES <= 200
