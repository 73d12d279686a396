"""Where a reader of changes stands, as the text that it keeps for the next time. Pure."""

import base64
import binascii
from datetime import date
from typing import Final, Literal
from uuid import UUID

import msgspec

from asm.errors import Invalid, Refusal, field_error

#: For how long a reader may stay away; tombstones are kept for longer (the worker removes them).
KEPT_DAYS: Final = 60
NOWHERE: Final = UUID(int=0)
LONGEST: Final = 300


class Expired(Refusal):
    """What was given once holds no longer: begin anew."""

    status = 410
    meaning = "Given too long ago, or before the data were restored: read from the beginning"


class Position(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """`phase`: in the stays as they stood at first, or in the changes since. `xid`, `stay_id`,
    `version`: behind what was read last; while the first stays are read, `xid` is where changes
    will begin. `epoch` names the database that counts these transactions.
    """

    phase: Literal["first", "changes"]
    epoch: str
    facility_id: UUID
    given_on: date
    xid: int
    stay_id: UUID = NOWHERE
    version: int = 0

    def text(self) -> str:
        """As it travels."""
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).rstrip(b"=").decode()


def read_position(text: str, *, facility_id: UUID, epoch: str, today: date) -> Position:
    """Raises Invalid `changes_since` for what was never given for this facility, and Expired
    `changes_expired` for what is too old or of another database.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        position = msgspec.msgpack.decode(raw, type=Position)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise _not_given() from error
    if position.facility_id != facility_id or not 0 <= position.xid < 2**63:
        raise _not_given()
    if position.epoch != epoch or (today - position.given_on).days > KEPT_DAYS:
        raise Expired("changes_expired", errors=[field_error("/query/since", "changes_expired")])
    return position


def _not_given() -> Invalid:
    return Invalid("changes_since", errors=[field_error("/query/since", "changes_since")])
