"""What people are told stands in catalogues: each id in both languages, each text used, and no
Vietnamese left in the code.
"""

import ast
import re
import string
import subprocess
import sys
from fnmatch import fnmatch
from typing import get_args

import pytest
from babel.messages.pofile import read_po

from asm.api.health import DETAILS
from asm.checks.registry import CHECKS
from asm.cli.installation.ask import QUESTIONS
from asm.cli.read import RULES
from asm.errors import Invalid, field_error
from asm.imports.all_rules import PUBLISHED
from asm.install.steps.filling import FILLING_STEPS
from asm.install.steps.machine import MACHINE_STEPS
from asm.install.steps.services import SERVICES, START
from asm.install.steps.step import StepReport
from asm.locales.texts import KINDS, LOCALES, Kind, both, catalogue, parse_catalogue, text_in
from asm.variables.table import VARIABLES
from mobile_contract.health_page import all_metrics
from tests.locales.text_ids import modules, named_uses, refusal_uses

#: Texts that are not the same in both languages, and why.
UNEVEN = {
    "stay.length.temporary_residence:remedy": "only Vietnamese repeats the number of days",
    "area_codes.too_many_rows": "Vietnamese says only that the file is too long",
}
#: Modules that may hold Vietnamese, and why.
VIETNAMESE = {
    "asm.stays.rules.*_rules": "the law or form that a rule comes from",
    "asm.intake.*_rules": "the form or limit that a rule comes from",
    "asm.cli.read": "where its rules come from",
    "asm.stays.rules.catalogues": "labels of the ministry's catalogues, as published",
    "asm.facilities.kinds": "labels of the kinds of facilities, as published",
    "asm.identity.birth_places": "names of provinces",
    "asm.identity.provinces": "names of provinces and their capitals",
    "asm.geo.ward_names": "the kinds of wards, as people write them before a name",
    "asm.identity.nationalities": "names of countries",
    "asm.geo.areas.*published_*": "names of areas and of the resolutions that made them",
    "asm.intake.sheets.workbook": "the headings of the ministry's form",
    "asm.intake.sheets.usual_names": "what people write for entries of the form's lists",
    "asm.intake.sheets.guest_rows": "how a total is written",
    "asm.intake.sheets.xlsx_template": "the ministry's form itself",
    "asm.intake.cards.card_qr": "what a card's QR code says",
    "asm.api.ogc.documents": "titles of collections, which have one text for both languages",
    "asm.web.desk.stay_form": "a country as people type it",
    "asm.web.facilities.typed_point": "letters",
    "asm.demo.*": "the invented cast, its guests and messages",
    "asm.geo.folding": "letters",
    "asm.geo.areas.old_units.unit_names": "letters",
    "asm.identity.names": "letters",
    "asm.identity.kept_keys": "letters",
    "asm.identity.old_tables": "letters",
    "asm.identity.several_people": "whom people add to a name",
    "asm.intake.photos.mrz_photo": "letters",
    "asm.identity.pasted_text": "letters",
    "asm.intake.cards.input_methods": "letters",
    "asm.intake.cards.letter_case": "letters",
    "asm.identity.name_letters": "letters",
    "asm.intake.cards.scanned_text": "letters",
    "asm.identity.syllables": "letters",
    "asm.intake.cards.zone_keys": "letters",
}
LETTERS = re.compile("[À-ỹ]")


def facts_of(text: str) -> set[str]:
    """The facts that a text names; English may take its own form of one, as `part_en` of `part`."""
    return {name.removesuffix("_en") for _, name, _, _ in string.Formatter().parse(text) if name}


