"""`asm read` and `asm due`: what a card, a passport or a deadline comes to, without a database.

Every command prints one JSON object with `ok` and `problems` and exits with 0 when nothing refuses,
with 1 when something does.
"""

import asyncio
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from asm.cli.console import say_answer
from asm.facilities.kinds import KINDS
from asm.intake.cards.card_qr import CardReading, read_card_qr
from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.photos.card_image import read_card_image
from asm.intake.photos.passport_photo import read_passport_photo
from asm.intake.photos.photo_rules import MAX_BYTES
from asm.stays.entry import Problem
from asm.stays.rules.deadlines import VIETNAM, due_at, in_vietnam
from asm.stays.rules.rule import Rule, by_id, rule

read_app = typer.Typer(
    name="read", no_args_is_help=True, help="Read a card, an MRZ or a photograph."
)
due_app = typer.Typer()
# A scan or a zone is a few hundred characters; the parsers say so when it is more.
_LONGEST_TEXT: Final = 100_000

RULES: Final[dict[str, Rule]] = by_id(
    (
        rule("due.zone", "refuse", field="arrived_at", source="RFC 3339"),
        rule("due.time", "refuse", field="arrived_at", source="RFC 3339"),
        rule("due.kind", "refuse", field="kind", source="Danh mục loại cơ sở của hệ thống"),
    )
)

_Text = Annotated[str, typer.Argument(help="The text; - reads standard input.")]
_Today = Annotated[datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], hidden=True)]


class DueAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What `asm due` says, on the Vietnamese clock. `status` needs a time of declaring."""

    ok: bool
    kind: str
    foreigner: bool
    remote: bool
    arrived_at: datetime | None = None
    due_at: datetime | None = None
    declared_at: datetime | None = None
    status: str | None = None
    problems: list[Problem] = []


def _day(given: datetime | None) -> date:
    return given.date() if given is not None else datetime.now(VIETNAM).date()


def _text(given: str) -> str:
    """The argument, or all of standard input for `-`. Bytes that are no UTF-8 become U+FFFD, which
    the parsers know as lost letters.
    """
    if given == "-":
        return sys.stdin.buffer.read(_LONGEST_TEXT).decode("utf-8", "replace")
    return _readable(given)


def _readable(argument: str) -> str:
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _say_reading(reading: CardReading | MrzReading) -> None:
    refused = any(item.severity == "refuse" for item in reading.problems)
    say_answer({"ok": reading.guest is not None and not refused} | msgspec.structs.asdict(reading))


@read_app.command("qr")
def read_qr(
    text: _Text,
    *,
    name_confirmed: Annotated[
        bool, typer.Option("--name-confirmed", help="The name was compared with the card.")
    ] = False,
    today: _Today = None,
) -> None:
    """Read the text of a card's QR code, as a scanner types it."""
    reading = read_card_qr(_text(text), today=_day(today), name_confirmed=name_confirmed)
    _say_reading(reading)


@read_app.command("mrz")
def read_zone(text: _Text, *, today: _Today = None) -> None:
    r"""Read an MRZ; lines are parted by line breaks, by \n written out, or by spaces."""
    zone = _text(text).replace("\\n", "\n").strip()
    if "\n" not in zone:
        zone = "\n".join(zone.split())
    _say_reading(read_mrz(zone, today=_day(today)))


@read_app.command("image")
def read_image(
    file: Path,
    *,
    passport: Annotated[
        bool, typer.Option("--passport", help="Read an MRZ instead of a card's QR code.")
    ] = False,
    today: _Today = None,
) -> None:
    """Read the QR code, or the MRZ, in a photograph (JPEG, PNG or WebP)."""
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    day = _day(today)
    if passport:
        _say_reading(asyncio.run(read_passport_photo(data, today=day)))
    else:
        _say_reading(asyncio.run(read_card_image(data, today=day)))


@due_app.command("due")
def due(
    arrived: Annotated[str, typer.Option(help="When the guest came, with its zone.")],
    kind: Annotated[str, typer.Option(help=f"The facility's kind: {', '.join(KINDS)}.")],
    declared: Annotated[
        str | None, typer.Option(help="When it was declared, with its zone.")
    ] = None,
    *,
    foreigner: Annotated[bool, typer.Option("--foreigner", help="Not a citizen.")] = False,
    remote: Annotated[bool, typer.Option("--remote", help="In a remote area.")] = False,
) -> None:
    """Say when a stay must be declared, and whether it was in time."""
    problems: list[Problem] = []
    arrived_at = _moment(arrived, "arrived_at", problems)
    declared_at = None if declared is None else _moment(declared, "declared_at", problems)
    if kind not in KINDS:
        problems.append(RULES["due.kind"].problem(kinds=", ".join(KINDS)))
    last = None
    if arrived_at is not None and not problems:
        last = _due(arrived_at, kind, problems, foreigner=foreigner, remote=remote)
    answer = DueAnswer(
        ok=not problems,
        kind=_readable(kind),
        foreigner=foreigner,
        remote=remote,
        arrived_at=arrived_at,
        due_at=last,
        declared_at=declared_at,
        status=_status(declared_at, last),
        problems=problems,
    )
    say_answer(msgspec.structs.asdict(answer))


def _moment(text: str, field: str, problems: list[Problem]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.utcoffset() is None:
            problems.append(RULES["due.zone"].problem(field=field))
            return None
        return in_vietnam(moment)
    except (ValueError, OverflowError):
        problems.append(RULES["due.time"].problem(field=field))
        return None


def _due(
    arrived_at: datetime, kind: str, problems: list[Problem], *, foreigner: bool, remote: bool
) -> datetime | None:
    business = KINDS[kind].lodging_business
    try:
        return due_at(arrived_at, foreigner=foreigner, remote=remote, lodging_business=business)
    except OverflowError:  # the last evening of the year 9999
        problems.append(RULES["due.time"].problem())
        return None


def _status(declared_at: datetime | None, last: datetime | None) -> str | None:
    if declared_at is None or last is None:
        return None
    return "on_time" if declared_at <= last else "late"
