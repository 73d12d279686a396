"""What reading a photograph of a card or a passport may find, in the words of the rule list."""

from typing import Final

from asm.stays.rules.rule import Rule, by_id, rule

#: What a picture may open to, in pixels: a phone's 24 megapixels (5712 × 4284) in full.
MAX_PIXELS: Final = 25_000_000
#: A JPEG is opened at a half, a quarter or an eighth when it holds more, up to a 108-megapixel
#: phone's picture: of a progressive one the decoder keeps all of it, some 6 bytes a pixel.
MAX_JPEG_PIXELS: Final = 110_000_000
MAX_BYTES: Final = 20_000_000

_LIMITS: Final = "Giới hạn kỹ thuật của hệ thống"
_MRZ: Final = "ICAO Doc 9303, phần 3 đến 5"


def _refusal(kind: str, source: str = _LIMITS) -> Rule:
    return rule(f"image.{kind}", "refuse", field="file", source=source)


PICTURE_RULES: Final[tuple[Rule, ...]] = (
    _refusal("empty"),
    _refusal("bytes"),
    _refusal("pixels"),
    _refusal("format"),
    _refusal("heic"),
    _refusal("unknown"),
    _refusal("damaged"),
    _refusal("too_heavy"),
    _refusal("failed"),
    _refusal("busy"),
    _refusal("no_code"),
    _refusal("no_mrz", source=_MRZ),
    _refusal("reader_missing", source=_MRZ),
)

IMAGE_RULES: Final[dict[str, Rule]] = by_id(PICTURE_RULES)
