"""Is each answer good? Looked at as soon as it is given, and before anything is done."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import redis

from asm.accounts.passwords import password_errors
from asm.accounts.roles import ADMINISTRATOR
from asm.accounts.typed.new_person import check_names
from asm.db.roles import DatabaseRole
from asm.errors import ConfigurationError, Invalid, field_error
from asm.install.steps.answers import (
    PLAIN_NAME,
    AdministratorAnswers,
    Answers,
    DatabaseAnswers,
    RedisAnswers,
)
from asm.install.steps.env_files import first_line, is_there
from asm.notify.channels.email.server import mail_server
from asm.settings import NotifySettings
from asm.variables.host_name import is_host, split_origin
from asm.variables.networks import own_network
from asm.variables.whole_number import HIGHEST_PORT

Errors = list[dict[str, Any]]
_WAIT_S: Final = 5.0
#: What every later database of the cluster is a copy of, or whom its administrators sign in to.
_SYSTEM_DATABASES: Final = frozenset({"postgres", "template0", "template1"})
#: PostgreSQL's own, what it takes for no role, and the four of an installation beside its owner.
_OTHER_ROLES: Final = frozenset({"postgres", "public", "none", *map(str, DatabaseRole)})
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
#: It stands in nginx's site as it is, and nginx starts elsewhere.
_PLAIN_PATH: Final = re.compile(r"/[^\s;{}$\"'\\#]+")
#: What systemd, Docker and python-dotenv would each read in another way.
_AMBIGUOUS: Final = re.compile(r"""["'`\\#\x00-\x1f\x7f]|^\s|\s$""")


def check_public_url(answers: Answers) -> Errors:
    """`https://host`, or http on this machine for a trial; no path."""
    parts = split_origin(answers.public_url.removesuffix("/"))
    if parts is None or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    ):
        return [field_error("/public_url", "install_public_url")]
    if answers.web.nginx and parts.scheme == "https" and parts.port not in {None, 443}:
        return [field_error("/public_url", "install_public_port", port=parts.port)]
    return []


def check_web(answers: Answers) -> Errors:
    """Port, address, proxies and certificate."""
    web, errors = answers.web, []
    if not 1 <= web.port <= HIGHEST_PORT:
        errors.append(field_error("/web/port", "install_port"))
    if web.nginx:
        errors += _taken("/web/port", web.port, {80: "nginx", 443: "nginx"})
    if not _parses(ip_address, web.host):
        errors.append(field_error("/web/host", "install_host"))
    if not all(_parses(own_network, each) for each in web.trusted_proxies.split()):
        errors.append(field_error("/web/trusted_proxies", "install_proxies"))
    return errors + (_check_certificate(web.certificate, web.certificate_key) if web.nginx else [])


def check_database(answers: Answers) -> Errors:
    """Names and port. Whether it answers is seen when the script of the superuser has run."""
    database = answers.database
    errors = check_database_names(database)
    if database.is_here:
        redis = {answers.redis.host_and_port[1]: "asm-redis"} if answers.redis.is_own else {}
        errors += _taken("/database/port", database.port, redis | {answers.web.port: "asm web"})
    at: dict[str, Any] = {"host": database.host or "127.0.0.1", "port": database.port}
    named = is_server(database.host) and 1 <= database.port <= HIGHEST_PORT
    if named and not _listens(at["host"], at["port"]):
        errors.append(
            field_error(
                "/database/host", "install_nobody_listens", text="install_database_away", **at
            )
        )
    return errors


def check_database_names(database: DatabaseAnswers) -> Errors:
    """They need no quoting, and are not those of PostgreSQL's own or of somebody who has a part in
    the installation already; and the port is one.
    """
    errors = [
        field_error(f"/database/{field}", "install_database_name", name=getattr(database, field))
        for field in ("name", "owner", "superuser")
        if not PLAIN_NAME.fullmatch(getattr(database, field))
    ]
    if database.name in _SYSTEM_DATABASES:
        errors.append(field_error("/database/name", "install_system_database", name=database.name))
    taken = _OTHER_ROLES | {database.superuser}
    if database.owner in taken or database.owner.startswith("pg_"):
        errors.append(field_error("/database/owner", "install_role_taken", name=database.owner))
    if not 1 <= database.port <= HIGHEST_PORT:
        errors.append(field_error("/database/port", "install_port"))
    return errors


def check_redis(answers: Answers) -> Errors:
    """A server elsewhere answers, with that password, and throws nothing away."""
    if not is_server(answers.redis.host):
        return []
    port = answers.redis.host_and_port[1]
    if not 0 < port <= HIGHEST_PORT:
        return [field_error("/redis/port", "install_port")]
    if answers.redis.is_own:
        return _taken("/redis/port", port, {answers.web.port: "asm web"})
    try:
        password = first_line(answers.redis.password_file, "/redis/password_file")
    except Invalid as refused:
        return refused.errors
    return _ask_redis(answers.redis, password)


def _ask_redis(answers: RedisAnswers, password: str) -> Errors:
    host, port = answers.host_and_port
    server = redis.Redis(
        host=host,
        port=port,
        password=password or None,
        ssl=answers.tls,
        socket_timeout=_WAIT_S,
        socket_connect_timeout=_WAIT_S,
    )
    try:
        memory: Any = server.info("memory")
    except redis.AuthenticationError:
        return [field_error("/redis/password_file", "install_redis_password", host=host)]
    except redis.RedisError:
        return [field_error("/redis/host", "install_redis_away", host=host, port=port)]
    finally:
        server.close()
    if memory.get("maxmemory_policy", "noeviction") != "noeviction":
        return [field_error("/redis/host", "install_redis_evicts", host=host)]
    return []


