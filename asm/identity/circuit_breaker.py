"""Stop asking a service that keeps failing, and try with one call whether it is back."""

import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]


class CircuitBreaker:
    """Closed: calls go out. Open after `opens_after` failures in a row: none does, for `rest_s`
    seconds. Half open after that: one call may try; its failure doubles the rest, up to
    `longest_rest_s`, its success closes the breaker.
    """

    def __init__(
        self,
        *,
        opens_after: int = 5,
        rest_s: float = 15.0,
        longest_rest_s: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opens_after = opens_after
        self._first_rest = self._rest = rest_s
        self._longest_rest = longest_rest_s
        self._clock = clock
        self._failures = 0
        self._open_until: float | None = None
        self._probing = False

    @property
    def state(self) -> State:
        """Open also while the one probe of a half-open breaker is under way."""
        if self._open_until is None:
            return "closed"
        resting = self._probing or self._clock() < self._open_until
        return "open" if resting else "half_open"

    def enter(self) -> bool:
        """Whether a call may go out now. True from half open takes the probe: say how it ended."""
        state = self.state
        if state == "half_open":
            self._probing = True
        return state != "open"

    def succeeded(self) -> None:
        """The service answered as agreed."""
        self._failures, self._rest = 0, self._first_rest
        self._open_until, self._probing = None, False

    def failed(self, *, rest_s: float = 0.0) -> None:
        """It did not. With `rest_s` it asked to be left alone for so long, and is."""
        self._failures += 1
        if self._probing:
            self._rest = min(self._rest * 2, self._longest_rest)
        if self._probing or rest_s or self._failures >= self._opens_after:
            self._open_until = self._clock() + max(self._rest, rest_s)
        self._probing = False

    def abandoned(self) -> None:
        """The call was given up without an outcome: the next one may probe. Harmless after one."""
        self._probing = False
