"""What comes in through any door, and what goes back."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from asm.stays.entry import TO_THE_MINUTE, Problem, StayEntry, TimePrecision
from asm.stays.receipts.receipt import Receipt
from asm.stays.saved.saved_time import SavedTime

#: assisted: by the ward's officer for a house that cannot.
Via = Literal["api", "desk", "card_qr", "spreadsheet", "command_line", "assisted"]
#: accepted: stored now. merged: this arrival was already declared here and nothing is new; the
#: receipt of its newest version is given again. changed: it was, and room, planned departure or
#: what was still empty is now as told; the receipt is the new version's. refused: stored nowhere.
#: would_accept, would_change: a dry run.
Status = Literal["accepted", "merged", "changed", "refused", "would_accept", "would_change"]


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """Stays to declare in one facility. `key` and `body` make a resend harmless.

    `notes` holds what the door found while reading each entry (a repaired card, an unreadable
    one); an entry with a refusal among its notes is refused without the rules looking further.
    `precision` holds how much of each entry's times was told; empty: all of them, to the minute.
    `saved`: when a phone without signal had it; no part of what makes a resend the same.
    """

    facility_id: UUID
    entries: list[StayEntry]
    via: Via
    key: str | None = None
    body: bytes = b""
    dry_run: bool = False
    notes: list[list[Problem]] = []
    precision: list[TimePrecision] = []
    saved: SavedTime | None = None

    def precision_of(self, index: int) -> TimePrecision:
        """How much of the times of entry `index` was told."""
        return self.precision[index] if self.precision else TO_THE_MINUTE


class EntryResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one guest; `index` counts from 0 in the order sent. `status`: accepted,
    merged, changed, refused; in a dry run would_accept, would_change. A refused one with a
    `stay_id` has a stay here that stands as it is, and `receipt` is that stay's.
    """

    index: int
    status: str
    problems: list[Problem]
    stay_id: UUID | None = None
    due_at: datetime | None = None
    on_time: bool | None = None
    receipt: Receipt | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Counts that add up: read = accepted + merged + changed + rejected (and in a dry run those
    that would be accepted or changed).
    """

    read: int
    accepted: int
    merged: int
    rejected: int
    results: list[EntryResult]
    changed: int = 0
    dry_run: bool = False
    replayed: bool = False
