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
from asm.intake.sandbox.pool import PoolLimits, WorkerPool
from asm.intake.sandbox.sandbox import LimitExceeded

# One worker: it holds the models, some 400 MB while it reads. The first job loads them.
_POOL: Final = WorkerPool(
    "asm.intake.photos.passport_photo_worker:read_job",
    PoolLimits(workers=1, memory_mb=2048, cpu_s=30, wall_s=60, waiting=8, idle_s=120),
)
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
        return await _POOL.run(data, MrzReading, today=today.isoformat())
    except PictureRefused as refusal:
        return MrzReading(problems=[refusal.problem])
    except LimitExceeded as limit:
        return _refused(LIMIT_RULES[limit.kind])


def _refused(rule_id: str) -> MrzReading:
    return MrzReading(problems=[IMAGE_RULES[rule_id].problem()])
