import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "requirements"


def pinned(name: str) -> dict[str, str]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_no_address_and_no_option_stands_in_the_lock(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "://" not in text
    options = r"^\s*(-i|--(extra-)?index-url|--find-links|--trusted-host)\b"
    assert not re.search(options, text, re.MULTILINE)


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_every_package_has_a_version_and_hashes(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_the_two_sets_agree() -> None:
    dev = pinned("dev.txt")
    assert all(dev.get(name) == version for name, version in pinned("runtime.txt").items())
