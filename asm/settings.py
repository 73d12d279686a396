"""One frozen settings object, built once from the environment and passed down."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from asm.errors import ConfigurationError, VariableMissing
from asm.locales.texts import both
from asm.variables.dated_days import DatedDays
from asm.variables.given import GivenVariables
from asm.variables.host_name import split_origin
from asm.variables.native_clients import NativeClient
from asm.variables.table import VARIABLES

_POSTGRESQL: Final = ("postgresql", "postgres")
#: Beyond this the connections of each process would fill any server.
MOST_WORKERS: Final = 256
#: Of one body; the server in front takes no more either.
UPLOAD_LIMIT_BYTES: Final = 10 * 1024 * 1024
#: A TLS server on this machine may say for whom it asks.
THIS_MACHINE = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """How people are reached outside the pages. An empty address: this installation does not have
    the channel. Passwords and shared secrets are files. Hosts may begin with `*.`.
    """

    smtp_url: str = ""
    smtp_password_file: Path = Path(".asm/secrets/smtp-password")
    mail_from: str = ""
    sms_url: str = ""
    sms_secret_file: Path = Path(".asm/secrets/sms-secret")
    zalo_url: str = ""
    zalo_secret_file: Path = Path(".asm/secrets/zalo-secret")
    webhook_hosts: tuple[str, ...] = ()
    push_hosts: tuple[str, ...] = ()
    push_contact: str = ""
    #: Networks that are not public and may be called all the same, for example 10.1.0.0/16.
    private_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where figures are served apart from the pages. Port 0: nowhere."""

    host: str = "127.0.0.1"
    port: int = 0
    worker_port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenSettings:
    """How citizens prove who they are (OpenID Connect), and when they learn of look-ups. An empty
    issuer: by a receipt alone. Without a secret it is a public client.
    """

    issuer: str = ""
    client_id: str = ""
    secret_file: Path = Path(".asm/secrets/oidc-secret")
    scope: str = "openid profile"
    #: The claim of the userinfo answer that holds the twelve digits.
    number_claim: str = "personal_number"
    #: Whether hosts may link their accounts to an identity there, and sign in with it.
    for_hosts: bool = False
    #: How many days after it was made a look-up is shown, from which day on.
    shown_after: tuple[DatedDays, ...] = ()

    @property
    def signs_hosts_in(self) -> bool:
        """Whether there is a provider, and it is for hosts, too."""
        return bool(self.issuer) and self.for_hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Addresses, folders and limits of one process. Secrets are files in `secrets_dir`."""

    database_url: str
    worker_database_url: str
    admin_database_url: str
    redis_url: str
    secrets_dir: Path
    public_url: str
    host: str
    port: int
    data_dir: Path
    log_json: bool
    #: Sees every row; empty: the superuser on this machine, through the socket.
    backup_database_url: str = ""
    population_url: str = ""
    population_token_file: Path = Path(".asm/secrets/population-token")
    upload_limit_bytes: int = UPLOAD_LIMIT_BYTES
    minimum_free_bytes: int = 200 * 1024 * 1024
    #: Web processes that share the port, this one included.
    web_workers: int = 1
    #: Addresses and networks whose `X-Forwarded-For` is believed.
    trusted_proxies: tuple[str, ...] = THIS_MACHINE
    #: Whether it is said that the last backup of `asm backup` is old, or that there is none.
    backup_watched: bool = True
    #: The host under which the demo may be shown to others.
    demo_host: str = ""
    notify: NotifySettings = NotifySettings()
    metrics: MetricsSettings = MetricsSettings()
    citizens: CitizenSettings = CitizenSettings()
    #: Apps that may sign phones in beside the built-in one.
    native_clients: tuple[NativeClient, ...] = ()
    #: Hosts that passkeys are made for, the present one first; none: the public address's.
    passkey_hosts: tuple[str, ...] = ()

    @property
    def secure_cookies(self) -> bool:
        """Browsers take `__Host-` cookies over https only, so http is for local trials."""
        return self.public_url.startswith("https://")


def async_url(url: str) -> str:
    """Name the asyncpg driver in an address of PostgreSQL; it has its own word for `sslmode`."""
    before, mark, query = plain_url(url).partition("?")
    said = [
        ("ssl" if name == "sslmode" else name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return before.replace("postgresql", "postgresql+asyncpg", 1) + mark + urlencode(said)


def plain_url(url: str) -> str:
    """The address as PostgreSQL's own programs and drivers take it: without the name of a driver.
    Raises ConfigurationError.
    """
    scheme, _, rest = url.partition("://")
    if not rest or scheme.split("+")[0] not in _POSTGRESQL:
        raise ConfigurationError("a database address must look like postgresql://user@host/name")
    return f"postgresql://{rest}"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Build the settings from `environ` (default: the process's).

    Raises VariablesInvalid, a ConfigurationError, naming every variable that cannot be used.
    """
    given = GivenVariables(os.environ if environ is None else environ)
    secrets_dir = given.path("ASM_SECRETS_DIR")
    host, port = given.text("ASM_HOST"), given.port("ASM_PORT")
    settings = Settings(
        database_url=given.database("ASM_DATABASE_URL"),
        worker_database_url=given.database("ASM_WORKER_DATABASE_URL"),
        backup_database_url=given.address("ASM_BACKUP_DATABASE_URL", *_POSTGRESQL),
        admin_database_url=given.database("ASM_ADMIN_DATABASE_URL"),
        redis_url=given.address("ASM_REDIS_URL", "redis", "rediss", "unix"),
        secrets_dir=secrets_dir,
        public_url=_public_url(given) or f"http://{host}:{port}",
        host=host,
        port=port,
        data_dir=given.path("ASM_DATA_DIR"),
        log_json=given.flag("ASM_LOG_JSON"),
        web_workers=given.number("WEB_CONCURRENCY", MOST_WORKERS),  # uvicorn's own name for it
        trusted_proxies=given.networks("ASM_TRUSTED_PROXIES"),
        backup_watched=given.flag("ASM_BACKUP_WATCHED"),
        demo_host=given.text("ASM_DEMO_HOST"),
        metrics=MetricsSettings(
            host=given.text("ASM_METRICS_HOST"),
            port=given.port("ASM_METRICS_PORT"),
            worker_port=given.port("ASM_WORKER_METRICS_PORT"),
        ),
        notify=_notify(given, secrets_dir),
        citizens=_citizens(given, secrets_dir),
        native_clients=given.native_clients("ASM_NATIVE_CLIENTS"),
        passkey_hosts=given.hosts("ASM_PASSKEY_HOSTS"),
        population_url=given.address("ASM_POPULATION_URL", "https", "http"),
        population_token_file=given.path(
            "ASM_POPULATION_TOKEN_FILE", secrets_dir / "population-token"
        ),
    )
    _look_across(given, settings)
    given.refuse_wrong()
    return settings


