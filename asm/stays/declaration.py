"""What comes in through any door, and what goes back."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from asm.stays.entry import Problem, StayEntry
from asm.stays.receipts.receipt import Receipt

Via = Literal["api", "desk", "card_qr", "spreadsheet", "command_line"]
#: accepted: stored now. merged: this person's arrival that day was already declared here; the
#: earlier receipt is given again. refused: stored nowhere. would_accept: a dry run.
Status = Literal["accepted", "merged", "refused", "would_accept"]


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """Stays to declare in one facility. `key` and `body` make a resend harmless.

    `notes` holds what the door found while reading each entry (a repaired card, an unreadable
    one); an entry with a refusal among its notes is refused without the rules looking further.
    """

    facility_id: UUID
    entries: list[StayEntry]
    via: Via
    key: str | None = None
    body: bytes = b""
    dry_run: bool = False
    notes: list[list[Problem]] = []


class EntryResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one guest; `index` counts from 0 in the order sent."""

    index: int
    status: Status
    problems: list[Problem]
    stay_id: UUID | None = None
    due_at: datetime | None = None
    on_time: bool | None = None
    receipt: Receipt | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Counts that add up: read = accepted + merged + rejected (+ would_accept in a dry run)."""

    read: int
    accepted: int
    merged: int
    rejected: int
    results: list[EntryResult]
    dry_run: bool = False
    replayed: bool = False
