"""Which process is told what: the lines of the three settings files, made from answers, and the
answers that an earlier run left in them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

import msgspec

from asm.db.roles import DatabaseRole
from asm.errors import Conflict
from asm.install.steps.answers import (
    Answers,
    DatabaseAnswers,
    MailAnswers,
    RedisAnswers,
    WebAnswers,
)
from asm.install.steps.env_files import first_line, read_env
from asm.install.steps.folders import OPERATOR, WEB, WORKER, Folders
from asm.install.steps.nginx_site import is_installed, is_switched_on, named_certificate
from asm.install.steps.passwords import new_password
from asm.install.steps.redis_server import read_redis_settings
from asm.settings import THIS_MACHINE

#: By login: the file, and the variable with its address.
ADDRESSES: Final[Mapping[str, tuple[str, str]]] = {
    "owner": (OPERATOR, "ASM_ADMIN_DATABASE_URL"),
    DatabaseRole.API: (WEB, "ASM_DATABASE_URL"),
    DatabaseRole.WORKER: (WORKER, "ASM_WORKER_DATABASE_URL"),
}
_REDIS: Final = "ASM_REDIS_URL"
#: What an answer may take back.
_OPTIONAL: Final = (
    "ASM_TRUSTED_PROXIES", "ASM_SMTP_URL", "ASM_MAIL_FROM", "ASM_SMTP_PASSWORD_FILE",
)  # fmt: skip
#: The program's group may read what its own processes are told.
MODES: Final[Mapping[str, int]] = {WEB: 0o640, WORKER: 0o640, OPERATOR: 0o600}


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """Passwords by login of the database, and that of the Redis-compatible server."""

    logins: dict[str, str]
    redis: str

    def __repr__(self) -> str:
        return "Secrets(…)"


def known_secrets(where: Folders, answers: Answers) -> Secrets:
    """Those of an earlier run; a new one for each login that has none. A server elsewhere has its
    password in a file, or none. Raises Invalid.
    """
    logins = {
        login: _password_in(where.env_file(file), variable) or new_password()
        for login, (file, variable) in ADDRESSES.items()
    }
    return Secrets(logins=logins, redis=_redis_password(where, answers.redis))


def _redis_password(where: Folders, answers: RedisAnswers) -> str:
    """A password goes to no other server than the one that it was written down for."""
    if answers.password_file:
        return first_line(answers.password_file, "/redis/password_file")
    own = read_redis_settings(where.redis_settings)
    known = _known_redis(where, own)
    noted = _password_in(where.env_file(WEB), _REDIS)
    if answers.is_own:
        return (noted if known.is_own else "") or own.get("requirepass") or new_password()
    return noted if known.host_and_port == answers.host_and_port else ""


def known_answers(where: Folders) -> Answers:
    """What the files of an earlier run say, so that only changes need be answered. Raises Conflict
    for what somebody changed so that it cannot be read.
    """
    web, operator = read_env(where.env_file(WEB)), read_env(where.env_file(OPERATOR))
    all_lines = read_env(where.env_file(WORKER)) | operator | web
    port = web.get("ASM_PORT") or str(WebAnswers().port)
    if not port.isdecimal():
        raise _unusable(where.env_file(WEB), "ASM_PORT")
    certificate, certificate_key = named_certificate(where)
    return Answers(
        public_url=web.get("ASM_PUBLIC_URL", ""),
        web=WebAnswers(
            host=web.get("ASM_HOST") or WebAnswers().host,
            port=int(port),
            nginx=is_switched_on(where) or not is_installed(where),
            trusted_proxies=" ".join(servers_in_front(web.get("ASM_TRUSTED_PROXIES", ""))),
            certificate=certificate,
            certificate_key=certificate_key,
        ),
        database=_known_database(where),
        redis=_known_redis(where, read_redis_settings(where.redis_settings)),
        mail=MailAnswers(
            url=all_lines.get("ASM_SMTP_URL", ""),
            sender=all_lines.get("ASM_MAIL_FROM", ""),
            password_file=all_lines.get("ASM_SMTP_PASSWORD_FILE", ""),
        ),
    )


def settings_lines(answers: Answers, secrets: Secrets, where: Folders) -> dict[str, dict[str, str]]:
    """By file, what it is to say: each process the least that it needs."""
    common = {
        "ASM_PUBLIC_URL": answers.public_url,
        "ASM_DATA_DIR": str(where.data),
        "ASM_SECRETS_DIR": str(where.secrets),
        _REDIS: _redis_url(answers.redis, secrets.redis),
        **_mail_lines(answers.mail),
    }
    addresses = {
        variable: answers.database.url(
            answers.database.owner if login == "owner" else login, secrets.logins[login]
        )
        for login, (_, variable) in ADDRESSES.items()
    }
    web = {
        "ASM_DATABASE_URL": addresses["ASM_DATABASE_URL"],
        "ASM_HOST": answers.web.host,
        "ASM_PORT": str(answers.web.port),
    }
    if in_front := servers_in_front(answers.web.trusted_proxies):
        # nginx on this machine stays believed: it says for whom the servers before it ask.
        web["ASM_TRUSTED_PROXIES"] = " ".join([*THIS_MACHINE, *in_front])
    sends = {"ASM_SMTP_PASSWORD_FILE": str(mail_password_file(where))} if _signs_in(answers) else {}
    worker = {"ASM_WORKER_DATABASE_URL": addresses["ASM_WORKER_DATABASE_URL"]}
    lines = {
        WEB: common | web,
        WORKER: common | worker | sends,
        OPERATOR: common | web | addresses | sends,
    }
    return {
        name: wanted | _taken_back(wanted, where.env_file(name)) for name, wanted in lines.items()
    }


def _taken_back(wanted: Mapping[str, str], file: Path) -> dict[str, str]:
    """Lines that an answer has emptied: an empty one counts as not set."""
    there = read_env(file)
    return {name: "" for name in _OPTIONAL if there.get(name) and name not in wanted}


def servers_in_front(trusted_proxies: str) -> tuple[str, ...]:
    """Those of a list of addresses and networks that are other machines."""
    named = trusted_proxies.replace(",", " ").split()
    return tuple(each for each in named if each not in THIS_MACHINE)


def mail_password_file(where: Folders) -> Path:
    """Where the mail server's password lies for the processes that send."""
    return where.secrets / "smtp-password"


