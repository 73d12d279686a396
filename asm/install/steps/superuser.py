"""What a superuser of PostgreSQL does once: the roles, the database, PostGIS."""

import getpass
import os
import pwd
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from asm.db.roles import DatabaseRole
from asm.errors import Conflict
from asm.install.steps.answers import DatabaseAnswers
from asm.install.steps.passwords import scram_verifier

#: PostgreSQL's own words are told with a refusal; this much of them.
_MOST_SAID: Final = 600


def superuser_sql(
    answers: DatabaseAnswers, passwords: Mapping[str, str], *, new_passwords: bool = False
) -> str:
    """The script for psql. `passwords` of the logins `owner`, `asm_api` and `asm_worker`, of which
    it holds the verifiers; roles that are there keep theirs unless `new_passwords`.
    """
    values = {
        "owner": answers.owner,
        "database": answers.name,
        "owner_verifier": scram_verifier(passwords["owner"]),
        "api_verifier": scram_verifier(passwords[DatabaseRole.API]),
        "worker_verifier": scram_verifier(passwords[DatabaseRole.WORKER]),
        "new_passwords": "yes" if new_passwords else "no",
    }
    # Names are checked when they are answered, and verifiers are base64: nothing to escape.
    head = "".join(f"\\set {name} '{value}'\n" for name, value in values.items())
    return head + (files(__package__) / "superuser.psql").read_text(encoding="utf-8")


def may_be_superuser(answers: DatabaseAnswers) -> bool:
    """Whether we are root, or the superuser of the database, on the machine where it runs."""
    if not answers.is_here:
        return False
    if os.geteuid() == 0:
        return _is_user(answers.superuser)
    return answers.superuser == getpass.getuser()


def run_as_superuser(answers: DatabaseAnswers, script: str) -> str:
    """Run it through the local socket, where PostgreSQL knows who asks. The script goes in through
    standard input: arguments are readable to every user of the machine. Raises Conflict.
    """
    become = ["runuser", "-u", answers.superuser, "--"] if os.geteuid() == 0 else []
    command = [*become, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-p", str(answers.port)]
    try:
        done = subprocess.run(  # noqa: S603 -- a fixed program; the names were checked
            [*command, "-d", "postgres"],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=os.environ | {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "asm-install"},
        )
    except FileNotFoundError as error:
        raise Conflict("install_no_psql") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[:_MOST_SAID]
        raise Conflict("install_superuser_refused", superuser=answers.superuser, reason=said)
    return done.stdout.strip()


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
