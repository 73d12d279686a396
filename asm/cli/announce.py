"""`asm announce`: tell every account of an outage or of works."""

from typing import Annotated

import typer

from asm.cli.connect import WORKER, engine_at
from asm.cli.console import run, say
from asm.db.session import one_transaction
from asm.notify.messages.announce import announce

announce_app = typer.Typer()


@announce_app.command("announce")
def announce_command(
    vietnamese: Annotated[str, typer.Argument(help="What to say, in Vietnamese.")],
    english: Annotated[str, typer.Argument(help="The same in English.")],
) -> None:
    """Tell every account, in its language, on the channels it chose. The worker sends it."""

    async def work() -> str:
        async with (
            engine_at(WORKER, pool_size=1, name="asm-announce") as engine,
            one_transaction(engine) as session,
        ):
            return str(await announce(session, vietnamese, english))

    say({"announced": run(work())})
