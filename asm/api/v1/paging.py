"""The page of a list, counted from 1, and the version of a stay."""

from typing import Annotated

from litestar.params import QueryParameter

from asm.stays.queries import LAST_PAGE

PageNumber = Annotated[
    int,
    QueryParameter(ge=1, le=LAST_PAGE, description="From 1; a page holds at most 100 stays."),
]

VersionNumber = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**31 - 1, description="A version of the stay; the first is 1."),
]
