"""Guest nights of some years: weekends, summers, Tết, holidays, and chance."""

import math
import random
from datetime import date, timedelta

from asm.analytics.questions.span import Span
from asm.analytics.seasons.holidays import holidays_in
from asm.analytics.seasons.naive import tet_offset

_WEEKDAYS = (0.9, 0.85, 0.85, 0.9, 1.25, 1.4, 1.0)


def invented_years(seed: int, first: date, nights: int, level: int = 200) -> list[int]:
    chance, drift, values = random.Random(seed), 0.0, []
    span = Span(first=first, last=first + timedelta(days=nights))
    holidays = {each.day for each in holidays_in(span)}
    for night in span.each()[:nights]:
        day = night.timetuple().tm_yday
        expected = level * _WEEKDAYS[night.weekday()]
        expected *= 1 + 0.3 * math.sin(2 * math.pi * (day - 100) / 365)
        offset = tet_offset(night)
        if offset is not None:
            expected *= 0.5 if offset < 0 else 1.9 if 1 <= offset <= 5 else 1.2
        elif {night, night + timedelta(days=1)} & holidays:
            expected *= 1.6
        drift = 0.95 * drift + chance.gauss(0, 0.03)
        expected *= math.exp(drift)
        values.append(max(0, round(chance.gauss(expected, 1.2 * math.sqrt(expected)))))
    return values
