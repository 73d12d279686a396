"""Whose network a request is counted for: a proxy is believed only when the settings name it."""

from ipaddress import ip_network

import httpx
import pytest
from litestar import Litestar

from asm.accounts.throttling.origin import network_of
from asm.demo.cast import Cast
from asm.errors import ConfigurationError
from asm.settings import THIS_MACHINE, read_settings
from tests.accounts.throttling.doors import STRANGER, coming_from, try_password

PROXIES = [ip_network(name) for name in (*THIS_MACHINE, "10.0.0.0/24", "2001:db8:ffff::/48")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        # Nobody's proxy: whatever it says is made up.
        ("203.0.113.7", ["192.0.2.1"], "203.0.113.7"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        # What the client itself sent stands first; the proxy adds whom it saw.
        ("127.0.0.1", ["9.9.9.9, 192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", ["9.9.9.9", "192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", ["9.9.9.9, 192.0.2.1, 10.0.0.9"], "192.0.2.1"),
        ("127.0.0.1", ["10.0.0.8, 10.0.0.9"], "10.0.0.8"),
        ("127.0.0.1", ["192.0.2.1:51234"], "192.0.2.1"),
        ("127.0.0.1", ["9.9.9.9, rubbish, 10.0.0.9"], "10.0.0.9"),
        ("127.0.0.1", ["rubbish"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", [",".join(["192.0.2.1"] * 10_000)], "192.0.2.1"),
        ("::ffff:203.0.113.7", [], "203.0.113.7"),
        ("::1", ["[2001:db8:1:2:3:4:5:6]:443"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], "2001:db8:1:2::/64"),
        ("2001:db8:ffff::1", ["2001:db8:1:2::9"], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], "fe80::/64"),
        (None, ["192.0.2.1"], "192.0.2.1"),
        (None, [], "this machine"),
    ],
)
def test_the_network_is_that_of_who_asks(
    peer: str | None, forwarded: list[str], network: str
) -> None:
    scope = {
        "client": None if peer is None else (peer, 1),
        "headers": [(b"x-forwarded-for", line.encode()) for line in forwarded],
    }
    assert network_of(scope, PROXIES) == network


async def test_a_made_up_address_changes_nothing(app: Litestar, cast: Cast) -> None:
    async with coming_from(app, STRANGER) as stranger:
        answers = [
            await try_password(stranger, "lan", x_forwarded_for=f"192.0.2.{number}")
            for number in range(7)
        ]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2


async def test_behind_a_named_proxy_each_is_counted_alone(app: Litestar, cast: Cast) -> None:
    """The control, and what a TLS server on the same machine needs."""
    async with coming_from(app, "127.0.0.1") as proxy:
        answers = [
            await try_password(proxy, "lan", x_forwarded_for=f"192.0.2.{number}")
            for number in range(7)
        ]
        assert [answer.status_code for answer in answers] == [401] * 7
        last: httpx.Response | None = None
        for _ in range(6):
            last = await try_password(proxy, "lan", x_forwarded_for="9.9.9.9, 198.51.100.1")
        assert last is not None
        assert last.status_code == 429


async def test_of_ipv6_a_subscriber_is_one_network(app: Litestar, cast: Cast) -> None:
    statuses = []
    for number in range(7):
        async with coming_from(app, f"2001:db8:5:6::{number + 1:x}") as stranger:
            statuses.append((await try_password(stranger, "lan")).status_code)
    assert statuses == [401] * 5 + [429] * 2


def test_the_settings_name_proxies() -> None:
    assert read_settings({}).trusted_proxies == THIS_MACHINE
    named = read_settings({"ASM_TRUSTED_PROXIES": "10.0.0.5, 172.18.0.0/16 2001:db8::/48"})
    assert named.trusted_proxies == ("10.0.0.5/32", "172.18.0.0/16", "2001:db8::/48")
    with pytest.raises(ConfigurationError, match="ASM_TRUSTED_PROXIES"):
        read_settings({"ASM_TRUSTED_PROXIES": "proxy.example.vn"})
