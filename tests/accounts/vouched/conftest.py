"""The real provider of the citizens' tests, for hosts."""

from typing import Any

import pytest

from tests.citizens.conftest import Start, provider, with_provider
from tests.web.conftest import visitor

__all__ = ["provider", "visitor", "with_provider"]
BACK = "http://127.0.0.1/sign-in/identity/back"
PEOPLE = {"hai-o-cho-dinh-danh": {"name": "Hải"}, "nguoi-la": {"name": "Lạ"}}


@pytest.fixture
def for_hosts(provider: Start, with_provider: Any) -> str:
    """The application with the provider; its issuer."""
    issuer = provider(BACK, PEOPLE)
    with_provider(issuer, for_hosts=True)
    return issuer
