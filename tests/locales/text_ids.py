"""Which ids of texts the code asks for, read from the source: a text that is missing would only be
noticed by whoever is refused.

A call is followed through the functions and exceptions that pass their `code` or `text` on.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import asm

ROOT = Path(asm.__file__).parent
#: What an argument may be: nothing, or any of some texts. UNREAD: the source does not tell.
Values = frozenset[str | None]
NOTHING: Values = frozenset({None})
UNREAD: Values = frozenset({"\0"})
#: Stands for whatever a function is given, to see which of its calls pass it on.
_ANY: Values = frozenset({"\1"})


class Teller(NamedTuple):
    """Something that is called with a code, or the id of a text, and looks texts up under it.

    An id that ends in `?` is looked for, and may be absent.
    """

    parameters: tuple[str, ...]
    ids: Callable[[Values, Values], set[str]]
    passes_on: frozenset[ast.Call] = frozenset()


class Use(NamedTuple):
    """A call that names a text, and the facts it gives; None where the source does not tell."""

    text_id: str
    facts: frozenset[str] | None
    where: str


def _either(code: Values, text: Values) -> set[str]:
    return {value for value in (code if text == NOTHING else text) if value is not None}


def _of_refusal(code: Values, text: Values) -> set[str]:
    ids = _either(code, text)
    return ids | {f"{value}.page{part}?" for value in ids for part in ("", ":remedy")}


def _of_field(code: Values, text: Values) -> set[str]:
    return _of_refusal(code, text) | {f"{value}:remedy?" for value in _either(code, text)}


_REFUSAL = Teller(("code",), _of_refusal)
_WATCH_LINE = Teller(("code",), lambda code, _: {f"watch_line.{value}" for value in code})
_ROOTS = {
    "asm.errors": {
        "Refusal": _REFUSAL,
        "field_error": Teller(("pointer", "code"), _of_field),
        "invalid_field": Teller(("pointer", "code"), _of_field),
        "remedy": Teller(("text",), lambda _, text: {f"{value}:remedy" for value in text}),
        "Misconfigured": _REFUSAL,
    },
    "asm.web.form_problems": {"form_problem": Teller(("name", "text"), _of_field)},
    "asm.cli.console": {"SetUpError": _REFUSAL},
    # What a migration lacks, told by the command.
    "asm.db.standing": {"Want": _REFUSAL},
    # Its own exception carries the code to where the line is told.
    "asm.checks.watchlist.watch_file": {"_BrokenError": _WATCH_LINE},
}

#: They pass on what they are given, as _ROOTS says of them.
_BY_HAND = {"asm.errors", "asm.web.form_problems"}


@cache
def modules() -> dict[str, ast.Module]:
    """The source of every module of asm by its dotted name, migrations left out."""
    return {
        ".".join(("asm", *path.relative_to(ROOT).with_suffix("").parts)): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(ROOT.rglob("*.py"))
        if "migrations" not in path.parts
    }


@cache
def refusal_uses() -> list[Use]:
    """Every use of a text of the catalogue `refusals`. An id of UNREAD: it cannot be told."""
    trees = modules()
    tellers = _tellers(trees)
    uses = []
    for module, tree in trees.items():
        passed_on = set().union(*(each.passes_on for each in tellers[module].values()))
        for call in _calls(tree):
            teller = tellers[module].get(_name(call.func))
            if teller is not None and call not in passed_on:
                uses += [
                    Use(text_id, _facts(call), f"{module}:{call.lineno}")
                    for text_id in _ids(teller, call, {})
                    if module not in _BY_HAND or "\0" not in text_id
                ]
    return uses + [use for use in named_uses("refusals") if "\0" not in use.text_id]


def named_uses(kind: str) -> list[Use]:
    """Every call of asm.locales.texts that names this kind and a text of it by its own id."""
    return [
        Use(text_id, _given(call), f"{module}:{call.lineno}")
        for module, tree in modules().items()
        for call in _calls(tree)
        if _name(call.func) in {"both", "text_in", "templates"}
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value == kind
        for text_id in _values(call.args[1], {})
        if text_id is not None
    ]


def _tellers(trees: dict[str, ast.Module]) -> dict[str, dict[str, Teller]]:
    """By module, what of its own and of its imports tells texts."""
    known = {module: dict(_ROOTS.get(module, {})) for module in trees}
    for _ in range(4):  # one that passes on to one that passes on
        for module, tree in trees.items():
            for node in tree.body:
                if isinstance(node, ast.ImportFrom):
                    source = known.get(node.module or "", {})
                    names = {name.name for name in node.names}
                    known[module] |= {name: source[name] for name in names & source.keys()}
            for name, teller in _own(tree, known[module]):
                known[module].setdefault(name, teller)
    return known


def _own(tree: ast.Module, known: dict[str, Teller]) -> Iterator[tuple[str, Teller]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = [known[name] for base in node.bases if (name := _name(base)) in known]
            inits = [part for part in node.body if _name(part) == "__init__"]
            from_inits = [
                _passing_on(init, known) for init in inits if isinstance(init, ast.FunctionDef)
            ]
            yield from ((node.name, teller) for teller in (*from_inits, *bases) if teller)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            teller = _passing_on(node, known)
            if teller:
                yield node.name, teller


def _passing_on(
    function: ast.FunctionDef | ast.AsyncFunctionDef, known: dict[str, Teller]
) -> Teller | None:
    parameters = [parameter.arg for parameter in (*function.args.args, *function.args.kwonlyargs)]
    names = {"code", "text"} & set(parameters)
    passed = [
        (teller, node)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and (teller := known.get(_name(node.func)) or _looked_up(node))
        and any("\1" in text_id for text_id in _ids(teller, node, dict.fromkeys(names, _ANY)))
    ]
    if not passed:
        return None

    def ids(code: Values, text: Values) -> set[str]:
        given = {name: value for name, value in (("code", code), ("text", text)) if name in names}
        return set().union(*(_ids(teller, call, given) for teller, call in passed))

    passes_on = frozenset(call for _, call in passed)
    return Teller(
        tuple(parameter for parameter in parameters if parameter != "self"), ids, passes_on
    )


def _looked_up(call: ast.Call) -> Teller | None:
    named = _name(call.func) in {"both", "templates"} and isinstance(call.args[0], ast.Constant)
    if not named or call.args[0].value != "refusals":  # type: ignore[attr-defined]
        return None
    return Teller(("kind", "text"), _either)


def _ids(teller: Teller, call: ast.Call, env: dict[str, Values]) -> set[str]:
    """The ids that the call comes to; `env` is what its function was given."""
    given = dict(zip(teller.parameters, call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    if "said" in given:
        return set()
    code, text = (
        _values(given[name], env) if name in given else NOTHING for name in ("code", "text")
    )
    return teller.ids(code, text)


def _values(node: ast.expr, env: dict[str, Values]) -> Values:
    match node:
        case ast.Constant(value=str() | None as value):
            return frozenset({value})
        case ast.Name(id=name) if name in env:
            return env[name]
        case ast.BoolOp(op=ast.Or(), values=[ast.Name(id=name), other]) if name in env:
            return _values(other, env) if env[name] == NOTHING else env[name]
        case ast.IfExp(body=then, orelse=other):
            return _values(then, env) | _values(other, env)
        case ast.JoinedStr(values=[ast.Constant(value=str() as head), ast.FormattedValue() as end]):
            ends = _values(end.value, env)
            return UNREAD if ends == UNREAD else frozenset(f"{head}{end}" for end in ends)
    return UNREAD


def _facts(call: ast.Call) -> frozenset[str] | None:
    names = {word.arg for word in call.keywords}
    return None if None in names else frozenset(name for name in names if name)


def _given(call: ast.Call) -> frozenset[str] | None:
    given = call.args[-1]
    if not isinstance(given, ast.Dict):
        return frozenset() if isinstance(given, ast.Constant) else None
    return frozenset(key.value for key in given.keys if isinstance(key, ast.Constant))


def _calls(tree: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return ""