def _notify(given: GivenVariables, secrets_dir: Path) -> NotifySettings:
    return NotifySettings(
        smtp_url=given.address("ASM_SMTP_URL", "smtp", "smtps"),
        smtp_password_file=given.path("ASM_SMTP_PASSWORD_FILE", secrets_dir / "smtp-password"),
        mail_from=given.mailbox("ASM_MAIL_FROM", named=True),
        sms_url=given.address("ASM_SMS_URL", "https", "http"),
        sms_secret_file=given.path("ASM_SMS_SECRET_FILE", secrets_dir / "sms-secret"),
        zalo_url=given.address("ASM_ZALO_URL", "https", "http"),
        zalo_secret_file=given.path("ASM_ZALO_SECRET_FILE", secrets_dir / "zalo-secret"),
        webhook_hosts=given.hosts("ASM_WEBHOOK_HOSTS"),
        push_hosts=given.hosts("ASM_PUSH_HOSTS"),
        push_contact=given.mailbox("ASM_PUSH_CONTACT"),
        private_networks=given.networks("ASM_PRIVATE_NETWORKS"),
    )


def _citizens(given: GivenVariables, secrets_dir: Path) -> CitizenSettings:
    return CitizenSettings(
        issuer=given.address("ASM_OIDC_ISSUER", "https", "http"),
        client_id=given.text("ASM_OIDC_CLIENT_ID"),
        secret_file=given.path("ASM_OIDC_SECRET_FILE", secrets_dir / "oidc-secret"),
        scope=given.text("ASM_OIDC_SCOPE"),
        number_claim=given.text("ASM_OIDC_NUMBER_CLAIM"),
        for_hosts=given.flag("ASM_OIDC_FOR_HOSTS"),
        shown_after=given.dated_days("ASM_LOOK_UPS_SHOWN_AFTER"),
    )


def _public_url(given: GivenVariables) -> str:
    url = given.address("ASM_PUBLIC_URL", "https", "http").rstrip("/")
    if url and split_origin(url) is None:
        given.note("ASM_PUBLIC_URL", *both("settings", "wrong.public_url"))
    return url


def _look_across(given: GivenVariables, settings: Settings) -> None:
    """What is wrong with one variable for what another holds."""
    notify, metrics = settings.notify, settings.metrics
    if notify.smtp_url and not given.is_set("ASM_MAIL_FROM"):
        facts = {"other": "ASM_SMTP_URL", "example": VARIABLES["ASM_MAIL_FROM"].example}
        given.note("ASM_MAIL_FROM", *both("settings", "wrong.half", facts))
    if settings.citizens.issuer and not settings.citizens.client_id:
        facts = {"other": "ASM_OIDC_ISSUER", "example": VARIABLES["ASM_OIDC_CLIENT_ID"].example}
        given.note("ASM_OIDC_CLIENT_ID", *both("settings", "wrong.half", facts))
    if urlsplit(notify.smtp_url).password is not None:
        facts = {"other": "ASM_SMTP_PASSWORD_FILE"}
        given.note("ASM_SMTP_URL", *both("settings", "wrong.password_inside", facts))
    if metrics.port and metrics.port in {settings.port, metrics.worker_port}:
        given.note("ASM_METRICS_PORT", *both("settings", "wrong.same_port"))


def require(value: str, variable: str) -> str:
    """Return `value`, or say which environment variable is missing and what it looks like."""
    if not value:
        raise VariableMissing(variable, VARIABLES[variable].example)
    return value
