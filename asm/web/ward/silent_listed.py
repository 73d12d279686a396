"""Which of the silent houses a page lists: the most urgent first; all, a hundred at a time."""

from collections.abc import Sequence
from typing import Final

import msgspec

from asm.wards.evening.silent import Silence, SilentHouse

#: A ward may have five hundred houses, and at dawn all of them are silent.
_PER_PAGE: Final = 100
_AT_ONCE: Final = 50
#: Of the houses that may yet speak so many are listed, unless all are asked for.
_LATER: Final = 8


class SilentListed(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a page, as they are sorted in `Silence`; `more` when it leaves some out and is no
    page of all (`pages` is 1 then).
    """

    to_call: Sequence[SilentHouse]
    called: Sequence[SilentHouse]
    later: Sequence[SilentHouse]
    more: bool = False
    page: int = 1
    pages: int = 1

    @property
    def houses(self) -> list[SilentHouse]:
        return [*self.to_call, *self.called, *self.later]


def first_listed(silence: Silence) -> SilentListed:
    """What the page begins with: whom to call, who was called, and some that may yet speak."""
    listed = SilentListed(
        to_call=silence.to_call[:_AT_ONCE],
        called=silence.called[:_AT_ONCE],
        later=silence.later[:_LATER],
    )
    return msgspec.structs.replace(listed, more=len(listed.houses) < silence.count)


def listed_page(silence: Silence, number: int) -> SilentListed:
    """A page of all of them; beyond the last one, the last."""
    pages = max(1, -(-silence.count // _PER_PAGE))
    page = min(number, pages)
    begun, rows = (page - 1) * _PER_PAGE, []
    for houses in (silence.to_call, silence.called, silence.later):
        rows.append(houses[max(0, begun) : max(0, begun + _PER_PAGE)])
        begun -= len(houses)
    to_call, called, later = rows
    return SilentListed(to_call=to_call, called=called, later=later, page=page, pages=pages)
