"""JSON as software really sends it: read where it has one meaning, else told field by field."""

import json
from typing import Any

import httpx
import pytest

from asm.demo.cast import WARD_A, Cast
from tests.people import fresh_key, guest, hours_ago, just_now, party, sign_in, stays_of

BOM = b"\xef\xbb\xbf"


async def send(client: httpx.AsyncClient, cast: Cast, body: bytes, **more: str) -> httpx.Response:
    lan = await sign_in(client, cast, "lan")
    headers = lan | fresh_key() | {"Content-Type": "application/json"} | more
    return await client.post(stays_of(cast), content=body, headers=headers)


async def test_a_byte_order_mark_before_the_body_is_no_fault(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    answer = await send(client, cast, BOM + json.dumps(party()).encode())
    assert answer.status_code == 201, answer.text


def shown(moment: str, form: str) -> str:
    """`2026-11-30T22:05:…+07:00` in another way of writing the same minute."""
    return form.format(day=moment[:10], minutes=moment[11:16])


@pytest.mark.parametrize(
    "form",
    [
        "{day}T{minutes}+07:00",
        "{day} {minutes}+07:00",
        "{day}T{minutes}+0700",
        "{day}T{minutes}+07",
        "{day}T{minutes}:00,0+07:00",
        "{day}T{minutes}:00.0000000+07:00",
        "{day}T{minutes}:00.000000000000000000000+07:00",
    ],
)
async def test_a_minute_is_read_however_it_is_written(
    client: httpx.AsyncClient, cast: Cast, form: str
) -> None:
    now = just_now()
    answer = await send(client, cast, json.dumps(party(arrived_at=shown(now, form))).encode())
    assert answer.status_code == 201, answer.text
    stay_id = answer.json()["results"][0]["stay_id"]
    lan = await sign_in(client, cast, "lan")
    stay = (await client.get(f"{stays_of(cast)}/{stay_id}", headers=lan)).json()
    assert stay["arrived_at"].startswith(now[:16])


async def test_the_last_tick_of_a_day_is_not_the_next_day(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    """As .NET tells the end of a day, over the short way that most declarations take."""
    leaves = f"{hours_ago(-72)[:10]}T23:59:59.9999999+07:00"
    answer = await send(client, cast, json.dumps(party(planned_departure_at=leaves)).encode())
    assert answer.status_code == 201, answer.text
    lan = await sign_in(client, cast, "lan")
    stay_id = answer.json()["results"][0]["stay_id"]
    stay = (await client.get(f"{stays_of(cast)}/{stay_id}", headers=lan)).json()
    assert stay["planned_departure_at"][:10] == leaves[:10]


async def test_a_change_reads_times_alike(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await send(client, cast, json.dumps(party()).encode())
    stay_id = answer.json()["results"][0]["stay_id"]
    lan = await sign_in(client, cast, "lan")
    body = {"departed_at": shown(just_now(), "{day}T{minutes}+07:00").replace("T", " ")}
    left = await client.post(
        f"{stays_of(cast)}/{stay_id}/departure",
        content=BOM + json.dumps(body).encode(),
        headers=lan | fresh_key() | {"Content-Type": "application/json"},
    )
    assert left.status_code in {200, 422}, left.text
    # Who came in the last minutes may leave no earlier: what matters is that the time was read.
    assert "malformed" not in left.text


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"arrived_at":"2026-11-30T22:05:00+07:00",}',
        b'{"arrived_at":"\xff"}',
        b"\xff\xfe{\x00",
    ],
)
async def test_a_body_that_is_no_json_says_so(
    client: httpx.AsyncClient, cast: Cast, body: bytes
) -> None:
    answer = await send(client, cast, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "json_unreadable")
    [error] = answer.json()["errors"]
    assert "UTF-8" in error["remedy"]
    assert "UTF-8" in error["remedy_en"]


