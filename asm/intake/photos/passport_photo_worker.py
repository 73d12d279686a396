"""What the passport photographs' worker does. The one module that loads RapidOCR."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final

from PIL import Image
from rapidocr import RapidOCR

from asm.intake.cards.mrz import MrzReading
from asm.intake.photos.mrz_photo import read_photographed_mrz
from asm.intake.photos.photo_rules import IMAGE_RULES
from asm.intake.photos.pictures import PictureRefused, open_grey

# The longer side in pixels that is looked at first, and what is tried when no zone fits there.
_SIDES: Final = (1_000, 1_600)


@cache
def _reader() -> RapidOCR:
    """The models that the package ships. One thread: a passport is no reason to slow a desk."""
    return RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # It turns rows of fillers upside down more often than it turns anything upright.
            "Global.use_cls": False,
            "Global.log_level": "error",
            "Global.max_side_len": _SIDES[-1],
            "Det.limit_type": "max",
            "Det.limit_side_len": _SIDES[-1],
            # Small batches bound the memory.
            "Rec.rec_batch_num": 2,
        }
    )


def read_picture(data: bytes, today: date) -> MrzReading:
    """The best reading among the looks at the picture; the first that nothing refuses ends it."""
    best: MrzReading | None = None
    try:
        for picture in _looks(data):
            reading = read_photographed_mrz(_lines_in(picture), today=today)
            if reading is not None and reading.guest is not None:
                return reading
            best = best or reading
    except PictureRefused as refusal:
        return MrzReading(problems=[refusal.problem])
    return best or MrzReading(problems=[IMAGE_RULES["image.no_mrz"].problem()])


def _looks(data: bytes) -> Iterator[Image.Image]:
    """Small, larger, and upside down."""
    picture = open_grey(data, at_least=_SIDES[-1]).grey
    small, large = (_no_larger(picture, side) for side in _SIDES)
    yield small
    if large.size != small.size:
        yield large
    yield small.transpose(Image.Transpose.ROTATE_180)


def _no_larger(picture: Image.Image, side: int) -> Image.Image:
    smaller = picture.copy()
    smaller.thumbnail((side, side))
    return smaller


def _lines_in(picture: Image.Image) -> list[str]:
    seen = _reader()(picture.convert("RGB"))
    return list(getattr(seen, "txts", None) or ())
