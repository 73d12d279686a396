"""Reading a picture of a card as the intake does."""

from datetime import date

from asm.intake.cards.card_qr import CardReading
from asm.intake.photos.card_image import read_card_image

TODAY = date(2026, 11, 22)


async def read(data: bytes) -> CardReading:
    return await read_card_image(data, today=TODAY)


def rules_of(reading: CardReading) -> list[str]:
    return [item.rule for item in reading.problems]
