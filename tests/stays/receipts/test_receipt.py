"""Receipts verify with public keys alone; any flipped bit is refused."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from asm.db.base import new_id
from asm.errors import Invalid
from asm.identity.vault.keys import KeyFiles, create_keys, public_key_bytes, read_keys
from asm.stays.receipts.receipt import (
    Receipt,
    ReceiptFacts,
    content_hash,
    read_public_keys,
    receipt_number,
    sign_receipt,
    token_in,
    verify_token,
    verify_url,
)

NOW = datetime(2026, 11, 22, 15, 59, 59, 123000, tzinfo=UTC)


def receipt(keys: KeyFiles, *, on_time: bool = True) -> Receipt:
    stay_id = new_id()
    return sign_receipt(
        keys,
        ReceiptFacts(
            stay_id=stay_id,
            facility_id=UUID(int=7),
            number=receipt_number(stay_id),
            version=1,
            received_at=NOW,
            due_at=NOW + timedelta(seconds=1),
            on_time=on_time,
            recorded_at=NOW,
            content={"room": "101"},
        ),
    )


@pytest.mark.parametrize("on_time", [True, False])
def test_a_token_says_what_the_receipt_says(keys: KeyFiles, *, on_time: bool) -> None:
    issued = receipt(keys, on_time=on_time)
    said = verify_token(issued.token, keys.public_keys)
    for name in said.__struct_fields__:
        assert getattr(said, name) == getattr(issued, name), name


def test_any_changed_character_is_refused(keys: KeyFiles) -> None:
    token = receipt(keys).token
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    chance = random.Random(7)
    for position, letter in enumerate(token):
        other = chance.choice([c for c in letters if c != letter])
        with pytest.raises(Invalid):
            verify_token(token[:position] + other + token[position + 1 :], keys.public_keys)


def test_a_token_of_other_keys_is_refused(
    keys: KeyFiles, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("others")
    create_keys(folder)
    with pytest.raises(Invalid, match="receipt_key_unknown"):
        verify_token(receipt(keys).token, read_keys(folder).public_keys)


def test_the_qr_stays_small(keys: KeyFiles) -> None:
    assert len(verify_url("https://luutru.example.gov.vn", receipt(keys))) <= 300


def test_the_token_is_found_in_what_people_keep(keys: KeyFiles) -> None:
    issued = receipt(keys)
    for kept in (issued.token, f"  {issued.token}\n", verify_url("https://a.vn", issued),
                 f'{{"receipt": {{"token": "{issued.token}"}}}}'):  # fmt: skip
        assert token_in(kept) == issued.token


def test_the_content_can_be_proven_and_not_guessed(keys: KeyFiles) -> None:
    issued = receipt(keys)
    again = content_hash(bytes.fromhex(issued.content_salt), {"room": "101"})
    assert again.hex() == issued.content_hash
    assert receipt(keys).content_hash != issued.content_hash


def test_public_keys_travel_as_json(keys: KeyFiles) -> None:
    key_list = "{" + ",".join(
        f'"{name}": "{public_key_bytes(key).hex()}"' for name, key in keys.public_keys.items()
    ) + "}"  # fmt: skip
    verify_token(receipt(keys).token, read_public_keys(key_list.encode()))
    with pytest.raises(Invalid, match="public_keys_unreadable"):
        read_public_keys(b"not json")


def test_key_files_are_private_and_never_replaced(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("keys")
    assert len(create_keys(folder)) == 5
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert create_keys(folder) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
