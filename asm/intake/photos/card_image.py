"""The QR code of a card in a photograph. Nothing of the picture is kept, on disk or in memory.

`read_card_image` is for pictures from outside: they are decoded in a worker with limits. The rest
is what happens in that worker.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec
import zxingcpp
from PIL import Image, ImageFilter

from asm.intake.cards.card_qr import CardReading, read_card_qr
from asm.intake.photos.photo_rules import IMAGE_RULES
from asm.intake.photos.pictures import PictureRefused, check_picture, open_grey
from asm.intake.sandbox.sandbox import LimitExceeded, LimitKind, Sandbox
from asm.intake.sandbox.sandbox_tasks import CARD_LINE, CARD_PICTURE
from asm.stays.entry import Problem

# Of a 12-megapixel photograph a half is decoded first: four in five codes are found there.
_FIRST_SIDE: Final = 1_600
# Up to here a picture is enlarged before it is sharpened; beyond, its modules are large enough.
_ENLARGE_PIXELS: Final = 3_000_000
_MOST_CODES: Final = 20
_LIKE_A_CARD: Final = re.compile(r"\W*[0-9]{12}\|")
_SANDBOX: Final = Sandbox(CARD_LINE)
# What a limit means to the person who sent the picture.
LIMIT_RULES: Final[dict[LimitKind, str]] = {
    "memory": "image.too_heavy",
    "time": "image.too_heavy",
    "size": "image.too_heavy",
    "crash": "image.failed",
    "busy": "image.busy",
}


class PictureTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker found: the texts, or the problem that refuses the picture."""

    texts: list[str] = []
    problem: Problem | None = None


async def read_card_image(data: bytes, *, today: date) -> CardReading:
    """Read the first card's code in a JPEG, PNG or WebP. Never raises for what `data` may be.

    `today` is the Vietnamese date. A file that is no such picture is refused before any process
    sees it; one that needs more memory or time than a photograph does ends its worker alone.
    """
    try:
        check_picture(data)
        picture_texts = await _SANDBOX.run(CARD_PICTURE, data, PictureTexts)
    except PictureRefused as refusal:
        return CardReading(problems=[refusal.problem])
    except LimitExceeded as limit:
        return CardReading(problems=[IMAGE_RULES[LIMIT_RULES[limit.kind]].problem()])
    if picture_texts.problem is not None:
        return CardReading(problems=[picture_texts.problem])
    return card_among(picture_texts.texts, today=today)


def card_among(texts: list[str], *, today: date) -> CardReading:
    """The first of `texts` that is a card; else why the likeliest one is not."""
    readings = [read_card_qr(text, today=today, typed=False) for text in texts]
    for reading in readings:
        if reading.guest is not None:
            return reading
    if not readings:
        return CardReading(problems=[IMAGE_RULES["image.no_code"].problem()])
    # A damaged card beside a poster's web address: the bars tell which one was meant.
    bars = [text.count("|") for text in texts]
    return readings[bars.index(max(bars))]


def decode_picture(data: bytes) -> PictureTexts:
    """`decode_qr_texts` as a worker answers it."""
    try:
        return PictureTexts(texts=decode_qr_texts(data))
    except PictureRefused as refusal:
        return PictureTexts(problem=refusal.problem)


def decode_qr_texts(data: bytes) -> list[str]:
    """The texts of the QR codes in a picture, at most 20; none found: an empty list.

    A code that is no card's does not end the search: it may be a large one beside a card. Raises
    PictureRefused for what is no readable JPEG, PNG or WebP, and MemoryError.
    """
    texts: dict[str, None] = {}
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    for picture in _looks(data):
        # No card prints its code light on dark.
        codes = zxingcpp.read_barcodes(picture, formats=wanted, try_invert=False)
        texts |= dict.fromkeys(map(_text_of, codes))
        if any(_LIKE_A_CARD.match(text) for text in texts):
            break
    return list(texts)[:_MOST_CODES]


def _looks(data: bytes) -> Iterator[Image.Image]:
    """The picture as it is looked at, cheapest first: small, whole, sharpened."""
    first, is_whole = open_grey(data, at_least=_FIRST_SIDE)
    factor = max(first.size) // _FIRST_SIDE
    yield first.reduce(factor) if factor > 1 else first
    whole = first if is_whole else open_grey(data).grey
    if factor > 1 or not is_whole:
        yield whole
    yield _sharpened(whole)


def _sharpened(picture: Image.Image) -> Image.Image:
    """Against blur: measured on synthetic photographs, it finds a quarter more codes."""
    if picture.width * picture.height <= _ENLARGE_PIXELS:
        double = (picture.width * 2, picture.height * 2)
        picture = picture.resize(double, Image.Resampling.BICUBIC)
    return picture.filter(ImageFilter.UnsharpMask(radius=5, percent=250, threshold=0))


def _text_of(code: zxingcpp.Barcode) -> str:
    """Cards hold UTF-8 without saying so, which a guess from the letters may miss."""
    try:
        return code.bytes.decode("utf-8")
    except UnicodeDecodeError:
        return code.text
