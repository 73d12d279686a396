"""What is declared of an environment variable."""

from dataclasses import dataclass
from typing import Final, Literal

#: What reads a variable: the pages with the API (`asm web`), the worker (`asm worker`), the other
#: `asm` commands; `make` and its kin on one machine; docker compose.
Process = Literal["web", "worker", "operator", "local", "compose"]
Group = Literal[
    "database", "pages", "files", "watching", "messages", "identity", "local", "compose"
]
#: What makes a value another file's content: `ASM_DATABASE_URL_FILE` in place of the address.
FILE_ENDING: Final = "_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable. `default` is as it would be typed; empty: without it there is
    nothing, or what `NAME:default` in the catalogue says. `needed_by` do not start without it.
    `from_file`: `NAME_FILE` may name a file that holds the value. `since` is a version of ASM.
    """

    name: str
    group: Group
    processes: tuple[Process, ...]
    default: str = ""
    example: str = ""
    needed_by: tuple[Process, ...] = ()
    secret: bool = False
    from_file: bool = False
    since: str = "0.1.0"

    @property
    def names(self) -> tuple[str, ...]:
        """The name, and that of a file in its place where that is taken."""
        return (self.name, self.name + FILE_ENDING) if self.from_file else (self.name,)
