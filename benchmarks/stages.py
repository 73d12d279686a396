"""Where the time of one declaration goes: `python -m benchmarks.stages`.

Ours stage by stage, each called alone on one invented guest; then what a batch costs PostgreSQL,
statement by statement (pg_stat_statements). What the whole takes of the web process is measured
over HTTP; the rest of it is the server, the framework, the driver and the event loop.
"""

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from asm.accounts.actor import Actor
from asm.api.v1.stay_inputs import StayDeclaration, card_guests
from asm.db.base import new_id
from asm.db.direct import as_json
from asm.facilities.facility import Facility
from asm.identity.vault.keys import IndexKey, Keys, create_keys, read_keys
from asm.identity.vault.sealing import fingerprint, person_index, seal
from asm.stays.declaration import Declaration
from asm.stays.intake.apply_rules import context_of
from asm.stays.intake.build_rows import RowContext, build_rows, stay_columns
from asm.stays.outcome import outcome_of
from asm.stays.receipts.receipt import ReceiptFacts, content_hash, sign_receipt
from asm.stays.rules.people_together import check_people_together
from asm.stays.rules.published import check_entry
from benchmarks.contenders import product
from benchmarks.measure import ForeignCpu, conditions, cpu_seconds
from benchmarks.rig import Rig, running_rig
from benchmarks.wrk import provide_wrk, run_wrk, write_hosts

_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec", "cryptography")
_NOW = datetime.now(UTC)
_BODY = msgspec.json.encode(
    {
        "arrived_at": _NOW - timedelta(minutes=20),
        "planned_departure_at": _NOW + timedelta(days=2),
        "room": "101",
        "reason": 1,
        "guests": [
            {
                "full_name": "Nguyễn Văn Mẫu",
                "birth_date": "1980-05-05",
                "sex": "male",
                "document_type": 1,
                "document_number": "001080123456",
                "residence_kind": 1,
                "residence_province": "79",
            }
        ],
    }
)


def micro(work: Callable[[], object], repetitions: int = 5, calls: int = 2000) -> float:
    """Microseconds of processor time for a call: the best of some rounds, collector off."""
    gc.disable()
    try:
        work()
        best = float("inf")
        for _ in range(repetitions):
            start = time.process_time()
            for _ in range(calls):
                work()
            best = min(best, (time.process_time() - start) / calls)
    finally:
        gc.enable()
    return best * 1e6


def stages() -> list[tuple[str, float]]:
    """What is ours in a declaration of one guest, and what it takes."""
    keys = _keys()
    house = _house()
    actor = Actor(
        id=new_id(), login="b", display_name="b", role="receptionist", language="vi",
        ward_code=None, facility_ids=frozenset({house.id}), now=_NOW,
    )  # fmt: skip
    decoder = msgspec.json.Decoder(StayDeclaration)
    data = decoder.decode(_BODY)
    entry = card_guests(data, date.today())[0].entry  # noqa: DTZ011 -- any day does
    context = context_of(actor, house, frozenset({"101"}))
    shared = RowContext(keys=keys, actor=actor, facility=house, via="api", party_id=new_id())
    built = build_rows(shared, 0, entry, [])
    declaration = Declaration(
        facility_id=house.id, entries=[entry], via="api", key="k" * 36, body=_BODY
    )
    outcome = outcome_of(declaration, [[]], [built], {})
    facts = ReceiptFacts(
        stay_id=built.receipt.stay_id, facility_id=house.id, number=built.receipt.number, version=1,
        received_at=_NOW, due_at=_NOW, on_time=True, recorded_at=_NOW,
        content=built.version.content | {"guest": entry.guest},
    )  # fmt: skip
    signing = micro(lambda: sign_receipt(keys, facts))
    sealing = micro(lambda: seal(keys, house.id, built.stay.id, entry.guest))
    rows = [built.stay, built.guest_record, built.version]
    return [
        ("read the body", micro(lambda: decoder.decode(_BODY))),
        ("the guest and the stay", micro(lambda: card_guests(data, date.today()))),  # noqa: DTZ011
        ("rules", micro(lambda: (check_entry(entry, context), check_people_together([entry])))),
        ("signature of the receipt", micro(lambda: keys.receipt.sign(_BODY))),
        (
            "the rest of the receipt",
            signing - micro(lambda: keys.receipt.sign(_BODY)),
        ),
        ("  of it the content's hash", micro(lambda: content_hash(bytes(16), facts.content))),
        ("seal the guest", sealing),
        ("blind index", micro(lambda: person_index(keys, house.id, entry.guest))),
        ("nights, due time, tourism", micro(lambda: stay_columns(entry, house))),
        (
            "the rest of the rows",
            micro(lambda: build_rows(shared, 0, entry, [])) - signing - sealing,
        ),
        ("fingerprint of the body", micro(lambda: fingerprint(keys, _BODY))),
        ("rows and answer as JSON", micro(lambda: (as_json(rows), msgspec.json.encode(outcome)))),
    ]


