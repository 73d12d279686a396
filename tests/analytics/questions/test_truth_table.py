"""Every measure of the invented town, counted by hand. The comments say how."""

from datetime import date

from msgspec.structs import asdict, astuple
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.analytics.questions.figures import Figures, figures
from asm.analytics.questions.narrowing import Narrowing
from asm.analytics.questions.span import Span
from tests.analytics.questions.town import SPAN, TABLE, A, B, officer, seen

#: Ward A. The lines that sleep there each night, from which the columns are counted:
#: 27: H01 H02 H03 H04 H23 H26 B01            28: H01 H03-H08 H20 H26 B01 B02
#: 1: H03 H04 H06 H08 H26 B01 B02 K01         2: H03 H04 H06 H13 H25 H26 B01 B02 K01
#: 3: H06 H13 H15 H25 H26 B01 B02 K01         4: H15 H16 H25 H26 B01 B02 (H13 is at Tuấn's)
#: 5: H13 H16 H17 H26 B01 B02 B03             6: H13 H17 H21 H26 B01 B02 B03
#: 7: H13 H17 H22 H26 B01 B02 B03             8: H13 H17 H19 H26 B01 B02
#: 9: H17 H18 H26 B01 B02                     10: H17 H18 H24 H26 B01 B02
#: Leaving, by the day after the last night: 28: H02 H23; 1: H01 H05 H07 H20; 2: H08; 3: H03 H04;
#: 4: H06 K01; 5: H15 H25; 6: H16; 7: H21; 8: H22 B03; 9: H13 H19.
#: Something was said for the very night where a stay begins: by the hotel every night, the boarding
#: house on 27, 28 and 5, the hospital on 1 and 3 (a same-day patient).
#: Rooms: 101 each night, 102 (H03 H04) 27-2, 202 (H06) 28-3, 201 (H26) all; 1 all, 2 from 28, 3
#: (B03) 5-7; department 301 (K01) 1-3.
A_NIGHTS = """
night  arrive sleep leave same_day hourly late active stayed said rooms
02-27  7      7     0     0        0      1    3      2      2    4
02-28  6      11    2     0        0      0    3      2      2    6
03-01  1      8     4     1        2      0    3      3      2    7
03-02  2      9     1     0        0      0    3      3      1    7
03-03  1      8     2     1        0      0    3      3      2    6
03-04  1      6     2     0        0      0    3      2      1    4
03-05  2      7     2     0        0      0    3      2      2    5
03-06  1      7     1     0        0      1    3      2      1    5
03-07  1      7     1     0        0      1    3      2      1    5
03-08  1      6     2     0        0      0    3      2      1    4
03-09  1      5     2     0        0      0    3      2      1    4
03-10  1      6     0     0        0      0    3      2      1    4
"""
#: Ward B: T01 on the 1st, T02 on the 4th, T12 on the 6th (closed, so of no facility that counts),
#: nine on the 9th.
B_NIGHTS = """
night  arrive sleep leave same_day hourly late active stayed said rooms
02-27  0      0     0     0        0      0    1      0      0    0
02-28  0      0     0     0        0      0    1      0      0    0
03-01  1      1     0     0        0      0    1      1      1    1
03-02  0      0     1     0        0      0    1      0      0    0
03-03  0      0     0     0        0      0    1      0      0    0
03-04  1      1     0     0        0      0    1      1      1    1
03-05  0      0     1     0        0      0    1      0      0    0
03-06  1      1     0     0        0      0    0      0      0    0
03-07  0      0     1     0        0      0    0      0      0    0
03-08  0      0     0     0        0      0    1      0      0    0
03-09  9      9     0     0        0      0    1      1      1    1
03-10  0      0     9     0        0      0    1      0      0    0
"""


def nights_of(seen_figures: Figures) -> list[list[str]]:
    return [
        [
            each.night.isoformat()[5:],
            *map(str, (
                each.arrivals, each.guest_nights, each.departures, each.same_day, each.hourly,
                each.late, each.active, each.stayed, each.said, each.rooms_occupied,
            )),
        ]
        for each in seen_figures.nights
    ]  # fmt: skip


def lines(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()[1:]]


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(TABLE) >= 40
    assert SPAN.nights == 12
    assert len({line.id for line in TABLE}) == len(TABLE)


