"""An attack on published tables, written apart from what protects them: it knows the files, the
definitions sheet and nothing of the product.

It writes down every equation among the figures, as a reader with patience would:
- the sums within a table, the figures that two tables share, the country as the sum of provinces;
- a mean beside one of its two figures gives the other;
- guest nights of which the beds are known, and the rest of them, are all guest nights of that kind.
And every inequality: nothing is below zero; arrivals are at most guest nights, tourism at most all
guest nights of a kind, those of known beds as well; facility-nights with a stay are at most all
facility-nights, and at most the guest nights; without open beds nobody slept in a known one. Where
there are no more houses than kinds with open beds, all beds are known: then tourism is at most what
occupancy times beds gives. Somebody may know so of other houses too (`beds_known`).
Then: exact elimination in fractions (what is determined is computed), and for what is left the
least and the most that it may be, by linear programmes over all figures as they are.
"""

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Any

from scipy.optimize import linprog
from scipy.sparse import csr_array

Key = tuple[str, ...]
Table = list[dict[str, Any]]
Release = dict[str, Table]
#: Factors of unknown figures, and what their sum is.
Equation = tuple[dict[Key, Fraction], Fraction]
GROUPS = ("hotel", "guest_house", "homestay", "villa_apartment", "other_tourist")
CLASSES = ("vietnam", "abroad", "unknown")


