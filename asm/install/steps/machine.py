"""The machine: the program's user, its folders and its settings files."""

import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Final

from asm.errors import Conflict
from asm.install.steps.env_files import differences, first_line, lacks, write_env, write_whole
from asm.install.steps.folders import SYSTEM_USER, WEB, Folders, give, is_given
from asm.install.steps.redis_server import redis_settings
from asm.install.steps.settings_lines import (
    ADDRESSES,
    MODES,
    mail_password_file,
    settings_lines,
)
from asm.install.steps.step import Installing, Step

_MAIL_ANSWER: Final = "/mail/password_file"
_SETTINGS_MODE: Final = 0o750
_DATA_MODE: Final = 0o750
_SECRETS_MODE: Final = 0o700


def _has_user(doing: Installing) -> bool:
    if not doing.where.system:
        return True
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return False
    return True


def _make_user(doing: Installing) -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise Conflict("install_no_useradd", user=SYSTEM_USER)
    subprocess.run(  # noqa: S603 -- found above; the name is a constant
        [
            program, "--system", "--user-group", "--no-create-home",
            "--home-dir", str(doing.where.data), "--shell", "/usr/sbin/nologin", SYSTEM_USER,
        ],
        check=True,
    )  # fmt: skip


def _folders(where: Folders) -> list[tuple[Path, int, bool]]:
    return [
        (where.settings, _SETTINGS_MODE, False),
        (where.data, _DATA_MODE, True),
        (where.secrets, _SECRETS_MODE, True),
    ]


def _has_folders(doing: Installing) -> bool:
    return all(
        is_given(folder, doing.where, mode=mode, to_program=to_program)
        for folder, mode, to_program in _folders(doing.where)
    )


def _make_folders(doing: Installing) -> None:
    for folder, mode, to_program in _folders(doing.where):
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        give(folder, doing.where, mode=mode, to_program=to_program)


def _has_settings(doing: Installing) -> bool:
    where = doing.where
    lines = settings_lines(doing.answers, doing.secrets, where)
    for name, wanted in lines.items():
        file = where.env_file(name)
        other = differences(file, wanted)
        if lacks(file, wanted) or (doing.replace and other):
            return False
        if not is_given(file, where, mode=MODES[name]):
            return False
        doing.kept += [each for each in other if each not in doing.kept]
    own = doing.answers.redis.is_own
    return (not own or where.redis_settings.exists()) and _has_mail_password(doing)


def _write_settings(doing: Installing) -> None:
    """The passwords first of all: nothing else may know one that is not written down."""
    where = doing.where
    if doing.answers.redis.is_own and not where.redis_settings.exists():
        text = redis_settings(doing.answers.redis, doing.secrets.redis)
        write_whole(where.redis_settings, text, where, mode=MODES[WEB])
    for name, wanted in settings_lines(doing.answers, doing.secrets, where).items():
        file = where.env_file(name)
        other = differences(file, wanted)
        (doing.changed if doing.replace else doing.kept).extend(other)
        write_env(file, wanted, where, mode=MODES[name], replace=doing.replace)
    if not _has_mail_password(doing):
        file = mail_password_file(where)
        write_whole(file, _mail_password(doing) + "\n", where, mode=0o600)
        give(file, where, mode=0o600, to_program=True)


def write_addresses(doing: Installing) -> None:
    """The addresses of the database alone, before anything else is answered: passwords that are
    told a superuser are noted first.
    """
    where = doing.where
    for name, wanted in settings_lines(doing.answers, doing.secrets, where).items():
        own = {variable for _, variable in ADDRESSES.values()} & wanted.keys()
        lines = {variable: wanted[variable] for variable in sorted(own)}
        if lacks(where.env_file(name), lines):
            write_env(where.env_file(name), lines, where, mode=MODES[name], replace=False)


def _has_mail_password(doing: Installing) -> bool:
    given, file = doing.answers.mail.password_file, mail_password_file(doing.where)
    if not given or given == str(file):
        return True
    return file.exists() and first_line(str(file), _MAIL_ANSWER) == _mail_password(doing)


def _mail_password(doing: Installing) -> str:
    return first_line(doing.answers.mail.password_file, _MAIL_ANSWER)


MACHINE_STEPS: Final = [
    Step(name="user", done=_has_user, do=_make_user),
    Step(name="folders", done=_has_folders, do=_make_folders),
    Step(name="settings", done=_has_settings, do=_write_settings),
]
