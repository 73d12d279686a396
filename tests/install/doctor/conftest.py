"""A database in which nothing was ever made."""

from collections.abc import Iterator

import psycopg
import pytest

from asm.settings import Settings
from tests.cli.commands_given import elsewhere
from tests.services import TestServices


@pytest.fixture
def unmigrated(services: TestServices, settings: Settings) -> Iterator[Settings]:
    with psycopg.connect(services.admin_url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE asm_nothing_yet")
        yield elsewhere(settings, path="/asm_nothing_yet")
        connection.execute("DROP DATABASE asm_nothing_yet WITH (FORCE)")
