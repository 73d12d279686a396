"""`python -m asm.worker`, with shorter pauses: for tests of what it does after one."""

import runpy

from asm.identity.circuit_breaker import CircuitBreaker
from asm.worker import look_up, main

#: By module or function, what it has instead of 5, 2 and 15 seconds.
PAUSE_S, REST_S = 0.5, 3.0


def _wait_less() -> None:
    defaults = CircuitBreaker.__init__.__kwdefaults__ or {}
    for where, name, seconds in (
        (vars(main), "DRAIN_EVERY_S", PAUSE_S),
        (vars(look_up), "LOOK_UP_EVERY_S", PAUSE_S),
        (defaults, "rest_s", REST_S),
    ):
        if name not in where:
            raise RuntimeError(f"the worker has no {name} any more")
        where[name] = seconds


if __name__ == "__main__":
    _wait_less()
    runpy.run_module("asm.worker", run_name="__main__")
