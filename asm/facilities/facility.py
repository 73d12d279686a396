"""A facility as everyone above sees it, and the one query that reads it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Select, select

from asm.facilities.model import facility
from asm.geo.model import degrees_of, digital_address, province, ward

Status = Literal["pending", "active", "returned", "closed"]


class Facility(msgspec.Struct, frozen=True, kw_only=True):
    """A place where people stay the night. `kind` is a code of KINDS; `lat`, `lon` in degrees.

    `boundary_approximate`: the ward came from a rough cell and awaits the officer's confirmation.
    `decision_note`: why it was returned. `digital_address`: the plate's code, unformatted.
    `closed_on`: the first day on which it lodges nobody any more, of a closed one.
    """

    id: UUID
    kind: str
    name: str
    phone: str | None
    address_text: str
    ward_code: str
    ward_name: str
    province_name: str
    boundary_approximate: bool
    lat: float
    lon: float
    remote: bool
    status: Status
    registered_at: datetime
    decision_note: str | None
    digital_address: str | None
    closed_on: date | None = None


def select_facilities() -> Select[Any]:
    """Rows that `Facility(**row)` takes from `.mappings()`."""
    return (
        select(
            facility.c.id,
            facility.c.kind,
            facility.c.name,
            facility.c.phone,
            facility.c.address_text,
            facility.c.ward_code,
            ward.c.name.label("ward_name"),
            province.c.name.label("province_name"),
            ward.c.boundary_approximate,
            *degrees_of(facility.c.point),
            facility.c.remote,
            facility.c.status,
            facility.c.registered_at,
            facility.c.decision_note,
            facility.c.closed_on,
            digital_address.c.code.label("digital_address"),
        )
        .join(ward, ward.c.code == facility.c.ward_code)
        .join(province, province.c.code == ward.c.province_code)
        .outerjoin(digital_address, digital_address.c.facility_id == facility.c.id)
    )
