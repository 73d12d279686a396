"""A login as it was typed."""


def as_login(typed: str) -> str:
    """As logins are stored: small letters, without blanks around and without the character that
    PostgreSQL cannot store.
    """
    return typed.replace("\0", "").strip().lower()
