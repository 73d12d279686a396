"""How many people there are at each moment. Given to Locust beside the locustfile:

    ASM_LOAD_PEAK=60 ASM_LOAD_MINUTES=5 locust -f load_tests/locustfile.py,load_tests/shape.py …

ASM_LOAD_PEAK is in guests a second at the rush; ASM_LOAD_SCENARIO=evening follows the curve, any
other keeps the peak for the whole time.
"""

import math
import os
import time

from locust import LoadTestShape

from load_tests.curve import intensity, minute_at
from load_tests.hosts import GUESTS_EACH
from load_tests.person import INTERVAL_S
from load_tests.timeline import planned

#: Locust divides people by weight among the hosts; those of a fixed count come on top.
WATCHERS = 5
WARM_UP_S = 5.0


class Evening(LoadTestShape):
    """People enough for the rate, each declaring every INTERVAL_S seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = float(os.environ.get("ASM_LOAD_PEAK", "60"))
        self.seconds = float(os.environ.get("ASM_LOAD_MINUTES", "5")) * 60
        self.follows_curve = os.environ.get("ASM_LOAD_SCENARIO", "evening") == "evening"

    def tick(self) -> tuple[int, float] | None:
        """People wanted now, and how fast they may come."""
        passed = self.get_run_time()
        if passed > self.seconds:
            return None
        share = intensity(minute_at(passed / self.seconds)) if self.follows_curve else 1.0
        hosts = max(1, math.ceil(self.peak * share / GUESTS_EACH * INTERVAL_S))
        if passed > WARM_UP_S:
            planned[int(time.time())] = hosts / INTERVAL_S
        return hosts + WATCHERS, max(50.0, hosts / 2)
