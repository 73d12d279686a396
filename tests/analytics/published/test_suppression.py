"""K7: nothing hidden can be computed or narrowed, by an attack that knows nothing of how it was
hidden (`attack.py`). Its control must succeed.
"""

import random
from datetime import date
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asm.analytics.published.compute import compute_here
from asm.analytics.published.cube import Cube, build_cube
from asm.analytics.published.protect import narrowed, protect
from asm.analytics.published.sums import SMALLEST_SHOWN, LinkedCounts, TrueCount
from asm.analytics.published.tables import published_tables
from asm.analytics.published.week import BedRow, GuestRow, WeekCounts
from tests.analytics.published.attack import Attack, Key, Release
from tests.analytics.published.weeks import invented_cube


def release_of(cube: Cube, hidden: set[str]) -> Release:
    return {table.name: table.rows for table in published_tables(cube, hidden)}


def truth_of(cube: Cube, key: Key) -> int:
    """What the attack calls by `key`, as it really is."""
    _, measure, *rest = key
    return cube.sums.counts["|".join([measure, *rest])].value


def protected(cube: Cube) -> set[str]:
    return protect(cube.sums, cube.blocks, cube.prices)


@pytest.mark.parametrize(("seed", "guests"), [(1, 20.0), (2, 5.0), (3, 200.0)])
def test_no_hidden_figure_is_computed_or_narrowed(seed: int, guests: float) -> None:
    cube = invented_cube(seed, guests=guests)
    attack = Attack([release_of(cube, protected(cube))])
    assert attack.computed() == {}
    assert len(attack.unknown) > 20
    for key, ends in attack.bounds(sorted(attack.unknown)[::3]).items():
        assert_wide(attack, key, truth_of(cube, key), ends)


@pytest.mark.parametrize(("seed", "guests"), [(2, 5.0), (3, 200.0)])
def test_nor_by_somebody_who_knows_the_houses(seed: int, guests: float) -> None:
    """Where nobody slept in a house of unknown beds, this reader knows it. What no table shows may
    be worked out then, as long as it is not small.
    """
    cube = invented_cube(seed, guests=guests)
    attack = Attack([release_of(cube, protected(cube))], beds_known=houses_known(cube))
    hidden = {key for key in attack.unknown if not may_be_known(cube, key)}
    assert attack.computed().keys().isdisjoint(hidden)
    for key, ends in attack.bounds(sorted(hidden)[::3]).items():
        assert_wide(attack, key, truth_of(cube, key), ends)


def houses_known(cube: Cube) -> set[tuple[str, str]]:
    """(area, group) of the counts that readers may know to be zero."""
    return {(name.split("|")[1], name.split("|")[2]) for name in cube.sums.guessable}


def may_be_known(cube: Cube, key: Key) -> bool:
    return key[1] in {"beside", "others", "unknown"} and truth_of(cube, key) >= SMALLEST_SHOWN


def assert_wide(attack: Attack, key: Key, truth: int, ends: tuple[float, float]) -> None:
    """Promised: from 0 to 10 for a small figure, ten wide for another; or as far as its limit."""
    least, most = ends
    if truth < SMALLEST_SHOWN:
        assert least < 1e-6, key
        assert most > min(SMALLEST_SHOWN, attack.limits.get(key, SMALLEST_SHOWN)) - 1e-6, key
    else:
        assert most - least > SMALLEST_SHOWN - 1e-4, key


def few_houses(*, hospital: bool) -> Cube:
    """A hotel and a guest house: of 91 + 9 guest nights of tourism the 9 are small. One more guest
    night in the hotel is outside tourism, and so are 60 elsewhere: in a hospital, or, without one,
    in the guest house.
    """
    nights = {("hotel", True): 91, ("guest_house", True): 9, ("hotel", False): 1}
    beds = {"hotel": 140, "guest_house": 70}
    nights["hospital" if hospital else "guest_house", False] = 60
    if hospital:
        beds["hospital"] = 0
    return build_cube(
        WeekCounts(
            monday=date(2026, 11, 2),
            provinces={"01": "Thành phố Hà Nội"},
            guests=[
                GuestRow(
                    province="01",
                    kind=kind,
                    residence="P01",
                    tourism=tourism,
                    arrivals=count,
                    guest_nights=count,
                )
                for (kind, tourism), count in nights.items()
            ],
            beds=[
                BedRow(
                    province="01",
                    kind=kind,
                    active=7,
                    stayed=5,
                    said=7,
                    beds_open=open_beds,
                    known=sum(
                        count for (each, _), count in nights.items() if each == kind and open_beds
                    ),
                )
                for kind, open_beds in beds.items()
            ],
        )
    )


@pytest.mark.parametrize("hospital", [False, True])
def test_occupancy_does_not_narrow_the_kind_beside_it(*, hospital: bool) -> None:
    """With one hotel and one guest house all beds are known, so the hotel's tourism is at most what
    its occupancy gives: shown, it would leave at least 8 of the total to the guest house. The
    tables alone say so to anybody, or, where there is a hospital, to who knows the houses.
    """
    cube = few_houses(hospital=hospital)
    known = houses_known(cube) if hospital else set()
    assert narrowed_nights(cube, protected(cube), known) == (0.0, True)


@pytest.mark.parametrize("hospital", [False, True])
def test_without_the_inequality_occupancy_gives_the_kind_beside_it_away(*, hospital: bool) -> None:
    """The control: the same week, hidden as if tourism might be more than what occupancy gives."""
    cube = few_houses(hospital=hospital)
    sums = msgspec.structs.replace(cube.sums, guessable=frozenset())
    hidden = protect(sums, cube.blocks, cube.prices)
    least, _ = narrowed_nights(cube, hidden, houses_known(cube) if hospital else set())
    assert least > 7.9
    assert narrowed(cube.sums, hidden)
    assert not narrowed(cube.sums, protected(cube))


