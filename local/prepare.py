"""`python -m local prepare postgres browser nginx`: what `make` needs before the tests."""

from collections.abc import Sequence
from enum import StrEnum

from local.assets import build_assets, check_assets
from local.layout import read_layout
from local.machine.progress import Progress
from local.provide import provide_browser, provide_nginx, provide_postgres, provide_systemd


class Thing(StrEnum):
    """What can be asked for, in the command's words."""

    POSTGRES = "postgres"
    BROWSER = "browser"
    NGINX = "nginx"
    SYSTEMD = "systemd"
    ASSETS = "assets"
    NPM_CHECK = "npm-check"


def prepare(things: Sequence[Thing]) -> None:
    """Provide each of the things named. Raises ConfigurationError when one cannot be had."""
    layout, progress = read_layout(), Progress()
    providers = {
        Thing.POSTGRES: provide_postgres,
        Thing.BROWSER: provide_browser,
        Thing.NGINX: provide_nginx,
        Thing.SYSTEMD: provide_systemd,
        Thing.ASSETS: build_assets,
        Thing.NPM_CHECK: check_assets,
    }
    layout.prepare()
    for thing in things:
        providers[thing](layout, progress)
