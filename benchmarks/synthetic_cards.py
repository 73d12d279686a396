"""Invented people, the cards that they might hold, and the bad photographs taken of them.

Everything follows from a seed. Nobody here exists; no card was copied from anywhere.
"""

import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import segno
from PIL import Image, ImageDraw, ImageFilter

from asm.intake.cards.card_qr import build_card_qr
from asm.stays.entry import Guest

_FAMILY: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đặng", "Bùi", "Võ")
_MIDDLE: Final = {"male": ("Văn", "Đình", "Quốc"), "female": ("Thị", "Ngọc", "Thị Mỹ")}
_GIVEN: Final = ("Mẫu", "Thử", "Kiểm", "Ví Dụ", "Giả Định", "Tưởng Tượng")
_ADDRESSES: Final = (
    "Số {n} Phố Thử Nghiệm, Hàng Trống, Hoàn Kiếm, Hà Nội",
    "Thôn {n}, Xã Mẫu, Huyện Mẫu, TP Hồ Chí Minh",
    "Tổ {n}, Phường Vỹ Dạ, Thành phố Huế",
    "Ấp {n}, Xã Ví Dụ, Huyện Thử, Cần Thơ",
)
_PROVINCES: Final = ("001", "079", "046", "048", "092")
# A card is 85.6 mm wide; its code is drawn about 17 mm wide, with its quiet zone.
_CARD_RATIO: Final = 53.98 / 85.6
_CODE_SHARE: Final = 0.2


@dataclass(frozen=True)
class Degradation:
    """How a photograph went wrong. `card_share`: the card's width in the picture's; `tilt` in
    degrees; `lean`: how much shorter the far edge is; `blur`: the radius in pixels at a width of
    1,600; `noise`: 0 to 1; `jpeg`: the quality.
    """

    card_share: float = 0.8
    tilt: float = 0
    lean: float = 0
    blur: float = 0
    noise: float = 0
    jpeg: int = 85


def invented_card(seed: int) -> tuple[Guest, str]:
    """A person and the text of their card's code."""
    rng = random.Random(seed)
    sex = rng.choice(("male", "female"))
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))
    century = "0" if sex == "male" else "1"
    number = f"{rng.choice(_PROVINCES)}{int(century) + 2 * (born.year >= 2000)}{born:%y}"
    guest = Guest(
        full_name=f"{rng.choice(_FAMILY)} {rng.choice(_MIDDLE[sex])} {rng.choice(_GIVEN)}",
        birth_date=born,
        sex="male" if sex == "male" else "female",
        document_number=f"{number}{rng.randrange(1_000_000):06}",
        old_number=f"{rng.randrange(10**9):09}" if rng.random() < 0.5 else None,
        residence_address=rng.choice(_ADDRESSES).format(n=rng.randrange(1, 300)),
    )
    issued = date(2021, 2, 1) + timedelta(days=rng.randrange(1_900))
    return guest, build_card_qr(guest, issued_on=issued)


def code_picture(text: str, side: int) -> Image.Image:
    """The code with its quiet zone, `side` pixels wide."""
    drawn = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False).save(
        drawn, kind="png", scale=1, border=2
    )
    return Image.open(drawn).convert("L").resize((side, side), Image.Resampling.NEAREST)


def card_picture(text: str, width: int, *, seed: int = 0) -> Image.Image:
    """A card-like rectangle: a pale pattern, a few grey lines for print, the code at the right."""
    rng = random.Random(seed)
    height = round(width * _CARD_RATIO)
    card = Image.new("L", (width, height), 225)
    draw = ImageDraw.Draw(card)
    for _ in range(40):
        x, y = rng.randrange(width), rng.randrange(height)
        r = rng.randrange(20, max(width // 3, 21))
        draw.ellipse((x - r, y - r, x + r, y + r), outline=205 + rng.randrange(20))
    for line in range(6):
        y = round(height * (0.4 + line * 0.09))
        draw.rectangle((width * 0.35, y, width * (0.6 + rng.random() * 0.3), y + height * 0.03), 90)
    draw.rectangle((width * 0.05, height * 0.4, width * 0.28, height * 0.9), fill=140)
    side = round(width * _CODE_SHARE)
    card.paste(code_picture(text, side), (round(width * 0.77), round(height * 0.06)))
    return card


def photograph(subject: Image.Image, size: tuple[int, int], how: Degradation, seed: int) -> bytes:
    """`subject` lying on a table, photographed at `size` and degraded, as JPEG."""
    rng = random.Random(seed)
    table = rng.randrange(40, 110)
    scale = size[0] * how.card_share / subject.width
    wanted = (round(subject.width * scale), round(subject.height * scale))
    picture = Image.new("L", size, table)
    at = ((size[0] - wanted[0]) // 2, (size[1] - wanted[1]) // 2)
    picture.paste(subject.resize(wanted, Image.Resampling.LANCZOS), at)
    if how.lean:
        picture = _leaning(picture, how.lean, table)
    if how.tilt:
        picture = picture.rotate(how.tilt, Image.Resampling.BICUBIC, fillcolor=table)
    picture = Image.composite(picture, picture.point(lambda v: v * 0.7), _light(size, rng))
    if how.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(how.blur * size[0] / 1600))
    if how.noise:
        grain = Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
        picture = Image.blend(picture, grain, how.noise)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=how.jpeg)
    return out.getvalue()


def _leaning(picture: Image.Image, lean: float, fill: int) -> Image.Image:
    """The picture seen from the near edge: the far one is `lean` shorter."""
    width, height = picture.size
    inset, k = width * lean / 2, 1 - lean
    # PIL asks where a point of the result comes from: the projection of a trapezoid, shorter at the
    # top, onto the whole rectangle.
    back = (1 / k, inset / k / height, -inset / k, 0, 1 / k, 0, 0, (1 / k - 1) / height)
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        back,
        Image.Resampling.BICUBIC,
        fillcolor=fill,
    )


def _light(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A soft shadow from one side."""
    gradient = Image.linear_gradient("L").rotate(rng.choice((0, 90, 180, 270)))
    return gradient.resize(size).point(lambda v: 80 + v * 0.68)
