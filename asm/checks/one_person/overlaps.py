"""Which stays of the same people overlap, in time and in nights. Pure: no clock, no database."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from uuid import UUID

import msgspec

#: Nights from the first up to, not including, the second; None is open. In order, none touches.
Spans = tuple[tuple[date, date | None], ...]
#: A stay with neither a departure nor a plan is taken to last this long: the law's limit.
OPEN_STAY = timedelta(days=30)


class KnownStay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay as far as comparing needs it. `person` is the blind index of the document, None when
    there is none; `name` the keyed hash of the name, None when it is not known; `first_night` to
    `end_night` is half open, an `end_night` of None is open. `nights_elsewhere` as PostgreSQL
    writes a datemultirange. `assisted`: the ward's officer declared it for the house.
    """

    facility_id: UUID
    id: UUID
    arrival_date: date
    ward_code: str
    version: int
    person: bytes | None
    arrived_at: datetime
    received_at: datetime
    planned_departure_at: datetime | None
    departed_at: datetime | None
    first_night: date
    end_night: date | None
    superseded_from: date | None
    voided: bool
    name: bytes | None = None
    nights_elsewhere: str | None = None
    assisted: bool = False

    @property
    def declared_end(self) -> datetime | None:
        """The departure, or the planned one; None when neither was told."""
        return self.departed_at or self.planned_departure_at

    @property
    def until(self) -> datetime:
        """The end to compare with."""
        return self.declared_end or self.arrived_at + OPEN_STAY


class StayOverlap(msgspec.Struct, frozen=True, kw_only=True):
    """One person at two facilities at once, seen from `own`. `until` is None when neither end was
    told.
    """

    own: KnownStay
    other: KnownStay
    since: datetime
    until: datetime | None


def overlaps(stays: Iterable[KnownStay]) -> list[StayOverlap]:
    """Each pair of stays of one person in different facilities that share more than an instant,
    from both sides, earliest own stay first.
    """
    pairs = []
    for person_stays in _by_person(stays):
        for index, earlier in enumerate(person_stays):
            for later in person_stays[index + 1 :]:
                if later.arrived_at >= earlier.until:
                    break
                if later.facility_id != earlier.facility_id and later.until > later.arrived_at:
                    pairs += [_overlap(earlier, later), _overlap(later, earlier)]
    return sorted(pairs, key=lambda pair: (_order(pair.own), _order(pair.other)))


def in_a_row(stays: Iterable[KnownStay]) -> list[tuple[KnownStay, KnownStay]]:
    """Each two stays of one person that follow each other, by arrival."""
    return [pair for person_stays in _by_person(stays) for pair in pairwise(person_stays)]


def nights_elsewhere(stays: Iterable[KnownStay]) -> dict[tuple[UUID, UUID], Spans]:
    """For each stay that does not count on all of its nights: (facility id, stay id) → the nights
    for which the same person is registered in a later stay too, night by night: on those after,
    the earlier stay counts again.

    The later stay may be in the same facility: a guest declared twice sleeps in one bed. Nights
    are compared, not hours, since two stays that only touch can still claim the same night.
    """
    spans_of = {}
    for person_stays in _by_person(stays):
        for index, earlier in enumerate(person_stays):
            shared = [_shared_nights(earlier, later) for later in person_stays[index + 1 :]]
            spans = _joined(span for span in shared if span is not None)
            if spans:
                spans_of[(earlier.facility_id, earlier.id)] = spans
    return spans_of


def counted_until(stays: Iterable[KnownStay]) -> dict[tuple[UUID, UUID], date]:
    """The first of `nights_elsewhere` of each such stay."""
    return {key: spans[0][0] for key, spans in nights_elsewhere(stays).items()}


def as_multirange(spans: Spans) -> str:
    """Spans of nights as PostgreSQL writes a datemultirange."""
    parts = (f"[{since},{'' if until is None else until})" for since, until in spans)
    return "{" + ",".join(parts) + "}"


def _by_person(stays: Iterable[KnownStay]) -> list[Sequence[KnownStay]]:
    identified = [(s.person, s) for s in stays if s.person is not None and not s.voided]
    identified.sort(key=lambda pair: (pair[0], _order(pair[1])))
    return [
        [known for _, known in group] for _, group in groupby(identified, key=lambda pair: pair[0])
    ]


def _order(known: KnownStay) -> tuple[datetime, datetime, UUID]:
    return known.arrived_at, known.received_at, known.id


def _overlap(own: KnownStay, other: KnownStay) -> StayOverlap:
    ends = [end for end in (own.declared_end, other.declared_end) if end is not None]
    return StayOverlap(
        own=own,
        other=other,
        since=max(own.arrived_at, other.arrived_at),
        until=min(ends) if ends else None,
    )


def _shared_nights(earlier: KnownStay, later: KnownStay) -> tuple[date, date | None] | None:
    first = max(earlier.first_night, later.first_night)
    ends = [known.end_night for known in (earlier, later) if known.end_night is not None]
    if not all(first < end for end in ends):
        return None
    return first, min(ends, default=None)


def _joined(shared: Iterable[tuple[date, date | None]]) -> Spans:
    """Spans that touch or overlap as one, in order."""
    joined: list[tuple[date, date | None]] = []
    for since, until in sorted(shared, key=lambda span: (span[0], span[1] or date.max)):
        if not joined or (joined[-1][1] is not None and joined[-1][1] < since):
            joined.append((since, until))
        elif joined[-1][1] is not None and (until is None or joined[-1][1] < until):
            joined[-1] = (joined[-1][0], until)
    return tuple(joined)
