"""`make load`: an evening of people against an installation of its own, then the database's check.

    make load ARGS="--scenario peak --peak 300 --minutes 2"

The installation is kept in .asm/load (ASM_DATA_DIR chooses another). One that runs is used and left
on, but for the scenarios that break something: they break only what they started.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from load_tests.crowd import make_crowd
from load_tests.outages import OUTAGES, later, let_go

LOCAL = ("-m", "local")
HOUSES = {"receptionist": 300, "landlord": 150, "hotel_system": 40, "hospital": 30}
WARDS = 40
#: Scenario → guests a second at the peak and minutes, unless told otherwise.
SCENARIOS = {
    "evening": (60.0, 5.0),
    "peak": (600.0, 2.0),
    "burst": (2000.0, 1 / 6),
    "redis_down": (60.0, 1.0),
    "postgres_restart": (60.0, 1.0),
    "population_hangs": (60.0, 1.0),
}


def data_dir() -> Path:
    """Where the installation keeps its things."""
    return Path(os.environ["ASM_DATA_DIR"]).absolute()


def python(*arguments: str, env: Mapping[str, str] | None = None, quiet: bool = False) -> int:
    """Run Python with `arguments`; its exit status."""
    output = subprocess.DEVNULL if quiet else None
    command = [sys.executable, *arguments]
    # Our own modules, and options that whoever started us has written.
    done = subprocess.run(command, env=env, stdout=output, check=False)  # noqa: S603
    return done.returncode


@contextmanager
def running(scenario: str) -> Iterator[dict[str, Any]]:
    """The state of an installation that is on; off again if it was off before."""
    was_on = python(*LOCAL, "status", quiet=True) == 0
    if was_on and scenario in OUTAGES:
        raise SystemExit("an installation is running here: `make down` first, or ASM_DATA_DIR=…")
    if not was_on and python(*LOCAL, "up", "--detach", quiet=True) != 0:
        raise SystemExit(1)
    state = json.loads((data_dir() / "state.json").read_text(encoding="utf-8"))
    try:
        yield state
    finally:
        if scenario == "population_hangs":
            let_go(state)
        if not was_on:
            python(*LOCAL, "down", quiet=True)


def surroundings(state: Mapping[str, Any], options: argparse.Namespace) -> dict[str, str]:
    """Where accounts, ledger and database are, for Locust and the check."""
    secrets = data_dir() / "secrets"
    password = (secrets / "postgres-admin-password").read_text(encoding="ascii").strip()
    own = f"postgresql://asm_admin:{password}@127.0.0.1:{state['ports'].get('postgres')}/asm"
    env = {
        **os.environ,
        "ASM_LOAD_ACCOUNTS": str(secrets / "demo-accounts.json"),
        "ASM_LOAD_CROWD": str(secrets / "load-crowd.json"),
        "ASM_LOAD_LEDGER": str(data_dir() / "load-ledger.jsonl"),
        "ASM_LOAD_TIMELINE": str(data_dir() / "load-timeline.json"),
        "ASM_LOAD_DSN": os.environ.get("DATABASE_URL", own),
        "ASM_LOAD_SCENARIO": options.scenario,
        "ASM_LOAD_PEAK": str(options.peak),
        "ASM_LOAD_BURST": str(options.peak),
        "ASM_LOAD_MINUTES": str(options.minutes),
        "ASM_LOAD_BURST_S": str(options.minutes * 60),
        "ASM_LOAD_TROUBLE": str(int(options.scenario in OUTAGES)),
    }
    people = make_crowd(env["ASM_LOAD_DSN"], HOUSES, wards=WARDS, token_of=password)
    file = Path(env["ASM_LOAD_CROWD"])
    file.touch(mode=0o600)
    file.write_text(json.dumps([asdict(account) for account in people]), encoding="utf-8")
    os.environ.update({key: env[key] for key in ("ASM_LOAD_LEDGER", "ASM_LOAD_TIMELINE")})
    return env


def locust(scenario: str, report: Path) -> list[str]:
    """Locust's command: people and the shape of the evening, or the burst."""
    files = ["load_tests/burst.py"]
    if scenario != "burst":
        files = ["load_tests/locustfile.py", "load_tests/shape.py"]
    options = ["--headless", "--only-summary", "--stop-timeout", "100"]
    if scenario == "burst":
        options += ["-u", "5", "-r", "5", "-t", "5m"]
    return ["-m", "locust", "-f", ",".join(files), *options, "--html", str(report / "locust.html")]


def arguments_of(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Ours, and what is Locust's."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--scenario", choices=SCENARIOS, default="evening")
    parser.add_argument("--peak", type=float, help="guests a second at the peak")
    parser.add_argument("--minutes", type=float, help="how long the evening is made")
    options, rest = parser.parse_known_args(arguments)
    peak, minutes = SCENARIOS[options.scenario]
    options.peak, options.minutes = options.peak or peak, options.minutes or minutes
    return options, rest


def main(arguments: Sequence[str]) -> int:
    """Load, check and report; the exit status of the check, else Locust's."""
    options, rest = arguments_of(arguments)
    os.environ.setdefault("ASM_DATA_DIR", ".asm/load")
    report = data_dir() / "load-report"
    report.mkdir(parents=True, exist_ok=True)
    with running(options.scenario) as state:
        env = surroundings(state, options)
        outage = later(options.minutes * 30, options.scenario, state)
        print(
            f"{options.scenario}: peak {options.peak:g} guests/s, {options.minutes * 60:.0f} s",
            flush=True,
        )
        command = [*locust(options.scenario, report), "--host", state["url"], *rest]
        loaded = python(*command, env=env)
        if outage is not None:
            outage.join()
        checked = python("-m", "load_tests.check_database", "--drained", env=env)
    write_report(options, report)
    return checked or loaded


def write_report(options: argparse.Namespace, folder: Path) -> None:
    """Print what it came to and write the page with the plots."""
    # Read here: these modules look at the environment when they are loaded.
    from load_tests.report import lines, plots, read_run, write_html  # noqa: PLC0415

    evening_s = options.minutes * 60 if options.scenario == "evening" else None
    run = read_run()
    said = list(lines(run, evening_s))
    print("\n".join(said))
    write_html(folder / "index.html", run, said, evening_s)
    for name, svg in zip(("rate", "latency"), plots(run, evening_s), strict=True):
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(f"report: {folder / 'index.html'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
