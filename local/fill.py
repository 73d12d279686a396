"""Bringing the database to the code's schema and filling it for the demo, each thing once."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asm.errors import ConfigurationError
from asm.install.belonging.demo_guard import INTO
from local.database import DATABASE_NAME, Database, schema_digest
from local.layout import Layout, write_private
from local.machine.progress import Progress

# Ward boundaries published beside the checkout, for teams that keep data sets in one place.
BESIDE_CHECKOUT = Path("shared/data/wards_2026_simplified.geojson.gz")

Account = dict[str, Any]


def migrate(database: Database, env: Mapping[str, str], layout: Layout, progress: Progress) -> None:
    """Make the keys, the schema and the roles, unless this database has seen these migrations."""
    digest = schema_digest(layout)
    if database.marks().get("migrations") == digest:
        return
    with progress.step("Making keys and bringing the database to this version") as note:
        run_asm(["keys", "init"], env)
        run_asm(["migrate"], env)
        database.mark(migrations=digest)
        note("Keys made, database brought to this version")


def seed(
    database: Database, env: Mapping[str, str], layout: Layout, progress: Progress
) -> list[Account]:
    """Fill in the demo once and return its accounts: `{role, login, password, name}` each."""
    seeded = database.marks().get("seeded") == "yes"
    if not seeded or not layout.accounts_file.exists():
        with progress.step("Filling in demo data") as note:
            # The cluster of our own is the demo's. To any other database the operator says so.
            own = {} if database.cluster is None else {INTO: DATABASE_NAME}
            accounts = _parse_accounts(run_asm(["seed"], {**env, **own}))
            write_private(layout.accounts_file, json.dumps(accounts, ensure_ascii=False))
            database.mark(seeded="yes")
            note(f"Demo data is in ({len(accounts)} accounts)")
    _load_boundaries(database, env, layout, progress)
    return read_accounts(layout)


def read_accounts(layout: Layout) -> list[Account]:
    """The demo accounts of the last seeding; empty when nothing was seeded."""
    if not layout.accounts_file.exists():
        return []
    return _parse_accounts(layout.accounts_file.read_text(encoding="utf-8"))


def run_asm(arguments: Sequence[str], env: Mapping[str, str]) -> str:
    """Run `asm …` in a process of its own and return its output; ConfigurationError if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "asm", *arguments],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = _reason(done.stderr) or "\n".join((done.stderr or done.stdout).splitlines()[-25:])
        raise ConfigurationError(f"`asm {' '.join(arguments)}` failed:\n{tail}")
    return done.stdout


def _reason(complaint: str) -> str:
    """What a command says in English of why it did nothing; empty where it said something else."""
    try:
        return str(json.loads(complaint)["message_en"])
    except (ValueError, KeyError, TypeError):
        return ""


def find_boundaries(layout: Layout) -> Path | None:
    """The file with the wards' polygons: ASM_WARD_BOUNDARIES, else one beside the checkout."""
    named = os.environ.get("ASM_WARD_BOUNDARIES", "")
    if named:
        path = Path(named)
        if not path.is_file():
            raise ConfigurationError(f"ASM_WARD_BOUNDARIES names no file: {path}")
        return path
    beside = layout.project.parent / BESIDE_CHECKOUT
    return beside if beside.is_file() else None


def _load_boundaries(
    database: Database, env: Mapping[str, str], layout: Layout, progress: Progress
) -> None:
    path = find_boundaries(layout)
    if path is None:
        progress.say(
            "Ward boundaries: approximate cells (set ASM_WARD_BOUNDARIES to a GeoJSON file)."
        )
        return
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if database.marks().get("boundaries") == digest:
        return
    with progress.step(f"Loading ward boundaries from {path.name}"):
        run_asm(["areas", "load", str(path)], env)
        database.mark(boundaries=digest)


def _parse_accounts(text: str) -> list[Account]:
    """Read the list that `asm seed` prints; log lines may stand before it, never inside."""
    start = text.find("[\n") if "[\n" in text else text.find("[")
    try:
        accounts: list[Account] = json.loads(text[start:]) if start >= 0 else []
    except ValueError as error:
        raise ConfigurationError("`asm seed` did not print a JSON list of accounts") from error
    return accounts
