"""What a page says is read as it stands; outputs are compared as a reader would."""

import re
from pathlib import Path

import pytest

from tests.docs.pages.blocks import blocks_of, looks_like
from tests.docs.pages.machine import PROJECT

OF_ROOT = re.compile(r"^\s*sudo .* (/mnt|/etc/asm|/var/lib|/var/backups)/\S*[*?]")
PAGE = """# A page

## 3. Of a thing

```sh
echo one
```

```text
one
```

<!-- not run: nobody has it -->
```sh
apt-get install it
```

<!-- on: new -->
1. Indented:

   ```sh
   cat <<END
     kept
   END
   ```

```
shown and never run
```
"""


def page(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text(text)
    return path


def test_blocks_stand_with_what_is_said_of_them(tmp_path: Path) -> None:
    first, second, third = blocks_of(page(tmp_path, PAGE))
    assert (first.where, first.commands, first.shown) == ("page.md:5", "echo one\n", "one\n")
    assert (first.section, first.machine, first.not_run) == (3, "old", "")
    assert (second.not_run, second.machine) == ("nobody has it", "old")
    assert (third.commands, third.machine, third.not_run) == ("cat <<END\n  kept\nEND\n", "new", "")


@pytest.mark.parametrize(
    "text", ["```text\none\n```\n", "<!-- not run: why -->\n\nand no commands\n"]
)
def test_what_belongs_to_no_commands_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="commands"):
        blocks_of(page(tmp_path, text))


@pytest.mark.parametrize("name", ["install", "keeping", "operator"])
def test_root_s_folders_are_not_listed_by_whoever_types(name: str) -> None:
    """The shell looks for what `*` stands for before `sudo` begins: in vain."""
    lines = [
        re.sub("'[^']*'|\"[^\"]*\"", "", line)
        for block in blocks_of(PROJECT / f"docs/{name}.md")
        for line in block.commands.splitlines()
    ]
    assert [line for line in lines if OF_ROOT.search(line)] == []
    assert OF_ROOT.search("sudo install -m 640 /mnt/keys/moving/settings/* /etc/asm/")


@pytest.mark.parametrize(
    ("shown", "printed", "alike"),
    [
        ('{"rows": 12}', '{"rows": 3900}', True),
        ('{"rows": 12}', '{"rows": -1}', False),
        ("a\n…\nz", "a\nb\nc\nz", True),
        ("a\n…\nz", "a\nb\nc", False),
        ("20261130T031000Z", "20270101T000000Z", True),
        ("ok", "ok\nand more", False),
    ],
)
def test_outputs_are_compared_by_their_shape(shown: str, printed: str, *, alike: bool) -> None:
    assert looks_like(shown, printed) is alike


def test_readmes_three_lines_are_the_pages() -> None:
    """What the page's test runs word for word is what the README promises."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    _, _, section = readme.partition("## Run it for real")
    block = section.split("```")[1].strip()
    page = (PROJECT / "docs/install.md").read_text(encoding="utf-8").splitlines()
    steps = [step.strip() for line in block.splitlines() for step in line.split("&&")]
    assert len(steps) == 5
    for step in steps[:4]:
        assert step in page, step
    # On a terminal; the test has no terminal and gives a file of answers.
    assert steps[4] == "sudo /opt/asm/bin/asm install"
    assert any(line.startswith(f"{steps[4]} --answers") for line in page)
