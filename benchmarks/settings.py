"""PostgreSQL's settings, each against those that ship: `python -m benchmarks.settings`.

One cluster for each, from nothing, declaring with 64 connections and one web process. All take
turns within a round, so that what the machine does besides falls on each of them.
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.compare import Sample, measure_server
from benchmarks.contenders import product
from benchmarks.measure import ForeignCpu, conditions
from benchmarks.rig import DATABASE, running_rig
from benchmarks.wrk import provide_wrk, write_hosts

SHIPPED = "as shipped"
#: Nothing with which an acknowledged declaration could be lost.
VARIANTS: Mapping[str, Mapping[str, str]] = {
    SHIPPED: {},
    "wal_compression = off": {"wal_compression": "off"},
    "wal_compression = pglz": {"wal_compression": "pglz"},
    "shared_buffers = 64MB": {"shared_buffers": "64MB"},
    "shared_buffers = 1GB": {"shared_buffers": "1GB"},
    "checkpoints as PostgreSQL's default": {"max_wal_size": "1GB", "checkpoint_timeout": "5min"},
    "wal_buffers = 4MB": {"wal_buffers": "4MB"},
    "commit_delay = 500": {"commit_delay": "500"},
    "jit = on": {"jit": "on"},
}
_PACKAGES = ("litestar", "SQLAlchemy", "asyncpg")


@dataclass(frozen=True)
class Tried:
    name: str
    samples: list[Sample]

    def median(self, what: str) -> float:
        return statistics.median(float(getattr(sample, what)) for sample in self.samples)


def measure(settings: Mapping[str, str], seconds: float) -> Sample:
    with running_rig(settings=settings) as rig:
        provide_wrk(rig.folder / "apt.log")
        write_hosts(rig.folder / "hosts.txt", rig.hosts)
        return measure_server(rig, lambda: product(rig, 1), seconds, DATABASE)


def print_table(tried: Sequence[Tried]) -> None:
    shipped = next(variant for variant in tried if variant.name == SHIPPED)
    print("| setting | declarations/s | ÷ as shipped | p99 ms | PostgreSQL CPU µs | WAL bytes |")
    print("|---|---|---|---|---|---|")
    for variant in tried:
        ratio = variant.median("per_second") / shipped.median("per_second")
        print(f"| {variant.name} | {variant.median('per_second'):,.0f} | {ratio:.2f} "
              f"| {variant.median('p99_ms'):.0f} | {variant.median('postgres_us'):,.0f} "
              f"| {variant.median('wal'):,.0f} |")  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args(arguments)
    foreign = ForeignCpu()
    tried = [Tried(name, []) for name in VARIANTS]
    for number in range(options.rounds):
        for variant in tried:
            variant.samples.append(measure(VARIANTS[variant.name], options.seconds))
            print(f"round {number + 1}: {variant.name} {variant.samples[-1].per_second:,.0f}/s",
                  file=sys.stderr, flush=True)  # fmt: skip
    print(f"Medians of {options.rounds} rounds of {options.seconds:.0f} s, 64 connections\n")
    print_table(tried)
    print("\n" + "\n".join(conditions(_PACKAGES, foreign)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
