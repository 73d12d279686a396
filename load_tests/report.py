"""What a run came to: asked and achieved, latency by kind, lateness, and plots; as text and HTML.

python -m load_tests.report      # from the files of the last run
"""

import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from load_tests.curve import LENGTH, RUSH, clock, minute_at
from load_tests.ledger import Party, ledger_path, read_ledger
from load_tests.plot import Axis, Line, chart
from load_tests.timeline import timeline_path

DECLARE = ": declare"
#: A request that left this long before the deadline and was received after it: our own doing.
GRACE_S = 1.0


@dataclass(frozen=True)
class Run:
    """The files of one run, read."""

    parties: Mapping[str, Party]
    began: int
    seconds: Mapping[int, Mapping[str, Sequence[float]]]
    planned: Mapping[int, float]
    counts: Mapping[str, int]


def read_run() -> Run:
    timeline: dict[str, Any] = json.loads(timeline_path().read_text(encoding="utf-8"))
    return Run(
        parties=read_ledger(ledger_path()),
        began=timeline["began"],
        seconds={int(second): names for second, names in timeline["seconds"].items()},
        planned={int(second): rate for second, rate in timeline["asked"].items()},
        counts=timeline["counts"],
    )


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def planned_and_achieved(run: Run) -> tuple[float, float]:
    """Parties asked for by the shape, and parties begun and acknowledged while it asked."""
    if not run.planned:
        return 0.0, 0.0
    first, last = min(run.planned), max(run.planned)
    # The shape looks about once a second: what it said last holds until it says something new.
    wanted, now = 0.0, 0.0
    for second in range(first, last + 1):
        now = run.planned.get(second, now)
        wanted += now
    done = sum(p.acknowledged and first <= p.sent_at < last + 1 for p in run.parties.values())
    return wanted, float(done)


def slipped(run: Run, seconds: float | None) -> int:
    """Guests sent before the compressed evening's 23:00 by more than a second and received after
    it. The minutes are compressed, the delay is not: one second of delay is one second.
    """
    if seconds is None:
        return 0
    deadline = run.began + RUSH[1] / LENGTH * seconds
    return sum(
        party.guests
        for party in run.parties.values()
        if party.received_at >= deadline > party.sent_at + GRACE_S
    )


def busiest(run: Run, window: int = 10) -> float:
    """The most guests acknowledged a second over `window` seconds."""
    each: defaultdict[int, int] = defaultdict(int)
    for party in run.parties.values():
        if party.acknowledged:
            each[int(party.answered_at)] += party.guests
    if not each:
        return 0.0
    return max(sum(each[second + k] for k in range(window)) / window for second in list(each))


def lines(run: Run, evening_s: float | None) -> Iterator[str]:
    """What to print."""
    wanted, done = planned_and_achieved(run)
    guests = sum(p.guests for p in run.parties.values() if p.acknowledged)
    delays = [p.received_at - p.sent_at for p in run.parties.values() if p.received_at]
    unanswered = sum(not p.acknowledged for p in run.parties.values())
    late = sum(p.late for p in run.parties.values()) + slipped(run, evening_s)
    if wanted:
        yield f"asked for {wanted:,.0f} declarations, achieved {done:,.0f} ({done / wanted:.0%})"
    yield f"guests acknowledged {guests:,}, in the busiest ten seconds {busiest(run):,.0f} a second"
    yield ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in run.counts.items())
    yield f"begun and never acknowledged {unanswered}"
    yield (
        f"from leaving to the receipt's time: p50 {percentile(delays, 0.5) * 1000:.0f} ms, "
        f"p99 {percentile(delays, 0.99) * 1000:.0f} ms, most {max(delays, default=0.0):.1f} s"
    )
    yield f"late by our doing {late}"


def table(run: Run) -> list[tuple[str, int, float, float, float]]:
    """For each kind of request: its name, how many, p50, p95 and p99 in ms."""
    by_name: defaultdict[str, list[float]] = defaultdict(list)
    for names in run.seconds.values():
        for name, spent in names.items():
            by_name[name] += spent
    return [
        (name, len(spent), *(percentile(spent, share) for share in (0.5, 0.95, 0.99)))
        for name, spent in sorted(by_name.items())
    ]


def plots(run: Run, evening_s: float | None) -> Iterator[str]:
    """Asked against achieved, and latency, over the run."""
    declared = {
        second - run.began: [ms for name, all_ms in names.items() if name.endswith(DECLARE)
                             for ms in all_ms]
        for second, names in sorted(run.seconds.items())
    }  # fmt: skip
    done: defaultdict[int, int] = defaultdict(int)
    for party in run.parties.values():
        if party.acknowledged:
            done[int(party.answered_at) - run.began] += 1
    x = Axis("seconds")
    if evening_s is not None:
        x = Axis("hour of the evening", lambda passed: clock(minute_at(passed / evening_s)))
    planned = [(second - run.began, rate) for second, rate in sorted(run.planned.items())]
    yield chart(
        "Declarations a second, asked for and acknowledged",
        [
            Line("asked", planned, dashed=True),
            Line("acknowledged", _smooth(sorted(done.items()))),
        ],
        x,
        Axis("declarations a second"),
    )
    yield chart(
        "Answers to declarations, ms",
        [
            Line(name, [(second, percentile(ms, share)) for second, ms in declared.items() if ms])
            for name, share in (("p50", 0.5), ("p99", 0.99))
        ],
        x,
        Axis("ms (logarithmic)", log=True),
    )


def _smooth(points: Sequence[tuple[int, int]], over: int = 3) -> list[tuple[float, float]]:
    known = dict(points)
    if not known:
        return []
    return [
        (
            second,
            statistics.fmean(known.get(second + k, 0) for k in range(-over // 2 + 1, over - 1)),
        )
        for second in range(min(known), max(known) + 1)
    ]


def write_html(path: Path, run: Run, said: Sequence[str], evening_s: float | None) -> None:
    """One page without outside parts; Locust's own report lies beside it."""
    rows = "".join(
        f"<tr><td>{escape(name)}<td>{count:,}<td>{p50:.0f}<td>{p95:.0f}<td>{p99:.0f}"
        for name, count, p50, p95, p99 in table(run)
    )
    path.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Load</title>"
        "<style>body{font:15px sans-serif;max-width:860px;margin:2em auto}"
        "td,th{padding:2px 12px;text-align:right}td:first-child{text-align:left}</style>"
        f"<h1>Load</h1><pre>{escape(chr(10).join(said))}</pre>{''.join(plots(run, evening_s))}"
        f"<table><tr><th>request<th>count<th>p50 ms<th>p95 ms<th>p99 ms{rows}</table>"
        "<p><a href=locust.html>Locust's own report</a>",
        encoding="utf-8",
    )


if __name__ == "__main__":
    print("\n".join(lines(read_run(), None)))
