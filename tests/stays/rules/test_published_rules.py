"""The list of rules as hotel software relies on it: ids stay, and each rule says all it must."""

import re
from pathlib import Path

import pytest

from asm.imports.all_rules import PUBLISHED
from asm.stays.rules.rule import Rule

LISTED = (Path(__file__).parent / "rule_ids.txt").read_text(encoding="utf-8").split()
IDS = [rule.id for rule in PUBLISHED]


def test_no_published_id_goes_away_or_gets_another_name() -> None:
    gone = sorted(set(LISTED) - set(IDS))
    assert not gone, (
        f"{gone} are published and no longer there. Hotel software matches on these ids: keep the "
        "rule and end it with valid_to, or give the new meaning a new id beside it."
    )


def test_every_id_is_listed_so_that_it_cannot_go_away_unseen() -> None:
    fresh = sorted(set(IDS) - set(LISTED))
    assert not fresh, f"new rules: add {fresh} to tests/stays/rules/rule_ids.txt (sorted), for good"
    assert sorted(LISTED) == LISTED
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("rule", PUBLISHED, ids=lambda rule: rule.id)
def test_a_rule_is_complete(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", rule.id)
    assert rule.severity in {"refuse", "warn", "note"}
    texts = (rule.message, rule.message_en, rule.remedy, rule.remedy_en)
    assert all(text.strip() for text in (*texts, rule.field, rule.source))
    assert (rule.message, rule.remedy) != (rule.message_en, rule.remedy_en)
    if rule.valid_from and rule.valid_to:
        assert rule.valid_from <= rule.valid_to


def test_permitted_stay_says_that_a_passports_expiry_is_another_date() -> None:
    rule = next(rule for rule in PUBLISHED if rule.id == "foreigner.permitted_stay.missing")
    assert "không lấy ngày hết hạn hộ chiếu" in rule.remedy
    assert "never copy the passport's expiry" in rule.remedy_en