def check_mail(answers: Answers) -> Errors:
    """The mail server answers, speaks TLS where it must, and takes the password."""
    mail = answers.mail
    if not mail.url:
        return []
    if "@" in mail.url and ":" in mail.url.rpartition("@")[0].partition("://")[2]:
        return [field_error("/mail/url", "install_mail_password_inside")]
    try:
        server = mail_server(
            NotifySettings(
                smtp_url=mail.url,
                mail_from=mail.sender,
                smtp_password_file=Path(mail.password_file or "-"),
            )
        )
    except (ConfigurationError, ValueError) as error:
        return [field_error("/mail/url", "install_mail_form", reason=str(error))]
    try:
        opened = smtplib.SMTP_SSL if server.tls else smtplib.SMTP
        with opened(server.host, server.port, timeout=_WAIT_S) as smtp:
            if server.upgrade:
                smtp.starttls(context=ssl.create_default_context())
            if server.user:
                smtp.login(server.user, server.password or "")
    # What is no ASCII is not sent to a mail server as a password.
    except (smtplib.SMTPAuthenticationError, UnicodeError):
        return [field_error("/mail/password_file", "install_mail_password", host=server.host)]
    except (OSError, smtplib.SMTPException) as error:
        said = type(error).__name__
        return [
            field_error(
                "/mail/url", "install_mail_away", host=server.host, port=server.port, reason=said
            )
        ]
    return []


def check_administrator(answers: Answers) -> Errors:
    """Login and name, and the password if its file is there already."""
    named = answers.administrator
    errors = [
        each | {"pointer": _POINTERS[each["pointer"]]}
        for each in check_names(named.login, named.name)
    ]
    if not named.password_file:
        return [*errors, field_error("/administrator/password_file", "install_no_password_file")]
    if not named.password_file.startswith("/"):
        return [*errors, field_error("/administrator/password_file", "install_path_relative")]
    try:
        if is_there(named.password_file, "/administrator/password_file"):
            password = first_line(named.password_file, "/administrator/password_file")
            errors += check_password(named, password)
    except Invalid as refused:
        errors += refused.errors
    return errors


def check_password(named: AdministratorAnswers, password: str) -> Errors:
    """Long enough, and nothing that everybody tries first."""
    return [
        each | {"pointer": "/administrator/password_file"}
        for each in password_errors(password, (named.login, named.name))
    ]


def check_lines(answers: Answers) -> Errors:
    """No answer holds what the settings files cannot say alike to everybody who reads them."""
    texts = {
        "/public_url": answers.public_url,
        "/database/host": answers.database.host,
        "/redis/host": answers.redis.host,
        "/mail/url": answers.mail.url,
        "/mail/sender": answers.mail.sender,
    }
    errors = [
        field_error(pointer, "install_ambiguous_sign")
        for pointer, text in texts.items()
        if _AMBIGUOUS.search(text)
    ]
    # They become part of an address, which another sign would end or turn.
    return errors + [
        field_error(pointer, "install_server_name")
        for pointer in ("/database/host", "/redis/host")
        if not is_server(texts[pointer])
    ]


def is_server(host: str) -> bool:
    """Whether it can be the name or address of one; empty is this machine."""
    return not host or is_host(host, inner=True)


#: By the part of the answers, in the order in which they are asked for.
CHECKS: Final[Mapping[str, Callable[[Answers], Errors]]] = {
    "public_url": check_public_url,
    "web": check_web,
    "database": check_database,
    "redis": check_redis,
    "mail": check_mail,
    ADMINISTRATOR: check_administrator,
}
_SERVERS: Final = frozenset({"redis", "mail"})
_POINTERS: Final = {"/login": "/administrator/login", "/display_name": "/administrator/name"}


def check_part(part: str, answers: Answers, known: Answers) -> Errors:
    """What is wrong with a part. A server that stands in the settings already is not asked again:
    it may be away for a moment, and `asm doctor` says so.
    """
    noted = part in _SERVERS and getattr(answers, part) == getattr(known, part)
    return [] if noted else CHECKS[part](answers)


def _taken(pointer: str, port: int, others: Mapping[int, str]) -> Errors:
    """Whether another of the installation's own servers has the port. `others`: whose is which."""
    other = others.get(port)
    return [field_error(pointer, "install_port_taken", port=port, other=other)] if other else []


def _check_certificate(certificate: str, key: str) -> Errors:
    if not certificate and not key:
        return []
    if not certificate or not key:
        return [field_error("/web/certificate", "install_certificate_half")]
    for field, path in (("certificate", certificate), ("certificate_key", key)):
        if not _PLAIN_PATH.fullmatch(path):
            return [field_error(f"/web/{field}", "install_certificate_path")]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # No password: nobody is there to type it when nginx starts.
        context.load_cert_chain(certificate, key, password="")
    except OSError as error:  # what is wrong inside is an SSLError, which is one too
        said = error.strerror or type(error).__name__
        return [field_error("/web/certificate", "install_certificate", reason=said)]
    return []


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_WAIT_S):
            return True
    except OSError:
        return False


def _parses(kind: Callable[[str], object], value: str) -> bool:
    try:
        kind(value)
    except ValueError:
        return False
    return True
