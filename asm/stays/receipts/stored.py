"""The receipts that lie with the versions of stays, as they were given."""

from typing import Any, Final

from sqlalchemy import Select, select

from asm.db.base import vietnam_time
from asm.errors import not_found
from asm.facilities.scope import facility_in_scope
from asm.stays.model import stay, stay_version
from asm.stays.receipts.receipt import Receipt, hash_in_token
from asm.stays.stay_at import StayAt

_OF_STAY: Final = (stay_version.c.facility_id == stay.c.facility_id) & (
    stay_version.c.stay_id == stay.c.id
)
#: The version of a stay that holds.
NEWEST: Final = _OF_STAY & (stay_version.c.version == stay.c.version)


def with_receipt(version: int | None = None) -> Select[Any]:
    """Stays with what the receipt of their newest (or given) version needs."""
    chosen = NEWEST if version is None else _OF_STAY & (stay_version.c.version == version)
    columns = (stay_version.c.salt, stay_version.c.receipt, stay_version.c.changed_at)
    return select(stay, *columns).join(stay_version, chosen)


def stored_receipt(row: Any) -> Receipt:
    """The receipt of a row of `with_receipt`, exactly as it was given."""
    token = bytes(row.receipt).decode("ascii")
    parts = token.split(".")
    return Receipt(
        number=row.receipt_number,
        facility_id=row.facility_id,
        stay_id=row.id,
        version=int(parts[4]),
        received_at=vietnam_time(row.received_at),
        due_at=vietnam_time(row.due_at),
        on_time=row.on_time,
        recorded_at=vietnam_time(row.changed_at),
        content_hash=hash_in_token(token),
        content_salt=bytes(row.salt).hex(),
        key_id=parts[1],
        token=token,
    )


async def receipt_of(stay_at: StayAt, version: int | None = None) -> Receipt:
    """The receipt of a stay's newest (or given) version. Raises not_found."""
    scoped_facility = await facility_in_scope(stay_at.access, stay_at.facility_id)
    rows = await stay_at.access.session.execute(
        with_receipt(version).where(
            stay.c.facility_id == scoped_facility.id, stay.c.id == stay_at.stay_id
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise not_found("stay")
    return stored_receipt(row)
