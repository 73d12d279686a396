"""Of answers that hold a secret, such as a token or a one-time code."""

from typing import Final

from litestar.datastructures import CacheControlHeader

#: No cache between, and none of the asker's, keeps what is shown this once.
SHOWN_ONCE: Final = CacheControlHeader(no_store=True)
