"""Which refusal codes an operation can answer with, read from the source: who raises what, and who
mentions whom. Nothing is run.

1. `read_source` reads the modules of `asm` that the interface may mention: their names, functions,
   methods and constants.
2. A *maker* turns one of its arguments into a code: the kinds of `asm.errors`, the helpers there,
   and every function that hands a parameter of its own on to a maker.
3. A code is said where a maker is called with a literal. What is neither a literal, a parameter nor
   the code of a field's error is `unread`; a test holds that nothing is.
4. An operation says the codes of all that it mentions, and of all that these mention: of a method
   whose object is not known, of every method of that name. That is rather too much than too little.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef | ast.Assign | ast.AnnAssign

KINDS: Final = (
    "Refusal", "Invalid", "NotFound", "NotAllowed", "Unauthenticated", "ProofRefused", "Conflict",
    "TooSlow",
    "Unsupported", "TooMany", "Unavailable",
)  # fmt: skip
#: Of an entry of `errors`, not of the answer.
FIELD: Final = "field"
#: The answer has the code of the first field that is wrong.
CODE_OF_A_FIELD: Final = "=field"
#: Rooms that stand above the interface or beside it (the layers in pyproject.toml).
_BESIDE_THE_INTERFACE: Final = frozenset({"cli", "demo", "install", "web", "worker"})
#: Methods of Python's own objects, which ours are sometimes called too.
_PYTHONS: Final = frozenset({"start", "verify", "close", "read", "get", "send", "put", "items"})
_DUNDERS: Final = ("__init__", "__post_init__", "__call__")
#: A method of a name that many classes have says nothing about who is meant.
_FEW: Final = 3


@dataclass(frozen=True, order=True)
class Code:
    """`kind`: the class of refusal, or FIELD. `text`: under what its words stand, if not under the
    code.
    """

    kind: str
    code: str
    text: str = ""


@dataclass(frozen=True)
class Maker:
    """Which argument becomes the code, by place and by name, of which kind, and how."""

    position: int
    name: str
    kind: str
    form: str = "{}"
    text: str = ""


@dataclass
class Source:
    """What the modules define, by full dotted name, and what their own names mean."""

    names: dict[str, dict[str, str]] = field(default_factory=dict)
    defined: dict[str, Definition] = field(default_factory=dict)
    module_of: dict[str, str] = field(default_factory=dict)

    def meaning(self, module: str, node: ast.expr) -> str | None:
        """The full dotted name of a name or of an attribute of an imported module."""
        if isinstance(node, ast.Name):
            return self.names[module].get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = self.names[module].get(node.value.id)
            return None if owner is None else f"{owner}.{node.attr}"
        return None


def read_source(package: Path) -> Source:
    """Every module below the folder of the package that the JSON interface may mention."""
    source = Source()
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if parts[1] in _BESIDE_THE_INTERFACE:
            continue
        module = ".".join(parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        source.names[module] = dict(_imports(tree))
        for name, node in _definitions(tree):
            source.defined[f"{module}.{name}"] = node
            source.module_of[f"{module}.{name}"] = module
            if "." not in name:
                source.names[module][name] = f"{module}.{name}"
    return source


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((a.asname or a.name, f"{node.module}.{a.name}") for a in node.names)


def _definitions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield node.name, node
            yield from ((f"{node.name}.{f.name}", f) for f in node.body if isinstance(f, Function))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((each.id, node) for each in targets if isinstance(each, ast.Name))


class Sayings:
    """The codes that each definition says by itself."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.said: dict[str, set[Code]] = {}
        self.unread: set[str] = set()
        self.makers = {f"asm.errors.{kind}": [Maker(0, "code", kind)] for kind in KINDS} | {
            "asm.api.query_guard.BadOgcQuery": [Maker(0, "code", "Invalid")],
            "asm.errors.field_error": [Maker(1, "code", FIELD)],
            "asm.errors.invalid_field": [Maker(1, "code", FIELD), Maker(1, "code", "Invalid")],
            "asm.errors.not_found": [Maker(0, "what", "NotFound", "{}_not_found")],
        }
        known = 0
        while known != len(self.makers):
            known = len(self.makers)
            self._read_all()

    def _read_all(self) -> None:
        self.said, self.unread = {}, set()
        for name, node in self.source.defined.items():
            if self.source.module_of[name] != "asm.errors" and not isinstance(node, ast.ClassDef):
                for call in ast.walk(node):
                    if isinstance(call, ast.Call):
                        self._read_call(name, node, call)

    def _read_call(self, name: str, node: Definition, call: ast.Call) -> None:
        for maker in self._makers_of(name, node, call.func):
            argument = _argument(call, maker)
            parameters = _parameters(node)
            text = _text_of(call) or maker.text
            if isinstance(argument, ast.Name) and argument.id in parameters:
                position = parameters.index(argument.id) - (parameters[0] == "self")
                handed_on = Maker(position, argument.id, maker.kind, maker.form, text)
                if handed_on not in self.makers.setdefault(name, []):
                    self.makers[name].append(handed_on)
                continue
            codes = _texts(argument, node)
            if codes is None and _is_code_of_field(argument):
                codes = {CODE_OF_A_FIELD}
            if codes is None:
                self.unread.add(f"{name}: {ast.unparse(call)}")
            self.said.setdefault(name, set()).update(
                Code(maker.kind, maker.form.format(code), text) for code in codes or ()
            )

    def _makers_of(self, name: str, node: Definition, called: ast.expr) -> list[Maker]:
        module = self.source.module_of[name]
        meant = {self.source.meaning(module, called)}
        if isinstance(called, ast.Name) and None in meant:
            values = list(_assigned(called.id, node))
            meant = {
                self.source.meaning(module, part)
                for value in values
                for part in (
                    [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                )
            }
        return [maker for each in meant if each for maker in self.makers.get(each, ())]


def _argument(call: ast.Call, maker: Maker) -> ast.expr:
    for keyword in call.keywords:
        if keyword.arg == maker.name:
            return keyword.value
    if len(call.args) > maker.position:
        return call.args[maker.position]
    return ast.Constant("resource")  # the default of `not_found`


def _text_of(call: ast.Call) -> str:
    """Under what its words stand, where that is told by a literal."""
    for keyword in call.keywords:
        if keyword.arg == "text" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value or "")
    return ""


