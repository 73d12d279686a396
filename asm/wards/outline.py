"""The ward that pages are about: its name, what became of it, and what waits in it."""

from datetime import date

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.db.statements import read_statements
from asm.errors import not_found
from asm.facilities.scope import require_ward

_SQL = read_statements(__name__)
_OUTLINE = text(_SQL["outline"])


class WardOutline(msgspec.Struct, frozen=True, kw_only=True):
    """`ended`: the first day on which the ward was no more, with `went_to`, the names of those it
    went into; its records of the nights before stay under its code (ADR 0020). `approximate`: its
    boundary is a rough cell. `registrations` wait to be activated, `handed_on` notes of a shift to
    be taken over.
    """

    code: str
    name: str
    province_name: str
    approximate: bool
    ended: date | None
    went_to: list[str]
    registrations: int
    handed_on: int


async def ward_outline(scope: Scope, ward_code: str) -> WardOutline:
    """The officer's own ward. Raises not_found for another."""
    require_ward(scope.actor, ward_code)
    rows = await scope.session.execute(_OUTLINE, {"code": ward_code})
    row = rows.mappings().one_or_none()
    if row is None:
        raise not_found("ward")
    return msgspec.convert(dict(row), WardOutline)
