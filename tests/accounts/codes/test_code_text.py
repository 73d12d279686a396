"""How codes are written and read, and that what is stored or sent is made by keys alone."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from asm.accounts.codes.code_keys import code_keys
from asm.accounts.codes.code_text import LENGTH, SYMBOLS, new_code, printed_code, read_code


def test_a_code_has_sixty_bits_and_no_letter_that_is_mistaken() -> None:
    assert len(SYMBOLS) ** LENGTH >= 2**60
    assert not set("OIL") & set(SYMBOLS)
    assert len({new_code() for _ in range(500)}) == 500


@given(st.text(alphabet=SYMBOLS, min_size=LENGTH, max_size=LENGTH))
def test_it_is_read_however_it_was_copied(code: str) -> None:
    printed = printed_code(code)
    assert read_code(printed) == code
    assert read_code(f"  {printed.lower().replace('-', ' ')} ") == code
    assert read_code(printed.replace("0", "o").replace("1", "l")) == code
    assert read_code(printed.replace("0", "O").replace("1", "I")) == code


@given(st.text(max_size=40))
def test_anything_else_is_no_code(typed: str) -> None:
    read = read_code(typed)
    assert read is None or (len(read) == LENGTH and set(read) <= set(SYMBOLS))


def test_what_is_stored_or_sent_needs_the_key() -> None:
    old, other = code_keys(b"a" * 32), code_keys(b"b" * 32)
    rotated = code_keys(b"b" * 32, b"a" * 32)
    code, code_id = new_code(), uuid4()
    assert old.hash_of(code) != other.hash_of(code)
    # Codes of before a rotation are found and sent while the former key stands below the new one.
    assert old.hash_of(code) in rotated.hashes_of(code)
    sender = rotated.by_id(old.key_id)
    assert sender is not None
    assert sender.sent_code(code_id) == old.sent_code(code_id) != other.sent_code(code_id)
    assert other.by_id(old.key_id) is None
    assert read_code(old.sent_code(code_id)) == old.sent_code(code_id)
    assert "a" * 8 not in repr(old)
