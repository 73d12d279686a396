"""Invented weeks: the same for the same seed."""

import random
from collections import Counter
from datetime import date

from asm.analytics.published.cube import Cube, build_cube
from asm.analytics.published.groups import COUNTRIES
from asm.analytics.published.week import BedRow, GuestRow, WeekCounts

PROVINCES = {"01": "Thành phố Hà Nội", "48": "Thành phố Đà Nẵng", "56": "Tỉnh Khánh Hòa"}
KINDS = {"hotel": 1.0, "guest_house": 0.5, "homestay": 0.1, "vessel": 0.05, "hospital": 0.2}
RESIDENCES = [f"P{code}" for code in PROVINCES] + [f"C{code}" for code in COUNTRIES[:5]]


def invented_week(seed: int, *, provinces: int = 3, guests: float = 20.0) -> WeekCounts:
    """Mostly small counts, some large, some kinds missing. `guests`: of a cell, roughly."""
    draw = random.Random(seed)
    rows, beds = [], []
    for province in list(PROVINCES)[:provinces]:
        size = guests * draw.lognormvariate(0, 1)
        for kind, share in KINDS.items():
            if draw.random() < 0.2:
                continue
            nights: Counter[str] = Counter()
            for residence in [*RESIDENCES, "CITA", "?"]:
                for tourism in (True, False):
                    if tourism and kind == "hospital":
                        continue
                    mean = size * share * draw.lognormvariate(-1, 1.5) * (1 if tourism else 0.05)
                    arrivals = int(draw.expovariate(1 / mean))
                    if arrivals:
                        stayed = arrivals + int(arrivals * draw.random() * 2)
                        nights[kind] += stayed
                        rows.append(
                            GuestRow(
                                province=province,
                                kind=kind,
                                residence=residence,
                                tourism=tourism,
                                arrivals=arrivals,
                                guest_nights=stayed,
                            )
                        )
            active = 7 * draw.randrange(1, 30)
            beds.append(
                BedRow(
                    province=province,
                    kind=kind,
                    active=active,
                    stayed=min(active // 2, nights[kind]),
                    said=active // 3,
                    beds_open=nights[kind] * 2 + 7,
                    known=int(nights[kind] * draw.choice([1, 1, 0.7])),
                )
            )
    return WeekCounts(monday=date(2026, 11, 2), provinces=PROVINCES, guests=rows, beds=beds)


def invented_cube(seed: int, *, provinces: int = 3, guests: float = 20.0) -> Cube:
    return build_cube(invented_week(seed, provinces=provinces, guests=guests))
