"""Overlaps and nights as pure functions, compared with the slowest way to count them."""

import uuid
from datetime import date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from asm.checks.one_person.overlaps import (
    KnownStay,
    as_multirange,
    counted_until,
    nights_elsewhere,
    overlaps,
)
from asm.stays.rules.deadlines import nights_of
from tests.checks.desks import at, night

FACILITIES = [UUID(int=number) for number in range(1, 4)]


def stay(
    facility_id: UUID,
    arrived: datetime,
    leaves: datetime | None,
    *,
    person: bytes | None = b"one",
    hourly: bool = False,
    voided: bool = False,
) -> KnownStay:
    first, end = nights_of(arrived, leaves, hourly=hourly)
    return KnownStay(
        facility_id=facility_id,
        id=uuid.uuid4(),
        arrival_date=arrived.date(),
        ward_code="00070",
        version=1,
        person=person,
        arrived_at=arrived,
        received_at=arrived,
        planned_departure_at=leaves,
        departed_at=None,
        first_night=first,
        end_night=end,
        superseded_from=None,
        voided=voided,
    )


def pairs(*stays: KnownStay) -> set[tuple[UUID, UUID]]:
    return {(overlap.own.id, overlap.other.id) for overlap in overlaps(stays)}


def ends(*stays: KnownStay) -> dict[UUID, date]:
    return {stay_id: night for (_, stay_id), night in counted_until(stays).items()}


def test_each_side_of_an_overlap_is_told_its_hours() -> None:
    first = stay(FACILITIES[0], at(1), at(4, 11))
    second = stay(FACILITIES[1], at(2), at(6, 11))
    sides = overlaps([second, first])
    assert [(o.own.id, o.other.id) for o in sides] == [
        (first.id, second.id),
        (second.id, first.id),
    ]
    assert {(o.since, o.until) for o in sides} == {(at(2), at(4, 11))}


def test_touching_is_not_overlapping() -> None:
    assert not overlaps([stay(FACILITIES[0], at(1), at(2)), stay(FACILITIES[1], at(2), at(3))])


def test_one_minute_is() -> None:
    assert overlaps([stay(FACILITIES[0], at(1), at(2, 18, 1)), stay(FACILITIES[1], at(2), at(3))])


def test_a_stay_of_no_length_overlaps_nothing() -> None:
    assert not overlaps([stay(FACILITIES[0], at(1), at(5)), stay(FACILITIES[1], at(2), at(2))])


def test_the_same_place_other_people_void_and_nameless_are_left_alone() -> None:
    base = stay(FACILITIES[0], at(1), at(5))
    assert not overlaps([base, stay(FACILITIES[0], at(2), at(5))])
    assert not overlaps([base, stay(FACILITIES[1], at(2), at(5), person=b"two")])
    assert not overlaps([base, stay(FACILITIES[1], at(2), at(5), voided=True)])
    nameless = [stay(facility_id, at(1), at(5), person=None) for facility_id in FACILITIES]
    assert not overlaps(nameless)
    assert not counted_until(nameless)


def test_a_stay_without_an_end_lasts_thirty_days_for_the_flag() -> None:
    open_stay = stay(FACILITIES[0], at(1), None)
    assert pairs(open_stay, stay(FACILITIES[1], at(30), None))
    assert not pairs(open_stay, stay(FACILITIES[1], at(31), None))
    assert overlaps([open_stay, stay(FACILITIES[1], at(30), None)])[0].until is None


def test_the_earlier_stay_stops_counting_at_the_first_shared_night() -> None:
    first, second = stay(FACILITIES[0], at(1), at(6, 11)), stay(FACILITIES[1], at(3), at(5, 11))
    assert ends(second, first) == {first.id: night(3)}


