"""A card is read from any picture of it; what is no picture is named."""

import io

import pytest
import zxingcpp
from PIL import Image, ImageOps

from asm.imports.all_rules import PUBLISHED
from asm.intake.cards.card_qr import read_card_qr
from asm.intake.photos.card_image import card_among, decode_qr_texts
from asm.intake.photos.photo_rules import IMAGE_RULES
from asm.intake.photos.pictures import PictureRefused, open_grey
from benchmarks.synthetic_cards import code_picture
from tests.intake.cards.card_readings import TODAY, read, rules_of
from tests.intake.photos.pictures import CARD, FORMATS, card, encoded, photo

ORIENTATION = 0x0112


def rule_refusing(data: bytes) -> str:
    with pytest.raises(PictureRefused) as refusal:
        decode_qr_texts(data)
    return refusal.value.problem.rule


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_card_is_read_in_each_format(kind: str) -> None:
    reading = await read(encoded(card(), kind))
    assert reading == read_card_qr(CARD, today=TODAY)
    assert reading.guest is not None
    assert reading.guest.full_name == "Nguyễn Thị Đào Mẫu"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour(mode: str) -> None:
    picture = card()
    if mode == "I;16":
        picture = picture.convert("I").point(lambda level: level * 257).convert("I;16")
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert decode_qr_texts(encoded(picture.convert(mode), kind)) == [CARD]


def test_a_code_on_a_transparent_ground_is_black_on_white() -> None:
    code = code_picture(CARD, 300)
    clear = Image.new("LA", code.size, (0, 0))
    clear.putalpha(ImageOps.invert(code))
    assert decode_qr_texts(encoded(clear)) == [CARD]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", FORMATS)
def test_the_camera_may_be_held_any_way(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(card(), kind, exif=exif)
    wanted = {5, 6, 7, 8} & {orientation}
    size = open_grey(data).grey.size
    assert (size[0] < size[1]) is bool(wanted)
    assert decode_qr_texts(data) == [CARD]


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_odd_orientation_is_none(value: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    assert decode_qr_texts(encoded(card(), "JPEG", exif=exif)) == [CARD]


def test_a_broken_exif_block_does_not_refuse_the_picture() -> None:
    data = encoded(card(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xee" * 40)
    assert decode_qr_texts(data) == [CARD]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_twelve_megapixels_are_decoded_small_first(kind: str) -> None:
    data = photo(size=(4000, 3000), tilt=8, blur=0.4, noise=0.03)
    if kind == "PNG":
        data = encoded(Image.open(io.BytesIO(data)).convert("L"), compress_level=1)
    opened = open_grey(data, at_least=1600)
    assert opened.grey.size == ((2000, 1500) if kind == "JPEG" else (4000, 3000))
    assert opened.is_whole is (kind == "PNG")
    assert decode_qr_texts(data) == [CARD]


def test_a_small_code_in_a_large_photograph_is_found_in_its_full_size() -> None:
    data = photo(size=(4000, 3000), card_share=0.32)
    assert decode_qr_texts(data) == [CARD]


def test_a_blurred_code_is_found_when_sharpened() -> None:
    data = photo(blur=2.2, card_share=0.7)
    plain = zxingcpp.read_barcodes(open_grey(data).grey)
    assert [code.text for code in plain] == []
    assert decode_qr_texts(data) == [CARD]


async def test_among_several_codes_the_first_card_is_taken() -> None:
    page = Image.new("L", (1400, 900), 255)
    page.paste(code_picture("https://vn.example/wifi", 700), (20, 20))
    page.paste(code_picture(CARD, 240), (900, 300))
    assert await read(encoded(page)) == read_card_qr(CARD, today=TODAY)


@pytest.mark.parametrize(
    ("texts", "rules"),
    [
        ([], ["image.no_code"]),
        (["https://vn.example"], ["card_qr.web_address"]),
        (["https://vn.example", CARD.replace("20042021", "32042021")], ["card_qr.issue_date"]),
        (["000201010211", CARD], []),
    ],
)
def test_the_likeliest_code_is_spoken_of(texts: list[str], rules: list[str]) -> None:
    assert rules_of(card_among(texts, today=TODAY)) == rules


async def test_a_picture_without_a_code_says_so() -> None:
    reading = await read(encoded(Image.new("RGB", (800, 600), "white"), "JPEG"))
    assert rules_of(reading) == ["image.no_code"]
    assert reading.guest is None


def other(kind: str) -> bytes:
    return encoded(card().convert("RGB"), kind)


NOT_PICTURES: list[tuple[bytes, str, str]] = [
    (b"", "image.empty", ""),
    (other("GIF"), "image.format", "GIF"),
    (other("BMP"), "image.format", "BMP"),
    (other("TIFF"), "image.format", "TIFF"),
    (b"%PDF-1.7\n" + b"0" * 100, "image.format", "PDF"),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image.format", "SVG"),
    (b'\xef\xbb\xbf<?xml version="1.0"?><!DOCTYPE svg>', "image.format", "SVG"),
    (b"PK\x03\x04" + b"\0" * 60, "image.format", "ZIP"),
    (b"\0\0\0\x1cftypheic\0\0\0\0", "image.heic", "HEIC"),
    (b"\0\0\0\x1cftypmif1\0\0\0\0", "image.heic", "HEIC"),
    (b"\0\0\0\x1cftypavif\0\0\0\0", "image.format", "AVIF"),
    (b"\0\0\0\x1cftypisom\0\0\0\0", "image.format", "MP4"),
    (b"just text", "image.unknown", "JPEG"),
    (b"\xff\xd8\xff", "image.damaged", ""),
    (b"\x89PNG\r\n\x1a\n", "image.damaged", ""),
    (b"RIFF\x10\0\0\0WEBP", "image.damaged", ""),
    (b"RIFF\x40\0\0\0WEBPVP9 " + b"\0" * 40, "image.damaged", ""),
]


@pytest.mark.parametrize(("data", "rule", "word"), NOT_PICTURES, ids=lambda value: repr(value)[:30])
async def test_what_is_no_picture_is_named_by_its_content(
    data: bytes, rule: str, word: str
) -> None:
    reading = await read(data)
    assert reading.guest is None
    assert rules_of(reading) == [rule]
    problem = reading.problems[0]
    assert word in problem.message_en
    assert problem.severity == "refuse"
    assert problem.remedy
    assert problem.remedy_en


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
async def test_a_file_cut_short_is_said_to_be(kind: str, share: float) -> None:
    data = encoded(card(), kind)
    reading = await read(data[: int(len(data) * share)])
    assert reading.guest is None
    assert rules_of(reading) == ["image.damaged"]


@pytest.mark.parametrize("rule_id", IMAGE_RULES)
def test_every_finding_speaks_both_languages_and_is_published(rule_id: str) -> None:
    rule = IMAGE_RULES[rule_id]
    problem = rule.problem(limit=1, found="GIF", width=1, height=1)
    texts = (problem.message, problem.message_en, problem.remedy, problem.remedy_en, rule.source)
    assert all(texts)
    assert "{" not in "".join(texts)
    assert rule in PUBLISHED
    assert len({item.id for item in PUBLISHED}) == len(PUBLISHED)


def test_no_input_method_stands_between_a_picture_and_its_name() -> None:
    text = CARD.replace("Nguyễn Thị Đào Mẫu", "Nguyễn Thị Đaào")
    assert read_card_qr(text, today=TODAY).guest is None
    guest = card_among([text], today=TODAY).guest
    assert guest is not None
    assert guest.full_name == "Nguyễn Thị Đaào"