def _keys() -> Keys:
    with tempfile.TemporaryDirectory() as folder:
        create_keys(Path(folder))
        files = read_keys(Path(folder))

    async def refuse_look_up(*_: Any, **__: Any) -> Any:
        raise RuntimeError("this benchmark seals and opens nothing")

    return Keys(
        files=files, data_key_id="bench", data={"bench": bytes(range(32))},
        index=IndexKey("a", bytes(range(32))), also=None, write_look_up=refuse_look_up,
    )  # fmt: skip


def _house() -> Facility:
    return Facility(
        id=new_id(), kind="hotel", name="b", phone=None, address_text="b", ward_code="00070",
        ward_name="b", province_name="b", boundary_approximate=False, lat=21.0, lon=105.8,
        remote=False, status="active", registered_at=_NOW, decision_note=None,
        digital_address=None,
    )  # fmt: skip


def over_http(rig: Rig, seconds: float) -> tuple[float, float, list[tuple[str, int, float]]]:
    """Web and PostgreSQL CPU of a declaration in µs, and its share of each statement's time."""
    hosts_file = rig.folder / "hosts.txt"
    with (
        psycopg.connect(rig.admin_url, autocommit=True) as admin,
        product(rig, 1) as server,
    ):
        admin.execute("CREATE EXTENSION pg_stat_statements")
        run_wrk(server.address, hosts_file, seconds=3)
        rig.checkpoint()
        admin.execute("SELECT pg_stat_statements_reset()")
        before = (cpu_seconds(server.pid), cpu_seconds(rig.postgres.pid))
        measured = run_wrk(server.address, hosts_file, seconds=seconds)
        web, database = (
            cpu_seconds(server.pid) - before[0],
            cpu_seconds(rig.postgres.pid) - before[1],
        )
        rows = admin.execute(
            "SELECT regexp_replace(query, '\\s+', ' ', 'g'), calls, total_exec_time * 1000 "
            "FROM pg_stat_statements WHERE userid = 'asm_api'::regrole "
            "ORDER BY total_exec_time DESC LIMIT 12"
        ).fetchall()
    each = [(str(text), int(calls), float(us) / measured.answered) for text, calls, us in rows]
    return web / measured.answered * 1e6, database / measured.answered * 1e6, each


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args(arguments)
    foreign = ForeignCpu()
    ours = stages()
    settings = {"shared_preload_libraries": "pg_stat_statements"}
    with running_rig(settings=settings) as rig:
        provide_wrk(rig.folder / "apt.log")
        write_hosts(rig.folder / "hosts.txt", rig.hosts)
        web, database, statements = over_http(rig, options.seconds)
    alone = sum(us for name, us in ours if not name.startswith(" "))
    print("| web process, one worker, 64 connections | µs |\n|---|---|")
    for name, us in ours:
        print(f"| {name} | {us:.1f} |")
    print(f"| **ours, together** | **{alone:.0f}** |")
    print(f"| server, framework, driver, event loop | {web - alone:.0f} |")
    print(f"| **all of the web process** | **{web:.0f}** |\n")
    print("| PostgreSQL, its part of a batch | batches | µs of a declaration |\n|---|---|---|")
    for text, calls, us in statements:
        if us >= 1:
            print(f"| `{text[:60]}…` | {calls} | {us:.0f} |")
    print(f"| **CPU of all its processes** | | **{database:.0f}** |\n")
    print("\n".join(conditions(_PACKAGES, foreign)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