def test_the_earlier_stay_counts_again_after_the_later_one() -> None:
    first = stay(FACILITIES[0], at(1), at(20, 11))
    second = stay(FACILITIES[1], at(3), at(5, 11))
    third = stay(FACILITIES[2], at(4), at(6, 11))
    last = stay(FACILITIES[1], at(10), None)
    elsewhere = nights_elsewhere([last, third, second, first])
    assert elsewhere == {
        (first.facility_id, first.id): ((night(3), night(6)), (night(10), night(20))),
        (second.facility_id, second.id): ((night(4), night(5)),),
    }
    spans = elsewhere[(first.facility_id, first.id)]
    assert as_multirange(spans) == (f"{{[{night(3)},{night(6)}),[{night(10)},{night(20)})}}")
    assert as_multirange(((night(3), None),)) == f"{{[{night(3)},)}}"


def test_hours_may_overlap_without_a_shared_night() -> None:
    first, second = stay(FACILITIES[0], at(1), at(3, 12)), stay(FACILITIES[1], at(3, 10), at(4, 11))
    assert pairs(first, second)
    assert not ends(first, second)


def test_a_night_may_be_shared_without_overlapping_hours() -> None:
    first, second = stay(FACILITIES[0], at(1), at(2, 6)), stay(FACILITIES[1], at(2, 7), at(2, 20))
    assert not pairs(first, second)
    assert ends(first, second) == {first.id: night(1)}


def test_declared_twice_in_one_place_is_one_bed() -> None:
    first, again = stay(FACILITIES[0], at(1), None), stay(FACILITIES[0], at(2), None)
    assert ends(first, again) == {first.id: night(2)}


def test_use_by_the_hour_takes_no_night_away() -> None:
    first = stay(FACILITIES[0], at(1), at(6, 11))
    by_the_hour = stay(FACILITIES[1], at(3, 13), at(3, 16), hourly=True)
    assert pairs(first, by_the_hour)
    assert not ends(first, by_the_hour)


moments = st.integers(0, 24 * 12).map(lambda hours: at(1, 0) + timedelta(hours=hours))


@st.composite
def some_stays(draw: st.DrawFn) -> list[KnownStay]:
    drawn = []
    for _ in range(draw(st.integers(0, 7))):
        arrived = draw(moments)
        length = draw(st.none() | st.integers(0, 24 * 6))
        drawn.append(
            stay(
                draw(st.sampled_from(FACILITIES)),
                arrived,
                None if length is None else arrived + timedelta(hours=length),
                person=draw(st.sampled_from([b"one", b"two", None])),
                hourly=draw(st.booleans()),
                voided=draw(st.booleans()),
            )
        )
    return drawn


@given(some_stays())
def test_pairs_are_those_that_comparing_all_finds(stays: list[KnownStay]) -> None:
    expected = {
        (own.id, other.id)
        for own in stays
        for other in stays
        if own.person is not None
        and own.person == other.person
        and own.facility_id != other.facility_id
        and not (own.voided or other.voided)
        and max(own.arrived_at, other.arrived_at) < min(own.until, other.until)
    }
    assert pairs(*stays) == expected


def registered_nights(known: KnownStay) -> list[date]:
    last = known.end_night or night(60)
    return [
        known.first_night + timedelta(days=step)
        for step in range(max((last - known.first_night).days, 0))
    ]


@given(some_stays())
def test_every_registered_night_counts_once_where_the_latest_stay_is(
    stays: list[KnownStay],
) -> None:
    spans_of = nights_elsewhere(stays)
    latest: dict[tuple[bytes, date], KnownStay] = {}
    for known in sorted(stays, key=lambda s: (s.arrived_at, s.received_at, s.id)):
        if known.person is not None and not known.voided:
            latest |= {(known.person, n): known for n in registered_nights(known)}
    for known in stays:
        spans = spans_of.get((known.facility_id, known.id), ())
        if known.voided or known.person is None:
            assert not spans
            continue
        counted = {
            n
            for n in registered_nights(known)
            if not any(since <= n and (until is None or n < until) for since, until in spans)
        }
        assert counted == {n for n in registered_nights(known) if latest[known.person, n] is known}
