"""A web process serves from no database that it has not asked, also where it is back at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine

from asm.app import create_app
from asm.identity.vault.keys import create_keys
from asm.install.belonging.key_marks import note_keys
from asm.settings import Settings
from tests.cli.commands_given import elsewhere
from tests.install.belonging.test_start import refused
from tests.live_app import started


@asynccontextmanager
async def away_for(connections: int, url: str) -> AsyncIterator[int]:
    """The port of a server that hangs up on the first so many, and leads the rest to `url`."""
    server, left = urlsplit(url), connections

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        target.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        if left > 0:
            left -= 1
            writer.close()
            return
        there, to_there = await asyncio.open_connection(server.hostname, server.port)
        await asyncio.gather(pass_on(reader, to_there), pass_on(there, writer))

    proxy = await asyncio.start_server(take, "127.0.0.1")
    try:
        yield int(proxy.sockets[0].getsockname()[1])
    finally:
        proxy.close()
        await proxy.wait_closed()


async def test_who_was_away_for_the_first_look_is_not_served_from(
    own: Settings, admin_engine: AsyncEngine
) -> None:
    await note_keys(admin_engine, own.secrets_dir)
    async with (
        away_for(0, own.database_url) as port,
        started(create_app(elsewhere(own, port=port))),
    ):
        pass
    for path in own.secrets_dir.iterdir():
        path.unlink()
    create_keys(own.secrets_dir)  # another installation's
    codes = set()
    for connections in range(4):  # how many one look makes is the driver's to say
        async with away_for(connections, own.database_url) as port:
            codes.add((await refused(create_app(elsewhere(own, port=port)))).code)
    assert codes == {"key_file_other_here", "database_not_asked_here"}
