"""Compute in the test's own process: starting another takes longer than the arithmetic."""

import pytest

from asm.analytics.published import release
from asm.analytics.published.compute import Rows, compute_here
from asm.analytics.published.tables import PublishedTable
from asm.analytics.published.week import WeekCounts


async def _here(week: WeekCounts, before: Rows | None) -> list[PublishedTable]:
    return compute_here(week, before)


def compute_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """For this test. One test leaves it as it is."""
    monkeypatch.setattr(release, "compute", _here)
