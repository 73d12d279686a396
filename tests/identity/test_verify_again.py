"""A population service that fails is asked again, or left alone for a while."""

import asyncio
from typing import Any

import httpx
import pytest

from asm.identity.circuit_breaker import CircuitBreaker
from asm.identity.population import (
    PopulationClient,
)
from tests.identity.scripted import Clock, Scripted, identity, said


@pytest.mark.parametrize(
    "failure",
    [httpx.Response(500), httpx.Response(503), httpx.Response(429), httpx.ConnectError("x"),
     httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), OSError("x")],
)  # fmt: skip
async def test_what_may_pass_is_tried_again_three_times_at_most(failure: Any) -> None:
    service = Scripted(failure)
    assert await service.client.verify([identity()]) == ["unavailable"]
    assert len(service.requests) == 3
    first, second = service.waits
    assert 0 <= first <= 0.5
    assert 0 <= second <= 1.0

    recovering = Scripted(failure, said("match"))
    assert await recovering.client.verify([identity()]) == ["match"]
    assert len(recovering.requests) == 2


async def test_waits_are_spread_over_their_whole_range() -> None:
    waits = []
    for _ in range(200):
        service = Scripted(httpx.Response(503), said("match"))
        await service.client.verify([identity()])
        waits += service.waits
    assert min(waits) < 0.05
    assert max(waits) > 0.45


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 401, 403, 404, 409, 413, 422])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    reply = httpx.Response(status, headers={"Location": "https://elsewhere.example/"})
    service = Scripted(reply)
    assert await service.client.verify([identity()]) == ["unavailable"]
    assert len(service.requests) == 1, "and no redirect is followed"


@pytest.mark.parametrize("status", [429, 503])
async def test_a_short_retry_after_is_waited_for(status: int) -> None:
    service = Scripted(httpx.Response(status, headers={"Retry-After": "3"}), said("match"))
    assert await service.client.verify([identity()]) == ["match"]
    assert service.waits == [3.0]


async def test_a_date_is_read_against_the_services_own_clock() -> None:
    headers = {
        "Date": "Sun, 01 Mar 2026 10:00:00 GMT",
        "Retry-After": "Sun, 01 Mar 2026 10:00:05 GMT",
    }
    service = Scripted(httpx.Response(503, headers=headers), said("match"))
    assert await service.client.verify([identity()]) == ["match"]
    assert service.waits == [5.0]


@pytest.mark.parametrize(
    "retry_after", ["soon", "-3", "1e9", "٣", "", "Sun, 01 Mar 2026 10:00:05 GMT"]
)
async def test_a_retry_after_that_cannot_be_read_is_none(retry_after: str) -> None:
    headers = [(b"Retry-After", retry_after.encode())]
    service = Scripted(httpx.Response(503, headers=headers), said("match"))
    assert await service.client.verify([identity()]) == ["match"]
    assert service.waits[0] <= 0.5


async def test_a_long_retry_after_opens_the_breaker_for_as_long() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    service = Scripted(
        httpx.Response(429, headers={"Retry-After": "600"}), said("match"), breaker=breaker
    )
    assert await service.client.verify([identity()]) == ["unavailable"]
    assert (breaker.state, service.waits, len(service.requests)) == ("open", [], 1)
    clock.now += 599
    assert await service.client.verify([identity()]) == ["unavailable"]
    assert len(service.requests) == 1
    clock.now += 1
    assert await service.client.verify([identity()]) == ["match"]


def test_a_service_cannot_ask_for_rest_for_ever() -> None:
    clock = Clock()
    service = Scripted(
        httpx.Response(429, headers={"Retry-After": "999999999"}),
        breaker=CircuitBreaker(clock=clock),
    )
    asyncio.run(service.client.verify([identity()]))
    clock.now += 3600
    assert service.client.breaker.state == "half_open"


async def test_the_breaker_opens_probes_once_and_closes() -> None:
    clock = Clock()
    breaker = CircuitBreaker(opens_after=5, rest_s=15, longest_rest_s=60, clock=clock)
    service = Scripted(httpx.Response(500), breaker=breaker)
    await service.client.verify([identity()])
    assert (breaker.state, len(service.requests)) == ("closed", 3)
    await service.client.verify([identity()])
    assert (breaker.state, len(service.requests)) == ("open", 5)
    assert await service.client.verify([identity()]) == ["unavailable"]
    assert len(service.requests) == 5, "nobody is asked while it rests"

    for rest in (15, 30, 60, 60):
        clock.now += rest - 1
        assert breaker.state == "open"
        clock.now += 1
        assert breaker.state == "half_open"
        before = len(service.requests)
        await service.client.verify([identity()])
        assert (breaker.state, len(service.requests)) == ("open", before + 1), "one probe, once"

    clock.now += 60
    service.replies = [said("match")]
    assert await service.client.verify([identity()]) == ["match"]
    assert breaker.state == "closed"
    service.replies = [httpx.Response(500)]
    await service.client.verify([identity()])
    assert breaker.state == "closed", "the count began anew"


async def test_two_callers_share_one_probe() -> None:
    clock = Clock()
    breaker = CircuitBreaker(opens_after=1, rest_s=1, clock=clock)
    breaker.failed()
    clock.now += 1
    assert [breaker.enter(), breaker.enter(), breaker.state] == [True, False, "open"]
    breaker.abandoned()
    assert breaker.state == "half_open"


async def test_a_call_that_is_cancelled_gives_the_probe_back() -> None:
    clock, requested = Clock(), asyncio.Event()
    breaker = CircuitBreaker(opens_after=1, rest_s=1, clock=clock)
    breaker.failed()
    clock.now += 1

    async def never(_request: httpx.Request) -> httpx.Response:
        requested.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = PopulationClient(
        "https://population.example", "t", breaker=breaker, transport=httpx.MockTransport(never)
    )
    call = asyncio.create_task(client.verify([identity()]))
    await requested.wait()
    call.cancel()
    await asyncio.wait([call])
    assert call.cancelled()
    assert breaker.state == "half_open"
