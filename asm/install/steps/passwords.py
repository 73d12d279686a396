"""Passwords of the database's logins, made here and told the database as verifiers alone."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

#: What PostgreSQL itself takes (`scram_iterations`).
ITERATIONS: Final = 4096


def new_password() -> str:
    """Of 32 random bytes, in letters that no address and no settings file need to escape."""
    return secrets.token_urlsafe(32)


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL keeps of an ASCII password (RFC 5803), as it takes it in CREATE ROLE: whoever
    reads it in a script or a log cannot sign in with it.
    """
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    coded = [base64.b64encode(part).decode("ascii") for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${ITERATIONS}:{coded[0]}${coded[1]}:{coded[2]}"
