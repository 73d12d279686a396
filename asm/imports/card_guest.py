"""A guest from the text of a card's QR, joined with what was told beside it."""

from collections.abc import Mapping
from datetime import date

import msgspec

from asm.intake.cards.card_qr import read_card_qr
from asm.stays.entry import Guest, Problem, StayEntry
from asm.stays.rules.published import problem


class CardGuest(msgspec.Struct, frozen=True, kw_only=True):
    """The entry to declare and what reading the card brought up."""

    entry: StayEntry
    notes: list[Problem]

    @classmethod
    def read(
        cls, card_qr: str | None, given: Mapping[str, object], entry: StayEntry, today: date
    ) -> "CardGuest":
        """`given` replaces what the card says; without a card, `entry` stands as it is. A name that
        is given, or said to have been compared with the card, makes doubts about the card's idle.
        """
        if card_qr is None:
            return cls(entry=entry, notes=[])
        sure = bool(given.get("name_confirmed")) or "full_name" in given
        reading = read_card_qr(card_qr, today=today, name_confirmed=sure)
        if reading.guest is None:
            return cls(entry=entry, notes=list(reading.problems))
        given = dict(given)
        if "full_name" in given:
            given = {"name_source": "typed", "name_confirmed": False} | given
        guest = msgspec.convert(
            msgspec.to_builtins(reading.guest) | msgspec.to_builtins(given), Guest
        )
        notes = [*reading.problems, *([] if sure else _lost_letters(reading.problems))]
        return cls(entry=msgspec.structs.replace(entry, guest=guest), notes=notes)


def _lost_letters(problems: list[Problem]) -> list[Problem]:
    """The refusal of a name that lost letters on the way from the card, until a person says that
    it is right.
    """
    lost = any(p.rule == "card_qr.lost_letters" and p.field == "guest.full_name" for p in problems)
    return [problem("guest.full_name.doubted")] if lost else []
