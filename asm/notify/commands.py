"""`asm announce`: tell every account of an outage or of works."""

import asyncio
import sys
from typing import Annotated

import typer

from asm.db.session import make_engine, one_transaction
from asm.errors import Refusal
from asm.notify.messages.announce import announce
from asm.settings import read_settings, require

announce_app = typer.Typer(add_completion=False)


@announce_app.command("announce")
def announce_command(
    vietnamese: Annotated[str, typer.Argument(help="What to say, in Vietnamese.")],
    english: Annotated[str, typer.Argument(help="The same in English.")],
) -> None:
    """Tell every account, in its language, on the channels it chose. The worker sends it."""
    url = require(read_settings().worker_database_url, "ASM_WORKER_DATABASE_URL")

    async def work() -> str:
        engine = make_engine(url, pool_size=1, name="asm-announce")
        try:
            async with one_transaction(engine) as session:
                return str(await announce(session, vietnamese, english))
        finally:
            await engine.dispose()

    try:
        sys.stdout.write(f"Announced: {asyncio.run(work())}\n")
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.message}\n{refusal.message_en}\n")
        raise typer.Exit(2) from refusal
