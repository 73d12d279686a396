"""The README's list of layers is the one that the tool holds."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def contracts() -> list[dict[str, Any]]:
    read = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    listed: list[dict[str, Any]] = read["tool"]["importlinter"]["contracts"]
    return listed


def layers() -> dict[str, Any]:
    (contract,) = [contract for contract in contracts() if contract["type"] == "layers"]
    return contract


def readme_layers() -> list[str]:
    text = (PROJECT / "README.md").read_text("utf-8").split("Imports point down this list", 1)[1]
    (block,) = re.findall(r"```\n(.*?)```", text, re.DOTALL)[:1]
    return [re.split(r" {2,}", line)[0] for line in block.splitlines()]


def test_the_readme_lists_the_layers_that_are_held() -> None:
    assert readme_layers() == layers()["layers"]


def test_every_room_and_module_stands_in_a_layer() -> None:
    contract = layers()
    assert contract["exhaustive"]
    assert contract["containers"] == ["asm"]
    assert "exhaustive_ignores" not in contract
    standing = {name for layer in contract["layers"] for name in layer.split(" | ")}
    there = {path.stem for path in (PROJECT / "asm").glob("*.py")} - {"__init__"}
    there |= {path.parent.name for path in (PROJECT / "asm").glob("*/__init__.py")}
    assert standing == there


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("Only app, api and web know Litestar", {"app", "api", "web"}),
        ("Only the worker knows arq", {"worker"}),
    ],
)
def test_a_library_is_kept_from_every_other_room(name: str, may: set[str]) -> None:
    """A contract that forbids is not exhaustive by itself: a new room would be let off."""
    (contract,) = [contract for contract in contracts() if contract["name"] == name]
    rooms = {room for layer in layers()["layers"] for room in layer.split(" | ")}
    assert set(contract["source_modules"]) == {"local"} | {f"asm.{room}" for room in rooms - may}


def test_no_contract_looks_away() -> None:
    """`ignore_imports` would let one arrow through; nothing needs one."""
    assert [contract["name"] for contract in contracts() if "ignore_imports" in contract] == []


def test_few_modules_stand_at_the_root_and_no_room_is_crowded() -> None:
    rooms: dict[Path, int] = {}
    for path in (*(PROJECT / "asm").rglob("*.py"), *(PROJECT / "local").rglob("*.py")):
        # Migrations are a diary, not a room; a command line has a file for each command.
        if "versions" not in path.parts and path.stem != "__init__":
            rooms[path.parent] = rooms.get(path.parent, 0) + 1
    assert rooms.pop(PROJECT / "asm") <= 6
    assert rooms.pop(PROJECT / "asm" / "cli") <= 20
    assert {str(room): number for room, number in rooms.items() if number > 17} == {}


def test_a_file_is_read_in_one_go() -> None:
    lengths = {
        str(path.relative_to(PROJECT)): len(path.read_text("utf-8").splitlines())
        for room in ("asm", "local", "tests", "load_tests", "benchmarks", "mobile_contract")
        for path in (PROJECT / room).rglob("*.py")
    }
    assert len(lengths) > 500
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}
