"""The migrations that this code knows, by their files' names: Alembic need not be loaded for it."""

from functools import cache
from importlib.resources import files


@cache
def known_revisions() -> frozenset[str]:
    """`0001`, `0002` and so on; the newest is the greatest."""
    folder = files("asm.db") / "migrations" / "versions"
    names = [each.name for each in folder.iterdir() if each.name.endswith(".py")]
    return frozenset(name.partition("_")[0] for name in names if name[:1].isdigit())
