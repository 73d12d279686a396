"""Accounts of the demo, and guests who do not exist."""

import json
import os
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

BIRTH_PLACES = ("001", "031", "046", "048", "079", "092")
#: The demo's people of each kind; a crowd (`load_tests.crowd`) takes their place, if there is one.
DEMO = {
    "receptionist": ("lan", "tuan"),
    "landlord": ("hai",),
    "hotel_system": ("pms",),
    "hospital": ("bich",),
    "officer": ("minh", "thao"),
}


@dataclass(frozen=True)
class Account:
    """Who plays a person. With a token it was signed in on another day, as phones are."""

    login: str
    password: str = ""
    token: str = ""


@cache
def crowd() -> tuple[dict[str, str], ...]:
    """The crowd in the file that ASM_LOAD_CROWD names; empty without one."""
    named = os.environ.get("ASM_LOAD_CROWD")
    return tuple(json.loads(Path(named).read_text(encoding="utf-8"))) if named else ()


@cache
def accounts_of(kind: str) -> tuple[Account, ...]:
    """The accounts for a kind of person: the crowd's, else the demo's."""
    if crowd():
        return tuple(Account(p["login"], token=p["token"]) for p in crowd() if p["kind"] == kind)
    passwords = read_accounts()
    return tuple(Account(login, passwords[login]) for login in DEMO[kind])


def read_accounts() -> Mapping[str, str]:
    """Login → password, from the file that ASM_LOAD_ACCOUNTS names (default: the demo's)."""
    path = Path(os.environ.get("ASM_LOAD_ACCOUNTS", ".asm/secrets/demo-accounts.json"))
    accounts = json.loads(path.read_text(encoding="utf-8"))
    return {account["login"]: account["password"] for account in accounts}


def invented_guest(chance: random.Random) -> dict[str, Any]:
    """A citizen; the number has its sex and birth year where a real one has them."""
    female = chance.random() < 0.5
    year = chance.randint(1950, 1999)
    birth_place, serial = chance.choice(BIRTH_PLACES), chance.randrange(1_000_000)
    return {
        "full_name": "Trần Thị Thử" if female else "Nguyễn Văn Mẫu",
        "birth_date": f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "sex": "female" if female else "male",
        "document_type": 1,
        "document_number": f"{birth_place}{int(female)}{year % 100:02}{serial:06}",
        "residence_kind": 1,
        "residence_province": chance.choice(("01", "79", "48", "31")),
    }


def card_of(guest: Mapping[str, Any]) -> dict[str, Any]:
    """The same guest as the text of a card's QR."""
    year, month, day = guest["birth_date"].split("-")
    sex = "Nữ" if guest["sex"] == "female" else "Nam"
    parts = (
        guest["document_number"], "", guest["full_name"], f"{day}{month}{year}", sex,
        "Số 1 Phố Thử, Hà Nội", "20042021",
    )  # fmt: skip
    return {"card_qr": "|".join(parts), "residence_province": guest["residence_province"]}


def party(
    chance: random.Random, room: str, guests: int, reason_text: str, reason: int = 1
) -> dict[str, Any]:
    """A party that arrived within the last two hours."""
    arrived = datetime.now(UTC) - timedelta(minutes=chance.randint(0, 120))
    people = [invented_guest(chance) for _ in range(guests)]
    return {
        "arrived_at": arrived.isoformat(timespec="seconds"),
        "planned_departure_at": (arrived + timedelta(days=chance.randint(1, 3))).isoformat(
            timespec="seconds"
        ),
        "room": room,
        "reason": reason,
        "reason_text": reason_text,
        "guests": [card_of(person) if chance.random() < 0.5 else person for person in people],
    }


def fresh_key() -> str:
    """A new Idempotency-Key."""
    return str(uuid.uuid4())
