"""Sealed values open only in their own row, and equal documents meet only through the key."""

from uuid import uuid4

import pytest

from asm.identity.keys import Keys
from asm.identity.vault import VaultError, blind_index, fingerprint, open_sealed, seal
from asm.stays.declaration import Guest

GUEST = Guest(full_name="Nguyễn Văn Mẫu", document_type=1, document_number="001090000017")


def test_what_is_sealed_opens_in_its_row_and_nowhere_else(keys: Keys) -> None:
    facility, record = uuid4(), uuid4()
    sealed = seal(keys, facility, record, GUEST)
    assert open_sealed(keys, facility, record, sealed, Guest) == GUEST
    assert b"001090000017" not in sealed
    for other in ((uuid4(), record), (facility, uuid4())):
        with pytest.raises(VaultError):
            open_sealed(keys, *other, sealed, Guest)
    with pytest.raises(VaultError) as refused:
        open_sealed(keys, facility, record, sealed[:-1] + bytes([sealed[-1] ^ 1]), Guest)
    assert "Mẫu" not in str(refused.value)


def test_equal_documents_have_equal_indexes(keys: Keys) -> None:
    card = blind_index(keys, 1, "001090000017", "VNM")
    assert blind_index(keys, 8, "001090000017", "VNM") == card
    assert blind_index(keys, 2, "001090000017", "VNM") == card
    assert blind_index(keys, 1, " 001090000017 ", "VNM") == card
    assert blind_index(keys, 1, "001090000018", "VNM") != card
    assert blind_index(keys, 4, "X1234567", "FRA") == blind_index(keys, 4, "x1234567", "FRA")
    assert blind_index(keys, 4, "X1234567", "FRA") != blind_index(keys, 4, "X1234567", "KOR")


def test_a_fingerprint_tells_bodies_apart_and_keys_never_show(keys: Keys) -> None:
    assert fingerprint(keys, b"a") == fingerprint(keys, b"a") != fingerprint(keys, b"b")
    assert keys.vault.hex() not in repr(keys)