def constants(tree: ast.Module) -> set[str]:
    """Every text in a module but its docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_id_has_both_languages(kind: Kind) -> None:
    vi, en = catalogue(kind, "vi"), catalogue(kind, "en")
    assert len(vi) > 30
    assert vi.keys() == en.keys()
    assert [text_id for text_id, text in (*vi.items(), *en.items()) if not text.strip()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_name_the_same_facts(kind: Kind) -> None:
    vi, en = catalogue(kind, "vi"), catalogue(kind, "en")
    uneven = {text_id for text_id in vi if facts_of(vi[text_id]) != facts_of(en[text_id])}
    assert uneven == (UNEVEN.keys() & vi.keys())


def test_every_refusal_has_its_text_and_every_text_a_refusal() -> None:
    named = {use.text_id: use.where for use in refusal_uses()}
    assert len(named) > 200
    texts = catalogue("refusals", "vi").keys()
    unread = {where for text_id, where in named.items() if "\0" in text_id}
    assert unread == set(), "the id of a text is written where it is told, or passed on as `text`"
    needed = {text_id for text_id in named if not text_id.endswith("?")}
    assert sorted(needed - texts) == []
    assert sorted(texts - {text_id.removesuffix("?") for text_id in named}) == []


def test_every_refusal_gives_the_facts_of_its_text() -> None:
    vi, en = catalogue("refusals", "vi"), catalogue("refusals", "en")
    for use in refusal_uses():
        text_id = use.text_id.removesuffix("?")
        if use.facts is not None and text_id in vi:
            needed = facts_of(vi[text_id]) | facts_of(en[text_id])
            assert needed <= use.facts, f"{use.where} says {text_id} without all its facts"


def test_the_rules_catalogue_is_that_of_the_rules() -> None:
    ids = {rule.id for rule in (*PUBLISHED, *RULES.values())}
    ids |= {f"{rule_id}:remedy" for rule_id in ids}
    assert catalogue("rules", "vi").keys() - ids == filling_texts("rules", ids)


def test_the_checks_catalogue_is_that_of_the_checks() -> None:
    ids = {
        f"{check.id}:{part}"
        for check in CHECKS
        for part in (
            "title", "looks_at", "explanation", *(f"shows.{shown.key}" for shown in check.shows),
        )
    }  # fmt: skip
    assert catalogue("checks", "vi").keys() == ids


def test_the_settings_catalogue_is_that_of_the_table() -> None:
    ids = catalogue("settings", "vi").keys()
    defaults = {f"{name}:default" for name in VARIABLES}
    groups = {f"group.{variable.group}" for variable in VARIABLES.values()}
    health = {f"health.{name}" for name in DETAILS}
    health |= {f"health.{name}.{code}" for name, codes in DETAILS.items() for code in codes}
    health |= {f"metric.{metric.name}" for metric in all_metrics()}
    wrong = {use.text_id for use in named_uses("settings") if use.text_id.startswith("wrong.")}
    assert len(wrong) > 10
    assert ids - defaults == VARIABLES.keys() | groups | health | wrong


def test_the_install_catalogue_is_that_of_steps_and_questions() -> None:
    questions = {f"ask.{question}" for part in QUESTIONS.values() for question in part}
    steps = {f"step.{step.name}" for step in (*MACHINE_STEPS, *FILLING_STEPS, SERVICES, START)}
    states = {f"state.{state}" for state in get_args(StepReport.__annotations__["state"])}
    ids = questions | steps | states
    assert catalogue("install", "vi").keys() - ids == filling_texts("install", ids)
    assert ids <= catalogue("install", "vi").keys()


def filling_texts(kind: Kind, ids: set[str]) -> set[str]:
    """The texts that fill other texts: each stands by its id in the code, and in the catalogue."""
    literals = set().union(*(constants(tree) for tree in modules().values()))
    texts = catalogue(kind, "vi").keys()
    filling = (texts - ids) & literals
    families = {re.sub(r"\w+$", "", text_id) for text_id in filling}
    family = re.compile(rf"(?:{'|'.join(map(re.escape, families))})\w+")
    assert {text for text in literals if family.fullmatch(text)} <= texts
    assert {use.text_id for use in named_uses(kind) if "\0" not in use.text_id} <= texts
    return filling


def test_no_vietnamese_is_left_in_the_code() -> None:
    holding = {
        module
        for module, tree in modules().items()
        if any(LETTERS.search(text) for text in constants(tree))
    }
    texts = {name for name in holding if not any(fnmatch(name, pattern) for pattern in VIETNAMESE)}
    assert sorted(texts) == [], "say it in asm/locales and name its id here"
    idle = [
        pattern for pattern in VIETNAMESE if not any(fnmatch(name, pattern) for name in holding)
    ]
    assert idle == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_catalogue_is_read_as_gettexts_tools_read_it(kind: Kind, language: str) -> None:
    path = LOCALES / language / "LC_MESSAGES" / f"{kind}.po"
    with path.open("rb") as file:
        entries = list(read_po(file, locale=language, abort_invalid=True))
    assert not any(entry.fuzzy for entry in entries if entry.id), "an unsure text is told as it is"
    read = parse_catalogue(path.read_text(encoding="utf-8"))
    assert {entry.id: entry.string for entry in entries if entry.id} == {
        text_id: text for text_id, text in read.items() if text_id
    }


def test_lines_that_tools_break_are_one_text() -> None:
    po = '# head\nmsgid ""\n"a"\n".b"\nmsgstr ""\n"one \\"two\\"\\n"\n"three"\n\n#~ msgid "gone"\n'
    assert parse_catalogue(po) == {"a.b": 'one "two"\nthree'}


@pytest.mark.parametrize(
    "po",
    [
        'msgid "a"\nmsgstr "x"\nmsgid "a"\nmsgstr "y"\n',
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\n',
        'msgctxt "c"\nmsgid "a"\nmsgstr "x"\n',
        'msgid "a"\nmsgstr "x\n',
        "msgid a\n",
    ],
)
def test_what_a_catalogue_of_ids_cannot_hold_is_refused(po: str) -> None:
    with pytest.raises(ValueError, match=r"line|Unterminated"):
        parse_catalogue(po)


def test_facts_are_filled_in_and_remedies_come_along() -> None:
    vi, en = both("refusals", "too_many_contacts", {"most": 7})
    assert "7" in vi
    assert en == "At most 7 addresses may be added in a day."
    assert text_in("refusals", "too_many_contacts", "fr", {"most": 7}) == vi
    with pytest.raises(KeyError, match="most"):
        both("refusals", "too_many_contacts")
    with pytest.raises(KeyError, match="no_such_text"):
        Invalid("no_such_text")
    error = field_error("/ward", "too_many_addresses", most=5)
    assert list(error) == ["pointer", "code", "message", "message_en", "remedy", "remedy_en"]
    assert list(field_error("/note", "note_length")) == list(error)[:4]


def test_a_refusal_is_told_without_babel() -> None:
    script = (
        "import sys, asm.cli.codes; asm.cli.codes.Invalid('code_malformed'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "asm.locales.texts" in loaded
    assert "babel" not in loaded