@pytest.mark.parametrize(
    ("changes", "field", "code", "says", "helps"),
    [
        ({"birth_date": "15/08/1990"}, "birth_date", "wrong_type", "no date", "known, 1990"),
        ({"birth_date": "90"}, "birth_date", "wrong_type", "no date", "known, 1990"),
        ({"permitted_stay_until": "2027"}, "permitted_stay_until", "wrong_type", "no date", "-15"),
        ({"sex": "nam"}, "sex", "wrong_type", "list", "list"),
        ({"document_type": "x"}, "document_type", "wrong_type", "integer | null", "type"),
        ({"document_number": 1090000001}, "document_number", "wrong_type", "integer", "quotes"),
        ({"fullname": "x"}, "fullname", "unknown_field", "no field", "correct"),
    ],
)  # fmt: skip
async def test_a_wrong_shape_names_field_fault_and_remedy(
    client: httpx.AsyncClient, cast: Cast, changes: dict[str, Any], field: str, code: str,
    says: str, helps: str,
) -> None:  # fmt: skip
    answer = await send(client, cast, json.dumps(party(guest(**changes))).encode())
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"/guests/0/{field}", code)
    assert says in error["message_en"]
    assert helps in error["remedy_en"]
    assert error["message"] != error["message_en"]
    assert error["remedy"] != error["remedy_en"]
    sent = next(iter(changes.values()))
    assert str(sent) not in json.dumps([error["message"], error["message_en"]])


async def test_a_missing_field_is_named(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await send(client, cast, b'{"arrived_at":"2026-11-30T22:05:00+07:00"}')
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/guests", "missing_field")
    ]
    empty = await send(client, cast, b"")
    assert "body" in empty.json()["errors"][0]["message_en"]


@pytest.mark.parametrize("sent", ["D", "GBD", "VN", "Đức", "France"])
async def test_a_nationality_is_read_as_at_every_other_door(
    client: httpx.AsyncClient, cast: Cast, sent: str
) -> None:
    someone = guest(
        nationality=sent, residence_country=sent, residence_province=None,
        permitted_stay_until="2099-01-01",
    )  # fmt: skip
    if sent != "VN":
        someone |= {"document_type": 4, "document_number": "X1234567"}
    answer = await send(client, cast, json.dumps(party(someone)).encode())
    assert answer.status_code == 201, answer.text
    assert not [p for p in answer.json()["results"][0]["problems"] if "nationality" in p["rule"]]


@pytest.mark.parametrize(
    "departure", ["9999-12-31T17:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59+14:00"]
)
async def test_a_departure_at_the_edge_of_the_calendar_is_refused_and_sinks_nobody(
    client: httpx.AsyncClient, cast: Cast, departure: str
) -> None:
    answer = await send(client, cast, json.dumps(party(planned_departure_at=departure)).encode())
    assert answer.status_code == 422, answer.text
    assert [e["code"] for e in answer.json()["errors"]] == ["stay.departure.horizon"]
    stored = await send(client, cast, json.dumps(party()).encode())
    stay_id = stored.json()["results"][0]["stay_id"]
    lan = await sign_in(client, cast, "lan")
    for path, body in (
        ("extension", {"planned_departure_at": departure}),
        ("departure", {"departed_at": departure}),
        ("departure", {"departed_at": "0001-01-01T00:00:00+14:00"}),
    ):
        changed = await client.post(
            f"{stays_of(cast)}/{stay_id}/{path}", json=body, headers=lan | fresh_key()
        )
        assert changed.status_code == 422, (path, changed.text)


