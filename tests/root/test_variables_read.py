"""The code reads the variables of the table, all of them and no other."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from packaging.version import Version

from asm import __version__
from asm.cli.installation.env_file import _ADDRESSES
from asm.db.migrate import LOGINS
from asm.server.passed_sockets import _VARIABLES
from asm.settings import read_settings
from asm.variables.table import VARIABLES, variables_of
from asm.variables.variable import Variable

PROJECT = Path(__file__).resolve().parents[2]
OURS = re.compile(r"ASM_[A-Z0-9_]+")
DECLARED = {name for variable in VARIABLES.values() for name in variable.names}
#: Other programs' variables.
NOT_OURS = {
    "LISTEN_FDNAMES", "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "PATH", "PGHOST", "PGPORT",
    "RUNTIME_DIRECTORY",
}  # fmt: skip
#: Functions that read the variable that they are given the name of.
READERS = {"choose_port", "given_text"}
#: Where the name is no constant: what is read there.
BY_HAND = {
    "asm/cli/database.py": set(LOGINS.values()),  # a password for each login
    "asm/cli/installation/env_file.py": {
        name for each in _ADDRESSES for name in VARIABLES[each].names
    },
    "asm/server/passed_sockets.py": set(_VARIABLES),
}
#: Where the environment is taken whole, and why.
WHOLE = {
    "asm/cli/installation/doctor.py": "given to what looks it through",
    "asm/install/doctor/settings_checks.py": "looked through for misspelt variables",
    "asm/app.py": "looked through for misspelt variables",
    "asm/worker/main.py": "looked through for misspelt variables",
    "asm/cli/installation/backup.py": "given to what looks for a server and its settings",
    "asm/install/steps/superuser.py": "passed on",
    "asm/cli/database.py": "given to the reader of one variable",
    "asm/settings.py": "given to the reader of all",
    "local/assets.py": "passed on",
    "local/machine/ports.py": "another may be given",
    "local/postgres/cluster.py": "passed on",
    "local/serve.py": "passed on, without the addresses",
    "asm/analytics/seasons/fit_process.py": "passed on, without ours",
}


@cache
def sources() -> list[tuple[str, ast.Module]]:
    return [
        (str(path.relative_to(PROJECT)), ast.parse(path.read_text("utf-8")))
        for room in ("asm", "local")
        for path in sorted((PROJECT / room).rglob("*.py"))
    ]


def is_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}


def constants_of(tree: ast.Module) -> dict[str, object]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


@cache
def constants() -> dict[str, dict[str, object]]:
    """By the dotted name of the module."""
    return {
        path.removesuffix(".py").replace("/", "."): constants_of(tree) for path, tree in sources()
    }


class Reads(ast.NodeVisitor):
    """What one module reads of the environment."""

    def __init__(self, tree: ast.Module) -> None:
        self.names: set[str] = set()
        self.unresolved = False
        self.whole = 0
        self.constants = constants_of(tree)
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                self.constants |= constants().get(node.module, {})
        self.visit(tree)

    def _key(self, node: ast.expr) -> None:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Name):
            value = self.constants.get(node.id)
        if isinstance(value, str):
            self.names.add(value)
        else:
            self.unresolved = True

    def visit_Call(self, node: ast.Call) -> None:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        of_environment = isinstance(func, ast.Attribute) and is_environment(func.value)
        if (of_environment and name in {"get", "pop"}) or name in READERS | {"getenv"}:
            self._key(node.args[0])
            self.whole -= of_environment  # counted below, when the name itself is met
        if name == "get" and getattr(getattr(func, "value", None), "id", "") == "environ":
            self._key(node.args[0])  # given as an argument
        self.whole -= of_environment and name == "setdefault"  # written, not read
        for keyword in node.keywords:
            if keyword.arg == "envvar":
                self._key(keyword.value)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if is_environment(node.value):
            if isinstance(node.ctx, ast.Load):
                self._key(node.slice)
            self.whole -= 1
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if any(is_environment(each) for each in node.comparators):
            self._key(node.left)
            self.whole -= 1
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.whole += is_environment(node) and node.attr != "getenv"
        self.generic_visit(node)


@cache
def reads_of_files() -> dict[str, Reads]:
    return {path: Reads(tree) for path, tree in sources()}


class Recorded(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.names.add(name)
        return default


def read_anywhere() -> set[str]:
    environment = Recorded()
    read_settings(environment)
    read = set().union(*(reads.names for reads in reads_of_files().values()), *BY_HAND.values())
    assert environment.names > {"ASM_DATABASE_URL", "ASM_DATABASE_URL_FILE"}
    return environment.names | read


def test_nothing_else_is_read() -> None:
    assert sorted(read_anywhere() - NOT_OURS - DECLARED) == []


def test_nothing_is_declared_in_vain() -> None:
    elsewhere = "".join(
        (PROJECT / name).read_text("utf-8")
        for name in ("docker-compose.yml", "Makefile", "scripts/venv")
    )
    beside = {name for name in VARIABLES if re.search(rf"\$\{{{name}\b", elsewhere)}
    assert sorted(VARIABLES.keys() - read_anywhere() - beside) == []


def test_names_in_the_code_are_of_the_table() -> None:
    """Also those that are only spoken of, in a refusal say."""
    for path, tree in sources():
        texts = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        named = set().union(*(OURS.findall(text) for text in texts))
        assert sorted(named - DECLARED - {"ASM_LOAD_"}) == [], path


def test_the_environment_is_read_where_it_can_be_seen() -> None:
    assert {path for path, reads in reads_of_files().items() if reads.unresolved} == BY_HAND.keys()
    assert {path for path, reads in reads_of_files().items() if reads.whole > 0} == WHOLE.keys()


@pytest.mark.parametrize("variable", VARIABLES.values(), ids=lambda each: each.name)
def test_what_is_declared_makes_sense(variable: Variable) -> None:
    assert set(variable.needed_by) <= set(variable.processes)
    assert not (variable.needed_by and variable.default)
    assert not variable.from_file or variable.secret
    assert not (variable.secret and "web" in variable.processes and "ADMIN" in variable.name)
    assert Version(variable.since) <= Version(__version__)


def test_no_process_is_given_another_s_database() -> None:
    addresses: Mapping[str, set[str]] = {
        process: {v.name for v in variables_of(process) if v.name.endswith("DATABASE_URL")}
        for process in ("web", "worker")
    }
    assert addresses == {"web": {"ASM_DATABASE_URL"}, "worker": {"ASM_WORKER_DATABASE_URL"}}


def test_another_variable_would_be_noticed() -> None:
    tree = ast.parse(
        "import os\nA = 'ASM_A'\nos.environ[A], os.environ.get('ASM_B'), 'ASM_C' in os.environ\n"
        "os.getenv('ASM_D'), typer.Option(envvar='ASM_E'), os.environ.get(b), dict(os.environ)\n"
        "os.environ['ASM_F'] = 'set, and read by another'\n"
    )
    reads = Reads(tree)
    assert reads.names == {"ASM_A", "ASM_B", "ASM_C", "ASM_D", "ASM_E"}
    assert (reads.unresolved, reads.whole) == (True, 1)
