"""Databases for tests, each a fresh copy of one template, made ahead while other tests run."""

import queue
import threading
from collections.abc import Callable

import psycopg

AHEAD = 3
#: Each DROP DATABASE begins with a checkpoint that writes out what all databases have changed:
#: many drops in a row share one. About 0.5 GB wait to be dropped.
DROPPED_TOGETHER = 25


class DatabaseStock:
    """Keeps a few copies of the template ready, and drops what tests have given back.

    A copy takes a fifth of a second, as long as many a test: made by a thread of its own it costs
    the tests nothing where there is a second core.
    """

    def __init__(self, admin_url: Callable[[str], str], template: str) -> None:
        self._admin_url = admin_url
        self._template = template
        self._ready: queue.Queue[str | Exception] = queue.Queue(AHEAD)
        self._used: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._maker = threading.Thread(target=self._make, name="test databases", daemon=True)
        self._maker.start()

    def take(self) -> str:
        """The name of a database that nobody else has. Raises what went wrong in making it."""
        outcome = self._ready.get(timeout=120)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def give_back(self, name: str) -> None:
        """Let the database be dropped soon."""
        self._used.put(name)

    def end(self) -> None:
        """Stop making; the server goes away with all that is left."""
        self._ended.set()
        while not self._ready.empty():
            self._ready.get_nowait()
        self._maker.join(timeout=30)

    def _make(self) -> None:
        number = 0
        with psycopg.connect(self._admin_url("postgres"), autocommit=True) as connection:
            while not self._ended.is_set():
                number += 1
                name = f"asm_test_{number}"
                outcome: str | Exception = name
                try:
                    self._drop_used(connection)
                    connection.execute(self._copy(name))
                except psycopg.Error as error:
                    outcome = error
                self._offer(outcome)

    def _copy(self, name: str) -> bytes:
        """Its files are copied as they are: to write each page to the log as well, the usual way,
        takes twice the processor's time.
        """
        return f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy".encode()

    def _offer(self, outcome: str | Exception) -> None:
        while not self._ended.is_set():
            try:
                self._ready.put(outcome, timeout=0.5)
            except queue.Full:
                continue
            return

    def _drop_used(self, connection: psycopg.Connection) -> None:
        if self._used.qsize() < DROPPED_TOGETHER:
            return
        while not self._used.empty():
            connection.execute(f"DROP DATABASE {self._used.get()} WITH (FORCE)".encode())
