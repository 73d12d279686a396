"""docs/install.md, from its first command to the first receipt."""

import json
from urllib.parse import urlsplit

import pytest

from tests.docs.pages.blocks import Block, blocks_of
from tests.docs.pages.installed import write_redis_settings
from tests.docs.pages.machine import PROJECT, Machine
from tests.docs.pages.sampler import ArgumentSampler

PAGE = PROJECT / "docs/install.md"
NOT_RUN = [
    "Debian's packages are installed before a test begins",
    "another test installs the wheel",
    "it asks a certificate authority",
    "it needs a second machine",
    "section 2 did it",
    "it needs Docker",
    "they go on until they are told to stop",
]
#: What `asm install` does as root on the machine itself, and not below another folder.
AS_ROOT = """
sudo /opt/asm/bin/asm install sql --port {port} | sudo -u postgres psql --no-psqlrc --quiet
"""
STARTED = """
systemctl start asm-worker asm-web
curl --silent --fail --retry 30 --retry-delay 1 --retry-all-errors http://127.0.0.1:8000/health/ready
"""


@pytest.mark.slow
def test_the_page_leads_to_the_first_receipt(machine: Machine, redis_url: str) -> None:
    blocks = blocks_of(PAGE)
    assert [block.not_run for block in blocks if block.not_run] == NOT_RUN
    machine.begin()
    # The port and the Redis-compatible server that are free here.
    for name in ("web", "worker", "operator"):
        (machine.root / f"etc/asm/{name}.env").write_text(f"ASM_PORT={machine.port}\n")
    write_redis_settings(machine, redis_url)
    as_root = AS_ROOT.format(port=machine.cluster.port)
    machine.run_block(Block(where="before the page", commands=as_root))
    printed = ""
    with ArgumentSampler([redis_url]) as sampler:
        for block in (block for block in blocks if not block.not_run):
            printed = machine.run_block(block)
            if "install --answers" in block.commands:
                sampler.look_for(secrets_in(machine))
                machine.run_block(Block(where="systemd", commands=STARTED))
    # What the last command of the last block says: the receipt is genuine.
    assert json.loads(printed[printed.rindex('{\n  "genuine"') :])["genuine"] is True
    assert sampler.shown == set()
    assert "curl" in sampler.programs


def secrets_in(machine: Machine) -> list[str]:
    """The passwords and keys that the installation made."""
    keys = (machine.root / "var/lib/asm/secrets").iterdir()
    settings = (machine.root / "etc/asm").glob("*.env")
    addresses = [
        line.partition("=")[2]
        for file in settings
        for line in file.read_text().splitlines()
        if "@" in line
    ]
    password = (machine.root / "etc/asm/administrator-password").read_text().strip()
    return [
        password,
        *(urlsplit(address.strip()).password or "-none-" for address in addresses),
        *(line for key in keys for line in key.read_text().split()),
    ]
