from collections.abc import Callable
from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local.assets import build_assets, check_assets, digest_of
from local.layout import Layout
from local.machine.progress import Progress

FakeProgram = Callable[[str, str], Path]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    project = tmp_path / "project"
    (project / "asm/web/assets").mkdir(parents=True)
    (project / "package.json").write_text('{"scripts": {"build": "vite build"}}')
    (project / "package-lock.json").write_text("{}")
    (project / "asm/web/assets/desk.ts").write_text("let a = 1")
    prepared = Layout(project / ".asm", project)
    prepared.prepare()
    return prepared


MANIFEST = "asm/web/static/.vite/manifest.json"
BUILDS = f"case $1 in run) mkdir -p asm/web/static/.vite; echo '{{}}' > {MANIFEST};; esac"


def test_nothing_is_run_when_nothing_changed(layout: Layout, fake_program: FakeProgram) -> None:
    calls = fake_program("npm", BUILDS)
    for _ in range(2):
        build_assets(layout, Progress())
    assert calls.read_text().splitlines() == ["npm ci --no-audit --no-fund", "npm run build"]


def test_a_changed_source_is_built_without_installing(
    layout: Layout, fake_program: FakeProgram
) -> None:
    calls = fake_program("npm", BUILDS)
    build_assets(layout, Progress())
    (layout.project / "asm/web/assets/desk.ts").write_text("let a = 2")
    build_assets(layout, Progress())
    assert calls.read_text().split("\n").count("npm run build") == 2
    assert calls.read_text().count("npm ci") == 1


def test_a_failed_build_shows_why_and_is_tried_again(
    layout: Layout, fake_program: FakeProgram
) -> None:
    fake_program("npm", 'case $1 in run) echo "desk.ts: unexpected token"; exit 1;; esac')
    with pytest.raises(ConfigurationError, match="unexpected token"):
        build_assets(layout, Progress())
    calls = fake_program("npm", BUILDS)
    build_assets(layout, Progress())
    assert calls.read_text().splitlines()[-1] == "npm run build"


def test_without_node_it_says_what_to_install(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"Node\.js 20"):
        build_assets(layout, Progress())


def test_the_check_runs_only_where_it_is_defined(layout: Layout, fake_program: FakeProgram) -> None:
    calls = fake_program("npm", "")
    check_assets(layout, Progress())
    assert calls.read_text() == ""
    (layout.project / "package.json").write_text('{"scripts": {"check": "tsc"}}')
    check_assets(layout, Progress())
    assert calls.read_text().splitlines()[-1] == "npm run check"


def test_the_hash_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = digest_of(tmp_path, ["*"])
    (tmp_path / "a").rename(tmp_path / "b")
    assert digest_of(tmp_path, ["*"]) != first