def _mail_lines(mail: MailAnswers) -> dict[str, str]:
    return {"ASM_SMTP_URL": mail.url, "ASM_MAIL_FROM": mail.sender} if mail.url else {}


def _signs_in(answers: Answers) -> bool:
    return bool(answers.mail.url and answers.mail.password_file)


def _redis_url(redis: RedisAnswers, password: str) -> str:
    host, port = redis.host_and_port
    host = f"[{host}]" if ":" in host else host
    sign_in = f":{quote(password, safe='')}@" if password else ""
    return f"{'rediss' if redis.tls else 'redis'}://{sign_in}{host}:{port}/0"


def _known_database(where: Folders) -> DatabaseAnswers:
    file, variable = ADDRESSES["owner"]
    parts, usual = _address_in(where.env_file(file), variable), DatabaseAnswers()
    if parts is None:
        return usual
    host = parts.hostname or ""
    return DatabaseAnswers(
        host="" if host == "127.0.0.1" else host,
        port=parts.port or usual.port,
        name=parts.path.removeprefix("/") or usual.name,
        owner=unquote(parts.username or usual.owner),
    )


def _known_redis(where: Folders, own: dict[str, str]) -> RedisAnswers:
    parts, own_port = _address_in(where.env_file(WEB), _REDIS), own.get("port", "0")
    if not own_port.isdecimal():
        raise _unusable(where.redis_settings, "port")
    if parts is None:
        return RedisAnswers(port=int(own_port))
    here = parts.hostname in {None, own.get("bind")}
    if own and here and str(parts.port or own_port) == own_port:
        return RedisAnswers(port=int(own_port))
    return RedisAnswers(
        host=parts.hostname or "", port=parts.port or 0, tls=parts.scheme == "rediss"
    )


def _password_in(file: Path, variable: str) -> str:
    parts = _address_in(file, variable)
    return "" if parts is None else unquote(parts.password or "")


def _address_in(file: Path, variable: str) -> SplitResult | None:
    """The parts of an address; None where there is none yet."""
    value = read_env(file).get(variable, "")
    try:
        parts = urlsplit(value)
        number = parts.port
    except ValueError as error:
        raise _unusable(file, variable) from error
    if number == 0:
        raise _unusable(file, variable)
    return parts if value else None


def _unusable(file: Path, variable: str) -> Conflict:
    return Conflict("install_setting_unusable", file=file, variable=variable)
