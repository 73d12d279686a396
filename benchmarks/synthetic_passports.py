"""Data pages of passports that nobody holds, with a zone to be read by machine (ICAO 9303)."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from asm.intake.cards.check_digits import check_digit

# A monospaced font of Debian's; where there is none, Pillow's own is set at a fixed pitch.
_FONTS: Final = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"),
    Path("/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf"),
)
_PEOPLE: Final = (
    ("SPECIMEN", "ANNA MARIA", "F"),
    ("EXEMPLE", "JEAN LUC", "M"),
    ("MUSTERMANN", "ERIKA", "F"),
    ("NGUYEN", "VAN MAU", "M"),
    ("SAMPLE", "OLIVER BOB", "M"),
    ("TRAN", "THI THU", "F"),
    ("MODELO", "ISABEL ZOE", "F"),
)
_COUNTRIES: Final = ("VNM", "UTO", "FRA", "D", "GBR", "USA", "KOR", "JPN")
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
# A passport's page is 125 by 88 mm.
_PAGE_RATIO: Final = 88 / 125


def invented_mrz(seed: int) -> list[str]:
    """Two lines of 44 with every check digit right."""
    rng = random.Random(seed)
    surname, given, sex = rng.choice(_PEOPLE)
    country = rng.choice([code for code in _COUNTRIES if code != "UTO"])
    number = rng.choice(_LETTERS) + f"{rng.randrange(10**7):07}"
    if rng.random() < 0.4:
        number = rng.choice(_LETTERS) + rng.choice(_LETTERS) + f"{rng.randrange(10**7):07}"
    born = date(1945, 1, 1) + timedelta(days=rng.randrange(22_000))
    expiry = date(2027, 1, 1) + timedelta(days=rng.randrange(3_600))
    optional = f"{rng.randrange(10**12):012}" if country == "VNM" else ""
    return td3_lines(
        name=f"{surname}<<{given.replace(' ', '<')}",
        country=country,
        number=number,
        dates=(born, expiry),
        sex=sex,
        optional=optional,
    )


def td3_lines(
    *, name: str, country: str, number: str, dates: tuple[date, date], sex: str, optional: str
) -> list[str]:
    """The zone's two lines (ICAO 9303-4). `dates`: birth and expiry."""
    code = country.ljust(3, "<")
    birth, expiry = (f"{day:%y%m%d}" for day in dates)
    second = number.ljust(9, "<")
    second += check_digit(second) + code
    second += birth + check_digit(birth) + sex + expiry + check_digit(expiry)
    extra = optional.ljust(14, "<")
    second += extra + (check_digit(extra) if optional else "<")
    second += check_digit(second[:10] + second[13:20] + second[21:43])
    return [f"P<{code}{name}".ljust(44, "<")[:44], second]


def page_picture(lines: list[str], width: int = 1250, *, seed: int = 0) -> Image.Image:
    """A data page: a photograph's place, printed lines, and the zone at the bottom."""
    rng = random.Random(seed)
    height = round(width * _PAGE_RATIO)
    page = Image.new("L", (width, height), 228)
    draw = ImageDraw.Draw(page)
    for _ in range(30):
        x, y = rng.randrange(width), rng.randrange(height)
        r = rng.randrange(40, width // 2)
        draw.ellipse((x - r, y - r, x + r, y + r), outline=212 + rng.randrange(12))
    draw.rectangle((width * 0.05, height * 0.2, width * 0.28, height * 0.7), fill=130)
    small = _font(round(width * 0.022))
    for row, text in enumerate(("PASSPORT / HO CHIEU", "SPECIMEN", lines[0][5:20].strip("<"))):
        draw.text((width * 0.35, height * (0.12 + 0.12 * row)), text, fill=60, font=small)
    _print_zone(draw, lines, width, height)
    return page


def _print_zone(draw: ImageDraw.ImageDraw, lines: list[str], width: int, height: int) -> None:
    """Each character in its own cell: the pitch is fixed whatever the font is."""
    pitch = width * 0.93 / len(lines[-1])
    font = _font(round(pitch * 1.55))
    for row, line in enumerate(lines):
        y = height * (0.9 - 0.075 * (len(lines) - 1 - row))
        for column, char in enumerate(line):
            x = width * 0.035 + pitch * (column + 0.5)
            draw.text((x, y), char, fill=35, font=font, anchor="mm")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for path in _FONTS:
        if path.exists():
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)
