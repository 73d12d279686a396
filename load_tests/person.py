"""What all people share: an account, a token, and a place in the row of their kind."""

import itertools
import os
import random
from collections import defaultdict
from typing import Any

import gevent
from locust import FastHttpUser, constant_throughput
from locust.clients import ResponseContextManager
from locust.exception import StopUser

from load_tests.people import Account, accounts_of
from load_tests.timeline import counts

_turns: defaultdict[str, "itertools.count[int]"] = defaultdict(itertools.count)
#: Seconds between two deeds of one person: the rate of a run is its people divided by this.
INTERVAL_S = float(os.environ.get("ASM_LOAD_INTERVAL", "2"))

#: An outage is part of the scenario: an answer that never came is tried again, and no failure.
OUTAGE = os.environ.get("ASM_LOAD_TROUBLE") == "1"
BUSY = frozenset({429, 503})


class Person(FastHttpUser):
    """Keeps a token as a phone does; one that has none signs in first."""

    abstract = True
    kind = ""
    wait_time = constant_throughput(1 / INTERVAL_S)
    network_timeout = 20.0
    connection_timeout = 20.0

    def on_start(self) -> None:
        """People share the accounts of their kind in turn, and begin at moments of their own."""
        self.chance = random.SystemRandom()
        everyone = accounts_of(self.kind)
        account = everyone[next(_turns[self.kind]) % len(everyone)]
        self.headers = {"Authorization": f"Bearer {account.token or self.sign_in(account)}"}
        gevent.sleep(self.chance.random() * INTERVAL_S)
        self.look_around()

    def sign_in(self, account: Account) -> str:
        """A fresh token. A busy server is asked again when it says."""
        body = {"login": account.login, "password": account.password, "label": "locust"}
        for _ in range(20):
            with self.client.post("/api/v1/tokens", json=body, catch_response=True) as answer:
                if answer.status_code == 201:
                    token: str = answer.json()["token"]
                    return token
                wait = refused_cleanly(answer)
                if wait is None:
                    answer.failure(f"sign-in: {answer.status_code}")
                    raise StopUser
                answer.success()
            gevent.sleep(wait * (0.5 + self.chance.random()))
        raise StopUser

    def look_around(self) -> None:
        """What to know before the first task."""

    def must_have(self, path: str, name: str) -> Any:
        """Read something without which there is nothing to do."""
        for _ in range(20):
            answer = self.ask(path, name)
            if answer:
                return answer
            gevent.sleep(1 + self.chance.random())
        raise StopUser

    def ask(self, path: str, name: str) -> Any:
        """Read something; None when it could not be had."""
        with self.client.get(
            f"/api/v1{path}", name=f"{self.kind}: {name}", headers=self.headers, catch_response=True
        ) as answer:
            if answer.status_code == 200:
                return answer.json()
            if refused_cleanly(answer) is not None or OUTAGE:
                answer.success()
            else:
                answer.failure(f"{name}: {answer.status_code}")
            return None


def refused_cleanly(answer: ResponseContextManager) -> float | None:
    """The seconds after which a busy server wants to be asked again; None for any other answer."""
    retry_after = (answer.headers or {}).get("Retry-After") if answer.status_code in BUSY else None
    if retry_after is None:
        return None
    counts.refused_cleanly += 1
    return float(retry_after)
