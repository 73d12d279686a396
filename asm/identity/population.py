"""Ask the national population service whether a number, a name and a birth date belong together.

The service answers match, no match or unknown; whatever else happens is `unavailable`: a timeout,
an error, a body that cannot be read, an item that is missing, doubled or answered with a word that
is not in the agreement. Nothing but a readable "match" is ever a match.

Numbers and names travel in the body of a POST over TLS: never in an address, a log or an error.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, get_args

import httpx
import msgspec
import structlog

from asm.errors import ConfigurationError
from asm.headers import Header
from asm.identity.circuit_breaker import CircuitBreaker

Answer = Literal["match", "no_match", "unknown", "unavailable"]
MAX_BATCH: Final = 100
PATH: Final = "/v1/identities/verify"
#: A hundred answers take 4 kB; what is far longer is none.
MAX_REPLY_BYTES: Final = 256 * 1024
#: Longest rest that a service may ask for by `Retry-After`.
LONGEST_REST_S: Final = 3600.0
_SAID: Final = frozenset(get_args(Answer)) - {"unavailable"}
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500
log = structlog.get_logger()


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about one person. `birth_date` is a day (1990-08-15) or a year (1990)."""

    number: str
    name: str
    birth_date: str | None

    def __repr__(self) -> str:
        return "Identity(…)"


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long one batch may take: `tries` of at most `try_s` seconds, with waits between them
    drawn from zero to `first_wait_s`, then twice that, never above `longest_wait_s`.
    """

    connect_s: float = 3.0
    try_s: float = 10.0
    tries: int = 3
    first_wait_s: float = 0.5
    longest_wait_s: float = 8.0

    @property
    def longest_s(self) -> float:
        """The most that a batch can take."""
        return self.tries * self.try_s + (self.tries - 1) * self.longest_wait_s


class _Item(msgspec.Struct, frozen=True):
    ref: str
    answer: str


class _Reply(msgspec.Struct, frozen=True):
    items: list[_Item]


class _CallFailed(Exception):  # noqa: N818 -- never leaves this module
    """One try failed. `again`: another may succeed; `wait_s`: as long as the service asked for."""

    def __init__(self, kind: str, *, again: bool, wait_s: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.again = again
        self.wait_s = wait_s


class PopulationClient:
    """One connection pool and one breaker for one service. Close it, or use it as a context."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        breaker: CircuitBreaker | None = None,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.breaker = breaker or CircuitBreaker()
        self.patience = patience or Patience()
        self._sleep = sleep
        self._chance = random.Random()  # noqa: S311 -- spreads retries, no secret
        # Both write addresses and headers at lower levels, and the token is a header.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(
            base_url=_safe(base_url),
            headers={
                Header.AUTHORIZATION: f"Bearer {token}",
                Header.CONTENT_TYPE: "application/json",
                # A compressed reply could unpack to any size.
                Header.ACCEPT_ENCODING: "identity",
            },
            timeout=httpx.Timeout(self.patience.try_s, connect=self.patience.connect_s),
            # The system's authorities, where an operator adds the ministry's own.
            verify=ssl.create_default_context(),
            follow_redirects=False,
            # A proxy named in the environment would see whom we ask about.
            trust_env=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def verify(self, batch: Sequence[Identity]) -> list[Answer]:
        """One answer for each of up to 100 identities, in their order; raises nothing expected.

        Hold no database connection meanwhile: it may take `patience.longest_s` seconds.
        """
        if len(batch) > MAX_BATCH:
            raise ValueError(f"at most {MAX_BATCH} identities at once")
        probing = self.breaker.state == "half_open"
        if not batch or not self.breaker.enter():
            return ["unavailable"] * len(batch)
        try:
            return await self._ask(batch, tries=1 if probing else self.patience.tries)
        finally:
            self.breaker.abandoned()

    async def _ask(self, batch: Sequence[Identity], *, tries: int) -> list[Answer]:
        # Refs are places in this one request: the service learns no id of ours.
        items = [
            {"ref": str(n), **msgspec.structs.asdict(identity)} for n, identity in enumerate(batch)
        ]
        body = msgspec.json.encode({"items": items})
        for attempt in range(tries):
            try:
                answers = _read(await self._post(body), len(batch))
            except _CallFailed as failure:
                self._note(failure, len(batch))
                if not failure.again or attempt + 1 == tries or self.breaker.state != "closed":
                    break
                await self._sleep(self._wait(attempt, failure))
            else:
                self.breaker.succeeded()
                return answers
        return ["unavailable"] * len(batch)

    def _note(self, failure: _CallFailed, people: int) -> None:
        long = (failure.wait_s or 0.0) > self.patience.longest_wait_s
        rest_s = min(failure.wait_s or 0.0, LONGEST_REST_S) if long else 0.0
        self.breaker.failed(rest_s=rest_s)
        log.warning(
            "population_service_failed",
            kind=failure.kind,
            people=people,
            breaker=self.breaker.state,
        )

    def _wait(self, attempt: int, failure: _CallFailed) -> float:
        if failure.wait_s is not None:
            return failure.wait_s
        most = min(self.patience.first_wait_s * 2**attempt, self.patience.longest_wait_s)
        return self._chance.uniform(0.0, most)

    async def _post(self, body: bytes) -> bytes:
        try:
            # httpx counts each read by itself: a service that drips bytes would never time out.
            async with (
                asyncio.timeout(self.patience.try_s),
                self._http.stream("POST", PATH, content=body) as response,
            ):
                if response.status_code != _OK:
                    raise _refusal(response)
                return await _limited(response)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise _CallFailed(type(error).__name__, again=True) from error


