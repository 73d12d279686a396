"""A login as it was typed. Pure."""

import unicodedata


def as_login(typed: str) -> str:
    """As logins are stored: small letters, each composed with its marks (NFC) however a keyboard
    sent them, without blanks around and without the character that PostgreSQL cannot store.
    """
    return unicodedata.normalize("NFC", typed.replace("\0", "").strip().lower())
