"""A stay as somebody asks for it: where it is, and what the request has in hand."""

from uuid import UUID

import msgspec

from asm.accounts.access import Access


class StayAt(msgspec.Struct, frozen=True):
    """The stay `stay_id` of a facility. Nobody has looked yet whether it is there, or in scope."""

    access: Access
    facility_id: UUID
    stay_id: UUID