def read_token(file: Path) -> str:
    """The bearer token in `file`. Raises ConfigurationError when it cannot be used."""
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{file.name} cannot be read: it must hold the token of the population service "
            "(ASM_POPULATION_TOKEN_FILE)"
        ) from error
    if not token:
        raise ConfigurationError(f"{file.name} is empty (ASM_POPULATION_TOKEN_FILE)")
    return token


def _safe(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ConfigurationError("ASM_POPULATION_URL is not an address") from error
    if url.scheme == "https" or (url.scheme == "http" and url.host in _HERE):
        return url
    raise ConfigurationError(
        "ASM_POPULATION_URL must begin with https:// unless it names this machine: "
        "personal numbers do not travel in the clear"
    )


def _refusal(response: httpx.Response) -> _CallFailed:
    status = response.status_code
    again = status == _TOO_MANY or status >= _SERVER_ERROR
    return _CallFailed(
        f"http_{status}", again=again, wait_s=_retry_after(response) if again else None
    )


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds asked for. A date is read against the service's own clock, not ours."""
    retry_after = response.headers.get(Header.RETRY_AFTER, "")
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        until = parsedate_to_datetime(retry_after)
        since = parsedate_to_datetime(response.headers.get(Header.DATE, ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError):
        return None


async def _limited(response: httpx.Response) -> bytes:
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) > MAX_REPLY_BYTES:
            raise _CallFailed("reply_too_long", again=False)
    return bytes(read)


def _read(raw: bytes, people: int) -> list[Answer]:
    try:
        reply = msgspec.json.decode(raw, type=_Reply)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _CallFailed("reply_unreadable", again=False) from error
    answers_by_ref: dict[str, set[str]] = {}
    for item in reply.items:
        answers_by_ref.setdefault(item.ref, set()).add(item.answer)
    answers = [_agreed_answer(answers_by_ref.get(str(index), set())) for index in range(people)]
    if all(answer == "unavailable" for answer in answers):
        raise _CallFailed("reply_without_answers", again=False)
    return answers


def _agreed_answer(said: set[str]) -> Answer:
    """The answer when exactly one of the agreed words was said of a person."""
    word = said.pop() if len(said) == 1 else ""
    return word if word in _SAID else "unavailable"  # type: ignore[return-value]  # checked here
