"""SQL of more than ten lines stands in a `.sql` file beside its module, under the module's name.

A file holds named statements, each with a comment that says what it is for:

    -- role: asm_worker
    -- name: close_ended
    -- The flags of lists that have ended.
    UPDATE flag SET closed_at = clock_timestamp() WHERE …;

`role` says who runs what follows; `asm/checks/watchlist/hits.py` takes the statement out with
`text(_SQL["close_ended"])`. Parameters are `:name`, as SQLAlchemy and psql have them, or `$1` where
the driver is asked directly (`asm.db.direct`). Only lines that are comments from their first letter
on are left out of what the database gets.

What several statements share word for word (how flags are settled, who was there in an incident)
stands once, as `-- fragment: name`, and comes in the place of a line `-- include: name` (with `,`
or `;` behind it, if need be). Nothing else puts SQL together: no values, no names of columns, and
nothing after the import. Views or functions would say it as well, but then a migration decides what
the code that runs reads, and the planner cannot always look into them; with SQLAlchemy's
expressions nobody sees what the database gets. Fragments of another module are handed over by the
one that imports it, so the direction of imports holds for SQL, too, and no file names another.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_HEADER: Final = re.compile(r"^-- (name|fragment): (\w+)$", re.MULTILINE)
_INCLUDE: Final = re.compile(r"-- include: (\w+)([,;]?)")
#: What is meant as one of them and written otherwise would be taken for a comment, unnoticed.
_ALMOST: Final = re.compile(r"--\s*(name|fragment|include)\s*:")


class Statements(dict[str, str]):
    """Statements and fragments of a module's file by name. `names`: of the statements, which stand
    alone. Asked for what the file lacks, which is at the import, it raises LookupError.
    """

    def __init__(self, module: str) -> None:
        super().__init__()
        self.module = module
        self.names: set[str] = set()

    def __missing__(self, name: str) -> str:
        raise LookupError(f"the .sql file of {self.module} has no {name!r}")


def read_statements(module: str, *shared: Mapping[str, str]) -> Statements:
    """The statements of `module` (its `__name__`), which may include fragments of `shared` and
    those above them in the file.

    Raises ValueError for a file that is not as the head of this module says, LookupError for a
    fragment that is not there.
    """
    package, _, name = module.rpartition(".")
    script = (files(package) / f"{name}.sql").read_text(encoding="utf-8")
    known = Statements(module)
    for given in shared:
        known.update(given)
    return _parse(script, known)


def _parse(script: str, known: Statements) -> Statements:
    read = Statements(known.module)
    before, *parts = _HEADER.split(script)
    if _without_comments(before, known):
        raise ValueError(f"the .sql file of {read.module} begins with a statement without a name")
    for kind, name, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        sql, semicolon, rest = _without_comments(body, known).partition(";")
        if rest or not sql or bool(semicolon) != (kind == "name"):
            raise ValueError(f"{read.module}: {name}: only a statement ends with ';', and with one")
        if name in known:
            raise ValueError(f"{read.module}: {name} stands twice")
        known[name] = read[name] = sql
        if kind == "name":
            read.names.add(name)
    return read


def _without_comments(body: str, known: Statements) -> str:
    lines = []
    for line in body.splitlines():
        if include := _INCLUDE.fullmatch(line):
            lines.append(known[include[1]] + include[2])
        elif _ALMOST.search(line):
            raise ValueError(
                f"the .sql file of {known.module} would lose {line!r} as a comment: such a line "
                "stands alone, to the letter"
            )
        elif not line.lstrip().startswith("--"):
            lines.append(line)
    return "\n".join(lines).strip()
