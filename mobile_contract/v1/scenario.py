"""One evening told as requests: the examples are recorded from it and held to it by a test.

Everyone in it is invented. `ask` sends one request and returns the answer's body; each name is a
file in `examples/`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypedDict, Unpack

WARD = "00070"
CARD = "001190000021||Trần Thị Thử|15081990|Nữ|Số 1 Phố Thử, Hoàn Kiếm, Hà Nội|20042021"
SENT_BEFORE = "2026-11-20T20:00:00+07:00"
PathValues = Mapping[str, str]


class Sent(TypedDict, total=False):
    """`path` fills the path of the operation, `file` is a body that is no JSON, `key` tells one
    Idempotency-Key from another, `match` is the version that was seen.
    """

    path: PathValues
    query: str
    body: object
    file: bytes
    key: int
    match: int


class Ask(Protocol):
    """Sends a request of `login` (None: nobody's) and returns the body of the answer."""

    async def __call__(
        self, login: str | None, operation: str, name: str, title: str, /, **sent: Unpack[Sent]
    ) -> Any: ...


def guest(serial: int | str, **changes: object) -> dict[str, object]:
    """An invented man; a short `serial` gives a number with too few digits."""
    return {
        "full_name": "Nguyễn Văn Mẫu",
        "birth_date": "1990-08-15",
        "sex": "male",
        "document_type": 1,
        "document_number": f"0010900000{serial}",
        "residence_kind": 1,
        "residence_province": "01",
        **changes,
    }


def party(now: datetime, *guests: dict[str, object], room: str = "101") -> dict[str, object]:
    """People who have just arrived for two nights."""
    return {
        "arrived_at": now.isoformat(),
        "planned_departure_at": (now + timedelta(days=2)).isoformat(),
        "room": room,
        "guests": list(guests),
    }


async def evening(ask: Ask, now: datetime, workbook: bytes) -> None:
    """The whole scenario. `now` has a zone; `workbook` has one good row and one bad."""
    hotel = {"facility_id": await arrive(ask)}
    stay = hotel | {"stay_id": await declare(ask, now, hotel)}
    await ask(
        "lan", "importWorkbook", "imported",
        "The official spreadsheet with one good row and one bad", path=hotel, file=workbook, key=6,
    )  # fmt: skip
    await change(ask, now, stay)
    await check_receipts(ask, stay)
    await oversee(ask, hotel)
    await register_facility(ask)
    await open_account(ask)


async def arrive(ask: Ask) -> str:
    """Sign in and find the hotel; its id."""
    account = {"login": "lan", "password": "lan-hoa-sen-2026", "label": "Front desk 1"}
    issue = partial(ask, None, "issueToken")
    await issue("token-issued", "Sign in once and keep the token", body=account)
    await issue(
        "token-refused", "A wrong password, or no such account: the answer is the same",
        body=account | {"password": "wrong"},
    )  # fmt: skip
    await ask("lan", "me", "me", "Who the token speaks for")
    await ask(None, "me", "me-without-token", "Without a token, or with one that has ended")
    facilities = await ask("lan", "listFacilities", "facilities", "The facilities to declare for")
    facility_id: str = facilities[0]["id"]
    return facility_id


async def declare(ask: Ask, now: datetime, hotel: PathValues) -> str:
    """Every way a declaration can end; the id of a stay in force."""
    await ask(
        "lan", "readCardQr", "card-read", "What the QR of a card says; nothing is stored",
        body={"text": CARD},
    )  # fmt: skip
    lan = partial(ask, "lan", "declareStay", path=hotel)
    two = party(now, {"card_qr": CARD, "residence_province": "01"}, guest(22))
    await lan("dry-run", "Check a party without storing it", query="?dry_run=true", body=two)
    answer = await lan(
        "declared", "A party of two: one from the card, one field by field", body=two, key=1
    )
    await lan(
        "declared-again", "The same key and body again: the stored answer, nothing new",
        body=two, key=1,
    )  # fmt: skip
    await lan(
        "key-reused", "The same key with another body is refused",
        body=party(now, guest(23)), key=1,
    )  # fmt: skip
    await lan("key-missing", "A declaration without a key is refused", body=party(now, guest(23)))
    await lan(
        "merged", "A guest declared here today already, under another key: the earlier receipt",
        body=party(now, guest(22)), key=2,
    )  # fmt: skip
    await lan(
        "changed", "The guest is in the house, and another room is told: the stay is changed",
        body=party(now, guest(22), room="102"), key=18,
    )  # fmt: skip
    await lan(
        "differs", "The guest is in the house, and the hour of arrival differs: it is named",
        body=party(now - timedelta(hours=2), guest(22), room="102"), key=19,
    )  # fmt: skip
    await lan(
        "declared-in-part", "One good guest and one refused: the good one is stored",
        body=party(now, guest(24), guest(2), room="102"), key=3,
    )  # fmt: skip
    await lan(
        "nothing-accepted", "Nobody could be accepted: nothing is stored, the key stays free",
        body=party(now, guest(2, birth_date="2990-01-01")), key=4,
    )  # fmt: skip
    await lan(
        "unknown-field", "A field that the contract does not know",
        body=party(now, guest(25, nickname="Tí")), key=5,
    )  # fmt: skip
    stay_id: str = answer["results"][1]["stay_id"]
    return stay_id


async def change(ask: Ask, now: datetime, stay: PathValues) -> None:
    """One stay through its whole life."""
    lan = partial(ask, "lan", path=stay)
    later = (now + timedelta(days=3)).isoformat()
    await lan("listStays", "stays", "Who is in the house")
    await lan("getStay", "stay", "One stay with its guest")
    await lan(
        "amendStay", "amended", "Correct what was told; absent fields stay as they are",
        body={"guest": guest(22, full_name="Nguyễn Văn Mẫu Mực")},
    )  # fmt: skip
    await lan(
        "amendStay", "amended-unseen", "A change of a version that somebody has changed since",
        match=1, body={"room": "103"},
    )  # fmt: skip
    await lan(
        "extendStay", "extended", "The guest stays longer",
        body={"planned_departure_at": later}, key=11,
    )  # fmt: skip
    await lan("moveStay", "moved", "The guest changes rooms", body={"room": "103"}, key=12)
    await lan("departStay", "departed", "The guest has left, now", body={}, key=13)
    await lan(
        "moveStay", "moved-after-departure", "Who has left moves no more: undo the departure first",
        body={"room": "104"}, key=16,
    )  # fmt: skip
    await lan(
        "undoDeparture", "departure-undone", "The guest has not left after all", key=17,
    )  # fmt: skip
    await lan(
        "voidStay", "voided", "The declaration was a mistake",
        body={"reason": "Khai nhầm"}, key=14,
    )  # fmt: skip
    await lan(
        "moveStay", "moved-after-void", "A voided stay does not change any more",
        body={"room": "104"}, key=15,
    )  # fmt: skip
    await lan("listStayVersions", "versions", "A stay's whole life")


async def check_receipts(ask: Ask, stay: PathValues) -> None:
    """The receipt of the stay, and one that was tampered with."""
    receipt = await ask(
        "lan", "getReceipt", "receipt", "The receipt of the newest version", path=stay
    )
    await ask(None, "listReceiptKeys", "receipt-keys", "All that a check needs")
    verify = partial(ask, None, "verifyReceipt")
    await verify("receipt-verified", "A genuine receipt", body={"text": receipt["token"]})
    parts = receipt["token"].split(".")
    parts[8] = "F" if parts[8] == "T" else "T"
    await verify(
        "receipt-tampered", "A receipt that was made to tell another punctuality",
        body={"text": ".".join(parts)},
    )  # fmt: skip


async def oversee(ask: Ask, hotel: PathValues) -> None:
    """What officers see, and what they do not."""
    minh = partial(ask, "minh", path={"ward_code": WARD})
    await minh("wardTonight", "ward-tonight", "The night: who has declared and who has not")
    await minh("wardGuests", "ward-guests", "Everyone registered in the ward tonight")
    await minh("wardMonth", "ward-month", "The last thirty nights")
    await ask(
        "minh", "areaFigures", "area-figures",
        "Figures of a night of the officer's own ward, of hotels alone",
        query="?first=2026-03-01&last=2026-03-01&kind=hotel",
    )  # fmt: skip
    await ask(
        "minh", "areaFigures", "area-figures-too-long",
        "Ten years at once: the field, what is wrong with it and what to do",
        query="?first=2016-03-01&last=2026-03-01",
    )  # fmt: skip
    await ask("minh", "provinceOutline", "province-outline", "Of the other wards sums alone")
    await minh("wardFlags", "ward-flags", "What the background checks have raised")
    await ask(
        "thao", "wardGuests", "ward-of-another",
        "An officer of another ward: the same 404 as for a ward that does not exist",
        path={"ward_code": WARD},
    )  # fmt: skip
    await ask(
        "minh", "declareStay", "declared-by-officer",
        "An officer oversees the hotel and does not declare for it",
        path=hotel, body={"arrived_at": SENT_BEFORE, "guests": [guest(26)]}, key=21,
    )  # fmt: skip


async def register_facility(ask: Ask) -> None:
    """A new place, which cannot declare before its ward's officer has activated it."""
    point = {"lat": 21.0285, "lon": 105.8522}
    await ask(None, "wardAt", "ward-at", "The ward of a point", body=point)
    facility = await ask(
        "hai", "registerFacility", "facility-registered", "A new place, not active yet",
        body={
            "kind": "boarding_house", "name": "Nhà trọ Thử", "phone": "0240000001",
            "address_text": "9 ngõ Mẫu", "rooms": [{"name": "1", "beds": 2}], **point,
        },
    )  # fmt: skip
    hai = partial(ask, "hai", path={"facility_id": facility["id"]})
    await hai(
        "declareStay", "declared-not-active", "A place that is not active cannot declare",
        body={"arrived_at": SENT_BEFORE, "guests": [guest(27)]}, key=31,
    )  # fmt: skip
    await hai("addRoom", "room-added", "A room with its bed-places", body={"name": "2", "beds": 3})
    await ask("lan", "revokeToken", "token-revoked", "End the token")


async def open_account(ask: Ask) -> None:
    """A landlady who has no account yet."""
    wish = {
        "sign_in_name": "0912 345 678",
        "display_name": "Nguyễn Thị Mẫu",
        "role": "landlord",
        "password": "ba con vit bau duoi ao",
        "terms_version": "1",
    }
    await ask(
        None, "signUp", "signed-up",
        "A host opens an account, whether or not somebody uses the phone number", body=wish,
    )  # fmt: skip
    await ask(
        None, "signUp", "sign-up-refused",
        "What everybody tries first is no password, and the terms must be accepted",
        body=wish | {"password": "matkhau12345", "terms_version": ""},
    )  # fmt: skip
