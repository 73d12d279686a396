"""The page of a list, counted from 1."""

from typing import Annotated

from litestar.params import QueryParameter

from asm.stays.queries import LAST_PAGE

PageNumber = Annotated[
    int,
    QueryParameter(ge=1, le=LAST_PAGE, description="From 1; a page holds at most 100 stays."),
]
