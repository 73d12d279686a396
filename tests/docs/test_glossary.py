"""One idea, one word: the glossary's modules exist, and retired words do not come back."""

import ast
import importlib.util
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeGuard

import pytest

import asm.accounts.model
import asm.audit.model
import asm.checks.flags.model
import asm.facilities.model
import asm.geo.model
import asm.identity.vault.model
import asm.notify.model
import asm.outbox.model
import asm.stays.model  # noqa: F401 -- each import adds its tables to the catalogue
from asm.db.base import metadata

PROJECT = Path(__file__).resolve().parents[2]
GLOSSARY = (PROJECT / "docs/glossary.md").read_text("utf-8")
CONTRACT = json.loads((PROJECT / "mobile_contract/v1/openapi.json").read_text("utf-8"))
FOLDERS = ("asm", "local", "benchmarks", "load_tests", "mobile_contract", "tests")
#: The bare word says nothing of what it holds; as a part of a name (`not_found`) it may.
BARE = {"made", "found", "one"}
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Name(NamedTuple):
    module: str
    line: int
    name: str


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = GLOSSARY.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


@cache
def published_names() -> set[str]:
    """Components, fields, parameters and operations of the contract; tables and columns."""
    names: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            names.update(node.get("properties", {}))
            names.update(filter(is_text, (node.get("name"), node.get("operationId"))))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(CONTRACT)
    names.update(CONTRACT["components"]["schemas"])
    for table in metadata.tables.values():
        names.update([table.name, *(column.name for column in table.columns)])
    return names


def defined(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every identifier that a module gives: not those of libraries, which it only uses."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str() as name):
                yield node.lineno, name
            case ast.ExceptHandler(name=str() as name):
                yield node.lineno, name


def modules(*folders: str) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            relative = path.relative_to(PROJECT)
            if "migrations" not in relative.parts:
                yield ".".join(relative.with_suffix("").parts), path


@cache
def identifiers() -> list[Name]:
    """Of the product and of what tries it; the name of a test is a sentence, and left alone."""
    names = []
    for module, path in modules(*FOLDERS):
        own = path.parent.name if path.stem == "__init__" else path.stem
        names.append(Name(module, 1, own))
        for line, name in defined(ast.parse(path.read_text("utf-8"))):
            if not name.startswith("test_"):
                names.append(Name(module, line, name))
    return names


@cache
def parts_of(name: str) -> set[str]:
    parts = {part.lower() for part in WORD.findall(name)}
    return parts | {part.removesuffix("s") for part in parts}


def carries(name: str, retired: str) -> bool:
    return name.strip("_").lower() == retired if retired in BARE else retired in parts_of(name)


def still_stands(item: Name, exceptions: set[str]) -> bool:
    return item.name.lstrip("_") in exceptions or any(
        item.module == prefix or item.module.startswith(prefix + ".") for prefix in exceptions
    )


RETIRED = [
    (word.strip(), set(re.findall(r"`([\w.]+)`", exceptions)))
    for listed, _, exceptions in rows("Retired words")
    for word in listed.split(" (")[0].split(",")
]


@pytest.mark.parametrize(("retired", "exceptions"), RETIRED, ids=[word for word, _ in RETIRED])
def test_no_retired_word_comes_back(retired: str, exceptions: set[str]) -> None:
    back = [
        f"{item.module}:{item.line} {item.name}"
        for item in identifiers()
        if carries(item.name, retired)
        and item.name not in published_names()
        and not still_stands(item, exceptions)
    ]
    assert not back


def test_a_retired_word_would_be_noticed() -> None:
    names = [name for _, name in defined(ast.parse("def f(ticket):\n  told = Notice = 1\n"))]
    assert [word for word, _ in RETIRED if any(carries(name, word) for name in names)] == [
        "told",
        "ticket",
        "notice",
    ]


def test_an_exception_of_the_glossary_is_still_needed() -> None:
    for retired, exceptions in RETIRED:
        for exception in exceptions:
            assert any(
                carries(item.name, retired) and still_stands(item, {exception})
                for item in identifiers()
            ), f"{retired}: {exception}"


def test_tables_and_columns_of_older_words_are_listed() -> None:
    """What the product would name otherwise today, and a migration for it would help nobody."""
    (paragraph,) = re.findall(r"^Tables and columns that keep .*", GLOSSARY, re.MULTILINE)
    listed = set(re.findall(r"`(\w+)`", paragraph))
    names = {table.name for table in metadata.tables.values()}
    names |= {column.name for table in metadata.tables.values() for column in table.columns}
    domain = {"unit"}  # of a building, or of the administration: as `asm.geo` says
    older = {
        name
        for name in names
        if any(carries(name, retired) for retired, _ in RETIRED if retired not in domain)
    }
    assert older == listed


def test_no_class_name_stands_in_two_modules() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for module, path in modules("asm", "local"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes[node.name].add(module)
    assert not {name: holders for name, holders in homes.items() if len(holders) > 1}


def test_every_module_of_the_glossary_exists() -> None:
    named = re.findall(r"`(asm(?:\.\w+)+)`", GLOSSARY)
    assert named
    missing = [module for module in named if importlib.util.find_spec(module) is None]
    assert not missing
