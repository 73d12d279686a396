"""An attempt's token is genuine, says that nothing was stored, and passes for no receipt."""

import hashlib
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from asm.errors import Invalid
from asm.identity.vault.keys import KeyFiles
from asm.stays.receipts.attempts import Attempt, attempt_token_in, sign_attempt, verify_attempt
from asm.stays.receipts.receipt import verify_token

WHEN = datetime(2026, 7, 1, 15, 55, 0, 123000, tzinfo=UTC)


@pytest.fixture
def attempt(keys: KeyFiles) -> Attempt:
    return sign_attempt(keys, uuid4(), WHEN, "key-12345", b"what was sent")


def test_it_says_who_tried_what_and_when(attempt: Attempt, keys: KeyFiles) -> None:
    verified = verify_attempt(attempt.token, keys.public_keys)
    assert verified.facility_id == attempt.facility_id
    assert verified.attempted_at == WHEN
    assert verified.stored is False
    salted = bytes.fromhex(attempt.content_salt) + b"key-12345\x1fwhat was sent"
    assert verified.content_hash == hashlib.sha256(salted).hexdigest()


def test_it_is_no_receipt(attempt: Attempt, keys: KeyFiles) -> None:
    with pytest.raises(Invalid, match="receipt_unreadable"):
        verify_token(attempt.token, keys.public_keys)
    renamed = attempt.token.replace("ASMA1.", "ASM1.", 1)
    with pytest.raises(Invalid):
        verify_token(renamed, keys.public_keys)


def test_every_changed_letter_shows(attempt: Attempt, keys: KeyFiles) -> None:
    for position, letter in enumerate(attempt.token):
        other = "A" if letter != "A" else "B"
        with pytest.raises(Invalid):
            verify_attempt(
                attempt.token[:position] + other + attempt.token[position + 1 :], keys.public_keys
            )
    with pytest.raises(Invalid, match="receipt_key_unknown"):
        verify_attempt(attempt.token, {})


def test_the_token_is_found_in_what_people_keep(attempt: Attempt) -> None:
    assert attempt_token_in(f'{{"token": "{attempt.token}"}}') == attempt.token
    assert attempt_token_in("ASM1.a.b") is None
