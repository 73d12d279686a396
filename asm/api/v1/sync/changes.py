"""What has changed in a facility since a phone last looked."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from asm.accounts.access import Access
from asm.api.problems import documented
from asm.stays.feed.changes import StayChanges, stay_changes
from asm.stays.feed.position import LONGEST, Expired

Since = Annotated[
    str | None,
    QueryParameter(
        max_length=LONGEST,
        description="`next` of the reading before. Without it: the stays that are there or ended "
        "within 30 days.",
    ),
]
Limit = Annotated[
    int, QueryParameter(ge=1, le=500, description="How many changes a page holds at most.")
]


@get(
    "/facilities/{facility_id:uuid}/stays/changes",
    operation_id="stayChanges",
    responses=documented(401, 403, 404, Expired("changes_expired")),
)
async def read_changes(
    facility_id: FromPath[UUID],
    access: NamedDependency[Access],
    since: Since = None,
    limit: Limit = 100,
) -> StayChanges:
    """What has changed since `since`, by whomever: none is left out, also of two that were written
    at once. Apply the changes in order and keep `next`; 410: forget what you have of the facility
    and read from the beginning.
    """
    return await stay_changes(access, facility_id, since, limit)


HANDLERS = [read_changes]
