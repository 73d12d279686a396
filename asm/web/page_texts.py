"""The pages' two languages: Vietnamese is what the templates say, English is a catalogue.

Vietnamese counts without plurals. English says `%(n)s {guest|guests}`: the first where the figure
named before it is one, else the second; a template needs not know.
"""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import Environment, pass_context
from jinja2.filters import do_mark_safe
from jinja2.runtime import Context
from litestar import Request

from asm.errors import Refusal
from asm.locales.texts import LOCALES, Kind, has_text, text_in

LANGUAGES: Final = ("vi", "en")
LANGUAGE_COOKIE: Final = "asm_language"
_COUNTED: Final = re.compile(r"%\((?P<fact>\w+)\)s|\{(?P<single>[^{|}]*)\|(?P<more>[^{|}]*)\}")


def language_of(request: Request[Any, Any, Any]) -> str:
    """The language that the reader chose on this device; Vietnamese until then."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else "vi"


def read_catalogue(language: str) -> Translations:
    """Compile the committed .po in memory: nothing to build, nothing to forget."""
    source = LOCALES / language / "LC_MESSAGES" / "pages.po"
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def agreeing(text: str, facts: Mapping[str, object]) -> str:
    """The English text with its words in the number of the figures that stand before them."""
    single = False

    def chosen(part: re.Match[str]) -> str:
        nonlocal single
        if part["fact"]:
            single = str(facts.get(part["fact"])) == "1"
            return part[0]
        return part["single"] if single else part["more"]

    return _COUNTED.sub(chosen, text)


def install_texts(environment: Environment) -> None:
    """Let templates say `_("…")` in the page's language, and pick `message` or `message_en`."""
    english = read_catalogue("en")

    @pass_context
    def gettext(context: Context, message: str, /, **facts: object) -> str:
        if context.get("language") == "en":
            message = agreeing(english.gettext(message), facts)
        # A text of ours: filling it in escapes the facts.
        return (do_mark_safe(message) if context.eval_ctx.autoescape else message) % facts

    @pass_context
    def ngettext(context: Context, singular: str, plural: str, number: int) -> str:
        if context.get("language") == "en":
            return english.ngettext(singular, plural, number)
        return plural

    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["gettext"] = gettext
    environment.filters["in_language"] = _in_language


def _on_page(text: str) -> tuple[Kind, str]:
    return "refusals", f"{text}.page"


@pass_context
def _in_language(context: Context, source: Any, name: str) -> str:
    """`source.name` or `source.name_en`: texts that come from rules and catalogues carry both. Of a
    refusal that has words for pages (`TEXT.page`), these.
    """
    if isinstance(source, Refusal) and name == "message" and has_text(*_on_page(source.text)):
        return text_in(*_on_page(source.text), language=str(context.get("language")))
    field = f"{name}_en" if context.get("language") == "en" else name
    value = source[field] if isinstance(source, dict) else getattr(source, field)
    return str(value)
