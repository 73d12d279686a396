"""Who was known lately: for how long, for which house, and with whose clock."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from asm.accounts import actor_cache
from asm.accounts.actor import Actor
from asm.accounts.actor_cache import KNOWN_S, ActorCache

HOUSE = uuid4()
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LAN = Actor(
    id=uuid4(),
    login="lan",
    display_name="Lan",
    role="receptionist",
    language="vi",
    ward_code=None,
    facility_ids=frozenset({HOUSE}),
    now=NOW,
)


class Watch:
    """A process's clock that stands where it is put, in seconds."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_who_is_found_has_the_clock_of_now() -> None:
    watch = Watch()
    seen = ActorCache(timer=watch)
    seen.put(b"1", LAN)
    watch.at += 20
    actor = seen.find(b"1", HOUSE, 30)
    assert actor == msgspec.structs.replace(LAN, now=NOW + timedelta(seconds=20))
    watch.at += 11
    assert seen.find(b"1", HOUSE, 30) is None
    assert seen.find(b"1", HOUSE) is not None
    # Seen again: it counts from then.
    seen.put(b"1", LAN)
    assert seen.find(b"1", HOUSE, 30) == LAN


def test_nobody_is_known_for_longer_than_half_a_day() -> None:
    watch = Watch()
    seen = ActorCache(timer=watch)
    seen.put(b"1", LAN)
    watch.at += KNOWN_S - 1
    assert seen.find(b"1", HOUSE) is not None
    watch.at += 2
    assert seen.find(b"1", HOUSE) is None
    seen.forget(b"1")
    assert seen.find(b"1", HOUSE) is None


def test_who_signed_out_or_works_elsewhere_or_is_no_host_is_not_known() -> None:
    seen = ActorCache()
    seen.put(b"1", LAN)
    seen.put(b"2", msgspec.structs.replace(LAN, role="ward_officer"))
    assert seen.find(b"1", HOUSE) is not None
    assert seen.find(b"1", uuid4()) is None
    assert seen.find(b"2", HOUSE) is None
    seen.forget(b"1")
    assert seen.find(b"1", HOUSE) is None


def test_a_crowd_pushes_out_who_came_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_cache, "MOST", 3)
    seen = ActorCache()
    for hashed in (b"1", b"2", b"3", b"4"):
        seen.put(hashed, LAN)
    assert [seen.find(hashed, HOUSE) is not None for hashed in (b"1", b"2", b"3", b"4")] == [
        False, True, True, True,
    ]  # fmt: skip
