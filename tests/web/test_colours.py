"""Colours stand in one sheet, once for light and once for dark."""

import re
from pathlib import Path

import asm.web

STYLES = Path(asm.web.__file__).parent / "assets/styles"
TOKENS = STYLES / "_tokens.scss"
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(|:\s*(?:white|black)\b")
DECLARED = re.compile(r"^\s*(--[\w-]+):", re.MULTILINE)


def without_comments(text: str) -> str:
    return re.sub(r"//.*", "", text)


def test_every_other_sheet_names_tokens_alone() -> None:
    sheets = [path for path in sorted(STYLES.rglob("*.scss")) if path != TOKENS]
    assert len(sheets) > 10
    hard = {
        str(path.relative_to(STYLES)): colours
        for path in sheets
        if (colours := COLOUR.findall(without_comments(path.read_text("utf-8"))))
    }
    assert hard == {}


def test_light_and_dark_have_the_same_tokens() -> None:
    text = TOKENS.read_text("utf-8")
    light, dark = (
        DECLARED.findall(text.split(f"@mixin {name} {{")[1].split("\n}")[0])
        for name in ("light", "dark")
    )
    assert light == dark
    assert len(light) == len(set(light)) > 20


def test_every_token_that_is_named_is_declared() -> None:
    sheets = [path.read_text("utf-8") for path in sorted(STYLES.rglob("*.scss"))]
    declared = {name for sheet in sheets for name in DECLARED.findall(sheet)}
    named = {name for sheet in sheets for name in re.findall(r"var\((--[\w-]+)", sheet)}
    assert named <= declared
