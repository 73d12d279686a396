"""The command line: run the parts, load areas, import files, check receipts."""

import os
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from asm.account_cli import account_app
from asm.accounts.access import Access, Scope
from asm.accounts.actor import Actor
from asm.accounts.sessions import actor_of_login, enter_again
from asm.address_cli import addresses_app, plates
from asm.area_cli import area_app
from asm.areas_cli import areas_app
from asm.audit.lookups import LookUps
from asm.code_cli import codes_app
from asm.console import run, say
from asm.db.durable import require_durable
from asm.db.migrate import LOGINS
from asm.db.migrate import migrate as migrate_database
from asm.db.session import make_engine, one_transaction
from asm.demo.cast import seed_demo
from asm.demo.population.commands import simulator_app
from asm.demo.smoke import smoke_app
from asm.errors import ConfigurationError, Refusal
from asm.identity.vault.keys import create_keys, public_key_bytes, read_keys
from asm.identity.vault.rotate import (
    Rotated,
    Rotation,
    resume_index,
    rotate_data,
    rotate_encryption,
    rotate_index,
    rotate_receipt,
)
from asm.imports.declare_workbook import ImportOutcome, WorkbookImport, declare_workbook
from asm.incident_cli import incident_app
from asm.local.commands import local_app
from asm.notify.commands import announce_app
from asm.notify.contacts.rotate_contact_key import rotate_notify
from asm.notify.install_rules import install_rules
from asm.operate_cli import outbox_app
from asm.read_cli import read_app
from asm.settings import Settings, read_settings, require
from asm.stays.declaration import Declaration, Outcome
from asm.stays.declare import declare_stays
from asm.stays.open_vault import open_vault
from asm.stays.receipts.attempts import attempt_token_in, verify_attempt
from asm.stays.receipts.receipt import read_public_keys, token_in, verify_token
from asm.watchlist_cli import watchlist_app

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_app = typer.Typer(no_args_is_help=True, help="Key files.")
receipt_app = typer.Typer(no_args_is_help=True, help="Signed receipts.")
app.add_typer(local_app)
app.add_typer(smoke_app)
app.add_typer(read_app)
app.add_typer(announce_app)
app.add_typer(simulator_app)
app.add_typer(codes_app, name="code")
app.add_typer(addresses_app, name="addresses")
app.command("plates")(plates)
app.add_typer(outbox_app, name="outbox")
app.add_typer(watchlist_app, name="watchlist")
app.add_typer(incident_app, name="incident")
app.add_typer(account_app, name="account")
app.add_typer(keys_app, name="keys")
app.add_typer(area_app, name="area")
app.add_typer(areas_app, name="areas")
app.add_typer(receipt_app, name="receipt")


@app.command()
def migrate(revision: str = "head") -> None:
    """Bring the database to the newest schema and let the two logins in."""
    settings = read_settings()
    given = {role: os.environ[name] for role, name in LOGINS.items() if name in os.environ}
    url = require(settings.admin_database_url, "ASM_ADMIN_DATABASE_URL")
    migrate_database(url, fill=install_rules, revision=revision, passwords=given)
    sys.stdout.write("The schema is up to date.\n")


@app.command()
def seed() -> None:
    """Fill areas and the demo's accounts, facilities and stays; print the accounts as JSON."""
    settings = read_settings()

    async def work() -> list[dict[str, str]]:
        engine = make_engine(
            require(settings.admin_database_url, "ASM_ADMIN_DATABASE_URL"), name="asm-seed"
        )
        try:
            return await seed_demo(engine, open_vault(settings.secrets_dir, engine))
        finally:
            await engine.dispose()

    say(run(work()))


@app.command()
def worker() -> None:
    """Run the background worker until it is told to stop."""
    # The worker is a process of its own kind: this one becomes it, keeping its pid.
    os.execv(sys.executable, [sys.executable, "-m", "asm.worker"])  # noqa: S606 -- no shell wanted


@keys_app.command("init")
def keys_init() -> None:
    """Make the key files that are missing; existing ones stay."""
    settings = read_settings()
    made = create_keys(settings.secrets_dir)
    sys.stdout.write(f"Made: {', '.join(made) or 'nothing, all keys are there'}\n")


