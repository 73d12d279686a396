"""What runs everything on one machine stays in the checkout: neither wheel nor image has it."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from setuptools import find_packages

PROJECT = Path(__file__).resolve().parents[2]


def packaged(include: list[str]) -> set[str]:
    """The first parts of the names of all packages that would be installed."""
    return {name.partition(".")[0] for name in find_packages(str(PROJECT), include=include)}


def included() -> list[str]:
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    include: list[str] = pyproject["tool"]["setuptools"]["packages"]["find"]["include"]
    return include


def test_only_asm_is_packaged() -> None:
    assert packaged(included()) == {"asm"}
    assert "local" in packaged(["*"]), "it would be noticed"


@pytest.mark.slow
def test_the_wheel_has_no_local(tmp_path: Path) -> None:
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md"):
        (copy / name).write_bytes((PROJECT / name).read_bytes())
    # Modules are what is asked about; links spare copying the pages' built assets.
    for name in ("asm", "local"):
        (copy / name).symlink_to(PROJECT / name)
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=copy, check=True,
                   capture_output=True)  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert "asm" in names
    assert not {name for name in names if name.startswith("local")}


def test_the_image_is_built_without_it() -> None:
    copied = [
        word
        for line in (PROJECT / "Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert "asm" in copied
    assert not [word for word in copied if word == "." or word.startswith("local")]
    assert "!local" not in (PROJECT / ".dockerignore").read_text("utf-8")
