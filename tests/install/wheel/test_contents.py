"""What the wheel holds: everything that a checkout offers while it runs, and always the same."""

import os
import zipfile
from pathlib import Path

from tests.install.wheel.conftest import PROJECT, pack

#: From which the pages' files are built; the note of what they were built from.
SOURCES = ("asm/web/assets/", "asm/web/static/.built-from")


def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_file_of_the_program_is_in_it(wheel: Path) -> None:
    offered = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "asm").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    offered = {name for name in offered if not name.startswith(SOURCES)}
    assert len({Path(name).suffix for name in offered}) > 10, "kinds of files"
    packed = {name for name in names(wheel) if not name.startswith("asm-")}
    assert packed == offered


def test_nothing_secret_and_nothing_of_the_tests(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in names(wheel)}
    assert len(tops) == 2, tops
    assert not [name for name in names(wheel) if name.endswith((".key", ".env", ".pem"))]


def test_the_same_files_make_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)  # whoever makes it has rights of their own
    try:
        os.utime(PROJECT / "asm" / "py.typed")
        again = pack(tmp_path / "again")
    finally:
        os.umask(before)
    for file in again.parent.iterdir():
        assert file.read_bytes() == (wheel.parent / file.name).read_bytes(), file.name
    sums = (wheel.parent / "SHA256SUMS").read_text("utf-8").splitlines()
    assert [line.split()[1] for line in sums] == sorted(
        file.name for file in wheel.parent.iterdir() if file.name != "SHA256SUMS"
    )
