"""Every rule that may look at a declaration, whichever door it came through."""

from asm.intake.cards.card_rules import CARD_RULES
from asm.intake.photos.photo_rules import IMAGE_RULES
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.stays.rules.published import RULES
from asm.stays.rules.rule import Rule

PUBLISHED: tuple[Rule, ...] = (
    *RULES.values(),
    *CARD_RULES.values(),
    *FILE_RULES.values(),
    *IMAGE_RULES.values(),
)
