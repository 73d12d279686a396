"""Counts at gates: ticket gates and cameras that count heads send numbers, and nothing else."""

from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from asm.analytics.gates.receive import CountsReceived, GateCounts, receive_counts
from asm.api.access import bearer_token
from asm.api.problems import documented


@post(
    "/gates/{gate_id:uuid}/counts",
    operation_id="sendGateCounts",
    status_code=200,
    security=[{"bearer": []}],
    responses=documented(401, 409, 422),
)
async def send_gate_counts(
    request: Request[Any, Any, Any],
    gate_id: FromPath[UUID],
    data: JSONBody[GateCounts],
    session: NamedDependency[AsyncSession],
) -> CountsReceived:
    """Take the counts of a gate, all or none. The gate's own secret (`asmg_…`) is the bearer token.

    The same interval again changes nothing, with other numbers it replaces them; an interval that
    overlaps another is refused. Heads in and out only: other fields are refused, so that nothing
    of a person can be sent.
    """
    return await receive_counts(session, gate_id, bearer_token(request), data.counts)


PUBLIC = [send_gate_counts]
