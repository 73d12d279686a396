"""A visitor without scripts."""

import httpx
import pytest

from tests.web.visitor import Visitor


@pytest.fixture
def visitor(client: httpx.AsyncClient) -> Visitor:
    return Visitor(client)
