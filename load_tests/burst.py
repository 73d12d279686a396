"""More than can be taken, at once: `make load ARGS="--scenario burst"`.

Needs a crowd (ASM_LOAD_CROWD). The run ends when the last declaration has been acknowledged.
"""

import os
import time

import gevent
from locust import task
from locust.exception import StopUser

from load_tests.delivery import deliver, pack
from load_tests.locustfile import begin_ledger
from load_tests.people import crowd
from load_tests.person import Person
from load_tests.timeline import planned
from load_tests.watchers import Officer

__all__ = ["Burst", "Officer", "begin_ledger"]


class Burst(Person):
    """Declarations that begin at their moments whatever became of those before: an open model.

    One of these plays thousands of desks. It ends the run when the last has been acknowledged.
    """

    kind = "receptionist"
    fixed_count = 1
    concurrency = 400
    rate = float(os.environ.get("ASM_LOAD_BURST", "2000"))
    seconds = float(os.environ.get("ASM_LOAD_BURST_S", "10"))

    def look_around(self) -> None:
        """A facility and the header of its token, for each desk of the crowd."""
        self.desks = [
            (account["facility_id"], {"Authorization": f"Bearer {account['token']}"})
            for account in crowd()
            if account["kind"] == self.kind
        ]

    @task
    def burst(self) -> None:
        begun, sent, flights = time.monotonic(), 0, []
        while (spent := time.monotonic() - begun) < self.seconds:
            due = int(spent * self.rate)
            flights += [gevent.spawn(self.declare_once) for _ in range(due - sent)]
            planned[int(time.time())] = planned.get(int(time.time()), 0.0) + due - sent
            sent = due
            gevent.sleep(0.01)
        gevent.joinall(flights)
        if self.environment.runner is not None:
            gevent.spawn(self.environment.runner.quit)
        raise StopUser

    def declare_once(self) -> None:
        facility_id, headers = self.chance.choice(self.desks)
        sender = _Desk(self, headers)
        deliver(sender, pack(sender, facility_id, "101", 1))


class _Desk(Person):
    """One of the desks that a burst plays, over the burst's connections."""

    abstract = True

    def __init__(self, burst: Burst, headers: dict[str, str]) -> None:
        self.environment, self.client = burst.environment, burst.client
        self.chance, self.headers, self.kind = burst.chance, headers, "burst"
