"""What `asm worker --healthy` answers: for whoever supervises the worker, such as Docker."""

from typing import Any

from asm.cli.connect import WORKER, engine_at
from asm.cli.console import refused
from asm.errors import Unavailable
from asm.outbox.heartbeat import newest_sign


async def sign_of_life(pid: int | None) -> dict[str, Any]:
    """`ok`, and which worker gave a sign when; of this machine, or of the process `pid` alone."""
    async with engine_at(WORKER, pool_size=1, name="asm-healthy") as engine:
        sign = await newest_sign(engine, pid)
    if sign is None:
        return refused(Unavailable("worker_never_seen"))
    facts = {"worker": sign.name, "silent_s": round(sign.silent_s, 1)}
    if sign.lives:
        return {"ok": True, **facts}
    return refused(Unavailable("worker_silent"), **facts)
