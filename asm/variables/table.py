"""Every environment variable that the product reads, declared once: docs/settings.md is written
from here, services are given theirs from here, and a test holds that the code reads no other.

What a variable means stands under its name in the catalogue `settings`; a default that takes words
under `NAME:default`.
"""

from collections.abc import Mapping
from typing import Final

from asm.variables.variable import Process, Variable

_ALL: Final[tuple[Process, ...]] = ("web", "worker", "operator")
_BOTH: Final[tuple[Process, ...]] = ("web", "worker")

_TABLE: Final = (
    Variable(
        name="ASM_DATABASE_URL", group="database", processes=("web", "operator"),
        needed_by=("web",), secret=True, from_file=True,
        example="postgresql://asm_api:PASSWORD@HOST:5432/asm",
    ),
    Variable(
        name="ASM_WORKER_DATABASE_URL", group="database", processes=("worker", "operator"),
        needed_by=("worker",), secret=True, from_file=True,
        example="postgresql://asm_worker:PASSWORD@HOST:5432/asm",
    ),
    Variable(
        name="ASM_ADMIN_DATABASE_URL", group="database", processes=("operator",),
        secret=True, from_file=True, example="postgresql://OWNER:PASSWORD@HOST:5432/asm",
    ),
    Variable(
        name="ASM_BACKUP_DATABASE_URL", group="database", processes=("operator",),
        secret=True, from_file=True, example="postgresql://asm_backup:PASSWORD@HOST:5432/asm",
    ),
    Variable(
        name="ASM_API_DB_PASSWORD", group="database", processes=("operator", "compose"),
        secret=True, from_file=True,
    ),
    Variable(
        name="ASM_WORKER_DB_PASSWORD", group="database", processes=("operator", "compose"),
        secret=True, from_file=True,
    ),
    Variable(
        name="ASM_REDIS_URL", group="database", processes=_ALL, needed_by=_BOTH,
        secret=True, from_file=True, example="redis://:PASSWORD@HOST:6379/0",
    ),
    Variable(
        name="ASM_PUBLIC_URL", group="pages", processes=(*_ALL, "local", "compose"),
        example="https://luutru.example.vn",
    ),
    Variable(name="ASM_HOST", group="pages", processes=("web", "local"), default="127.0.0.1"),
    Variable(
        name="ASM_PORT", group="pages", processes=("web", "local", "compose"), default="8000"
    ),
    Variable(name="WEB_CONCURRENCY", group="pages", processes=("web",), default="1"),
    Variable(
        name="ASM_TRUSTED_PROXIES", group="pages", processes=("web",),
        default="127.0.0.0/8 ::1/128", example="10.0.0.5 172.18.0.0/16",
    ),
    Variable(
        name="ASM_SECRETS_DIR", group="files", processes=_ALL, default=".asm/secrets",
        example="/var/lib/asm/secrets",
    ),
    Variable(
        name="ASM_VAULT_KEY", group="files", processes=_ALL, secret=True,
    ),
    Variable(
        name="ASM_DATA_DIR", group="files", processes=(*_ALL, "local"), default=".asm",
        example="/var/lib/asm",
    ),
    Variable(
        name="ASM_ENV_FILE", group="files", processes=("operator",),
        example="/etc/asm/operator.env",
    ),
    Variable(name="ASM_LOG_JSON", group="watching", processes=_BOTH, default="1"),
    Variable(
        name="ASM_METRICS_PORT", group="watching", processes=("web",), example="9464",
    ),
    Variable(
        name="ASM_WORKER_METRICS_PORT", group="watching", processes=("worker",), example="9465",
    ),
    Variable(
        name="ASM_METRICS_HOST", group="watching", processes=_BOTH, default="127.0.0.1",
    ),
    Variable(
        name="ASM_BACKUP_WATCHED", group="watching", processes=("web", "operator"), default="1",
    ),
    Variable(
        name="ASM_SMTP_URL", group="messages", processes=_BOTH,
        example="smtp://user@mail.example.vn:587",
    ),
    Variable(
        name="ASM_MAIL_FROM", group="messages", processes=_BOTH,
        example="luutru@example.vn",
    ),
    Variable(name="ASM_SMTP_PASSWORD_FILE", group="messages", processes=("worker",)),
    Variable(
        name="ASM_SMS_URL", group="messages", processes=_BOTH,
        example="https://sms.example.vn/send",
    ),
    Variable(name="ASM_SMS_SECRET_FILE", group="messages", processes=_BOTH),
    Variable(
        name="ASM_ZALO_URL", group="messages", processes=_BOTH,
        example="https://zalo.example.vn/send",
    ),
    Variable(name="ASM_ZALO_SECRET_FILE", group="messages", processes=_BOTH),
    Variable(
        name="ASM_PUSH_CONTACT", group="messages", processes=_BOTH,
        example="vanhanh@example.vn",
    ),
    Variable(
        name="ASM_PUSH_HOSTS", group="messages", processes=("worker",),
        default="fcm.googleapis.com updates.push.services.mozilla.com *.push.apple.com "
        "*.notify.windows.com",
    ),
    Variable(
        name="ASM_WEBHOOK_HOSTS", group="messages", processes=_BOTH,
        example="pms.example.vn *.example.com",
    ),
    Variable(
        name="ASM_PRIVATE_NETWORKS", group="messages", processes=_BOTH, example="10.1.0.0/16",
    ),
    Variable(
        name="ASM_POPULATION_URL", group="identity", processes=("worker", "local"),
        example="https://dancu.example.vn",
    ),
    Variable(
        name="ASM_POPULATION_TOKEN_FILE", group="identity", processes=("worker", "local"),
    ),
    Variable(
        name="ASM_OIDC_ISSUER", group="identity", processes=("web",),
        example="https://dinhdanh.example.vn",
    ),
    Variable(
        name="ASM_OIDC_CLIENT_ID", group="identity", processes=("web",), example="asm-luutru",
    ),
    Variable(name="ASM_OIDC_SECRET_FILE", group="identity", processes=("web",)),
    Variable(
        name="ASM_OIDC_SCOPE", group="identity", processes=("web",), default="openid profile",
    ),
    Variable(
        name="ASM_OIDC_NUMBER_CLAIM", group="identity", processes=("web",),
        default="personal_number",
    ),
    Variable(name="ASM_OIDC_FOR_HOSTS", group="identity", processes=("web",), default="0"),
    Variable(
        name="ASM_LOOK_UPS_SHOWN_AFTER", group="identity", processes=("web",),
        example="2026-01-01:30 2027-07-01:90",
    ),
    Variable(
        name="ASM_NATIVE_CLIENTS", group="identity", processes=("web",),
        example="hoa-sen=Hoa Sen=vn.example.hoasen:/signed-in http://127.0.0.1/signed-in",
    ),
    Variable(
        name="ASM_PASSKEY_HOSTS", group="identity", processes=("web",),
        example="luutru.example.vn luutru-cu.example.vn",
    ),
    Variable(
        name="DATABASE_URL", group="local", processes=("local",), secret=True,
        example="postgresql://OWNER:PASSWORD@HOST:5432/asm",
    ),
    Variable(
        name="REDIS_URL", group="local", processes=("local",), secret=True,
        example="redis://:PASSWORD@HOST:6379/0",
    ),
    Variable(
        name="ASM_DEMO_INTO", group="local", processes=("local", "operator"), example="asm",
    ),
    Variable(
        name="ASM_DEMO_HOST", group="local", processes=("web", "operator"),
        example="thu.example.vn",
    ),
    Variable(
        name="ASM_TRIAL_USES", group="local", processes=("local",),
        example="ASM_SMTP_URL ASM_MAIL_FROM",
    ),
    Variable(name="ASM_WORKERS", group="local", processes=("local", "compose"), default="1"),
    Variable(name="ASM_PG_PORT", group="local", processes=("local",)),
    Variable(name="ASM_REDIS_PORT", group="local", processes=("local",)),
    Variable(
        name="ASM_SIMULATOR_PORT", group="local", processes=("local",), default="8790"
    ),
    Variable(name="ASM_WARD_BOUNDARIES", group="local", processes=("local",)),
    Variable(name="ASM_PG_BINDIR", group="local", processes=("local", "operator")),
    Variable(name="ASM_CHROMIUM", group="local", processes=("local",)),
    Variable(name="PYTHON", group="local", processes=("local",)),
    Variable(
        name="ASM_ADMIN_DB_PASSWORD", group="compose", processes=("compose",), secret=True,
        needed_by=("compose",),
    ),
    Variable(
        name="ASM_REDIS_PASSWORD", group="compose", processes=("compose",), secret=True,
        needed_by=("compose",),
    ),
    Variable(
        name="ASM_BIND", group="compose", processes=("compose",), default="127.0.0.1",
    ),
)  # fmt: skip

#: Every variable by its name, in the order of the page.
VARIABLES: Final[Mapping[str, Variable]] = {variable.name: variable for variable in _TABLE}


def variables_of(process: Process) -> list[Variable]:
    """What one kind of process reads, in the order of the page."""
    return [variable for variable in VARIABLES.values() if process in variable.processes]
