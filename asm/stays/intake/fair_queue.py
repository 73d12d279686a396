"""A bounded queue in which every facility gets its turn: one's flood does not starve the others."""

from collections import deque
from collections.abc import Collection
from typing import Generic, Protocol, TypeVar
from uuid import UUID

#: Whose, and with which key.
Mark = tuple[UUID, str | None]


class Queued(Protocol):
    """What may wait: for one facility, with the key of one request, as heavy as its rows."""

    @property
    def facility_id(self) -> UUID: ...
    @property
    def key(self) -> str | None: ...
    @property
    def rows(self) -> int: ...


T = TypeVar("T", bound=Queued)


class QueueFull(Exception):  # noqa: N818 -- the caller's answer to it is a refusal
    """There is no room: for this facility, or (`for_all`) for anybody."""

    def __init__(self, *, for_all: bool) -> None:
        super().__init__()
        self.for_all = for_all


class FairQueue(Generic[T]):
    """At most `most` rows wait, of one facility at most `most_of_one`. Not for several threads."""

    def __init__(self, *, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._lines: dict[UUID, deque[T]] = {}
        self._rows_of: dict[UUID, int] = {}
        self.rows = 0

    def put(self, item: T) -> None:
        """Stand in line. Raises QueueFull."""
        of_one = self._rows_of.get(item.facility_id, 0) + item.rows
        if of_one > self._most_of_one:
            raise QueueFull(for_all=False)
        if self.rows + item.rows > self._most:
            raise QueueFull(for_all=True)
        self._lines.setdefault(item.facility_id, deque()).append(item)
        self._count(item, item.rows)

    def take(self, rows: int, busy: Collection[Mark] = ()) -> list[T]:
        """The next items, one of each facility in turn, until they have `rows` rows or more.

        Never two of one facility with one key, nor one whose facility and key are `busy`: the
        second must find what became of the first. It keeps its place at the head of its line.
        """
        taken: list[T] = []
        weight, keys, held = 0, set(busy), set()
        while weight < rows:
            facility_id = next((line for line in self._lines if line not in held), None)
            if facility_id is None:
                break
            line = self._lines.pop(facility_id)
            if (facility_id, line[0].key) in keys:
                self._lines[facility_id] = line
                held.add(facility_id)
                continue
            item = line.popleft()
            if line:
                self._lines[facility_id] = line  # to the end: the others come first
            self._count(item, -item.rows)
            if item.key is not None:
                keys.add((facility_id, item.key))
            weight += item.rows
            taken.append(item)
        return taken

    def remove(self, item: T) -> bool:
        """Leave the line; False when it was not standing there (any more)."""
        line = self._lines.get(item.facility_id)
        if line is None or item not in line:
            return False
        line.remove(item)
        if not line:
            del self._lines[item.facility_id]
        self._count(item, -item.rows)
        return True

    def _count(self, item: T, rows: int) -> None:
        self.rows += rows
        left = self._rows_of.get(item.facility_id, 0) + rows
        if left:
            self._rows_of[item.facility_id] = left
        else:
            self._rows_of.pop(item.facility_id, None)
