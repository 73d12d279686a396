"""The client of the population service against a real server and its faults."""

import asyncio

from asm.identity.population import (
    MAX_BATCH,
    Patience,
    PopulationClient,
)
from tests.demo.population.service import Service
from tests.identity.scripted import identity

QUICK = Patience(connect_s=1.0, try_s=0.3, tries=2, first_wait_s=0.01, longest_wait_s=0.02)
THREE = [identity(), identity(number="001090000009"), identity(name="Nguyễn Văn Sai")]


async def test_a_real_server_answers_a_batch_and_its_faults_are_unavailable(
    service: Service,
) -> None:
    async with service.client() as client:
        assert await client.verify(THREE) == ["match", "unknown", "no_match"]
        assert len(await client.verify([identity()] * MAX_BATCH)) == MAX_BATCH
    for fault in ({"outage": True}, {"garbage": True}, {"error_rate": 1.0}, {"hang": True}):
        service.control(**fault)
        async with service.client(patience=QUICK) as client:
            assert await client.verify(THREE) == ["unavailable"] * 3
        service.control(outage=False, garbage=False, error_rate=0.0, hang=False)


async def test_a_server_that_was_killed_and_started_again_is_found_again(service: Service) -> None:
    async with service.client(patience=QUICK) as client:
        assert await client.verify(THREE[:1]) == ["match"]
        service.kill()
        assert await client.verify(THREE[:1]) == ["unavailable"]
        service.start()
        assert await client.verify(THREE[:1]) == ["match"]


async def test_a_server_that_drips_bytes_times_out_all_the_same() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            try:
                await writer.drain()
            except OSError:
                break
            await asyncio.sleep(0.01)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, PopulationClient(f"http://127.0.0.1:{port}", "t", patience=QUICK) as client:
        assert await client.verify([identity()]) == ["unavailable"]
        server.close()
