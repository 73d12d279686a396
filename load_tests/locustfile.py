"""People on a busy evening.

    locust -f load_tests/locustfile.py --headless -u 12 -r 4 -t 20s --host http://127.0.0.1:8000

`load_tests/run.py` does this in the shape of an evening and checks the database afterwards.
"""

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from load_tests.hosts import Hospital, HotelSystem, Landlord, Receptionist
from load_tests.ledger import ledger_path
from load_tests.timeline import listen, write_timeline
from load_tests.watchers import Exporter, Officer

__all__ = ["Exporter", "Hospital", "HotelSystem", "Landlord", "Officer", "Receptionist"]


@events.test_start.add_listener
def begin_ledger(environment: Environment, **_: object) -> None:
    """Each run has a ledger of its own; a distributed one is begun by the master alone."""
    if isinstance(environment.runner, WorkerRunner):
        return
    ledger_path().parent.mkdir(parents=True, exist_ok=True)
    ledger_path().write_text("", encoding="utf-8")


events.request.add_listener(listen)
events.quit.add_listener(write_timeline)
