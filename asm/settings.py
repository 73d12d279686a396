"""One frozen settings object, built once from the environment and passed down."""

import os
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from asm.errors import ConfigurationError, VariableMissing

#: What a variable looks like, in no language.
ENVIRONMENT_EXAMPLES = {
    "ASM_DATABASE_URL": "postgresql://asm_api:PASSWORD@HOST:5432/asm",
    "ASM_WORKER_DATABASE_URL": "postgresql://asm_worker:PASSWORD@HOST:5432/asm",
    "ASM_ADMIN_DATABASE_URL": "postgresql://OWNER:PASSWORD@HOST:5432/asm",
    "ASM_REDIS_URL": "redis://:PASSWORD@HOST:6379/0",
}

#: The services behind the browsers' own push: subscriptions of any other host are refused.
PUSH_SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)

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
    population_url: str = ""
    population_token_file: Path = Path(".asm/secrets/population-token")
    upload_limit_bytes: int = 10 * 1024 * 1024
    minimum_free_bytes: int = 200 * 1024 * 1024
    #: Web processes that share the port, this one included.
    web_workers: int = 1
    #: Addresses and networks whose `X-Forwarded-For` is believed.
    trusted_proxies: tuple[str, ...] = THIS_MACHINE
    notify: NotifySettings = NotifySettings()

    @property
    def secure_cookies(self) -> bool:
        """Browsers take `__Host-` cookies over https only, so http is for local trials."""
        return self.public_url.startswith("https://")


def async_url(url: str) -> str:
    """Name the asyncpg driver in a plain `postgresql://` address."""
    scheme, _, rest = url.partition("://")
    if not rest or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ConfigurationError("a database address must look like postgresql://user@host/name")
    return f"postgresql+asyncpg://{rest}"


def read_settings(environ: dict[str, str] | None = None) -> Settings:
    """Build the settings from `environ` (default: the process's).

    Raises ConfigurationError naming the first variable that cannot be used.
    """
    env = dict(os.environ) if environ is None else environ
    host = env.get("ASM_HOST", "127.0.0.1")
    port = _whole_number(env, "ASM_PORT", 8000)
    secrets_dir = Path(env.get("ASM_SECRETS_DIR", ".asm/secrets"))
    return Settings(
        database_url=env.get("ASM_DATABASE_URL", ""),
        worker_database_url=env.get("ASM_WORKER_DATABASE_URL", ""),
        admin_database_url=env.get("ASM_ADMIN_DATABASE_URL", ""),
        redis_url=env.get("ASM_REDIS_URL", ""),
        secrets_dir=secrets_dir,
        public_url=env.get("ASM_PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
        host=host,
        port=port,
        data_dir=Path(env.get("ASM_DATA_DIR", ".asm")),
        log_json=env.get("ASM_LOG_JSON", "1") != "0",
        web_workers=_whole_number(env, "WEB_CONCURRENCY", 1),  # uvicorn's own name for it
        trusted_proxies=_networks(env, "ASM_TRUSTED_PROXIES") or THIS_MACHINE,
        notify=_notify(env, secrets_dir),
        population_url=env.get("ASM_POPULATION_URL", ""),
        population_token_file=Path(
            env.get("ASM_POPULATION_TOKEN_FILE") or secrets_dir / "population-token"
        ),
    )


def _notify(env: dict[str, str], secrets_dir: Path) -> NotifySettings:
    def file(variable: str, name: str) -> Path:
        return Path(env.get(variable) or secrets_dir / name)

    return NotifySettings(
        smtp_url=env.get("ASM_SMTP_URL", ""),
        smtp_password_file=file("ASM_SMTP_PASSWORD_FILE", "smtp-password"),
        mail_from=env.get("ASM_MAIL_FROM", ""),
        sms_url=env.get("ASM_SMS_URL", ""),
        sms_secret_file=file("ASM_SMS_SECRET_FILE", "sms-secret"),
        zalo_url=env.get("ASM_ZALO_URL", ""),
        zalo_secret_file=file("ASM_ZALO_SECRET_FILE", "zalo-secret"),
        webhook_hosts=_names(env, "ASM_WEBHOOK_HOSTS"),
        push_hosts=_names(env, "ASM_PUSH_HOSTS") or PUSH_SERVICES,
        push_contact=env.get("ASM_PUSH_CONTACT", ""),
        private_networks=_names(env, "ASM_PRIVATE_NETWORKS"),
    )


def _names(env: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(env.get(name, "").replace(",", " ").split())


def _networks(env: dict[str, str], name: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(network)) for network in _names(env, name))
    except ValueError as error:
        raise ConfigurationError(
            f"{name} must be addresses or networks such as 10.0.0.5 or 172.18.0.0/16"
        ) from error


def require(value: str, variable: str) -> str:
    """Return `value`, or say which environment variable is missing and what it looks like."""
    if not value:
        raise VariableMissing(variable, ENVIRONMENT_EXAMPLES[variable])
    return value


def _whole_number(env: dict[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ConfigurationError(f"{name} must be a whole number") from error
