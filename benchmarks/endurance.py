"""Memory of a worker over many requests: `python -m benchmarks.endurance [--requests 200000]`.

One worker declares until so many are answered or two minutes have passed, whichever is first. A
leak shows as a slope that does not end: the growth over the second half is told for each million
declarations, and what an hour at the rate of the run would come to.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks.contenders import product
from benchmarks.measure import ForeignCpu, conditions, memory_mb
from benchmarks.rig import running_rig
from benchmarks.wrk import provide_wrk, run_wrk, write_hosts

GOAL_MB = 200.0
_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg", "msgspec", "uvicorn")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--slice", type=float, default=10, help="seconds between two looks")
    options = parser.parse_args(arguments)
    looks: list[tuple[int, float]] = []
    answered = 0
    with running_rig() as rig:
        provide_wrk(rig.folder / "apt.log")
        write_hosts(rig.folder / "hosts.txt", rig.hosts)
        foreign = ForeignCpu()
        with product(rig, 1) as server:
            begun = time.monotonic()
            print("| declarations | seconds | MB now | MB at most |\n|---|---|---|---|")
            while answered < options.requests and time.monotonic() - begun < options.minutes * 60:
                measured = run_wrk(server.address, rig.folder / "hosts.txt", seconds=options.slice)
                answered += measured.answered
                now, most = memory_mb(server.pid)
                looks.append((answered, now))
                spent = time.monotonic() - begun
                print(f"| {answered:,} | {spent:.0f} | {now:.0f} | {most:.0f} |", flush=True)
        said = conditions(_PACKAGES, foreign)
    half = looks[len(looks) // 2]
    slope = (looks[-1][1] - half[1]) / max(looks[-1][0] - half[0], 1)
    hour = looks[-1][1] + max(slope, 0) * answered / spent * 3600
    word = "reached" if hour <= GOAL_MB else "NOT reached"
    print(f"\ngrowth over the second half: {slope * 1e6:.1f} MB for a million declarations")
    print(f"{word}: {hour:.0f} MB after an hour at this rate (goal {GOAL_MB:.0f} MB), extrapolated")
    print("\n".join(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
