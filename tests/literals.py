"""What is written out in the product's own text: for lists of words that may stand nowhere else."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asm

ROOT = Path(asm.__file__).parent
#: They import nothing of the product, and write the words and numbers of their day.
MIGRATIONS = ROOT / "db" / "migrations"
#: What runs the product on one machine says the same words.
LOCAL = ROOT.parent / "local"


@dataclass(frozen=True)
class Written:
    """A constant of a module, with the module's dotted name."""

    module: str
    line: int
    value: object

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.value!r}"


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the product but the migrations, and of `local`, by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for folder in (ROOT, LOCAL)
        for path in sorted(folder.rglob("*.py"))
        if MIGRATIONS not in path.parents
    }


def written(*except_in: str) -> Iterator[Written]:
    """Constants of every module but `except_in`. Docstrings speak to people and are none."""
    for module, tree in trees().items():
        if module in except_in:
            continue
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in prose:
                yield Written(module, node.lineno, node.value)


def texts(suffix: str) -> dict[str, str]:
    """Files of the product that are not Python, such as `.sql` and `.html`, by their path."""
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in sorted(ROOT.rglob(f"*{suffix}"))
    }
