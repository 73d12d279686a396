"""Those who declare."""

import itertools

import gevent
from locust import task
from locust.clients import ResponseContextManager

from load_tests.delivery import OutgoingDelivery, deliver, pack, send
from load_tests.person import Person

#: Guests of one declaration on average, over the people in their weights: what turns a rate of
#: guests into a number of people.
GUESTS_EACH = (5 * 2.5 + 3 * 1 + 1 * 12 + 1 * 1) / 10


class Host(Person):
    """Declares for each facility of the account."""

    abstract = True
    smallest_party, largest_party = 1, 1
    reason = 1

    def look_around(self) -> None:
        self.facilities = [
            facility["id"] for facility in self.must_have("/facilities", "facilities")
        ]
        self.rooms = {
            facility_id: [
                room["name"] for room in self.ask(f"/facilities/{facility_id}/rooms", "rooms") or []
            ]
            for facility_id in self.facilities
        }

    def outgoing(self) -> OutgoingDelivery:
        facility_id = self.chance.choice(self.facilities)
        room = self.chance.choice(self.rooms[facility_id] or ["101"])
        guests = self.chance.randint(self.smallest_party, self.largest_party)
        return pack(self, facility_id, room, guests, self.reason)

    @task
    def declare(self) -> None:
        deliver(self, self.outgoing())


class Receptionist(Host):
    """A desk with a queue: families, a scanner that sends twice, and a look at the house."""

    kind = "receptionist"
    weight = 5
    largest_party = 4
    resends_each = 5

    def look_around(self) -> None:
        super().look_around()
        self.turns = itertools.count()

    @task
    def declare(self) -> None:
        outgoing = self.outgoing()
        if next(self.turns) % self.resends_each:
            deliver(self, outgoing)
        else:
            # The same again while the first is still at work.
            gevent.joinall([gevent.spawn(deliver, self, outgoing) for _ in range(3)])
        if self.chance.random() < 0.1:
            self.ask(f"/facilities/{outgoing.facility_id}/stays", "house")


class Landlord(Host):
    """An old phone with a weak signal: one guest at a time, slow to leave, and two answers of five
    never arrive, so that the phone sends the same again.
    """

    kind = "landlord"
    weight = 3
    loses = 0.4

    @task
    def declare(self) -> None:
        outgoing = self.outgoing()
        gevent.sleep(self.chance.expovariate(5))
        if self.chance.random() < self.loses:
            send(self, outgoing, reached=self.unheard)
            gevent.sleep(self.chance.expovariate(2))
        deliver(self, outgoing)

    def unheard(self, _: ResponseContextManager) -> bool:
        return False


class HotelSystem(Host):
    """Hotel software that sends its arrivals in batches."""

    kind = "hotel_system"
    weight = 1
    smallest_party, largest_party = 4, 20


class Hospital(Host):
    """A clerk at admissions: treatment, one by one."""

    kind = "hospital"
    weight = 1
    reason = 18
