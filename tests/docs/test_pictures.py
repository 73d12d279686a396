"""Pictures of the guides: each is there, each is used, each is read aloud in Vietnamese."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
#: Letters that Vietnamese has and English has not.
VIETNAMESE = re.compile("[à-ỹđ]", re.IGNORECASE)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: For those who use it; each begins with its Vietnamese title.
GUIDES = [
    "landlord", "receptionist", "officer", "officer-flags", "officer-facilities", "province",
    "lookups", "figures-pages", "published",
]  # fmt: skip
#: The largest picture, in bytes: nobody waits for a guide.
LARGEST = 200_000


def images(page: Path) -> list[tuple[str, Path]]:
    """What is said of each picture, and its file."""
    named = IMAGE.findall(page.read_text("utf-8"))
    return [(said, (page.parent / path).resolve()) for said, path in named]


def test_each_picture_is_there_and_each_is_used() -> None:
    shown = {path for page in PAGES for _, path in images(page)}
    assert shown >= {PICTURES / "ward.png", PICTURES / "ward-flags.png"}
    assert {path for path in shown if not path.is_file()} == set()
    assert set(PICTURES.iterdir()) - shown == set()


def test_no_picture_is_large() -> None:
    assert [p.name for p in PICTURES.iterdir() if p.stat().st_size > LARGEST] == []


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_has_pictures_told_in_vietnamese(name: str) -> None:
    shown = images(ROOT / "docs" / f"{name}.md")
    assert shown
    for said, path in shown:
        assert len(said) >= 10, path.name
        assert VIETNAMESE.search(said), said
