from pathlib import Path

import psutil
import pytest
import redis

from local.machine import processes
from local.machine.ports import any_free_port
from local.valkey import answers, launch_valkey, valkey_url, wait_for_valkey


def test_it_asks_for_its_password_and_stays_on_this_machine(tmp_path: Path) -> None:
    port = any_free_port()
    server = launch_valkey(port, "s3cret", log=tmp_path / "log")
    try:
        wait_for_valkey(server, port, "s3cret", log=tmp_path / "log")
        with redis.Redis.from_url(valkey_url(port, "s3cret")) as client:
            assert client.ping()
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with (
            redis.Redis.from_url(valkey_url(port, "guess")) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
        assert not answers(port, "guess")
        process = psutil.Process(server.pid)
        assert "s3cret" not in " ".join(process.cmdline())
        assert {c.laddr.ip for c in process.net_connections("inet")} == {"127.0.0.1"}
    finally:
        processes.stop(server)
    assert not answers(port, "s3cret")
