"""All that is asked of the database before a web process serves."""

from pathlib import Path

import structlog

from asm.db.durable import require_durable
from asm.db.fit import require_fit
from asm.db.session import make_engine
from asm.errors import ConfigurationError, Misconfigured
from asm.install.belonging.public_passwords import refuse_public_passwords
from asm.install.belonging.require_own import require_own

log = structlog.get_logger()


async def check_start(url: str, folder: Path, host: str = "") -> bool:
    """Raises ConfigurationError when it must not serve: the schema is another's, what is committed
    may be lost, the key files are not this database's, or everybody can sign in, who may
    come at `host`. The reason is logged, too: a server logs where an error came from, and not what
    it says. False: the database was away, and not all was asked.
    """
    engine = make_engine(url, pool_size=1, name="asm-api-start")
    try:
        if not await require_fit(engine):
            return False
        await require_durable(engine)
        return await require_own(engine, folder) and await refuse_public_passwords(engine, host)
    except ConfigurationError as error:
        log.critical("start_refused", reason=str(error))
        raise
    finally:
        await engine.dispose()


async def require_start(url: str, folder: Path, host: str) -> None:
    """The same of whoever serves from now on, and never asks again: raises ConfigurationError also
    when the database was away, though it be back for what comes next.
    """
    if not await check_start(url, folder, host):
        refusal = Misconfigured("database_not_asked_here")
        log.critical("start_refused", reason=refusal.message_en)
        raise refusal
