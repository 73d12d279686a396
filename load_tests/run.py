"""`make load`: people for a while against the demo, then the check of the database.

A demo that runs is used and left on; else one is started and stopped again. The guests stay in it:
ASM_DATA_DIR=.asm/load keeps them out of the demo. Users, time and address are Locust's own options:
`python -m load_tests.run -u 50 -t 5m`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ASM = ("-m", "asm.cli")
LOCUST = ("-m", "locust", "-f", "load_tests/locustfile.py", "--headless", "--only-summary")
DEFAULTS = ("--users", "8", "--spawn-rate", "4", "--run-time", "20s")


def data_dir() -> Path:
    """Where the installation keeps its things, as it decides itself."""
    return Path(os.environ.get("ASM_DATA_DIR", ".asm")).absolute()


def python(*arguments: str, env: Mapping[str, str] | None = None, quiet: bool = False) -> int:
    """Run Python with `arguments`; its exit status."""
    output = subprocess.DEVNULL if quiet else None
    command = [sys.executable, *arguments]
    # Our own modules, and options that whoever started us has written.
    done = subprocess.run(command, env=env, stdout=output, check=False)  # noqa: S603
    return done.returncode


@contextmanager
def running() -> Iterator[None]:
    """An installation that is on; off again if it was off before."""
    was_on = python(*ASM, "status", quiet=True) == 0
    if not was_on and python(*ASM, "up", "--detach") != 0:
        raise SystemExit(1)
    try:
        yield
    finally:
        if not was_on:
            python(*ASM, "down")


def surroundings(state: Mapping[str, Any]) -> dict[str, str]:
    """Where accounts, ledger and database are, for Locust and the check."""
    secrets = data_dir() / "secrets"
    password = (secrets / "postgres-admin-password").read_text(encoding="ascii").strip()
    own = f"postgresql://asm_admin:{password}@127.0.0.1:{state['ports'].get('postgres')}/asm"
    return {
        **os.environ,
        "ASM_LOAD_ACCOUNTS": str(secrets / "demo-accounts.json"),
        "ASM_LOAD_LEDGER": str(data_dir() / "load-ledger.jsonl"),
        "ASM_LOAD_DSN": os.environ.get("DATABASE_URL", own),
    }


def main(arguments: Sequence[str]) -> int:
    """Load, then check; the exit status of the check, else Locust's."""
    with running():
        state = json.loads((data_dir() / "state.json").read_text(encoding="utf-8"))
        env = surroundings(state)
        loaded = python(*LOCUST, "--host", state["url"], *DEFAULTS, *arguments, env=env)
        checked = python("-m", "load_tests.check_database", "--drained", env=env)
    return checked or loaded


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
