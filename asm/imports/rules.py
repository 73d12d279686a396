"""Every rule that may judge a declaration, whichever door it came through."""

from asm.intake.rulebook_cards import CARD_RULES
from asm.intake.rulebook_files import FILE_RULES
from asm.intake.rulebook_images import IMAGE_RULES
from asm.stays.rules.published import RULES
from asm.stays.rules.rule import Rule

PUBLISHED: tuple[Rule, ...] = (
    *RULES.values(),
    *CARD_RULES.values(),
    *FILE_RULES.values(),
    *IMAGE_RULES.values(),
)
