"""`python -m local prepare postgres browser assets`: what `make` needs before the tests."""

from collections.abc import Sequence
from typing import Literal

from local.assets import build_assets, check_assets
from local.layout import read_layout
from local.progress import Progress
from local.provide import provide_browser, provide_postgres

Thing = Literal["postgres", "browser", "assets", "npm-check"]


def prepare(things: Sequence[Thing]) -> None:
    """Provide each of the things named. Raises ConfigurationError when one cannot be had."""
    layout, progress = read_layout(), Progress()
    providers = {
        "postgres": provide_postgres,
        "browser": provide_browser,
        "assets": build_assets,
        "npm-check": check_assets,
    }
    layout.prepare()
    for name in things:
        providers[name](layout, progress)
