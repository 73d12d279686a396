"""A population service as a process of its own, healthy again before each test."""

from collections.abc import Iterator

import pytest

from tests.demo.population.service import Service, service_in


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service_in(tmp_path_factory.mktemp("simulator")) as service:
        yield service


@pytest.fixture
def service(simulator: Service) -> Iterator[Service]:
    yield simulator
    simulator.control(error_rate=0.0, outage=False, hang=False, garbage=False)
