"""What happened in each second, for the plots: latencies by name, and what was asked for."""

import json
import os
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

#: second since 1970 → name → latencies in ms.
_seconds: defaultdict[int, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
#: second since 1970 → declarations (requests) that the shape asks for in it.
planned: dict[int, float] = {}


@dataclass
class Counts:
    """What the percentiles do not tell; written out with the timeline."""

    refused_cleanly: int = 0
    refused_badly: int = 0
    no_answer: int = 0
    sent_again: int = 0
    given_up: int = 0


counts = Counts()


def timeline_path() -> Path:
    return Path(os.environ.get("ASM_LOAD_TIMELINE", ".asm/load-timeline.json"))


def listen(name: str, response_time: float, **_: object) -> None:
    """Note one request under the second in which it ended."""
    _seconds[int(time.time())][name].append(round(response_time, 1))


def write_timeline(**_: object) -> None:
    content = {
        "began": min(_seconds, default=0),
        "seconds": _seconds,
        "asked": planned,
        "counts": asdict(counts),
    }
    timeline_path().parent.mkdir(parents=True, exist_ok=True)
    timeline_path().write_text(json.dumps(content), encoding="utf-8")
