"""The documents keep their promises: links resolve, commands exist, numbers are unique."""

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

from asm.demo.cast import PEOPLE
from asm.imports.all_rules import PUBLISHED

PROJECT = Path(__file__).resolve().parents[2]
SKIPPED = {".venv", "node_modules", ".asm", ".git"}
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("http://", "https://", "mailto:")


def documents() -> list[Path]:
    return sorted(
        path for path in PROJECT.rglob("*.md") if not SKIPPED & set(path.relative_to(PROJECT).parts)
    )


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """The anchors of headings as code hosts make them."""
    headings = re.findall(r"^#{1,6} (.+)$", FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def dead_links(document: Path) -> list[str]:
    dead = []
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if target.startswith(ELSEWHERE):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (document.parent / path).resolve() if path else document
        there = file.exists() and PROJECT in (file, *file.parents)
        if there and anchor and file.suffix == ".md":
            there = anchor in anchors(file.read_text(encoding="utf-8"))
        if not there:
            dead.append(target)
    return dead


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_resolve(document: Path) -> None:
    assert not dead_links(document)


def test_a_dead_link_would_be_noticed(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("[gone](nowhere.md) [fine](https://example.org)", encoding="utf-8")
    assert dead_links(document) == ["nowhere.md"]
    readme = PROJECT / "README.md"
    assert "decisions" in anchors(readme.read_text(encoding="utf-8"))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_make_commands_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    code = FENCE.findall(text) + re.findall(r"`([^`\n]+)`", text)
    named = {name for part in code for name in re.findall(r"\bmake ([a-z]+)\b", part)}
    assert named <= targets()


def test_the_two_commands_and_the_smoke_test_are_named() -> None:
    for name in ("make demo", "make test", "make smoke"):
        assert name in text_of("README.md")


def test_the_readme_has_every_account_of_the_demo() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+)` \| `([^`]+)` \|", text_of("README.md"), re.MULTILINE))
    assert rows == {person.login: person.password for person in PEOPLE.values()}


def decisions() -> list[Path]:
    return sorted((PROJECT / "docs/adr").glob("*.md"))


def test_decisions_are_numbered_once() -> None:
    numbers = [int(path.name.partition("-")[0]) for path in decisions()]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.stem)
def test_a_decision_is_one_page_with_its_four_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    number = int(path.name.partition("-")[0])
    assert text.startswith(f"# {number}. ")
    assert re.search(r"^Status: (accepted|superseded by \[[0-9]{4}\])", text, re.MULTILINE)
    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequences", "Rejected"]
    assert len(text.split()) < 650
    assert f"(docs/adr/{path.name})" in text_of("README.md")


def test_files_named_in_decisions_exist() -> None:
    for path in decisions():
        for name in re.findall(r"`((?:asm|docs|tests)/[\w./-]+)`", path.read_text("utf-8")):
            there = (PROJECT / name).exists() or "NNNN" in name
            assert there, f"{path.name}: {name}"


@pytest.mark.parametrize("name", ["CHANGELOG.md", "mobile_contract/CHANGELOG.md"])
def test_a_changelog_tells_nothing_twice(name: str) -> None:
    lines = text_of(name).split("\n")
    begun = Counter(" ".join(line.split()[:6]) for line in lines if line.startswith("- "))
    assert [begin for begin, times in begun.items() if times > 1] == []


def test_the_changelog_has_one_section_for_what_is_not_released() -> None:
    heads = re.findall(r"^## .*", (PROJECT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert [head for head in heads if "unreleased" in head.lower()] == ["## [Unreleased]"]


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in PUBLISHED]
    assert len(ids) == len(set(ids))


# The machine and the people it was made by are nobody's business: no home of anybody, nor where
# this checkout, its owner and what is thrown away lie.
HOMES = re.compile(r"(?:/home|/users|\\users)[/\\]\w", re.IGNORECASE)
HERE = (PROJECT, Path.home(), Path(tempfile.gettempdir()))


def private_paths(text: str) -> list[str]:
    here = [f"{folder}/" for folder in HERE if folder != folder.parent]
    return HOMES.findall(text) + [folder for folder in here if folder.lower() in text.lower()]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_documents_name_no_place_of_one_machine(document: Path) -> None:
    assert not private_paths(document.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", ["/home/lan", "/Users/lan", r"C:\Users\lan", f"{PROJECT}/asm"],
                         ids=["Linux", "macOS", "Windows", "this checkout"])  # fmt: skip
def test_a_place_of_one_machine_would_be_noticed(folder: str) -> None:
    assert private_paths(f"run it in `{folder}`")
    assert not private_paths("below a home, `asm/web` or `/var/lib/asm`")


CURL = [
    (name, block)
    for name in ("README.md", "docs/api.md")
    for block in re.findall(r"^```sh\n(.*?)^```", text_of(name), re.MULTILINE | re.DOTALL)
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(("name", "block"), CURL, ids=[name for name, _ in CURL])
def test_the_three_calls_work_as_written(name: str, block: str, live_server: str) -> None:
    env = {"PATH": os.environ["PATH"], "ASM": live_server}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status":"accepted"' in done.stdout
    assert "ASM1." in done.stdout