def _parameters(node: Definition) -> list[str]:
    if not isinstance(node, Function):
        return []
    given = node.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _assigned(name: str, node: Definition) -> Iterator[ast.expr]:
    for each in ast.walk(node):
        if isinstance(each, ast.Assign):
            for target in each.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield each.value


def _texts(argument: ast.expr, node: Definition) -> set[str] | None:
    """Every text that the argument may be; None where that is not to be read."""
    if isinstance(argument, ast.Constant):
        return {str(argument.value)}
    if isinstance(argument, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "…" for p in argument.values)
        return {"".join(map(str, parts))}
    if isinstance(argument, ast.IfExp):
        choices = [argument.body, argument.orelse]
    elif isinstance(argument, ast.Name):
        choices = [*_assigned(argument.id, node)]
    else:
        return None
    texts = [_texts(choice, node) for choice in choices]
    return None if None in texts or not texts else set().union(*(each or () for each in texts))


def _is_code_of_field(argument: ast.expr) -> bool:
    return (
        isinstance(argument, ast.Subscript)
        and isinstance(argument.slice, ast.Constant)
        and argument.slice.value == "code"
    )


def mentions(source: Source) -> dict[str, set[str]]:
    """What each definition mentions of the others."""
    methods: dict[str, set[str]] = {}
    for name in source.defined:
        owner, _, method = name.rpartition(".")
        if isinstance(source.defined.get(owner), ast.ClassDef):
            methods.setdefault(method, set()).add(name)
    return {
        name: {f"{name}.{each}" for each in _DUNDERS} & source.defined.keys()
        if isinstance(node, ast.ClassDef)
        else set(_mentioned(source, source.module_of[name], node, methods))
        for name, node in source.defined.items()
    }


def _mentioned(
    source: Source, module: str, node: Definition, methods: dict[str, set[str]]
) -> Iterator[str]:
    called = {id(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
    for each in ast.walk(node):
        if not isinstance(each, ast.Name | ast.Attribute):
            continue
        meant = source.meaning(module, each)
        if meant in source.defined:
            yield str(meant)
        elif isinstance(each, ast.Attribute) and id(each) in called and meant is None:
            of_that_name = methods.get(each.attr, set())
            if each.attr not in _PYTHONS and len(of_that_name) <= _FEW:
                yield from of_that_name


def reachable(starts: Iterable[str], edges: dict[str, set[str]]) -> set[str]:
    """The definitions that are mentioned from `starts`, directly or through others."""
    seen: set[str] = set()
    waiting = [*starts]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edges.get(name, ()))
    return seen


def codes_of(starts: Iterable[str], sayings: Sayings, edges: dict[str, set[str]]) -> set[Code]:
    """The codes that are said from `starts` on."""
    codes: set[Code] = set()
    for name in reachable(starts, edges):
        said = sayings.said.get(name, set())
        codes |= {each for each in said if each.code != CODE_OF_A_FIELD}
        if any(each.code == CODE_OF_A_FIELD for each in said):
            fields = codes_of({*edges[name]} - {name}, sayings, edges) | said
            codes |= {Code("Invalid", c.code, c.text) for c in fields if c.kind == FIELD}
    return codes
