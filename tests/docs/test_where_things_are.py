"""The pages that say where things are name only what exists."""

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGES = ("docs/how-a-declaration-travels.md", "CONTRIBUTING.md")
MODULE = re.compile(r"\b((?:asm|local|tests)(?:\.[a-z_0-9]+)+)\b(?!\()")
FILE = re.compile(r"`([\w./-]+/[\w./-]*)`")
#: `name` in `module`: the name must be defined there.
NAMED = re.compile(r"`(\w+)(?:\.(\w+))?`(?: and `\w+`)? in `((?:asm|local|tests)[\w.]+)`")
#: What else stands in `code`, and is written like a name.
ALONE = re.compile(r"`(?:([A-Za-z_]\w*)|([A-Z][a-z]\w*)\.(\w+))`")
#: Not ours, or said to be what we do not have.
NO_NAMES = {"code", "common", "core", "helpers", "tsc", "utils"}


def text_of(page: str) -> str:
    return (PROJECT / page).read_text("utf-8")


def names_in(module: str) -> set[str]:
    spec = importlib.util.find_spec(module)
    assert spec, module
    assert spec.origin, module
    tree = ast.parse(Path(spec.origin).read_text("utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


@cache
def names_anywhere() -> frozenset[str]:
    names: set[str] = set()
    for room in ("asm", "local"):
        for path in (PROJECT / room).rglob("*.py"):
            if "migrations" not in path.parts:
                module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
                names |= names_in(module.removesuffix(".__init__"))
    return frozenset(names)


@pytest.mark.parametrize("page", PAGES)
def test_every_module_named_exists(page: str) -> None:
    named = MODULE.findall(text_of(page))
    assert named
    assert [module for module in named if importlib.util.find_spec(module) is None] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_name_stands_in_its_module(page: str) -> None:
    missing = [
        f"{name} in {module}"
        for first, second, module in NAMED.findall(text_of(page))
        for name in (first, second)
        if name and name not in names_in(module)
    ]
    assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_every_name_without_its_module_is_one_of_ours(page: str) -> None:
    named = {name for names in ALONE.findall(text_of(page)) for name in names if name}
    assert len(named) > 5
    elsewhere = {name for name, _, _ in NAMED.findall(text_of(page))}  # looked up in its module
    assert named - names_anywhere() - NO_NAMES - elsewhere == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_file_named_exists(page: str) -> None:
    named = FILE.findall(text_of(page))
    shapes = ("NAME", "MODULE")  # stand for a name of one's own
    named = [name for name in named if not any(shape in name for shape in shapes)]
    assert [name for name in named if not any(PROJECT.glob(name.rstrip("/")))] == []


#: A small one of each, its list in CONTRIBUTING.md, and the module that stands for NAME there.
SAMPLES = (
    ("child-without-adult", "A background check", "child_alone"),
    ("stay.reason_text.missing", "A rule", "stay_rules"),
)


def files_named_under(title: str, name: str) -> set[str]:
    """What the list of this title names, modules as their files."""
    part = text_of("CONTRIBUTING.md").split(f"**{title}**\n", 1)[1].split("\n\n", 1)[0]
    modules = {module.replace(".", "/") + ".py" for module in MODULE.findall(part)}
    return modules | {file.replace("NAME", name) for file in FILE.findall(part)}


def files_that_say(text: str) -> set[str]:
    """Which files of the product, its pages and its tests hold this text."""
    return {
        str(path.relative_to(PROJECT))
        for room in ("asm", "docs", "tests")
        for path in (PROJECT / room).rglob("*.*")
        if path.suffix in {".py", ".po", ".sql", ".md", ".txt"}
        and path != Path(__file__)
        and text in path.read_text("utf-8")
    }


@pytest.mark.parametrize(("identifier", "title", "name"), SAMPLES)
def test_the_list_names_every_file_that_one_of_its_kind_stands_in(
    identifier: str, title: str, name: str
) -> None:
    said = files_that_say(identifier)
    assert len(said) > 4
    assert said - files_named_under(title, name) == set()


def test_a_missing_name_would_be_noticed() -> None:
    assert "declare_together" in names_in("asm.stays.declare")
    assert "declare_apart" not in names_in("asm.stays.declare")
    assert "declare_apart" not in names_anywhere()
    assert ALONE.findall("`GroupCommit.door`, `drain`") == [
        ("", "GroupCommit", "door"),
        ("drain", "", ""),
    ]
    assert NAMED.findall("`GroupCommit.door` in `asm.stays.intake`") == [
        ("GroupCommit", "door", "asm.stays.intake")
    ]
