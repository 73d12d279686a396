"""Advisory locks: one list of numbers, and nobody takes one past it."""

import re

from asm.db.locks import Lock
from tests.literals import MIGRATIONS, texts, written

LIST = Lock.__module__
OF_MIGRATIONS = {Lock.MAKE_ROLES, Lock.MIGRATE}


def test_no_number_means_two_things() -> None:
    assert len(Lock.__members__) == len(list(Lock)), "two names of one number"


def test_no_number_stands_elsewhere() -> None:
    # 7265xxx is ours: a number beside the list would be one of its kind.
    assert [str(literal) for literal in written(LIST) if type(literal.value) is int
            and literal.value // 1000 == Lock.MIGRATE // 1000] == []  # fmt: skip


def test_nobody_locks_past_the_list() -> None:
    locking = [str(literal) for literal in written(LIST) if "advisory" in str(literal.value)]
    locking += [path for path, text in texts(".sql").items() if "advisory" in text]
    assert locking == []


def test_migrations_take_their_own_two() -> None:
    taken = {
        int(number)
        for path in MIGRATIONS.rglob("*.py")
        for number in re.findall(r"pg_\w*advisory\w*\((\d+)\)", path.read_text(encoding="utf-8"))
    }
    assert taken == OF_MIGRATIONS
