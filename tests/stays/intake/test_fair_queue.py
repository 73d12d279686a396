"""Every facility gets its turn; the queue is bounded; one key is never twice in one batch."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from asm.stays.intake.fair_queue import FairQueue, QueueFull

A, B, C = uuid4(), uuid4(), uuid4()


@dataclass(eq=False)
class Item:
    facility_id: UUID
    key: str | None
    rows: int = 1


def queue_of(*items: Item) -> FairQueue[Item]:
    queue: FairQueue[Item] = FairQueue(most=1000, most_of_one=900)
    for item in items:
        queue.put(item)
    return queue


def test_a_flood_of_one_facility_waits_behind_the_first_of_the_others() -> None:
    flood = [Item(A, f"a{n}") for n in range(50)]
    others = [Item(B, "b"), Item(C, "c")]
    queue = queue_of(*flood, *others)
    assert queue.take(4) == [flood[0], others[0], others[1], flood[1]]
    late = Item(B, "b2")
    queue.put(late)
    assert late in queue.take(2)


def test_the_turn_goes_on_where_the_last_batch_ended() -> None:
    queue = queue_of(*(Item(facility_id, str(n)) for facility_id in (A, B, C) for n in range(3)))
    taken = [item.facility_id for _ in range(9) for item in queue.take(1)]
    assert taken == [A, B, C] * 3
    assert queue.rows == 0
    assert queue.take(5) == []


def test_one_key_is_taken_once_in_a_batch_and_keeps_its_place() -> None:
    first, again, third = Item(A, "k"), Item(A, "k"), Item(A, "other")
    same_word = Item(B, "k")
    queue = queue_of(first, again, third, same_word)
    assert queue.take(10) == [first, same_word]
    assert queue.take(10) == [again, third]


def test_what_another_batch_has_in_hand_waits() -> None:
    first, second = Item(A, "1"), Item(A, "2")
    queue = queue_of(first, second, Item(B, "1"))
    assert [item.facility_id for item in queue.take(10, {(A, "1")})] == [B]
    assert queue.take(10, {(A, "1")}) == []
    assert queue.take(10) == [first, second]


def test_heavy_items_fill_a_batch() -> None:
    queue = queue_of(Item(A, "1", rows=60), Item(B, "2", rows=60), Item(C, "3"))
    assert [item.rows for item in queue.take(100)] == [60, 60]
    assert queue.rows == 1


def test_there_is_an_end_for_all_and_an_earlier_one_for_each() -> None:
    queue: FairQueue[Item] = FairQueue(most=10, most_of_one=6)
    queue.put(Item(A, "1", rows=6))
    with pytest.raises(QueueFull) as full:
        queue.put(Item(A, "2"))
    assert full.value.for_all is False
    queue.put(Item(B, "1", rows=4))
    with pytest.raises(QueueFull) as full:
        queue.put(Item(C, "1"))
    assert full.value.for_all is True
    queue.take(1)
    queue.put(Item(C, "1"))


def test_who_leaves_is_forgotten() -> None:
    first, second = Item(A, "1"), Item(A, "2")
    queue = queue_of(first, second)
    assert queue.remove(first)
    assert not queue.remove(first)
    assert queue.take(10) == [second]
    assert not queue.remove(second)
    assert queue.rows == 0
