"""Why somebody may be looked up: a list, so that reviews and the person concerned can read it."""

from typing import Final, Literal, get_args

#: Their texts stand in the pages; a reason that is given up keeps its word in old look-ups.
Reason = Literal["missing", "wanted", "criminal_case", "residence", "emergency", "report", "other"]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
#: What is typed beside it: enough that a reviewer can follow it.
LEAST_NOTE: Final = 10
MOST_NOTE: Final = 500
MOST_CASE: Final = 60
