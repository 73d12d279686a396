"""A connection that has only just been taken is not closed before it could say what it wants.

When the process is told to stop, uvicorn closes every connection without a request. One that was
taken a moment ago may have sent its request already: it would be torn off, and what it asked may
not be asked twice. Such a one gets a moment more, answers, and is closed after the answer.
"""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: A request follows its connection at once, or the connection was opened for later.
FIRST_REQUEST_S: Final = 2.0


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's own, but for the end of a connection that is new."""

    def connection_made(self, transport: object) -> None:
        """Note when it began."""
        super().connection_made(transport)  # type: ignore[arg-type]  # asyncio's own transport
        self.began = self.loop.time()
        self.has_request = self.ending = False

    def shutdown(self) -> None:
        """Close it: at once, after the answer that is under way, or after a moment's waiting for
        the first request.
        """
        waited = self.loop.time() - self.began
        if not self.has_request and waited < FIRST_REQUEST_S:
            self.ending = True
            self.loop.call_later(FIRST_REQUEST_S - waited, self.shutdown)
            return
        super().shutdown()

    def on_headers_complete(self) -> None:
        """Where the end has been asked for, the answer to this request is the last."""
        super().on_headers_complete()
        self.has_request = True
        if self.ending:
            self.cycle.keep_alive = False
