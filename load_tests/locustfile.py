"""Receptionists, landlords and officers on a busy evening.

    locust -f load_tests/locustfile.py --headless -u 8 -r 4 -t 20s --host http://127.0.0.1:8000

`load_tests/run.py` does this and checks the database afterwards.
"""

import itertools
import os
import random
from typing import Any

import gevent
from locust import HttpUser, between, events, task
from locust.clients import ResponseContextManager
from locust.env import Environment
from locust.exception import StopUser

from load_tests.ledger import MARK, ledger_path, write_line
from load_tests.people import (
    LANDLORDS,
    OFFICERS,
    RECEPTIONISTS,
    fresh_key,
    party,
    read_accounts,
)

_places = itertools.count()
_answers = itertools.count(1)
#: End the run after so many acknowledgements, whatever the time: a slow machine proves as much.
ENOUGH = int(os.environ.get("ASM_LOAD_ENOUGH", "0"))


def stop_when_enough(environment: Environment) -> None:
    """Count one acknowledgement; the last one that was asked for ends the run."""
    if next(_answers) == ENOUGH and environment.runner is not None:
        gevent.spawn(environment.runner.quit)


@events.test_start.add_listener
def begin_ledger(**_: object) -> None:
    """Each run has a ledger of its own."""
    ledger_path().parent.mkdir(parents=True, exist_ok=True)
    ledger_path().write_text("", encoding="utf-8")


class Person(HttpUser):
    """Signs in once and keeps the token, as a phone does."""

    abstract = True
    logins: tuple[str, ...] = ()

    def on_start(self) -> None:
        """Users share the accounts of their kind in turn."""
        self.chance = random.SystemRandom()
        self.login = self.logins[next(_places) % len(self.logins)]
        body = {"login": self.login, "password": read_accounts()[self.login], "label": "locust"}
        with self.client.post("/api/v1/tokens", json=body, catch_response=True) as answer:
            if answer.status_code != 201:
                answer.failure(f"sign-in: {answer.status_code}")
                raise StopUser
            self.client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        self.look_around()

    def look_around(self) -> None:
        """What to know before the first task."""


class Host(Person):
    """Declares for each facility of the account, and reads what is in the house."""

    abstract = True
    largest_party = 1
    resends = 0.0

    def look_around(self) -> None:
        self.facilities = self.client.get("/api/v1/facilities").json()
        if not self.facilities:
            raise StopUser
        self.rooms = {
            place["id"]: [
                room["name"]
                for room in self.client.get(
                    f"/api/v1/facilities/{place['id']}/rooms", name="/facilities/[id]/rooms"
                ).json()
            ]
            for place in self.facilities
        }

    @task(6)
    def declare(self) -> None:
        """A party; now and then the same again, at once or while the first is still at work."""
        facility_id = self.chance.choice(self.facilities)["id"]
        key = fresh_key()
        guests = self.chance.randint(1, self.largest_party)
        body = party(self.chance, self.chance.choice(self.rooms[facility_id]), guests, MARK + key)
        write_line("sent", key, facility_id=facility_id, guests=guests)
        if self.chance.random() >= self.resends:
            self.send(facility_id, key, body)
        elif self.chance.random() < 0.5:
            self.send(facility_id, key, body)
            self.send(facility_id, key, body)
        else:
            gevent.joinall([gevent.spawn(self.send, facility_id, key, body) for _ in range(3)])

    def send(self, facility_id: str, key: str, body: dict[str, Any]) -> None:
        """One request; what it acknowledges goes to the ledger."""
        with self.client.post(
            f"/api/v1/facilities/{facility_id}/stays",
            json=body,
            headers={"Idempotency-Key": key},
            name="/facilities/[id]/stays declare",
            catch_response=True,
        ) as answer:
            self.note(key, answer)

    def note(self, key: str, answer: ResponseContextManager) -> None:
        """A 2xx without a receipt for each accepted guest is a failure."""
        if answer.status_code not in {200, 201}:
            answer.failure(f"declare: {answer.status_code}")
            return
        results = answer.json()["results"]
        accepted = {
            one["stay_id"]: one["receipt"]["number"]
            for one in results
            if one["status"] == "accepted"
        }
        merged = sum(one["status"] == "merged" for one in results)
        write_line("acknowledged", key, accepted=accepted, merged=merged)
        stop_when_enough(self.environment)
        if len(accepted) + merged != len(results):
            answer.failure("declare: a guest was refused")

    @task(1)
    def read_house(self) -> None:
        facility_id = self.chance.choice(self.facilities)["id"]
        self.client.get(
            f"/api/v1/facilities/{facility_id}/stays", name="/facilities/[id]/stays read"
        )


class Receptionist(Host):
    """A desk on a busy evening: families, and a scanner that sends twice."""

    weight = 5
    logins = RECEPTIONISTS
    largest_party = 4
    resends = 0.2
    wait_time = between(0.1, 0.5)


class Landlord(Host):
    """A phone with a weak signal: one guest at a time, often sent again."""

    weight = 2
    logins = LANDLORDS
    resends = 0.5
    wait_time = between(0.5, 1.5)


class Officer(Person):
    """The ward's screen, refreshed again and again."""

    weight = 1
    logins = OFFICERS
    wait_time = between(0.5, 2)

    def look_around(self) -> None:
        self.ward = self.client.get("/api/v1/me").json()["ward_code"]

    @task(3)
    def tonight(self) -> None:
        self.client.get(f"/api/v1/wards/{self.ward}/tonight", name="/wards/[code]/tonight")

    @task(1)
    def guests(self) -> None:
        self.client.get(f"/api/v1/wards/{self.ward}/guests", name="/wards/[code]/guests")

    @task(1)
    def flags(self) -> None:
        self.client.get(f"/api/v1/wards/{self.ward}/flags", name="/wards/[code]/flags")
