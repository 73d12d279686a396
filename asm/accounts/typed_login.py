"""A login as it was typed. Pure."""

import unicodedata

from asm.identity.pasted_text import clean_number


def as_login(typed: str) -> str:
    """As logins are stored: small letters, each composed with its marks (NFC) however a keyboard
    sent them, plain digits, without blanks around, what comes unseen with pasted text (contact
    lists, chats) and the character that PostgreSQL cannot store.
    """
    cleaned = clean_number(typed.replace("\0", "")).strip()
    return unicodedata.normalize("NFC", cleaned).lower()
