"""Opening a picture that a stranger sent: what it is by its content, how large before any decoding.

A file of 251 kB can open to 378 MB. So the number of pixels is read from the header first, only
three formats have a decoder here, and JPEG is decoded no larger than needed: what counts is what a
picture opens to, not what the camera's name for it is. `check_picture` looks
at bytes alone and is safe anywhere; the rest runs in the sandbox (asm.intake.sandbox.sandbox).
"""

import io
import math
import re
import struct
import warnings
from typing import Final, Literal, NamedTuple

from PIL import ExifTags, Image

from asm.intake.photos.photo_rules import (
    IMAGE_RULES,
    MAX_BYTES,
    MAX_JPEG_PIXELS,
    MAX_PIXELS,
)
from asm.stays.entry import Problem

PictureFormat = Literal["JPEG", "PNG", "WEBP"]

# What is often sent instead, by how it begins.
_OTHERS: Final = (
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\0\0\1\0", "ICO"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
)
# Sizes are looked at here, by the header, with a refusal that names them.
Image.MAX_IMAGE_PIXELS = None
_SVG: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype\s+svg|svg|!--)", re.IGNORECASE)
_HEIC: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureRefused(Exception):  # noqa: N818 -- carries a problem to the one place that answers
    """The picture cannot be used; `problem` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.rule)
        self.problem = problem


def refused(rule_id: str, **values: str | int) -> PictureRefused:
    """The refusal of one of this rule list's rules, to be raised."""
    return PictureRefused(IMAGE_RULES[rule_id].problem(field="file", **values))


def check_picture(data: bytes) -> PictureFormat:
    """Which of the three formats `data` is, by its content. Decodes nothing.

    Raises PictureRefused for anything else, for too many bytes, and for a PNG or WebP whose header
    announces too many pixels.
    """
    if not data:
        raise refused("image.empty")
    if len(data) > MAX_BYTES:
        raise refused("image.bytes", limit=MAX_BYTES // 1_000_000)
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_pixels(*_png_size(data))
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        _check_pixels(*_webp_size(data))
        return "WEBP"
    raise _named(data)


def _named(data: bytes) -> PictureRefused:
    if data[4:8] == b"ftyp":
        if data[8:12] in _HEIC:
            return refused("image.heic")
        return refused("image.format", found="AVIF" if data[8:12] == b"avif" else "MP4")
    for start, format_name in _OTHERS:
        if data.startswith(start):
            return refused("image.format", found=format_name)
    if _SVG.match(data[:200]):
        return refused("image.format", found="SVG, XML")
    return refused("image.unknown")


def _check_pixels(width: int, height: int, most: int = MAX_PIXELS) -> None:
    if width * height > most:
        raise refused("image.pixels", width=width, height=height, limit=most // 1_000_000)


def _png_size(data: bytes) -> tuple[int, int]:
    """IHDR is the first chunk (PNG, section 5.6)."""
    if len(data) < 24 or data[12:16] != b"IHDR":
        raise refused("image.damaged")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    """The canvas of VP8X, or the frame of VP8 and VP8L (RFC 9649): the decoder takes the memory
    for all of it as soon as it opens the file.
    """
    kind, head = data[12:16], data[20:30]
    if len(head) < 10:
        raise refused("image.damaged")
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise refused("image.damaged")


class Opened(NamedTuple):
    """The picture, and whether it is as large as it ever comes."""

    grey: Image.Image
    is_whole: bool


def open_grey(data: bytes, *, at_least: int | None = None) -> Opened:
    """The picture in grey levels, upright, decoded.

    A JPEG of more than MAX_PIXELS comes at a half, a quarter or an eighth of its size. `at_least`:
    so may a smaller one, with its longer side no shorter than this; the other formats come in full.
    Raises PictureRefused, MemoryError.
    """
    kind = check_picture(data)
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd EXIF blocks and of sizes: neither is more than what we check.
            warnings.simplefilter("ignore")
            return _opened(data, kind, at_least)
    except (PictureRefused, MemoryError):
        raise
    except Exception:  # noqa: BLE001 -- Pillow raises whatever a broken file makes it trip over
        raise refused("image.damaged") from None


def _opened(data: bytes, kind: PictureFormat, at_least: int | None) -> Opened:
    with Image.open(io.BytesIO(data), formats=(kind,)) as picture:
        size = picture.size
        divisor = _divisor(kind, *size)
        # Grey from the start: a third of the memory, and less work.
        most = 1 / divisor
        share = most if at_least is None else min(at_least / max(size), most)
        picture.draft("L", (_part(size[0], share), _part(size[1], share)))
        _check_pixels(*picture.size)
        is_whole = picture.size[0] * divisor >= size[0]
        turn = _TURNS.get(_orientation(picture))
        grey = _grey(picture)
    return Opened(grey if turn is None else grey.transpose(turn), is_whole)


def _divisor(kind: PictureFormat, width: int, height: int) -> int:
    """By how much a JPEG's sides are divided to fit: 1, 2, 4 or 8. Raises PictureRefused."""
    if kind != "JPEG":
        _check_pixels(width, height)
        return 1
    _check_pixels(width, height, MAX_JPEG_PIXELS)
    fit = (part for part in (1, 2, 4) if width * height <= MAX_PIXELS * part * part)
    return next(fit, 8)


def _part(side: int, share: float) -> int:
    return max(1, math.floor(side * share))


def _orientation(picture: Image.Image) -> int:
    """EXIF tag 274, 1 when there is none; a broken EXIF block is no reason to refuse a picture."""
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- as with the picture itself
        return 1


def _grey(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        # Pillow would clip sixteen bits at 255 instead of scaling them.
        return picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        # Black on nothing is meant as black on white.
        coloured = picture.convert("LA")
        paper = Image.new("L", picture.size, 255)
        paper.paste(coloured.getchannel("L"), mask=coloured.getchannel("A"))
        return paper
    return picture.convert("L")
