"""`asm doctor`: what is wrong with this installation, and what mends it."""

import os
from dataclasses import replace
from typing import Annotated, get_args

import msgspec
import typer

from asm.cli.console import NO, SetUpError, run, say, say_table
from asm.cli.installation.env_file import closed_env_file
from asm.install.doctor.examine import examine
from asm.install.doctor.finding import Finding, Part
from asm.install.doctor.registry import CHECKS
from asm.install.doctor.settings_checks import read_what_can_be_used

_PARTS = get_args(Part)
#: What stands for each state where people read.
_SIGNS = {"ok": "ok", "warning": "!", "wrong": "SAI · WRONG", "unknown": "?"}
doctor_app = typer.Typer()


@doctor_app.command("doctor")
def doctor(
    *,
    table: Annotated[bool, typer.Option("--table", help="For people instead of JSON.")] = False,
    only: Annotated[str | None, typer.Option(help=f"One part: {', '.join(_PARTS)}.")] = None,
    send_mail_to: Annotated[
        str | None, typer.Option(help="Let the mail server send a test mail there.")
    ] = None,
) -> None:
    """Look at this installation and say what is wrong, and what mends it. Changes nothing.

    Exit 1 when something is wrong, or could not be looked at; warnings are no reason. 2: nothing
    was looked at, as the settings are only for root to read.
    """
    if only is not None and only not in _PARTS:
        raise typer.BadParameter(f"one of {', '.join(_PARTS)}")
    closed = closed_env_file()
    if closed is not None:  # what is not set would be looked for in its place
        raise SetUpError("not_set_up", text="settings_file_unreadable", file=closed)
    context = replace(read_what_can_be_used(os.environ), send_mail_to=send_mail_to)
    wanted = [check for check in CHECKS if only in {None, check.part}]
    findings = run(examine(context, wanted))
    well = all(finding.state in {"ok", "warning"} for finding in findings)
    if table:
        _say_table(findings)
    else:
        say({"ok": well, "findings": [msgspec.structs.asdict(each) for each in findings]})
    raise typer.Exit(0 if well else NO)


def _say_table(findings: list[Finding]) -> None:
    rows = []
    for each in findings:
        name = each.check if each.state == "ok" else f"{each.check}: {each.what}"
        rows += [[_SIGNS[each.state], name, each.message], ["", "", each.message_en]]
    say_table(["", "", "asm doctor"], rows)
