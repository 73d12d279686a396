"""Sealed values open only in their own row, and equal documents meet only through the key."""

from uuid import UUID, uuid4

import msgspec
import pytest

from asm.identity.vault.keys import Keys
from asm.identity.vault.sealing import (
    VaultError,
    blind_index,
    fingerprint,
    fingerprint_fits,
    open_sealed,
    seal,
)
from asm.stays.entry import Guest

GUEST = Guest(full_name="Nguyễn Văn Mẫu", document_type=1, document_number="001090000017")


class Named:
    """A look-up that stands for a written one."""

    def __init__(self, *records: UUID) -> None:
        self.records = frozenset(records)


async def test_what_is_sealed_opens_in_its_row_and_nowhere_else(vault_keys: Keys) -> None:
    facility, record, other = uuid4(), uuid4(), uuid4()
    sealed = seal(vault_keys, facility, record, GUEST)
    assert open_sealed(vault_keys, Named(record), sealed, Guest) == GUEST
    assert b"001090000017" not in sealed.sealed
    assert "Mẫu".encode() not in sealed.sealed
    replace = msgspec.structs.replace
    flipped = sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1])
    for moved in (
        replace(sealed, facility_id=other),
        replace(sealed, id=other),
        replace(sealed, sealed=flipped),
        replace(sealed, key_id="data-1999-01-1"),
    ):
        with pytest.raises(VaultError) as refused:
            open_sealed(vault_keys, Named(record, other), moved, Guest)
        assert "Mẫu" not in str(refused.value)


async def test_nothing_opens_without_a_look_up_that_names_it(vault_keys: Keys) -> None:
    record = uuid4()
    sealed = seal(vault_keys, uuid4(), record, GUEST)
    with pytest.raises(VaultError, match="no look-up"):
        open_sealed(vault_keys, Named(uuid4()), sealed, Guest)


def _index(keys: Keys, kind: int, number: str, nationality: str = "VNM") -> bytes:
    return blind_index(keys, kind, number, nationality).value


async def test_equal_documents_have_equal_indexes(vault_keys: Keys) -> None:
    card = _index(vault_keys, 1, "001090000017")
    assert _index(vault_keys, 8, "001090000017") == card
    assert _index(vault_keys, 2, "001090000017") == card
    assert _index(vault_keys, 1, " 001090000017 ") == card
    assert _index(vault_keys, 1, "001090000018") != card
    passport = _index(vault_keys, 4, "X1234567", "FRA")
    assert _index(vault_keys, 4, "x1234567", "FRA") == passport
    assert _index(vault_keys, 4, "X1234567", "KOR") != passport


async def test_a_fingerprint_tells_bodies_apart_and_keys_never_show(vault_keys: Keys) -> None:
    assert fingerprint_fits(vault_keys, fingerprint(vault_keys, b"a"), b"a")
    assert not fingerprint_fits(vault_keys, fingerprint(vault_keys, b"a"), b"b")
    shown = repr(vault_keys)
    for secret in (*vault_keys.data.values(), vault_keys.index.key, vault_keys.files.form):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
