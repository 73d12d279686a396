"""Records that a phone saved without signal, sent together."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody

from asm.accounts.access import Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import enter_again
from asm.api.access import provide_declare, provide_declaring_actor
from asm.api.dpop.presented import present
from asm.api.problems import documented, unavailable
from asm.api.v1.sync.batch_shape import BatchAnswer, Items, RecordBatch, decode_items
from asm.api.v1.sync.do_items import BatchRun, do_items
from asm.api.v1.sync.read_items import read_items
from asm.db.base import vietnam_time
from asm.facilities.scope import facility_in_scope, may_declare_for, require_member
from asm.headers import Header
from asm.stays.intake.group_commit import Declare
from asm.stays.receipts.not_taken import outcome_unknown

DeviceTime = Annotated[
    datetime | None,
    HeaderParameter(
        name=Header.ASM_DEVICE_TIME,
        required=False,
        description="What the phone's clock shows as it sends this, RFC 3339. By it an officer "
        "can tell how far that clock was off.",
    ),
]


@post(
    "/facilities/{facility_id:uuid}/batch",
    operation_id="sendBatch",
    status_code=200,
    responses=documented(401, 403, 404, 422, outcome_unknown(), unavailable()),
    dependencies={
        "actor": Provide(provide_declaring_actor),
        "declare_stays": Provide(provide_declare),
    },
    type_decoders=[(lambda kind: kind is Items, decode_items)],
)
async def send_batch(
    request: Request[Any, Any, Any],
    facility_id: FromPath[UUID],
    data: JSONBody[RecordBatch],
    state: State,
    actor: NamedDependency[Actor],
    declare_stays: NamedDependency[Declare],
    device_time: DeviceTime = None,
) -> BatchAnswer:
    """Send up to 100 records that were saved without signal: declarations, changes, nights without
    guests. Each is done as its single operation would, in order, and answered by itself; one that
    is refused sinks no other. Each carries its own idempotency key, the same as
    `Idempotency-Key` of the single operation, so that whatever is sent again is answered again.
    """
    await _require_member(state, actor, facility_id)
    now = state.clock.now()
    ahead = None if device_time is None else round((device_time - now).total_seconds())
    items = read_items(data.items.raw, await request.body())
    run = BatchRun(
        state=state,
        actor=actor,
        facility_id=facility_id,
        token_hash=(await present(request.scope)).hashed,
        declare=declare_stays,
        clock_ahead_s=ahead,
    )
    answers = await do_items(run, items)
    return BatchAnswer(server_time=vietnam_time(state.clock.now()), items=answers)


async def _require_member(state: State, actor: Actor, facility_id: UUID) -> None:
    """Who may not declare there is told why, as by any other operation."""
    if may_declare_for(actor, facility_id):
        return
    async with state.sessions() as session:
        scope = Scope(session, actor)
        await enter_again(scope)
        require_member(actor, await facility_in_scope(scope, facility_id))


HANDLERS = [send_batch]
