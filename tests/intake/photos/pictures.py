"""Pictures of invented cards, and files that pretend to be pictures."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

from benchmarks.synthetic_cards import Degradation, card_picture, photograph

CARD = (
    "001190000017|012345678|Nguyễn Thị Đào Mẫu|15081990|Nữ|"
    "Số 1 Phố Thử Nghiệm, Hàng Trống, Hoàn Kiếm, Hà Nội|20042021"
)
FORMATS = ("JPEG", "PNG", "WEBP")


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def card(width: int = 900) -> Image.Image:
    return card_picture(CARD, width)


def photo(text: str = CARD, size: tuple[int, int] = (1600, 1200), **how: float) -> bytes:
    """A JPEG of the card on a table."""
    degraded = Degradation(**how)  # type: ignore[arg-type]
    return photograph(card_picture(text, 1400), size, degraded, seed=1)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int, *, colour: int = 6) -> bytes:
    """A PNG of one colour without ever holding it: `colour` 6 is RGBA, 0 is grey."""
    row = b"\0" * (1 + width * (4 if colour == 6 else 1))
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", body)
        + _chunk(b"IEND", b"")
    )


def many_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG in which one scan comes again and again: few bytes, hours of work."""
    plain = encoded(Image.new("L", (width, height), 200), "JPEG", progressive=True, quality=90)
    first = plain.index(b"\xff\xda")
    last = plain.rindex(b"\xff\xda")
    end = plain.rindex(b"\xff\xd9")
    assert first < last
    return plain[:end] + plain[last:end] * scans + plain[end:]
