"""The machine-readable zone in a photograph of a passport or of a card's back.

Optical reading is the optional extra `asm[ocr]` (RapidOCR with the models that its package ships;
nothing is fetched). It runs in a worker of its own with limits, and nothing of the picture is kept.
"""

from datetime import date
from importlib.util import find_spec
from typing import Final

from asm.intake.cards.mrz import MrzReading
from asm.intake.photos.card_image import LIMIT_RULES
from asm.intake.photos.photo_rules import IMAGE_RULES
from asm.intake.photos.pictures import PictureRefused, check_picture
from asm.intake.sandbox.sandbox import LimitExceeded, Sandbox
from asm.intake.sandbox.sandbox_tasks import PASSPORT_LINE, PASSPORT_PICTURE

_SANDBOX: Final = Sandbox(PASSPORT_LINE)
_NEEDED: Final = ("rapidocr", "onnxruntime")


def can_read_passports() -> bool:
    """Whether the extra is installed here. Loads nothing of it."""
    return all(find_spec(name) is not None for name in _NEEDED)


async def read_passport_photo(data: bytes, *, today: date) -> MrzReading:
    """Read the zone in a JPEG, PNG or WebP. Never raises for what `data` may be.

    `today` is the Vietnamese date. The name is always to be confirmed by a person: no check digit
    covers it (`name_to_confirm`).
    """
    try:
        check_picture(data)
        if not can_read_passports():
            return _refused("image.reader_missing")
        return await _SANDBOX.run(PASSPORT_PICTURE, data, MrzReading, today=today)
    except PictureRefused as refusal:
        return MrzReading(problems=[refusal.problem])
    except LimitExceeded as limit:
        return _refused(LIMIT_RULES[limit.kind])


def _refused(rule_id: str) -> MrzReading:
    return MrzReading(problems=[IMAGE_RULES[rule_id].problem()])