@keys_app.command("rotate")
def keys_rotate(
    which: Annotated[str, typer.Argument(help="encryption, data, index, receipt or notify")],
    *,
    resume: Annotated[bool, typer.Option(help="Go on with an unfinished index rotation.")] = False,
) -> None:
    """Change one key while declarations run. Takes about a minute and the re-sealing."""
    settings = read_settings()
    if which == "receipt":
        say(rotate_receipt(settings.secrets_dir))
        return
    steps = {
        "encryption": rotate_encryption,
        "data": rotate_data,
        "index": resume_index if resume else rotate_index,
        "notify": rotate_notify,
    }
    if which not in steps:
        raise typer.BadParameter(f"one of {', '.join([*steps, 'receipt'])}")

    async def work() -> Rotated:
        engine = make_engine(
            require(settings.admin_database_url, "ASM_ADMIN_DATABASE_URL"), name="asm-keys"
        )
        try:
            return await steps[which](
                Rotation(
                    folder=settings.secrets_dir,
                    engine=engine,
                    write_look_up=LookUps(engine),
                    say=_tell,
                )
            )
        finally:
            await engine.dispose()

    say(run(work()))


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


@app.command("import")
def import_file(
    file: Path,
    facility: Annotated[UUID, typer.Option(help="The facility's id.")],
    login: Annotated[str, typer.Option("--as", help="The account that declares.")],
    key: Annotated[
        str | None, typer.Option(help="Idempotency key; default: the file's hash.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Check everything, store nothing.")] = False,
) -> None:
    """Declare the guests of an official workbook. Exit 0: all taken, 1: some, 2: none."""
    settings = read_settings()
    request = WorkbookImport(
        facility_id=facility,
        data=_read(file),
        via="command_line",
        key=key,
        dry_run=dry_run,
    )
    outcome = run(_import(settings, login, request))
    say(outcome)
    raise typer.Exit(1 if outcome.rejected else 0)


async def _import(settings: Settings, login: str, request: WorkbookImport) -> ImportOutcome:
    engine = make_engine(require(settings.database_url, "ASM_DATABASE_URL"), name="asm-import")
    try:
        await require_durable(engine)
        keys = await open_vault(settings.secrets_dir, engine).current()
        async with one_transaction(engine) as session:

            async def declare(actor: Actor, declaration: Declaration) -> Outcome:
                await enter_again(Scope(session, actor))
                return await declare_stays(Access(session, actor, keys), declaration)

            actor = await actor_of_login(session, login)
            return await declare_workbook(Scope(session, actor), declare, request)
    finally:
        await engine.dispose()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file.name}: {error.strerror}") from error


@receipt_app.command("keys")
def receipt_keys() -> None:
    """Print the public keys that verify receipts: publish them wherever people may look."""
    keys = read_keys(read_settings().secrets_dir)
    say({key_id: public_key_bytes(key).hex() for key_id, key in keys.public_keys.items()})


@receipt_app.command("verify")
def receipt_verify(
    file: Annotated[str, typer.Argument(help="Receipt as JSON or text; - reads standard input.")],
    keys_file: Annotated[
        Path | None, typer.Option("--keys", help="Output of `asm receipt keys`; default: ours.")
    ] = None,
) -> None:
    """Check a receipt with public keys alone. Exit 0: genuine, 1: not, with the reason, 3: genuine
    proof of an attempt that stored nothing, which is no receipt.
    """
    text = sys.stdin.read() if file == "-" else _read(Path(file)).decode("utf-8", "replace")
    if keys_file is None:
        public = read_keys(read_settings().secrets_dir).public_keys
    else:
        public = read_public_keys(_read(keys_file))
    tried = attempt_token_in(text)
    try:
        if tried is None:
            say({"genuine": True, **msgspec.to_builtins(verify_token(token_in(text), public))})
            return
        say({"genuine": True, "attempt": msgspec.to_builtins(verify_attempt(tried, public))})
    except Refusal as refusal:
        say({"genuine": False, "code": refusal.code, "message": refusal.message_en})
        raise typer.Exit(1) from refusal
    raise typer.Exit(3)


def main() -> None:
    """Entry point: a set-up fault is said in one line, without a stack trace."""
    try:
        app()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
