"""An installation with its worker, as `asm smoke` finds it."""

import sys
from collections.abc import Iterator, Mapping

import pytest

from asm.demo.cast import Cast
from asm.settings import Settings
from tests.serve import environment, running


@pytest.fixture
def passwords(cast: Cast) -> Mapping[str, str]:
    return {login: person.password for login, person in cast.people.items()}


@pytest.fixture
def worker(settings: Settings) -> Iterator[None]:
    command = [sys.executable, "-m", "asm", "worker"]
    with running(command, environment(settings, 8000)):
        yield
