"""`asm install`: a real installation, by questions on a terminal or by a file, as often as one
likes. `asm install sql` prints what a superuser of PostgreSQL runs.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from asm.cli.console import say, say_progress
from asm.cli.installation.ask import ask_all, may_replace
from asm.errors import Invalid, NotAllowed
from asm.install.steps.answers import Answers, answers_template, check_signs, read_answers
from asm.install.steps.check_answers import check_database_names, check_lines
from asm.install.steps.env_files import read_short, read_short_stream
from asm.install.steps.folders import Folders, alone, folders
from asm.install.steps.install import InstallReport, has_administrator, install
from asm.install.steps.machine import MACHINE_STEPS, write_addresses
from asm.install.steps.settings_lines import known_answers, known_secrets
from asm.install.steps.step import Installing, refuse_unless_good, run_steps
from asm.install.steps.superuser import superuser_sql
from asm.locales.texts import both

_INTERRUPTED = 130
_LINE = "Set up a real installation, or go on with one: by questions, or by a file of answers."
install_app = typer.Typer(name="install", help=_LINE)

AnswersFile = Annotated[
    Path | None,
    typer.Option("--answers", help="Ask nothing: TOML, `-` for standard input (--print-answers)."),
]
Root = Annotated[
    Path | None,
    typer.Option(help="Put everything below this folder, and touch nothing of the machine's."),
]
SettingsDir = Annotated[Path | None, typer.Option(help="Where settings files lie: /etc/asm.")]
NewPasswords = Annotated[
    bool,
    typer.Option(help="Give the database's logins the passwords of the settings files anew."),
]


@install_app.callback(invoke_without_command=True)
def install_command(
    context: typer.Context,
    answers: AnswersFile = None,
    root: Root = None,
    settings_dir: SettingsDir = None,
    *,
    print_answers: Annotated[
        bool, typer.Option(help="Print a file of answers to fill in, and do nothing.")
    ] = False,
    replace: Annotated[
        bool, typer.Option(help="Change settings and files that say something else.")
    ] = False,
    new_passwords: NewPasswords = False,
) -> None:
    """Set up a real installation, or go on with one: by questions, or by a file of answers."""
    if context.invoked_subcommand is not None:
        return
    if print_answers:
        sys.stdout.write(answers_template())
        return
    where = _folders(root, settings_dir)
    try:
        if answers is None:
            _guided(where, replace=replace, new_passwords=new_passwords)
        else:
            doing = _doing(where, _read(answers, where))
            doing.replace, doing.new_passwords = replace, new_passwords
            report = install(doing, say_progress)
            say(report)
            _say_next(report)
    except (typer.Abort, KeyboardInterrupt) as error:
        say_progress("\n" + " · ".join(both("install", "say.stopped")))
        raise typer.Exit(_INTERRUPTED) from error


@install_app.command("sql")
def sql(
    host: Annotated[str | None, typer.Option(help="Where PostgreSQL is.")] = None,
    port: Annotated[int | None, typer.Option(help="Its port.")] = None,
    answers: AnswersFile = None,
    root: Root = None,
    settings_dir: SettingsDir = None,
    *,
    new_passwords: NewPasswords = False,
) -> None:
    """Print what a superuser of PostgreSQL runs with psql: it holds no password. These are made
    here and noted in the settings files, unless they are there.
    """
    where = _folders(root, settings_dir)
    known = _read(answers, where) if answers else known_answers(where)
    address = msgspec.structs.replace(
        known.database,
        host=host or known.database.host,
        port=known.database.port if port is None else port,
    )
    known = msgspec.structs.replace(known, database=address)
    refuse_unless_good(check_signs(known))
    refuse_unless_good(check_database_names(known.database) + check_lines(known))
    with alone(where):
        doing = _doing(where, known)
        run_steps(MACHINE_STEPS[:2], doing, say_progress)
        write_addresses(doing)
    sys.stdout.write(
        superuser_sql(known.database, doing.secrets.logins, new_passwords=new_passwords)
    )


def _guided(where: Folders, *, replace: bool, new_passwords: bool) -> None:
    if not sys.stdin.isatty():
        raise Invalid("install_no_terminal")
    for line in both("install", "say.welcome"):
        say_progress(line)
    answered = ask_all(known_answers(where), ask_administrator=not has_administrator(where))
    doing = _doing(where, answered.answers)
    doing.password, doing.new_passwords = answered.password, new_passwords
    doing.replace = replace or may_replace(doing)
    try:
        report = install(doing, say_progress)
    finally:
        # Nobody knows it yet, and the next run does not ask for one.
        if answered.made_password and doing.password_used:
            for line in both("install", "say.password_made", {"password": answered.password}):
                say_progress(line)
    _say_next(report)


def _folders(root: Path | None, settings_dir: Path | None) -> Folders:
    if root is None and os.geteuid() != 0:
        raise NotAllowed("install_not_root")
    return folders(root, settings_dir)


def _read(file: Path, where: Folders) -> Answers:
    try:
        standard = str(file) == "-"
        content = read_short_stream(sys.stdin.buffer) if standard else read_short(file)
        toml = content.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Invalid("install_file_unreadable", file=file, reason=reason) from error
    except UnicodeDecodeError as error:
        raise Invalid("install_file_no_text", file=file) from error
    return read_answers(toml, known_answers(where))


def _doing(where: Folders, answers: Answers) -> Installing:
    return Installing(answers=answers, where=where, secrets=known_secrets(where, answers))


def _say_kept(report: InstallReport) -> None:
    say_progress(" · ".join(both("install", "say.kept")))
    for each in report.kept:
        say_progress(f"  {each.file}: {each.name}={each.there} ({each.wanted})")
    for file in report.kept_files:
        say_progress(f"  {file}")


def _say_next(report: InstallReport) -> None:
    if report.kept or report.kept_files:
        _say_kept(report)
    if report.findings:
        say_progress(" · ".join(both("install", "say.findings")))
    for each in report.findings:
        say_progress(f"! {each.message}\n  {each.message_en}")
    for vi, en in zip(report.next, report.next_en, strict=True):
        say_progress(f"→ {vi}\n  {en}")
