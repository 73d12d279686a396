"""The walk itself: three guests from the front desk to the ward, and their receipts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import msgspec

from asm.demo.smoke.hotel import HOTEL, Hotel, invented_guest, void_all, voiding
from asm.demo.smoke.http import (
    SmokeFailure,
    expect,
    expect_body,
    fresh_key,
    is_drained,
    is_whole,
    outbox_rows,
    signed_in,
    wait_until,
)
from asm.demo.smoke.offline import verify_offline
from asm.demo.smoke.progress import WalkProgress
from asm.intake.cards.card_qr import build_card_qr
from asm.intake.sheets.xlsx_template import build_workbook, row_of
from asm.stays.entry import StayEntry


def walk(address: str, passwords: Mapping[str, str], progress: WalkProgress) -> None:
    """The whole walk against the installation at `address`. Raises SmokeFailure."""
    if not passwords:
        raise SmokeFailure("there are no demo accounts here: `asm seed` makes them")
    wait_until(lambda: is_whole(address), f"{address} to be ready, with its worker")
    with (
        signed_in(address, passwords, "lan") as lan,
        signed_in(address, passwords, "minh") as minh,
        signed_in(address, passwords, "thao") as thao,
        voiding(Hotel(lan), progress) as hotel,
    ):
        before = {state: outbox_rows(address, state) for state in ("waiting", "dead")}
        declare_three(hotel, progress)
        with progress.step("The worker does what the outbox asks for") as note:
            wait_until(lambda: is_drained(address, before["waiting"]), "the outbox to be drained")
            expect(outbox_rows(address, "dead") <= before["dead"], "the worker gave an event up")
            note("The worker has drained the outbox")
        read_as_ward(hotel, minh, thao, progress)
        verify_offline(hotel, address, progress)
        void_all(hotel, progress)
        seen = {stay["id"] for stay in all_guests(minh, hotel.ward)}
        expect(not seen & hotel.receipts.keys(), "the ward still sees a voided stay")


def all_guests(minh: httpx.Client, ward: str) -> Iterator[dict[str, Any]]:
    """Everyone of the night, page by page."""
    page = pages = 1
    while page <= pages:
        guest_page = expect_body(minh.get(f"/wards/{ward}/guests", params={"page": page}), 200)
        yield from guest_page["stays"]
        page, pages = page + 1, guest_page["pages"]


def declare_three(hotel: Hotel, progress: WalkProgress) -> None:
    """One guest by card, one by spreadsheet, one field by field; each accepted with a receipt."""
    arrived = datetime.now(UTC).replace(second=0, microsecond=0)
    leaves = arrived + timedelta(days=2)
    times = {"arrived_at": arrived.isoformat(), "planned_departure_at": leaves.isoformat()}
    stays = f"/facilities/{hotel.id}/stays"
    with progress.step("Lan declares a guest from the card's QR") as note:
        guest = invented_guest("Trần Thị Thử")
        card = build_card_qr(guest, issued_on=date(2021, 4, 20))
        body = {**times, "room": "101", "guests": [{"card_qr": card, "residence_province": "01"}]}
        outcome = expect_body(hotel.lan.post(stays, json=body, headers=fresh_key()), 201)
        note(f"Lan declared a guest from the card's QR: {hotel.took(outcome['results'], guest)}")
    with progress.step("Lan declares a guest from the official spreadsheet") as note:
        guest = msgspec.structs.replace(
            invented_guest("Lê Văn Ví Dụ"), residence_province="Thành phố Hà Nội"
        )
        entry = StayEntry(
            guest=guest, arrived_at=arrived, planned_departure_at=leaves, room="102", reason=1
        )
        book = build_workbook([row_of(1, entry)])
        imports = f"/facilities/{hotel.id}/imports"
        outcome = expect_body(hotel.lan.post(imports, content=book, headers=fresh_key()), 201)
        line = hotel.took(outcome["rows"], guest)
        note(f"Lan declared a guest from the official spreadsheet: {line}")
    with progress.step("Lan declares a guest field by field, and sends it twice") as note:
        guest = invented_guest("Nguyễn Văn Mẫu")
        body = {**times, "room": "103", "guests": [msgspec.to_builtins(guest)]}
        key = fresh_key()
        outcome = expect_body(hotel.lan.post(stays, json=body, headers=key), 201)
        again = expect_body(hotel.lan.post(stays, json=body, headers=key), 200)
        line = hotel.took(outcome["results"], guest)
        expect(again["results"] == outcome["results"], "the resend got another answer")
        note(f"Lan declared a guest field by field: {line}; sent twice, it is one stay")


def read_as_ward(
    hotel: Hotel, minh: httpx.Client, thao: httpx.Client, progress: WalkProgress
) -> None:
    """The ward's own officer sees the three and the hotel as declared; another's sees nothing."""
    with progress.step("Minh, the ward's officer, reads the night") as note:
        guests = {stay["id"]: stay for stay in all_guests(minh, hotel.ward)}
        for stay_id, number in hotel.numbers.items():
            expect(stay_id in guests, f"Minh does not see the stay {stay_id}")
            read = guests[stay_id]["guest"]["document_number"]
            expect(read == number, f"Minh sees another number for the stay {stay_id}")
        night = expect_body(minh.get(f"/wards/{hotel.ward}/tonight"), 200)
        declared = {facility["id"] for facility in night["declared"]}
        expect(hotel.id in declared, f"{HOTEL} is not counted as declared")
        note(
            f"Minh sees the three among {night['guests']} guests of the ward; {HOTEL} has declared"
        )
    with progress.step("Thảo, officer of another ward, is refused") as note:
        refused = thao.get(f"/wards/{hotel.ward}/guests")
        unknown = thao.get("/wards/00000/guests")
        expect(refused.status_code == 404, f"Thảo got {refused.status_code}, not 404")
        expect(refused.content == unknown.content, "Thảo can tell the ward from an unknown one")
        for stay_id in hotel.receipts:
            answer = thao.get(f"/facilities/{hotel.id}/stays/{stay_id}")
            expect(answer.status_code == 404, f"Thảo got {answer.status_code} for a stay, not 404")
        note("Thảo, officer of another ward, is refused (404)")
