"""`ASM_HYPOTHESIS=deep pytest tests/intake` gives every parser 10,000 strings instead of 100."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "deep", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
if "ASM_HYPOTHESIS" in os.environ:
    settings.load_profile(os.environ["ASM_HYPOTHESIS"])
