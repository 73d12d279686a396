"""Vietnamese is in the templates; English must not fall behind."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from litestar.testing import RequestFactory

import asm.web
from asm.locales.texts import LOCALES
from asm.web.page_texts import LANGUAGE_COOKIE, agreeing, language_of, read_catalogue

WEB = Path(asm.web.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def template_texts() -> set[str]:
    """Every text that a template asks to have translated."""
    messages = extract_from_dir(
        WEB / "templates",
        method_map=[("**.html", "jinja2")],
        options_map={"**.html": {"silent": "false"}},
        keywords=KEYWORDS,
    )
    return {text[0] if isinstance(text, tuple) else text for _, _, text, _, _ in messages}


def english() -> dict[str, str]:
    with (LOCALES / "en/LC_MESSAGES/pages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    return {
        entry.id[0] if isinstance(entry.id, tuple) else entry.id: " ".join(
            entry.string if isinstance(entry.string, tuple) else (entry.string,)
        )
        for entry in catalogue
        if entry.id
    }


def test_every_text_has_an_english_one() -> None:
    texts = template_texts()
    assert len(texts) > 200
    assert sorted(texts - {source for source, text in english().items() if text.strip()}) == []


def test_no_english_text_is_left_over() -> None:
    assert sorted(english().keys() - template_texts()) == []


def test_placeholders_agree() -> None:
    for source, text in english().items():
        names = re.compile(r"%\((\w+)\)s|\{(\w)\}")
        assert set(names.findall(source)) == set(names.findall(text)), source


#: A figure and the plural that it counts, where nothing says the one.
UNCOUNTED = re.compile(r"%\(n\)s (?:more |other |watch |guest )?[a-z]{2,}[^s\W]s\b")


def test_one_of_a_kind_is_no_plural() -> None:
    plural = {text for text in english().values() if UNCOUNTED.search(text)}
    assert plural == set(), "write %(n)s {guest|guests}"


@pytest.mark.parametrize(
    ("n", "said"), [("0", "0 cases wait, 1 row is"), ("1", "1 case waits, 1 row is")]
)
def test_words_agree_with_the_figure_before_them(n: str, said: str) -> None:
    text = "%(n)s {case|cases} {waits|wait}, %(rows)s {row is|rows are}"
    facts = {"n": n, "rows": "1"}
    assert agreeing(text, facts) % facts == said


def test_the_catalogue_is_compiled_in_memory() -> None:
    assert read_catalogue("en").gettext("Đăng nhập") == "Sign in"


@pytest.mark.parametrize(("cookie", "language"), [(None, "vi"), ("en", "en"), ("xx", "vi")])
def test_the_language_is_the_readers_choice(cookie: str | None, language: str) -> None:
    cookies = f"{LANGUAGE_COOKIE}={cookie}" if cookie else None
    request = RequestFactory().get("/", headers={"Cookie": cookies} if cookies else None)
    assert language_of(request) == language
