"""What was sent and what was acknowledged, one JSON line each, for the check afterwards.

The line is written before the request leaves and after the answer came: whatever is acknowledged in
this file must be in the database. It names no guest.
"""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Every party of a run carries this in its reason's words, so that its rows can be found.
MARK = "load "


def ledger_path() -> Path:
    """Where the ledger lies: ASM_LOAD_LEDGER, else a file in the folder of the installation."""
    return Path(os.environ.get("ASM_LOAD_LEDGER", ".asm/load-ledger.jsonl"))


def write_line(kind: str, key: str, **facts: Any) -> None:
    """Append one line with the time; greenlets of one process never tear a line of this size."""
    line = json.dumps({"kind": kind, "key": key, "at": time.time(), **facts}) + "\n"
    with ledger_path().open("a", encoding="utf-8") as file:
        file.write(line)


@dataclass
class Party:
    """One idempotency key: how many guests were sent, and what was acknowledged of them. `sent_at`
    and `answered_at` are those of the first sending and of the first answer by our own clock,
    `received_at` stands in the receipt. `late`: guests late by our doing.
    """

    key: str
    facility_id: str = ""
    guests: int = 0
    acknowledged: bool = False
    accepted: dict[str, str] = field(default_factory=dict)
    merged: int = 0
    contradictions: list[str] = field(default_factory=list)
    sent_at: float = 0.0
    answered_at: float = 0.0
    received_at: float = 0.0
    late: int = 0


def read_ledger(path: Path) -> dict[str, Party]:
    """The parties of a run by key. Two answers for one key must agree."""
    parties: dict[str, Party] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        party = parties.setdefault(entry["key"], Party(key=entry["key"]))
        if entry["kind"] == "sent":
            party.facility_id, party.guests = entry["facility_id"], entry["guests"]
            party.sent_at = entry.get("at", 0.0)
        elif not party.acknowledged:
            party.acknowledged = True
            party.accepted, party.merged = entry["accepted"], entry["merged"]
            party.answered_at, party.late = entry.get("at", 0.0), _late(entry, party.sent_at)
            party.received_at = entry.get("received_at", 0.0)
        elif (party.accepted, party.merged) != (entry["accepted"], entry["merged"]):
            party.contradictions.append(f"{party.key}: two answers for one key")
    return parties


def _late(entry: dict[str, Any], sent_at: float) -> int:
    """Guests whose receipt says late although the first sending was in time: our own doing."""
    return sum(due >= sent_at for due in entry.get("late_due", []))
