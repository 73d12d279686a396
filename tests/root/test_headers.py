"""Names of HTTP headers: one list."""

import ast
from collections.abc import Iterator

from asm.headers import Header
from asm.logs import PERSONAL_FIELDS, set_up_logs
from asm.notify.channels.email.send import EmailChannel
from tests.literals import trees, written

NAMES = {name: value for name, value in vars(Header).items() if name.isupper()}
SPELLINGS = frozenset(NAMES.values())
#: Header names that are no other word, whichever way they are written.
PLAIN = frozenset(word.lower() for word in SPELLINGS if "-" in word) | {"etag", "authorization"}
#: A mail has headers of its own, and the log has fields that it withholds.
OTHER_MEANINGS = {
    (EmailChannel.__module__, "Date"),
    *((set_up_logs.__module__, field) for field in PERSONAL_FIELDS),
}


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def test_no_name_stands_for_two() -> None:
    assert len({word.lower() for word in NAMES.values()}) == len(NAMES)
    assert all(name == word.upper().replace("-", "_") for name, word in NAMES.items())


def test_no_name_of_the_list_is_written_out_elsewhere() -> None:
    written_out = [
        str(literal)
        for literal in written(Header.__module__)
        if isinstance(literal.value, str | bytes)
        for word in [_text(literal.value).removeprefix("/headers/")]
        if word in SPELLINGS or word.lower() in PLAIN
        if (literal.module, word) not in OTHER_MEANINGS
    ]
    assert written_out == []


def _keys(node: ast.AST) -> Iterator[ast.expr | None]:
    """What names a header in this node: keys of something that is called headers."""
    match node:
        case ast.Subscript(value=of, slice=key) if _is_headers(of):
            yield key
        case ast.Call(func=ast.Attribute(value=of), args=[key, *_]) if _is_headers(of):
            yield key
        case ast.keyword(arg=str(name), value=ast.Dict(keys=keys)) if "headers" in name:
            yield from keys
        case ast.Assign(targets=[of], value=ast.Dict(keys=keys)) if _is_headers(of):
            yield from keys
        case ast.AnnAssign(target=of, value=ast.Dict(keys=keys)) if _is_headers(of):
            yield from keys
        case ast.Compare(left=key, ops=[_], comparators=[of]) if _is_headers(of):
            yield key


def _is_headers(node: ast.expr) -> bool:
    name = getattr(node, "attr", getattr(node, "id", ""))
    return str(name).lower().endswith("headers")


def test_headers_have_no_names_beside_the_list() -> None:
    keys = [
        (module, key)
        for module, tree in trees().items()
        for node in ast.walk(tree)
        for key in _keys(node)
    ]
    assert len(keys) > 20, "hardly any headers: this test looks at nothing"
    assert [
        f"{module}:{key.lineno}: {key.value!r}"
        for module, key in keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str | bytes)
        if not key.value.isdigit()  # the contract's headers by the status they come with
    ] == []
