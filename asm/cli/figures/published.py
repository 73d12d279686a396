"""`asm figures`: releases of the published figures."""

from typing import Annotated, Final

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from asm.accounts.actor import Actor
from asm.analytics.published.listed import ReleaseHead, list_releases
from asm.analytics.published.read_week import monday_of, newest_final, week_name
from asm.analytics.published.release import Publishing, publish_week, withdraw
from asm.cli.console import run, say
from asm.cli.outbox import as_worker
from asm.db.rls import database_now
from asm.settings import read_settings

figures_app = typer.Typer(
    name="figures",
    no_args_is_help=True,
    help="Published figures: publish a week, list the releases, withdraw one.",
)
_WEEK: Final = typer.Option(help="An ISO week such as 2026-W46. Without it: the newest final one.")


@figures_app.command("publish")
def publish(week: Annotated[str | None, _WEEK] = None) -> None:
    """Publish a week that is final, or its next vintage if anything was corrected since. Exit 1
    when there was nothing to publish.
    """
    base = read_settings().public_url

    async def work(session: AsyncSession, _: Actor | None) -> Publishing:
        now = await database_now(session)
        wanted = week or week_name(newest_final(now))
        return await publish_week(session, monday_of(wanted), base)

    done = run(as_worker(work))
    say(done)
    raise typer.Exit(0 if done.published else 1)


@figures_app.command("releases")
def releases() -> None:
    """All releases, the newest first, withdrawn ones too."""

    async def work(session: AsyncSession, _: Actor | None) -> list[ReleaseHead]:
        return await list_releases(session)

    say(run(as_worker(work)))


@figures_app.command("withdraw")
def withdraw_release(
    release: Annotated[str, typer.Argument(help="Its id, such as 2026-W46.1.")],
    reason: Annotated[str, typer.Option(help="Why; everybody reads it.")],
) -> None:
    """Give a release out no longer. It stays listed, with the reason."""
    base = read_settings().public_url

    async def work(session: AsyncSession, _: Actor | None) -> list[ReleaseHead]:
        await withdraw(session, release, reason, base)
        return await list_releases(session)

    say(run(as_worker(work)))
