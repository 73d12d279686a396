import pytest

from asm.intake.cards.card_rules import CARD_RULES
from asm.intake.sheets.sheet_rules import FILE_RULES
from asm.intake.sheets.workbook import COLUMNS
from asm.stays.entry import Guest, StayEntry
from asm.stays.rules.published import RULES
from asm.stays.rules.rule import by_id

VALUES = dict.fromkeys(
    (
        "limit",
        "found",
        "encoding",
        "part",
        "part_en",
        "line",
        "column",
        "column_en",
        "time",
        "sign",
        "country",
        "country_en",
        "count",
        "row",
    ),
    "x",
)


@pytest.mark.parametrize("rule_id", [*CARD_RULES, *FILE_RULES])
def test_every_finding_speaks_both_languages(rule_id: str) -> None:
    rule = (CARD_RULES | FILE_RULES)[rule_id]
    problem = rule.problem(**VALUES)
    texts = (problem.message, problem.message_en, problem.remedy, problem.remedy_en, rule.source)
    assert all(texts)
    assert "{" not in "".join(texts)


def test_no_id_is_used_twice_across_the_lists() -> None:
    assert len({*RULES, *CARD_RULES, *FILE_RULES}) == len(RULES) + len(CARD_RULES) + len(FILE_RULES)
    with pytest.raises(ValueError, match="twice"):
        by_id(tuple(RULES.values()), tuple(RULES.values()))


def test_columns_fill_fields_that_exist() -> None:
    fields = {"file", *StayEntry.__struct_fields__}
    fields |= {f"guest.{name}" for name in Guest.__struct_fields__}
    assert [column.letter for column in COLUMNS] == list("ABCDEFGHIJKLMNOPQRS")
    assert {column.field for column in COLUMNS} <= fields
