"""Whose ward the address names, before the body is looked at: what is wrong with a body is told to
that ward's officers alone.
"""

from typing import Final

from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from asm.accounts.access import Scope
from asm.facilities.scope import require_ward


async def provide_in_ward(ward_code: FromPath[str], in_scope: NamedDependency[Scope]) -> Scope:
    """The scope of whoever works in the ward `ward_code`. Raises not_found (`ward`)."""
    require_ward(in_scope.actor, ward_code)
    return in_scope


#: Of handlers that take a body.
IN_WARD: Final = {"in_ward": Provide(provide_in_ward)}
