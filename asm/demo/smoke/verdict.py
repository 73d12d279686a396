"""The last word of the walk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from asm.demo.smoke.http import SmokeFailure
from asm.errors import ConfigurationError

Say = Callable[[str], None]


@contextmanager
def last_word(say: Say) -> Iterator[None]:
    """Say OK when the block is through, or FAILED and why. Raises SystemExit with 1 on failure."""
    try:
        yield
    except (SmokeFailure, ConfigurationError, httpx.HTTPError) as error:
        say(f"\nFAILED: {error}")
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        say("\nFAILED: interrupted")
        raise SystemExit(1) from None
    say("\nOK")
