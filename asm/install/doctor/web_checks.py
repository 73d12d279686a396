"""What runs: the worker, and the pages at the address that users see."""

import ssl
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import text

from asm.headers import Header
from asm.install.doctor.context import CONNECT_S, DoctorContext
from asm.install.doctor.finding import Finding, fine, first_of, warning, wrong

#: The worker says that it lives every four seconds.
_SILENT_S: Final = 30.0
#: What `update-ca-certificates` writes.
AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_SILENCE: Final = text(
    "SELECT (SELECT extract(epoch FROM clock_timestamp() - max(at))::float8 "
    "FROM worker_heartbeat) AS silent_s, (SELECT count(id) > 1 FROM account) AS in_use"
)


async def look_at_worker(context: DoctorContext) -> list[Finding]:
    """It has said that it lives."""
    check = "web.worker"
    async with context.connection() as connection:
        row = (await connection.execute(_SILENCE)).one()
    if row.silent_s is None:
        # Before anybody but the first administrator is there, it may be started later.
        return [(wrong if row.in_use else warning)(check, "never_seen")]
    if row.silent_s > _SILENT_S:
        return [wrong(check, "silent", minutes=max(1, round(row.silent_s / 60)))]
    return [fine(check)]


async def look_at_pages(context: DoctorContext) -> list[Finding]:
    """They are there at the public address, ready, and their cookies are bound to it. A TLS server
    need let nothing of /health through but /health/live: then what is ready is asked behind it.
    """
    check = "web.pages"
    public = context.settings.public_url
    try:
        async with httpx.AsyncClient(base_url=public, timeout=CONNECT_S, verify=_trust()) as client:
            live = await client.get("/health/live")
            ready = await client.get("/health/ready")
            page = await client.get("/sign-in")
    except httpx.ConnectError as error:
        return [_unconnected(check, error)]
    except (httpx.HTTPError, httpx.InvalidURL):
        return [wrong(check, "no_answer")]
    if _status(live) is None:
        return [wrong(check, "not_ours", code=live.status_code)]
    status = _status(ready) or await _status_here(context)
    cookies = page.headers.get_list(Header.SET_COOKIE)
    insecure = context.settings.secure_cookies and any("secure" not in c.lower() for c in cookies)
    return first_of(
        check,
        wrong(check, "not_ready") if status == "failing" else None,
        wrong(check, "cookies") if insecure else None,
    )


def _trust() -> ssl.SSLContext:
    """Whom browsers believe, and the province's own authority where the system was given it. Not
    the system's folder: Debian's stand-in certificate lies there, for the name of this machine.
    """
    trust = httpx.create_ssl_context(trust_env=False)
    if AUTHORITIES.exists():
        trust.load_verify_locations(AUTHORITIES)
    return trust


async def _status_here(context: DoctorContext) -> str | None:
    """What the process says where it listens itself; nothing, where that is another machine."""
    host = context.settings.host.strip("[]")
    where = f"http://[{host}]" if ":" in host else f"http://{host}"
    try:
        async with httpx.AsyncClient(timeout=CONNECT_S, trust_env=False) as client:
            return _status(await client.get(f"{where}:{context.settings.port}/health/ready"))
    except (httpx.HTTPError, httpx.InvalidURL):
        return None


def _unconnected(check: str, error: httpx.ConnectError) -> Finding:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return wrong(check, "certificate")
        cause = cause.__cause__ or cause.__context__
    return warning(check, "away")


def _status(ready: httpx.Response) -> str | None:
    """What /health/ready says, if it is ours that answers."""
    try:
        said = ready.json()
        return str(said["status"])
    except (ValueError, KeyError, TypeError):
        return None
