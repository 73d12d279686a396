"""Reading papers over the JSON interface: text or picture in, fields out. Nothing is stored."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.api.file_operation import FileOperation
from asm.api.problems import documented, unavailable
from asm.db.base import vietnam_time
from asm.errors import Unavailable
from asm.intake.cards.card_qr import CardReading, read_card_qr
from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.photos.card_image import read_card_image
from asm.intake.photos.passport_photo import read_passport_photo
from asm.intake.photos.photo_rules import IMAGE_RULES
from asm.stays.entry import Problem

#: A line of waiting pictures is worked off in seconds.
RETRY_AFTER_S: Final = 5
_BUSY: Final = IMAGE_RULES["image.busy"]


def readers_busy() -> Unavailable:
    """Too many pictures wait to be read."""
    busy = _BUSY.problem()
    said = (busy.message, busy.message_en)
    return Unavailable("readers_busy", said=said, retry_after_s=RETRY_AFTER_S)


@dataclass
class _PictureOperation(FileOperation):
    takes = ("image/jpeg", "image/png", "image/webp")


class CardText(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The text that a scanner reads from the QR on a card. `name_confirmed`: a person compared the
    name with the card, so that it is used even where it looks garbled (`card_qr.telex`).
    """

    text: str
    name_confirmed: bool = False


class ZoneText(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The lines of a machine-readable zone, parted by line breaks."""

    text: str


@post(
    "/readings/card-qr",
    operation_id="readCardQr",
    status_code=200,
    responses=documented(401, 422),
)
async def read_card(data: JSONBody[CardText], actor: NamedDependency[Actor]) -> CardReading:
    """Read the text of a card's QR; nothing is stored."""
    return read_card_qr(
        data.text, today=vietnam_time(actor.now).date(), name_confirmed=data.name_confirmed
    )


@post("/readings/mrz", operation_id="readMrz", status_code=200, responses=documented(401, 422))
async def read_zone(data: JSONBody[ZoneText], actor: NamedDependency[Actor]) -> MrzReading:
    """Read the text of a passport's or card's machine-readable zone; nothing is stored."""
    return read_mrz(data.text, today=vietnam_time(actor.now).date())


@post(
    "/readings/card-image",
    operation_id="readCardImage",
    operation_class=_PictureOperation,
    status_code=200,
    responses=documented(401, 413, readers_busy(), unavailable()),
)
async def read_card_picture(
    request: Request[Any, Any, Any], in_scope: NamedDependency[Scope]
) -> CardReading:
    """Read the QR code in a photograph of a card (JPEG, PNG, WebP); the picture is not kept."""
    # Looking at a picture takes a while: no connection is kept from others meanwhile.
    await in_scope.session.commit()
    reading = await read_card_image(
        await request.body(), today=vietnam_time(in_scope.actor.now).date()
    )
    _unless_busy(reading.problems)
    return reading


@post(
    "/readings/passport-image",
    operation_id="readPassportImage",
    operation_class=_PictureOperation,
    status_code=200,
    responses=documented(401, 413, readers_busy(), unavailable()),
)
async def read_passport_picture(
    request: Request[Any, Any, Any], in_scope: NamedDependency[Scope]
) -> MrzReading:
    """Read the zone in a photograph of a passport (JPEG, PNG, WebP); the picture is not kept.
    Needs the server's optional reader; without it the problem `image.reader_missing` says so.
    """
    await in_scope.session.commit()
    reading = await read_passport_photo(
        await request.body(), today=vietnam_time(in_scope.actor.now).date()
    )
    _unless_busy(reading.problems)
    return reading


def _unless_busy(problems: list[Problem]) -> None:
    """A full line is no fault of the picture: software tries again later."""
    if any(problem.rule == _BUSY.id for problem in problems):
        raise readers_busy()


HANDLERS = [read_card, read_zone, read_card_picture, read_passport_picture]