def test_an_empty_house_of_unknown_beds_hinders_no_release() -> None:
    week = few_houses(hospital=True).week
    empty = BedRow(province="01", kind="homestay", active=7, stayed=0, said=7, beds_open=0, known=0)
    tables = compute_here(msgspec.structs.replace(week, beds=[*week.beds, empty]), None)
    status = {row["sector"]: row["status"] for row in tables[2].rows if row["area"] == "01"}
    assert status["homestay"] == "hidden"


def narrowed_nights(
    cube: Cube, hidden: set[str], known: set[tuple[str, str]]
) -> tuple[float, bool]:
    """From where on the guest house's nights of tourism lie, and whether they may be ten."""
    attack = Attack([release_of(cube, hidden)], beds_known=known)
    key = ("2026-W45", "guest_nights", "01", "guest_house", "all")
    assert attack.known["2026-W45", "guest_nights", "01", "tourism", "all"] == 100
    least, most = attack.bounds([key])[key]
    return round(least, 6), most > SMALLEST_SHOWN - 1e-6


def test_hiding_the_small_ones_alone_gives_most_of_them_away() -> None:
    """The control: the same attack on the same weeks, without what protects them."""
    computed = hidden = 0
    for seed in range(4):
        cube = invented_cube(seed)
        attack = Attack([release_of(cube, cube.sums.small())])
        values = attack.computed()
        for key, value in values.items():
            assert value == Fraction(truth_of(cube, key)), key
        computed += len(values)
        hidden += len(attack.unknown)
    assert computed > 200, (computed, hidden)


def test_a_table_with_margins_gives_nearly_all_away() -> None:
    """The same control on one ordinary table: 34 provinces, 8 columns, one cell in twenty small."""
    draw = random.Random(7)
    table = [
        [draw.randrange(10) if draw.random() < 0.05 else draw.randrange(30, 5000) for _ in range(8)]
        for _ in range(34)
    ]
    sums = with_margins(table)
    attack = attack_on(sums, sums.small())
    computed = attack.computed()
    assert len(computed) > 0.9 * len(attack.unknown)
    cells = {count.cell for count in sums.counts.values()}
    hidden = protect(sums, {}, dict.fromkeys(cells, 1.0))
    assert attack_on(sums, hidden).computed() == {}


@settings(max_examples=12)
@given(table=st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4))
def test_any_table_with_margins(table: list[list[int]]) -> None:
    sums = with_margins(table)
    cells = {count.cell for count in sums.counts.values()}
    hidden = protect(sums, {}, dict.fromkeys(cells, 1.0))
    for cell in cells & hidden:
        least, most = range_of(sums, hidden, cell)
        if sums.counts[cell].value < SMALLEST_SHOWN:
            assert least < 1e-6
            assert most > SMALLEST_SHOWN - 1e-4
        else:
            assert most - least > SMALLEST_SHOWN - 1e-4


def test_what_everybody_knows_as_the_most_narrows_the_count_beside_it() -> None:
    """Of 20 facility-nights with a stay, one province with 7 facility-nights has at most 7: then
    the other has at least 13 and at most 20, which is not ten wide.
    """
    counts = {"a": TrueCount(5, "a"), "b": TrueCount(15, "b"), "+": TrueCount(20, "+")}
    limits = {"a": 7, "b": 21}
    sums = LinkedCounts(counts=counts, totals=[("+", ("a", "b"))], limits=limits)
    prices = {"+": 9.0}
    without = protect(msgspec.structs.replace(sums, limits={}), {}, prices)
    assert without == {"a", "b"}
    least, most = range_of(sums, without, "b")
    assert (round(least), round(most)) == (13, 20)
    hidden = protect(sums, {}, prices)
    assert hidden == {"a", "b", "+"}
    least, most = range_of(sums, hidden, "b")
    assert most - least >= SMALLEST_SHOWN


def with_margins(table: list[list[int]]) -> LinkedCounts:
    """A table of two dimensions with the sums of rows, columns and everything."""
    grid = {(str(r), str(c)): value for r, row in enumerate(table) for c, value in enumerate(row)}
    rows, columns = sorted({r for r, _ in grid}), sorted({c for _, c in grid})
    totals = []
    for r in rows:
        grid[r, "+"] = sum(grid[r, c] for c in columns)
        totals.append((f"{r} +", tuple(f"{r} {c}" for c in columns)))
    for c in [*columns, "+"]:
        grid["+", c] = sum(grid[r, c] for r in rows)
        totals.append((f"+ {c}", tuple(f"{r} {c}" for r in rows)))
    counts = {f"{r} {c}": TrueCount(value, f"{r} {c}") for (r, c), value in grid.items()}
    return LinkedCounts(counts=counts, totals=totals)


def attack_on(sums: LinkedCounts, hidden: set[str]) -> Attack:
    attack = Attack([])
    attack.limits = {(name,): float(most) for name, most in sums.limits.items()}
    for each, count in sums.counts.items():
        if count.cell in hidden:
            attack.unknown.add((each,))
        else:
            attack.known[each,] = Fraction(count.value)
    for total, parts in sums.totals:
        attack.zero.append({(total,): Fraction(-1)} | {(part,): Fraction(1) for part in parts})
    return attack


def range_of(sums: LinkedCounts, hidden: set[str], name: str) -> tuple[float, float]:
    """Between what the attack leaves a hidden count."""
    attack = attack_on(sums, hidden)
    assert attack.computed() == {}
    return attack.bounds([(name,)])[name,]
