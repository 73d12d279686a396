"""The page of a list, counted from 1, and the version of a stay."""

from typing import Annotated

from litestar.params import QueryParameter

from asm.stays.queries import LAST_PAGE

PageNumber = Annotated[
    int,
    QueryParameter(
        ge=1,
        le=LAST_PAGE,
        description="From 1. A page holds 100 stays or 50 messages; the last one is that of "
        "`pages`, or where `more` is false.",
    ),
]

VersionNumber = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**31 - 1, description="A version of the stay; the first is 1."),
]
