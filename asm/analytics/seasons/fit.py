"""Fit the model and forecast, in a process of its own: statsmodels takes 150 MB and seconds, and
both are given back when it ends. JSON in, JSON out; numbers of nights, nothing of anybody.

The model: the logarithm of guest nights by least squares on weekday, nights around Tết one by one,
other holidays and the time of the year, and what it leaves over carried on by exponential
smoothing.
"""

import math
import sys
import warnings
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from asm.analytics.questions.span import Span
from asm.analytics.seasons.holidays import holidays_in
from asm.analytics.seasons.naive import tet_offset

YEAR: Final = 365.25
#: Waves of a year that are fitted, once a year of nights is there.
WAVES: Final = 2
WEEKDAYS: Final = 7
#: Groups of nights around Tết that behave alike, by how far off they are.
TET_GROUPS: Final = (
    range(-7, -3),
    range(-3, -1),
    range(-1, 0),
    range(1),
    range(1, 2),
    range(2, 3),
    range(3, 5),
    range(5, 7),
    range(7, 11),
)


class FitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`values` of the nights from `first` on; for each of `cuts` the nights before it are known,
    and the `ahead` from it on are forecast.
    """

    first: date
    values: list[int]
    cuts: list[int]
    ahead: int


class FitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast for each cut, in the order of the request."""

    forecasts: list[list[float]]


def fit(request: FitRequest) -> FitAnswer:
    """All of it. Slow."""
    # Before warnings are sifted: statsmodels, as it is loaded, has its own shown always.
    from statsmodels.tools.sm_exceptions import ConvergenceWarning  # noqa: PLC0415 -- see below

    nights = [
        request.first + timedelta(days=step) for step in range(len(request.values) + request.ahead)
    ]
    holidays = _holidays(nights)
    rows = [_features(night, holidays) for night in nights]
    with warnings.catch_warnings():
        # A fit that did not settle is as good as its error on the past, which decides. Nothing else
        # is to be warned of.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return FitAnswer(
            forecasts=[_forecast(request.values[:cut], rows, request.ahead) for cut in request.cuts]
        )


def _forecast(values: Sequence[int], rows: Sequence[Sequence[float]], ahead: int) -> list[float]:
    import numpy as np  # noqa: PLC0415 -- in this process alone
    import statsmodels.api  # noqa: PLC0415 -- see above
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing  # noqa: PLC0415 -- see above

    known = len(values)
    columns = len(rows[0]) if known > YEAR else len(rows[0]) - 2 * WAVES
    features = np.array([row[:columns] for row in rows[: known + ahead]])
    features = features[:, _telling(features[:known])]
    logged = np.log1p(np.array(values, dtype=float))
    line = statsmodels.api.OLS(logged, features[:known]).fit()
    # Where the line leaves nothing over, its logarithm is taken for a criterion that is not used.
    with np.errstate(divide="ignore"):
        smoothed = SimpleExpSmoothing(line.resid, initialization_method="estimated").fit()
        carried = smoothed.forecast(ahead)
    both = line.predict(features[known:]) + carried
    # What exceeds all that was ever seen by far is the model's error and nobody's visit.
    most = 3.0 * max(values, default=0)
    return [float(each) for each in np.clip(np.expm1(both), 0.0, most)]


def _telling(known: Any) -> Any:
    """Which columns of a matrix say something that the others do not say already. A past without a
    Tết says nothing of one, and nothing is forecast from that.
    """
    import numpy as np  # noqa: PLC0415 -- in this process alone
    from scipy.linalg import qr  # noqa: PLC0415 -- see above

    _, order = qr(known, mode="r", pivoting=True)
    rank = int(np.linalg.matrix_rank(known))
    return np.sort(order[:rank])


def _features(night: date, holidays: set[date]) -> list[float]:
    offset = tet_offset(night)
    day = 2 * math.pi * night.timetuple().tm_yday / YEAR
    near = [float(offset is not None and offset in group) for group in TET_GROUPS]
    tomorrow = night + timedelta(days=1)
    return [
        1.0,
        *(float(night.weekday() == weekday) for weekday in range(1, WEEKDAYS)),
        *near,
        float(offset is None and night in holidays),
        float(offset is None and tomorrow in holidays),
        *(wave(day * times) for times in range(1, WAVES + 1) for wave in (math.sin, math.cos)),
    ]


def _holidays(nights: Sequence[date]) -> set[date]:
    span = Span(first=nights[0], last=nights[-1] + timedelta(days=1))
    return {each.day for each in holidays_in(span)}


def main() -> None:
    """A request on the input, an answer on the output."""
    request: Any = msgspec.json.decode(sys.stdin.buffer.read(), type=FitRequest)
    sys.stdout.buffer.write(msgspec.json.encode(fit(request)))


if __name__ == "__main__":
    main()
