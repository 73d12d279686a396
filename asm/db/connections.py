"""How many connections a process holds at most: the database's server must have room for all."""

from typing import Final

#: Of a web process: for requests; for keys and look-ups; for counting tries; for dry runs, beside
#: those that write.
REQUESTS: Final = 10
VAULT: Final = 3
THROTTLE: Final = 2
DRY_RUNS: Final = 2
#: Of the worker: one for draining, the others for what runs beside it.
WORKER: Final = 6
#: For the operator's commands beside them.
COMMANDS: Final = 5