async def test_a_ward_of_three_houses(town: AsyncEngine) -> None:
    ward = await seen(town, "minh", A)
    assert nights_of(ward) == lines(A_NIGHTS)
    assert [each.provisional for each in ward.nights] == [False] * 5 + [True] * 7  # from the 4th
    assert asdict(ward.sums) == {
        # The columns above, added up.
        "arrivals": 25, "guest_nights": 87, "departures": 19, "same_day": 2, "hourly": 2,
        "mean_nights": 3.48,  # 87 / 25
        "foreign_arrivals": 4,  # H03 H04 H17 H24
        "foreign_nights": 15,  # 4 + 4 + 6 + 1
        "revisits": 1,  # H19; H20 came back without a night away, T01's afternoon is no arrival
    }  # fmt: skip
    assert ward.tourism is not None
    assert asdict(ward.tourism) == {
        "arrivals": 19,  # 21 of the hotel, without H06 (work) and H26 (twelve months)
        "guest_nights": 42,  # 58 of the hotel, without 4 and 12
        "mean_nights": 2.21,  # 42 / 19
        "excluded_arrivals": 6,  # H06 H26 B01 B02 B03 K01
        "excluded_nights": 45,  # 4 + 12 + 12 + 11 + 3 + 3
    }
    assert ward.occupancy is not None
    assert asdict(ward.occupancy) == {
        "known_nights": 87, "unknown_nights": 0,
        "bed_nights_open": 840, "bed_nights_all": 840,  # 12 nights of 32 + 18 + 20 beds
        "bed_net_percent": 10.4, "bed_gross_percent": 10.4,  # 87 / 840
        "rooms_occupied": 61,  # the last column
        "room_nights_open": 324, "room_nights_all": 324,  # 12 nights of 16 + 6 + 5 rooms
        "room_net_percent": 18.8, "room_gross_percent": 18.8,  # 61 / 324
    }  # fmt: skip
    # 12 + 12 + 3 nights covered by some stay; 12 + 3 + 2 of which something was said, of 36.
    assert astuple(ward.coverage) == (36, 0, 27, 17, 0, 75.0, 47.2)
    # 29 begun: 25 arrivals, two of the day, two by the hour. Four of them foreign.
    assert ward.verified is not None
    assert astuple(ward.verified) == (29, 25, 2, 6.9, 8.0)
    # H21 and H23, and H22 that is excused; H14, never late, was voided.
    assert ward.lateness is not None
    assert astuple(ward.lateness) == (29, 3, 1, 10.3, 6.9)
    assert ward.lengths is not None
    assert asdict(ward.lengths) == {
        "nights_1": 8,  # H02 H05 H07 H19 H20 H21 H22 H23
        "nights_2": 5,  # H01 H08 H15 (left early) H16 H24
        "nights_3": 3,  # H25 B03 K01
        "nights_4_6": 4,  # H03 H04 H06 H18 (extended to five)
        "nights_7_13": 1,  # H13, as registered
        "nights_14_29": 0,
        "nights_30_up": 2,  # H26 B01
        "open": 2,  # H17 B02
    }
    assert ward.corrected_after == 1  # H23's night, told on 11 March


async def test_a_closed_house_and_extra_beds(town: AsyncEngine) -> None:
    ward = await seen(town, "thao", B)
    assert nights_of(ward) == lines(B_NIGHTS)
    assert (ward.sums.arrivals, ward.sums.guest_nights, ward.sums.mean_nights) == (12, 12, 1.0)
    assert ward.sums.revisits == 2  # T10 after T12, T11 after H23, which was told afterwards
    assert ward.occupancy is not None
    assert asdict(ward.occupancy) == {
        "known_nights": 11, "unknown_nights": 1,  # T12's: no bed was open that night
        "bed_nights_open": 80, "bed_nights_all": 96,  # ten and twelve nights of eight beds
        "bed_net_percent": 13.8, "bed_gross_percent": 11.5,  # 11 / 80, 11 / 96
        "rooms_occupied": 3, "room_nights_open": 40, "room_nights_all": 48,
        "room_net_percent": 7.5, "room_gross_percent": 6.2,
    }  # fmt: skip
    assert astuple(ward.coverage) == (10, 2, 3, 3, 0, 30.0, 30.0)
    ninth = ward.nights[10]
    assert (ninth.night, ninth.known_nights, ninth.bed_nights_open) == (date(2026, 3, 9), 9, 8)
    async with officer(town, "thao") as scope:
        only = await figures(scope, B, Span(first=ninth.night, last=ninth.night))
    assert only.occupancy is not None
    assert only.occupancy.bed_net_percent == 112.5  # as it is
    async with officer(town, "thao") as scope:
        shut = await figures(scope, B, Span(first=date(2026, 3, 6), last=date(2026, 3, 7)))
    assert shut.occupancy is not None
    assert asdict(shut.occupancy) == {
        "known_nights": 0, "unknown_nights": 1,
        "bed_nights_open": 0, "bed_nights_all": 16,
        "bed_net_percent": None, "bed_gross_percent": 0.0,  # without open beds there is no rate
        "rooms_occupied": 0, "room_nights_open": 0, "room_nights_all": 8,
        "room_net_percent": None, "room_gross_percent": 0.0,
    }  # fmt: skip


async def test_narrowed_figures_show_what_is_counted_so_finely(town: AsyncEngine) -> None:
    hotel = await seen(town, "minh", A, Narrowing(kinds=("hotel",)))
    assert (hotel.sums.arrivals, hotel.sums.guest_nights) == (21, 58)
    assert hotel.occupancy is not None
    assert hotel.occupancy.bed_net_percent == 15.1  # 58 / (12 nights of 32 beds)
    korea = await seen(town, "minh", A, Narrowing(residences=("CKOR",)))
    assert (korea.sums.arrivals, korea.sums.guest_nights, korea.sums.mean_nights) == (2, 8, 4.0)
    assert (korea.sums.departures, korea.occupancy, korea.lengths) == (None, None, None)
    assert korea.coverage == (await seen(town, "minh", A)).coverage
    work = await seen(town, "minh", A, Narrowing(reasons=(19,)))
    assert (work.sums.arrivals, work.sums.guest_nights) == (3, 27)  # H06 B01 B02: 4 + 12 + 11
    assert work.tourism is not None
    assert work.tourism.arrivals == 0
    tourist = await seen(town, "minh", A, Narrowing(tourism=True))
    assert (tourist.sums.guest_nights, tourist.occupancy, tourist.tourism) == (42, None, None)
    excluded = await seen(town, "minh", A, Narrowing(tourism=False))
    assert (excluded.sums.arrivals, excluded.sums.departures) == (6, 3)  # H06 K01 B03 left
