"""`asm doctor` on a Redis-compatible server that is away, closed, or answers and takes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis

from asm.settings import Settings
from local.machine.ports import any_free_port
from local.machine.processes import stop
from local.valkey import launch_valkey, valkey_url, wait_for_valkey
from tests.cli.commands_given import WRONG
from tests.install.doctor.patient import findings_of


def test_a_bell_that_is_stopped_or_has_another_password(settings: Settings) -> None:
    stopped = replace(settings, redis_url=f"redis://127.0.0.1:{any_free_port()}/0")
    assert set(findings_of(stopped, "redis.reached")) == {"away"}
    port = urlsplit(settings.redis_url).port
    other = replace(settings, redis_url=f"redis://:{WRONG}@127.0.0.1:{port}/0")
    assert set(findings_of(other, "redis.reached")) == {"refused"}
    without = replace(settings, redis_url=f"redis://127.0.0.1:{port}/0")
    assert set(findings_of(without, "redis.reached")) == {"refused"}


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A Redis-compatible server of the test's own, to be broken."""
    port, log = any_free_port(), tmp_path / "valkey.log"
    started = launch_valkey(port, WRONG, log=log)
    wait_for_valkey(started, port, WRONG, log=log)
    yield replace(settings, redis_url=valkey_url(port, WRONG))
    stop(started)


def test_a_bell_that_answers_and_takes_nothing(own: Settings) -> None:
    with Redis.from_url(own.redis_url) as redis:
        assert findings_of(own, "redis.reached", well=True) == {}
        assert redis.keys() == []
        redis.config_set("maxmemory", "1mb")
        assert set(findings_of(own, "redis.reached")) == {"full"}
        redis.config_set("maxmemory", "256mb")
        redis.execute_command("REPLICAOF", "127.0.0.1", "1")
        assert set(findings_of(own, "redis.reached")) == {"read_only"}
        redis.execute_command("REPLICAOF", "NO", "ONE")
        redis.acl_setuser("reader", enabled=True, passwords=[f"+{WRONG}"], commands=["+ping"])
    reader = own.redis_url.replace("//:", "//reader:")
    assert set(findings_of(replace(own, redis_url=reader), "redis.reached")) == {"not_allowed"}
    beyond = f"{own.redis_url.rpartition('/')[0]}/99"
    assert set(findings_of(replace(own, redis_url=beyond), "redis.reached")) == {"no_such_number"}
