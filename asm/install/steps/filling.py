"""The database from nothing to its first administrator: rights, keys, schema, areas, account."""

from pathlib import Path
from typing import Final

from asm.accounts.roles import ADMINISTRATOR
from asm.errors import Conflict
from asm.identity.vault.keys import FILES, write_secret
from asm.install.steps.check_answers import check_administrator, check_password
from asm.install.steps.commands import run_asm
from asm.install.steps.env_files import first_line, read_env
from asm.install.steps.look_around import LOOK_AROUND, wrong_now
from asm.install.steps.look_at_database import SeenDatabase, look, look_inside
from asm.install.steps.passwords import new_password
from asm.install.steps.settings_lines import ADDRESSES
from asm.install.steps.step import Installing, Step, refuse_unless_good
from asm.install.steps.superuser import may_be_superuser, run_as_superuser, superuser_sql

OLDEST_POSTGRESQL: Final = 15
_OF_KEYS: Final = frozenset({"keys.files", "keys.belonging"})


def _url(doing: Installing, login: str) -> str:
    """As the file says it: what was changed there by hand counts."""
    file, variable = ADDRESSES[login]
    return read_env(doing.where.env_file(file))[variable]


def _database_is_ready(doing: Installing) -> bool:
    if doing.new_passwords:
        return False
    return all(_is_good(look(_url(doing, login))) for login in ADDRESSES)


def _is_good(seen: SeenDatabase) -> bool:
    return seen.refused is None and seen.postgis_in == "public"


def _make_database(doing: Installing) -> None:
    """The superuser's script where we may run it, and then a look with each login."""
    answers = doing.answers.database
    was_superuser = may_be_superuser(answers)
    if was_superuser:
        _refuse_too_old(int(run_as_superuser(answers, "SHOW server_version_num")))
        script = superuser_sql(answers, doing.secrets.logins, new_passwords=doing.new_passwords)
        run_as_superuser(answers, script)
        doing.new_passwords = False
    for login, (file, variable) in ADDRESSES.items():
        seen = look(_url(doing, login))
        if seen.refused == "login" and was_superuser:
            raise Conflict("install_login_differs", file=file, variable=variable)
        _refuse_unless_in(seen, answers.name, file, variable)
        _refuse_unless_fit(seen)


def _refuse_unless_in(seen: SeenDatabase, database: str, file: str, variable: str) -> None:
    match seen.refused:
        case "away":
            raise Conflict("install_database_unreachable", file=file, variable=variable)
        case "login":
            raise Conflict("install_login_refused", file=file, variable=variable)
        case "unknown" | "right":
            raise Conflict(
                "install_superuser_needed", database=database, file=file, variable=variable
            )


def _refuse_unless_fit(seen: SeenDatabase) -> None:
    _refuse_too_old(seen.version)
    if seen.encoding != "UTF8":
        raise Conflict("install_database_encoding", encoding=seen.encoding)
    if seen.postgis_in is None:
        raise Conflict("install_no_postgis")
    if seen.postgis_in != "public":
        raise Conflict("install_postgis_elsewhere", schema=seen.postgis_in)


def _refuse_too_old(version: int) -> None:
    major = version // 10_000
    if major < OLDEST_POSTGRESQL:
        raise Conflict("install_database_old", version=major, oldest=OLDEST_POSTGRESQL)


def _has_keys(doing: Installing) -> bool:
    """Each is there and this database's; what is wrong with one, `asm keys init` says."""
    there = all((doing.where.secrets / name).exists() for name in FILES)
    return there and not wrong_now(doing.where, _OF_KEYS)


def _make_keys(doing: Installing) -> None:
    run_asm(doing.where, "keys", "init")


def _has_schema(doing: Installing) -> bool:
    return look_inside(_url(doing, "owner")).is_newest


def _migrate(doing: Installing) -> None:
    run_asm(doing.where, "migrate")


def _has_areas(doing: Installing) -> bool:
    return look_inside(_url(doing, "owner")).wards > 0


def _fill_areas(doing: Installing) -> None:
    run_asm(doing.where, "areas", "init")


def _has_administrator(doing: Installing) -> bool:
    return look_inside(_url(doing, "owner")).administrators > 0


def _make_administrator(doing: Installing) -> None:
    refuse_unless_good(
        check_password(doing.answers.administrator, doing.password)
        if doing.password
        else check_administrator(doing.answers)
    )
    named = doing.answers.administrator
    doing.password_used = True
    run_asm(
        doing.where,
        # A login may begin with a dash, and is no option.
        *("account", "create", f"--name={named.name}", "--role", ADMINISTRATOR, "--", named.login),
        typed=(doing.password or _password_of_file(doing)) + "\n",
    )


def _password_of_file(doing: Installing) -> str:
    """What the file holds; where there is none it is made, with a password of its own."""
    file = Path(doing.answers.administrator.password_file)
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(file, new_password() + "\n")
    return first_line(str(file), "/administrator/password_file")


FILLING_STEPS: Final = [
    Step(name="database", done=_database_is_ready, do=_make_database),
    LOOK_AROUND,
    Step(name="keys", done=_has_keys, do=_make_keys),
    Step(name="schema", done=_has_schema, do=_migrate),
    Step(name="areas", done=_has_areas, do=_fill_areas),
    Step(name=ADMINISTRATOR, done=_has_administrator, do=_make_administrator),
]
