"""From the items of a batch as they came in to items, or to what is wrong with each."""

from typing import Any, Final

import msgspec

from asm.api.shape_errors import shape_error
from asm.api.v1.sync.batch_shape import MAX_ITEMS, BatchItem, DeclareItem, QuietNightItem
from asm.errors import Invalid, Refusal, field_error
from asm.stays.intake.idempotency import check_key
from asm.stays.saved.saved_time import SavedProof

_NO_OBJECT: Final = "Expected `object`, got `null`"


class ReadItem(msgspec.Struct, frozen=True, kw_only=True):
    """`item`, unless it is refused. `body`: its body's bytes as sent, which a proof is about."""

    key: str | None
    item: BatchItem | None = None
    refusal: Refusal | None = None
    body: bytes = b""

    @property
    def saved_proof(self) -> SavedProof | None:
        """What the proof of its saving must be about; None where there is none to look at."""
        saved = self.item and self.item.saved
        if not saved or saved.proof is None:
            return None
        return SavedProof(key=self.key or "", at=saved.at, body=self.body)


class _Body(msgspec.Struct):
    body: msgspec.Raw = msgspec.Raw(b"")


class _Bodies(msgspec.Struct):
    items: list[msgspec.Raw] = []


def read_items(raw: Any, request_body: bytes) -> list[ReadItem]:
    """Each item, in order; `request_body` is the whole request's, as sent. Raises Invalid
    `batch_size` for none and for more than 100.
    """
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_ITEMS:
        raise Invalid("batch_size", errors=[field_error("/items", "batch_size")])
    bodies = _bodies(request_body)
    return [_read(item, body) for item, body in zip(raw, bodies, strict=True)]


def _bodies(request_body: bytes) -> list[bytes]:
    # What is no object has no body; its shape is refused beside.
    whole = msgspec.json.decode(request_body.removeprefix(b"\xef\xbb\xbf"), type=_Bodies)
    return [
        bytes(msgspec.json.decode(item, type=_Body).body)
        if bytes(item).lstrip().startswith(b"{")
        else b""
        for item in whole.items
    ]


def _read(raw: Any, body: bytes) -> ReadItem:
    key = raw.get("key") if isinstance(raw, dict) else None
    key = key if isinstance(key, str) else None
    try:
        item = msgspec.convert(raw, BatchItem)
        check_key(item.key)
        _check_stay(item)
    except msgspec.ValidationError as error:
        return ReadItem(key=key, refusal=Invalid("malformed", errors=[shape_error(str(error))]))
    except Invalid as refusal:
        return ReadItem(key=key, refusal=refusal)
    return ReadItem(key=item.key, item=item, body=body)


def _check_stay(item: BatchItem) -> None:
    if isinstance(item, DeclareItem | QuietNightItem):
        return
    if (item.stay.id is None) == (item.stay.declared_by is None):
        raise Invalid("batch_stay", errors=[field_error("/stay", "batch_stay")])
