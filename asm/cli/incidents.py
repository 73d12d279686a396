"""`asm incident`: the log of times in which declarations could not come in as usual."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from asm.cli.console import run, say, say_table
from asm.cli.outbox import As, Table, as_worker
from asm.db.base import VIETNAM, vietnam_time
from asm.stays.incidents.incident_log import (
    Incident,
    NewIncident,
    close_incident,
    list_incidents,
    open_incident,
    withdraw_incident,
)

incident_app = typer.Typer(
    name="incident",
    no_args_is_help=True,
    help="Degraded intake: late declarations because of it are excused.",
)
_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
_When = Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="Vietnamese time.")]
_Until = Annotated[datetime | None, typer.Option("--to", formats=_FORMATS, help="Vietnamese time.")]


@incident_app.command("open")
def incident_open(
    started: _When,
    ended: _Until = None,
    wards: Annotated[list[str] | None, typer.Option("--ward", help="A ward's code.")] = None,
    facilities: Annotated[list[UUID] | None, typer.Option("--facility")] = None,
    note: Annotated[str, typer.Option(help="What happened, for everyone to read.")] = "",
    *,
    login: As = None,
) -> None:
    """Write an incident down; without --ward and --facility it was everywhere."""
    new_incident = NewIncident(
        started_at=_vietnam(started),
        ended_at=None if ended is None else _vietnam(ended),
        wards=wards or [],
        facilities=facilities or [],
        note=note,
    )
    number = run(
        as_worker(lambda session, actor: open_incident(session, actor, new_incident), login)
    )
    say({"number": number})


@incident_app.command("close")
def incident_close(number: int, ended: _Until = None, *, login: As = None) -> None:
    """Say that an incident has ended (now, or at --to)."""
    end = None if ended is None else _vietnam(ended)
    run(as_worker(lambda session, actor: close_incident(session, actor, number, end), login))
    say({"number": number})


@incident_app.command("withdraw")
def incident_withdraw(number: int, *, login: As = None) -> None:
    """Take back an incident that was none: it excuses nothing any more."""
    run(as_worker(lambda session, actor: withdraw_incident(session, actor, number), login))
    say({"number": number})


@incident_app.command("list")
def show(*, table: Table = False) -> None:
    """The log, newest first."""
    incidents: list[Incident] = run(as_worker(lambda session, _actor: list_incidents(session)))
    if not table:
        say(incidents)
        return
    say_table(
        ["number", "cause", "from", "to", "where", "state"],
        [
            [
                incident.number,
                incident.cause,
                f"{vietnam_time(incident.started_at):%H:%M %d/%m/%Y}",
                incident.ended_at and f"{vietnam_time(incident.ended_at):%H:%M %d/%m/%Y}",
                "everywhere"
                if incident.everywhere
                else ", ".join(incident.wards) or "single facilities",
                "withdrawn" if incident.withdrawn_at else "closed" if incident.ended_at else "open",
            ]
            for incident in incidents
        ],
    )


def _vietnam(moment: datetime) -> datetime:
    return moment.replace(tzinfo=VIETNAM)
