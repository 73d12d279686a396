"""Hoa Sen as its receptionist sees it: what was declared there for the walk, and taking it back."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx

from asm.demo.smoke.http import expect, expect_body, fresh_key
from asm.demo.smoke.progress import WalkProgress
from asm.stays.entry import Guest

HOTEL = "Khách sạn Hoa Sen"
VOID_REASON = "Khách không có thật: asm smoke"


class Hotel:
    """Lan and her hotel; by stay id: the receipts of the walk, and the numbers of its guests.
    `open` are the stays not voided yet.
    """

    def __init__(self, lan: httpx.Client) -> None:
        self.lan = lan
        facilities = [
            facility
            for facility in expect_body(lan.get("/facilities"), 200)
            if facility["name"] == HOTEL
        ]
        expect(len(facilities) == 1, f"Lan should see one {HOTEL}, she sees {len(facilities)}")
        self.id: str = facilities[0]["id"]
        self.ward: str = facilities[0]["ward_code"]
        self.receipts: dict[str, dict[str, Any]] = {}
        self.numbers: dict[str, str] = {}
        self.open: set[str] = set()

    def took(self, results: list[dict[str, Any]], guest: Guest) -> str:
        """Note the one accepted guest; what to print of the receipt."""
        expect(len(results) == 1, f"one result was expected: {results}")
        result = results[0]
        expect(result["status"] == "accepted", f"not accepted: {result}")
        receipt = result["receipt"]
        stay_id = receipt["stay_id"]
        self.receipts[stay_id] = receipt
        self.numbers[stay_id] = guest.document_number or ""
        self.open.add(stay_id)
        return f"{receipt['number']}, {'on time' if receipt['on_time'] else 'late'}"


@contextmanager
def voiding(hotel: Hotel, progress: WalkProgress) -> Iterator[Hotel]:
    """However the walk ends, none of its stays is left in force."""
    try:
        yield hotel
    finally:
        if hotel.open:
            void_all(hotel, progress)


def void_all(hotel: Hotel, progress: WalkProgress) -> None:
    """Void what is still in force."""
    with progress.step("Lan voids the invented stays") as note:
        for stay_id in sorted(hotel.open):
            path = f"/facilities/{hotel.id}/stays/{stay_id}/void"
            body = {"reason": VOID_REASON}
            changed = expect_body(hotel.lan.post(path, json=body, headers=fresh_key()), 200)
            expect(changed["receipt"]["version"] == 2, "voiding made no second version")
            hotel.open.discard(stay_id)
        note("Lan voided the invented stays: they stay on record and count nowhere")


def invented_guest(name: str) -> Guest:
    """A guest who does not exist, with a number that was not used before (one in ten million)."""
    chance = random.SystemRandom()
    female = "Thị" in name.split()
    born = date(chance.randint(1950, 1999), chance.randint(1, 12), chance.randint(1, 28))
    birth_place = chance.choice(("001", "031", "046", "048", "079", "092"))
    serial = chance.randrange(1_000_000)
    return Guest(
        full_name=name,
        birth_date=born,
        sex="female" if female else "male",
        document_type=1,
        document_number=f"{birth_place}{int(female)}{born.year % 100:02}{serial:06}",
        residence_kind=1,
        residence_province="01",
    )