@pytest.mark.parametrize("arrival", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_an_arrival_at_the_edge_of_the_calendar_is_refused(
    client: httpx.AsyncClient, cast: Cast, arrival: str
) -> None:
    body = party(arrived_at=arrival, planned_departure_at=None)
    answer = await send(client, cast, json.dumps(body).encode())
    assert answer.status_code == 422, answer.text
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/arrived_at"}


@pytest.mark.parametrize("night", ["0001-01-01", "9999-12-31", "2019-12-31"])
@pytest.mark.parametrize("path", ["tonight", "guests"])
async def test_a_night_beyond_the_horizon_is_refused(
    client: httpx.AsyncClient, cast: Cast, path: str, night: str
) -> None:
    minh = await sign_in(client, cast, "minh")
    answer = await client.get(f"/api/v1/wards/{WARD_A}/{path}?night={night}", headers=minh)
    assert (answer.status_code, answer.json()["code"]) == (422, "night_out_of_range")
    assert "2020-01-01" in answer.json()["detail_en"]


async def test_nights_within_the_horizon_are_answered(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    minh = await sign_in(client, cast, "minh")
    for path in ("tonight", "guests"):
        answer = await client.get(f"/api/v1/wards/{WARD_A}/{path}?night=2020-01-01", headers=minh)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("version", ["0", "-5", "2147483648", "9" * 30])
async def test_a_version_beyond_counting_is_refused(
    client: httpx.AsyncClient, cast: Cast, version: str
) -> None:
    answer = await send(client, cast, json.dumps(party()).encode())
    stay = f"{stays_of(cast)}/{answer.json()['results'][0]['stay_id']}"
    lan = await sign_in(client, cast, "lan")
    read = await client.get(f"{stay}/receipt?version={version}", headers=lan)
    assert (read.status_code, read.json()["errors"][0]["pointer"]) == (422, "/version")
    changed = await client.patch(
        stay, json={"room": "102"}, headers=lan | fresh_key() | {"If-Match": version}
    )
    assert (changed.status_code, changed.json()["code"]) == (422, "if_match_malformed")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<?xml version='1.0'?><stays/>", "XML"),
        (b"MSH|^~\\&|HIS|BV|ASM|CA|20261130||ADT^A01|1|P|2.5", "HL7"),
        (b"<!doctype html><p>Login</p>", "HTML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04rest", "XLSX"),
        (b"ho_ten;ngay_sinh\nA;1990", "CSV"),
        (b'ho_ten,ngay_sinh,phong\n"Mau, A",1990,101', "CSV"),
        ("\ufeffhọ tên\tphòng\r\nMẫu\t101\r\n".encode(), "CSV"),
        ("\ufeffhọ tên\tphòng\r\n".encode("utf-16-le"), "UTF-16"),
        ('{"guests":[]}'.encode("utf-16"), "UTF-16"),
        ('{"guests":[]}'.encode("utf-16-be"), "UTF-16"),
        (b"hello", None),
        (b"[" * 1_000, None),
        (b"[" * 300 + b"]" * 300, None),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, None),
    ],
)
async def test_what_is_no_json_is_called_what_it_is(
    client: httpx.AsyncClient, cast: Cast, body: bytes, kind: str | None
) -> None:
    answer = await send(client, cast, body)
    assert answer.status_code == 422, answer.text
    error = answer.json()["errors"][0]
    assert error["remedy"]
    if kind is not None:
        assert kind in error["message"]
        assert kind in error["message_en"]
    for url in ("/api/v1/tokens", "/api/v1/accounts"):
        answer = await client.post(url, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, (url, answer.text)


@pytest.mark.parametrize("moment", [1796000000, "1796000000", 1796000000.5, 0, True])
async def test_a_number_is_no_time(client: httpx.AsyncClient, cast: Cast, moment: object) -> None:
    lan = await sign_in(client, cast, "lan")
    body = party(guest(), arrived_at=moment)
    answer = await client.post(stays_of(cast), json=body, headers=lan | fresh_key())
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/arrived_at"
    assert error["remedy"]
    assert "1796000000" not in str(error)


@pytest.mark.parametrize(
    "year",
    ["1990", 1990, " 1990 ", "00/00/1990", "00/08/1990", "1990-00-00", "1990-08-00", "--/--/1990"],
)
async def test_a_year_alone_is_told_as_at_the_desk_and_in_sheets(
    client: httpx.AsyncClient, cast: Cast, year: object
) -> None:
    answer = await send(client, cast, json.dumps(party(guest(birth_date=year))).encode())
    assert answer.is_success, answer.text
    lan = await sign_in(client, cast, "lan")
    stay = f"{stays_of(cast)}/{answer.json()['results'][0]['stay_id']}"
    stored = (await client.get(stay, headers=lan)).json()["guest"]
    assert (stored["birth_date"], stored["birth_date_precision"]) == ("1990-01-01", "year")


async def test_a_year_to_come_is_no_birth(client: httpx.AsyncClient, cast: Cast) -> None:
    answer = await send(client, cast, json.dumps(party(guest(birth_date="2999"))).encode())
    assert [e["code"] for e in answer.json()["errors"]] == ["guest.birth_date.future"]
