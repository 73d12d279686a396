"""docs/keeping.md, from its first command to its last, with declarations before and after each."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from asm.demo.cast import Cast
from tests.docs.pages.blocks import Block, blocks_of, looks_like
from tests.docs.pages.installed import fill, install, keys_are_the_program_s
from tests.docs.pages.machine import PROJECT, Machine
from tests.docs.pages.sampler import ArgumentSampler
from tests.people import fresh_key, guest, party, stays_of

PAGE = PROJECT / "docs/keeping.md"
#: What no test can do, with the reason that stands in the page.
NOT_RUN = [
    "the package of a new version, which another test builds and installs",
    "the test gives nothing to a user whom the machine has not",
    "the test's machine has neither nginx nor a Redis-compatible server of ASM's",
]
LAN = "lan"
NAMES = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám")


@dataclass(kw_only=True)
class House:
    """The desk of Hoa Sen, which goes on declaring whatever is done to the machine."""

    address: str
    cast: Cast
    stays: dict[str, str]

    def signed_in(self, client: httpx.Client) -> dict[str, str]:
        lan = self.cast.people[LAN]
        answer = client.post(
            "/api/v1/tokens", json={"login": lan.login, "password": lan.password, "label": "desk"}
        )
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    def declare(self) -> dict[str, Any]:
        """One more guest, whom every later look must find; the receipt."""
        name = f"Nguyễn Văn {NAMES[len(self.stays)]}"
        with httpx.Client(base_url=self.address, timeout=30) as client:
            answer = client.post(
                stays_of(self.cast),
                headers=self.signed_in(client) | fresh_key(),
                json=party(guest(full_name=name)),
            )
        assert answer.status_code == 201, answer.text
        result = answer.json()["results"][0]
        self.stays[result["stay_id"]] = name
        receipt: dict[str, Any] = result["receipt"]
        return receipt

    def look(self) -> None:
        """Everybody who was declared until now is there, under the name that was sealed."""
        with httpx.Client(base_url=self.address, timeout=30) as client:
            lan = self.signed_in(client)
            for stay, name in self.stays.items():
                answer = client.get(f"{stays_of(self.cast)}/{stay}", headers=lan)
                assert answer.status_code == 200, answer.text
                assert name in answer.text


#: As the page has it, for the start of the machine before its first command.
START = """
systemctl start asm-web.socket asm-worker asm-web
curl --silent --fail --retry 30 --retry-delay 1 --retry-all-errors http://127.0.0.1:8000/health/ready
"""


@dataclass(kw_only=True)
class Walk:
    """Goes from block to block, and from one machine to the next."""

    machine: Machine
    house: House
    now: str

    def step(self, block: Block) -> None:
        """Run it, and compare what it prints with what the page shows."""
        if block.machine != self.now:
            self.machine.put_away(self.now)
            self.machine.begin()
            self.now = block.machine
        if block.not_run:
            return
        if block.section == 2 and "main.broken" in block.commands:
            self.house.declare()  # a minute before the disk breaks
        printed = self.machine.run_block(block)
        if block.shown:
            assert looks_like(block.shown, printed), f"{block.where}\n{printed}"


def secrets_of(machine: Machine, redis_url: str) -> list[str]:
    """What must stand in no process's arguments."""
    keys = (machine.root / "var/lib/asm/secrets").iterdir()
    return [
        *machine.passwords.values(),
        redis_url,
        *(line for key in keys for line in key.read_text().split()),
    ]


def by_section(blocks: list[Block]) -> Iterator[tuple[int, list[Block]]]:
    numbers = sorted({block.section for block in blocks})
    yield from ((number, [b for b in blocks if b.section == number]) for number in numbers)


def test_a_backup_that_was_missed_waits_for_postgresql() -> None:
    """A machine that was off at night makes it when it starts, before PostgreSQL answers."""
    (block,) = [b for b in blocks_of(PAGE) if "asm-backup.service > /dev/null <<" in b.commands]
    unit = block.commands.partition("<<'UNIT'\n")[2].partition("UNIT\n")[0]
    (after,) = re.findall("^After=(.*)$", unit, re.MULTILINE)
    assert {"postgresql.service", "network-online.target"} <= set(after.split())
    assert "Persistent=true" in block.commands


@pytest.mark.slow
def test_the_page_is_run_to_its_end(machine: Machine, redis_url: str) -> None:
    blocks = blocks_of(PAGE)
    assert [block.not_run for block in blocks if block.not_run] == NOT_RUN
    machine.begin()
    install(machine, redis_url)
    house = House(address=f"http://127.0.0.1:{machine.port}", cast=fill(machine), stays={})
    machine.program("asm-0.2.0")
    machine.run_block(Block(where="before the page", commands=START))
    receipt = house.declare()
    walk = Walk(machine=machine, house=house, now="old")
    with ArgumentSampler(secrets_of(machine, redis_url)) as sampler:
        for section, of_section in by_section(blocks):
            if section == 6:
                (machine.root / "root/receipt.json").write_text(json.dumps(receipt))
            for block in of_section:
                walk.step(block)
            if section < 6:
                house.declare()
                house.look()
                assert keys_are_the_program_s(machine), section
    assert sampler.shown == set()
    assert sampler.programs >= {"pg_dump", "pg_restore", "psql", "bash"}
    assert not (machine.root / "var/lib/asm").exists()
    assert len(house.stays) == 7
