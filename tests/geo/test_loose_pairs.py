"""Below the front door a latitude never travels beside a longitude: they are one `Point`."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

ASM: Final = Path(__file__).parents[2] / "asm"
#: Handlers, forms and command lines: there a point is still what people and machines send.
FRONT_DOOR: Final = {"api", "web", "cli"}
LATITUDE: Final = {"lat", "lats", "latitude", "latitudes"}
LONGITUDE: Final = {"lon", "lons", "lng", "long", "longitude", "longitudes"}

#: By class or function, so that modules may move; each that is no longer needed fails the test.
ALLOWED: Final = {
    "class AddressToIssue": "published: the body of issueAddress",
    "class Correction": "published: the body of correctFacility",
    "class DigitalAddress": "published: the answer of issueAddress",
    "class Facility": "published: the answer of listFacilities",
    "class FoundAddress": "published: the answer of findAddresses, columns of the export",
    "class Gap": "published: the answer of `asm areas check`",
    "class InDegrees": "what is published in degrees, of which `Point.of` makes a point",
    "class Point": "the point itself",
    "class PointToCorrect": "published: the body of correctAddressPoint",
    "class Registration": "published: the body of registerFacility",
    "class Ward": "published: the answer of listWards",
    "class _Columns": "the numbers of two columns of a file",
    "def _balance": "two areas in square kilometres",
    "def _read_row": "two cells of a file, each of which may be unreadable",
    "def published_areas": "two columns of the package's data file",
}


def loose_pairs(source: str) -> set[str]:
    """The classes, functions and aliases of a module that hold a latitude and a longitude side by
    side: as fields, as parameters, as members of one tuple, or as a tuple of two floats.
    """
    pairs = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and _is_pair(_fields(node)):
            pairs.add(f"class {node.name}")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
            _is_pair(argument.arg for argument in _arguments(node))
            or any(_names_pair(part) or _is_two_floats(part) for part in ast.walk(node))
        ):
            pairs.add(f"def {node.name}")
        if isinstance(node, ast.Assign) and _is_two_floats(node.value):
            pairs.add(f"alias {ast.unparse(node.targets[0])}")
    return pairs


def _fields(owner: ast.ClassDef) -> Iterator[str]:
    for each in owner.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id
        if isinstance(each, ast.FunctionDef):
            yield each.name


def _arguments(owner: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*owner.args.posonlyargs, *owner.args.args, *owner.args.kwonlyargs]


def _names_pair(node: ast.AST) -> bool:
    return isinstance(node, ast.Tuple) and _is_pair(
        name for each in node.elts if (name := _last_name(each)) is not None
    )


def _last_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _is_pair(names: Iterable[str]) -> bool:
    held = set(names)
    return bool(held & LATITUDE and held & LONGITUDE)


def _is_two_floats(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "tuple"):
        return False
    members = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    return sum(ast.unparse(member) == "float" for member in members) >= 2


def _below_the_door() -> Iterator[Path]:
    for path in sorted(ASM.rglob("*.py")):
        inside = path.relative_to(ASM)
        if not (inside.parts[0] in FRONT_DOOR or inside.match("*cli.py")):
            yield path


def test_below_the_front_door_a_point_is_a_point() -> None:
    modules = list(_below_the_door())
    assert len(modules) > 200, "the modules are looked for where they are"
    pairs = {name for path in modules for name in loose_pairs(path.read_text(encoding="utf-8"))}
    assert pairs - ALLOWED.keys() == set(), "take a Point, or say here why not"
    assert ALLOWED.keys() - pairs == set(), "no longer needed here"


@pytest.mark.parametrize(
    "source",
    [
        "def seen(lat, lon): ...",
        "async def seen(session, *, longitude, latitude): ...",
        "def seen(lats: list[float], lons: list[float]): ...",
        "def seen(where: tuple[float, float]): ...",
        "def seen() -> tuple[float, float, int] | None: ...",
        "def seen(row):\n    lat, lon = row",
        "def seen(place):\n    return tell((place.lat, place.lon))",
        "class seen(Struct):\n    lat: float\n    lon: float",
        "seen = tuple[float, float]",
    ],
)
def test_every_loose_pair_is_seen(source: str) -> None:
    assert [name.split()[1] for name in loose_pairs(source)] == ["seen"]


@pytest.mark.parametrize(
    "source",
    [
        "def fine(point: Point, lat: float): ...",
        "def fine(point):\n    return Point(lon=point.lat, lat=point.lon)",
        "class fine(Struct):\n    point: Point",
        "fine = tuple[float, str]",
    ],
)
def test_a_point_or_one_number_is_no_pair(source: str) -> None:
    assert loose_pairs(source) == set()
