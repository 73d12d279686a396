"""Getting a party through, whatever line and server do: the same key until it is answered."""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import gevent
from locust.clients import ResponseContextManager

from load_tests.ledger import MARK, write_line
from load_tests.people import fresh_key, party
from load_tests.person import BUSY, OUTAGE, Person, refused_cleanly
from load_tests.timeline import counts

#: How long a person tries before giving up for the night.
PATIENCE_S = float(os.environ.get("ASM_LOAD_PATIENCE", "90"))
_answers = itertools.count(1)
#: End the run after so many acknowledgements, whatever the time: a slow machine proves as much.
ENOUGH = int(os.environ.get("ASM_LOAD_ENOUGH", "0"))


@dataclass
class OutgoingDelivery:
    """A party on its way."""

    facility_id: str
    body: dict[str, Any]
    guests: int
    key: str = field(default_factory=fresh_key)


def pack(
    person: Person, facility_id: str, room: str, guests: int, reason: int = 1
) -> OutgoingDelivery:
    """A party with its key; noted in the ledger before anything leaves."""
    key = fresh_key()
    body = party(person.chance, room, guests, MARK + key, reason)
    write_line("sent", key, facility_id=facility_id, guests=guests)
    return OutgoingDelivery(facility_id, body, guests, key)


def deliver(person: Person, outgoing: OutgoingDelivery) -> bool:
    """Send until it is acknowledged; whether it was. Waits as long as the server asks for."""
    until = time.monotonic() + PATIENCE_S
    for attempt in itertools.count():
        wait = send(person, outgoing)
        if wait is None:
            return True
        if time.monotonic() + wait > until:
            counts.given_up += 1
            return False
        counts.sent_again += 1
        # Jitter, so that all who were refused together do not come back together.
        gevent.sleep(wait * (0.5 + person.chance.random()) + min(attempt, 5) * 0.2)
    raise AssertionError  # count() does not end


def send(
    person: Person,
    outgoing: OutgoingDelivery,
    reached: Callable[[ResponseContextManager], bool] | None = None,
) -> float | None:
    """One request. None when it was acknowledged, else the seconds to wait before the next.

    `reached` says whether the answer reached the sender: one that did not goes into no ledger.
    """
    with person.client.post(
        f"/api/v1/facilities/{outgoing.facility_id}/stays",
        json=outgoing.body,
        headers={**person.headers, "Idempotency-Key": outgoing.key},
        name=f"{person.kind}: declare",
        catch_response=True,
    ) as answer:
        status = answer.status_code
        if reached is not None and not reached(answer):
            answer.success()
            return 0.5
        if status in {200, 201}:
            _acknowledge(person, outgoing, answer)
            return None
        return _refused(answer, status)


def _refused(answer: ResponseContextManager, status: int) -> float:
    """Busy with a time to come back is a clean refusal. No answer (a line that breaks, a connection
    that the server closes just then) is the sender's to repeat. All else is a fault.
    """
    retry_after = refused_cleanly(answer)
    if retry_after is not None:
        answer.success()
        return retry_after
    if status:
        counts.refused_badly += 1
    else:
        counts.no_answer += 1
    if not status or (OUTAGE and status in BUSY):
        answer.success()
    else:
        answer.failure(f"declare: {status}")
    return 1.0


def _acknowledge(
    person: Person, outgoing: OutgoingDelivery, answer: ResponseContextManager
) -> None:
    """A 2xx without a receipt for each guest is a failure."""
    results = answer.json()["results"]
    receipts = [result["receipt"] for result in results if result["status"] == "accepted"]
    accepted = {receipt["stay_id"]: receipt["number"] for receipt in receipts}
    # Of a guest who is there already: nothing is stored, or the stay changed, never another one.
    merged = sum(result["status"] in {"merged", "changed"} for result in results)
    late = [_seconds(receipt["due_at"]) for receipt in receipts if not receipt["on_time"]]
    received = max((_seconds(receipt["received_at"]) for receipt in receipts), default=0.0)
    times = {"late_due": late, "received_at": received}
    write_line("acknowledged", outgoing.key, accepted=accepted, merged=merged, **times)
    if len(accepted) + merged != len(results):
        answer.failure("declare: a guest was refused")
    if next(_answers) == ENOUGH and person.environment.runner is not None:
        gevent.spawn(person.environment.runner.quit)


def _seconds(time_text: str) -> float:
    return datetime.fromisoformat(time_text).timestamp()
