"""Name every request: the same id in each log line about it and in the answer's header, so that a
host who calls for help can say which one it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from asm.db.base import new_id
from asm.headers import Header, raw
from asm.logs import REQUEST_ID

HEADER = raw(Header.X_REQUEST_ID)
#: In a request's state: its name, once its answer is made outside of the frame.
NAMED = "asm_named"


@contextmanager
def named_request() -> Iterator[str]:
    """The id is made here; one that a client sends is not taken over: it could hold anything."""
    name = str(new_id())
    token = REQUEST_ID.set(name)
    try:
        yield name
    finally:
        REQUEST_ID.reset(token)