class Attack:
    """All that a reader knows of these releases. `known`: figures; `zero`: equations, each a sum of
    figures times factors that is zero; `below`: pairs of which the first is at most the second;
    `limits`: what figures are at most; `beds_known`: (area, group) of which the reader knows that
    no guest slept in a house of unknown beds.
    """

    def __init__(
        self, releases: Sequence[Release], *, beds_known: Collection[tuple[str, str]] = ()
    ) -> None:
        self.beds_known = set(beds_known)
        self.limits: dict[Key, float] = {}
        self.known: dict[Key, Fraction] = {}
        self.unknown: set[Key] = set()
        self.zero: list[dict[Key, Fraction]] = []
        self.below: list[tuple[Key, Key]] = []
        for release in releases:
            self._read(release)
        self.unknown -= self.known.keys()
        weeks = {key[0] for key in self.known | dict.fromkeys(self.unknown, Fraction())}
        for week in sorted(weeks):
            self._write_equations(week)

    def _read(self, release: Release) -> None:
        for row in release["guests"]:
            self._figures(row, row["sector"])
        for row in release["origins"]:
            self._figures(row, "tourism")
        for row in release["occupancy"]:
            if row["status"] == "no_facility":
                continue
            known: Key = (row["week"], "known", row["area"], row["sector"])
            self._figure(known, row, "guest_nights_known")
            if not row["bed_nights_open"]:
                self.limits[known] = 0.0
        for row in release["coverage"]:
            key: Key = (row["week"], "stayed", row["area"])
            self._figure(key, row, "facility_nights_stayed")
            self.limits[key] = float(row["facility_nights"])
            kinds = [
                each["sector"]
                for each in release["occupancy"]
                if each["area"] == row["area"] and each["bed_nights_open"]
            ]
            if row["facility_nights"] <= 7 * len(kinds):
                self.beds_known |= {(row["area"], kind) for kind in kinds}

    def _figures(self, row: dict[str, Any], sector: str) -> None:
        for measure in ("arrivals", "guest_nights"):
            key = (row["week"], measure, row["area"], sector, row["origin"])
            self._figure(key, row, measure)
        if row["nights_per_arrival"] is not None and row["arrivals"] is None:
            raise AssertionError("a mean beside a hidden figure")

    def _figure(self, key: Key, row: dict[str, Any], column: str) -> None:
        if row[column] is None and row["status"] != "no_facility":
            self.unknown.add(key)
        else:
            self.known[key] = Fraction(row[column] or 0)

    def _write_equations(self, week: str) -> None:
        self.figures = {key for key in self.known.keys() | self.unknown if key[0] == week}
        areas = sorted({key[2] for key in self.figures})
        for area in areas:
            for measure in ("arrivals", "guest_nights"):
                self._within_area((week, measure, area))
        provinces = [area for area in areas if area != "VN"]
        for key in sorted(self.figures):
            if key[2] == "VN":
                self._sum(key, [(*key[:2], area, *key[3:]) for area in provinces])
            if key[1] == "arrivals":
                self.below.append((key, (week, "guest_nights", *key[2:])))
            if key[1] == "stayed":
                self.below.append((key, (week, "guest_nights", key[2], "all", "all")))
        for area in provinces:
            self._occupancy(week, area)

    def _within_area(self, head: Key) -> None:
        for sector in (*GROUPS, "tourism", "excluded", "all"):
            self._sum((*head, sector, "all"), [(*head, sector, each) for each in CLASSES])
        for origin in (*CLASSES, "all"):
            self._sum((*head, "tourism", origin), [(*head, group, origin) for group in GROUPS])
            both = [(*head, "tourism", origin), (*head, "excluded", origin)]
            self._sum((*head, "all", origin), both)
        details = sorted({key[4] for key in self.figures if len(key) == 5})
        at_home = [each for each in details if each.isdigit()]
        away = [each for each in details if each.isupper() or each == "other_countries"]
        self._sum((*head, "tourism", "vietnam"), [(*head, "tourism", each) for each in at_home])
        self._sum((*head, "tourism", "abroad"), [(*head, "tourism", each) for each in away])

    def _occupancy(self, week: str, area: str) -> None:
        """Of each kind: tourism + beside = known + unknown; beside of all kinds is in excluded."""
        excluded = (week, "guest_nights", area, "excluded", "all")
        rest = {excluded: Fraction(1), (week, "others", area): Fraction(-1)}
        for group in GROUPS:
            known = (week, "known", area, group)
            if known not in self.figures:
                continue
            beside, unknown = (week, "beside", area, group), (week, "unknown", area, group)
            self.unknown |= {beside, unknown, (week, "others", area)}
            if (area, group) in self.beds_known:
                self.known[unknown] = Fraction()
                self.unknown.remove(unknown)
            tourism = (week, "guest_nights", area, group, "all")
            self.zero.append(
                {
                    tourism: Fraction(1),
                    beside: Fraction(1),
                    known: Fraction(-1),
                    unknown: Fraction(-1),
                }
            )
            rest[beside] = Fraction(-1)
        if len(rest) > 2:
            self.zero.append(rest)

    def _sum(self, total: Key, parts: Iterable[Key]) -> None:
        there = [part for part in parts if part in self.figures]
        if total in self.figures and there:
            self.zero.append({total: Fraction(-1)} | dict.fromkeys(there, Fraction(1)))

    def computed(self) -> dict[Key, Fraction]:
        """Hidden figures that the equations determine, with their values."""
        solved: dict[Key, Equation] = {}
        for equation in self.zero:
            left = {key: factor for key, factor in equation.items() if key in self.unknown}
            terms = (
                -factor * self.known[key] for key, factor in equation.items() if key in self.known
            )
            line, right = _reduced((left, sum(terms, Fraction())), solved)
            if not line:
                continue
            pivot = min(line)
            factor = line[pivot]
            new = {key: each / factor for key, each in line.items()}, right / factor
            for other, old in list(solved.items()):
                if pivot in old[0]:
                    solved[other] = _minus(old, old[0][pivot], new)
            solved[pivot] = new
        return {key: right for key, (line, right) in solved.items() if len(line) == 1}

    def bounds(self, keys: Iterable[Key]) -> dict[Key, tuple[float, float]]:
        """The least and the most that each of these may be (infinity: no most)."""
        names = sorted(self.known.keys() | self.unknown)
        index = {key: at for at, key in enumerate(names)}
        equal = _sparse(
            [{index[key]: float(f) for key, f in row.items()} for row in self.zero], len(names)
        )
        pairs = [(less, more) for less, more in self.below if more in index]
        open_pairs = [pair for pair in pairs if not self.known.keys() >= set(pair)]
        at_most = _sparse(
            [{index[less]: 1.0, index[more]: -1.0} for less, more in open_pairs], len(names)
        )
        limits = [
            (float(self.known[key]), float(self.known[key]))
            if key in self.known
            else (0.0, self.limits.get(key))
            for key in names
        ]

        def end(key: Key, sign: float) -> float:
            aim = [0.0] * len(names)
            aim[index[key]] = sign
            answer = linprog(
                aim,
                A_ub=at_most,
                b_ub=[0.0] * len(open_pairs) or None,
                A_eq=equal,
                b_eq=[0.0] * len(self.zero),
                bounds=limits,
                method="highs-ds",
            )
            assert answer.status in {0, 3}, answer.message
            return float(answer.x[index[key]]) if answer.status == 0 else float("inf")

        return {key: (end(key, 1.0), end(key, -1.0)) for key in keys}


def _sparse(rows: list[dict[int, float]], width: int) -> csr_array | None:
    if not rows:
        return None
    entries = [(value, at, column) for at, row in enumerate(rows) for column, value in row.items()]
    values, lines, columns = zip(*entries, strict=True)
    return csr_array((values, (lines, columns)), shape=(len(rows), width))


def _minus(equation: Equation, factor: Fraction, other: Equation) -> Equation:
    line = dict(equation[0])
    for key, each in other[0].items():
        line[key] = line.get(key, Fraction()) - factor * each
    left = {key: each for key, each in line.items() if each}
    return left, equation[1] - factor * other[1]


def _reduced(equation: Equation, solved: dict[Key, Equation]) -> Equation:
    for key in list(equation[0]):
        if key in solved and key in equation[0]:
            equation = _minus(equation, equation[0][key], solved[key])
    return equation
