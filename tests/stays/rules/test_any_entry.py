"""Whatever is declared, the rules answer, and only with rules that are published.

`ASM_HYPOTHESIS=deep` tries ten thousand entries instead of a few hundred.
"""

import os
from datetime import UTC, timedelta, timezone

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asm.facilities.kinds import KINDS
from asm.imports.all_rules import PUBLISHED
from asm.stays.entry import Guest, StayEntry
from asm.stays.rules.deadlines import VIETNAM
from asm.stays.rules.people_together import check_people_together
from asm.stays.rules.published import RuleContext, check_entry
from tests.stays.cases import NOW

EXAMPLES = 10_000 if os.environ.get("ASM_HYPOTHESIS") == "deep" else 200
PUBLISHED_IDS = {rule.id: rule for rule in PUBLISHED}

WILD = st.text(st.characters(), max_size=60)  # lone surrogates and control characters too
TEXT = st.none() | WILD
NUMBERS = TEXT | st.from_regex(r"[0-9]{9}|[0-9]{12}|[A-Z0-9 ]{8,11}", fullmatch=True)
CODES = st.none() | st.integers()
NATIONALITIES = st.sampled_from(["VNM", "SWE", "XXA", "XXX", "D", ""]) | WILD
GUESTS = st.builds(
    Guest,
    full_name=WILD | st.text(min_size=140, max_size=170),
    birth_date=st.none() | st.dates(),
    birth_date_precision=st.sampled_from(["day", "year"]),
    sex=st.sampled_from([None, "male", "female", "other"]),
    nationality=NATIONALITIES,
    document_type=st.none() | st.integers(-1, 11) | st.integers(),
    document_name=TEXT | st.just("Giấy chứng nhận căn cước"),
    document_number=NUMBERS,
    old_number=NUMBERS,
    no_papers=st.booleans(),
    phone=TEXT,
    residence_kind=CODES,
    residence_country=TEXT | NATIONALITIES,
    residence_province=TEXT,
    residence_ward=TEXT,
    residence_address=TEXT,
    permitted_stay_until=st.none() | st.dates(),
    note=TEXT,
    name_source=st.sampled_from([None, "typed", "card", "mrz"]),
    name_confirmed=st.booleans(),
)
ZONES = st.sampled_from(
    [None, UTC, VIETNAM, timezone(timedelta(hours=-23)), timezone(timedelta(hours=14))]
)
TIMES = st.datetimes(timezones=ZONES)
ENTRIES = st.builds(
    StayEntry,
    guest=GUESTS,
    arrived_at=TIMES,
    planned_departure_at=st.none() | TIMES,
    room=TEXT,
    hourly=st.booleans(),
    reason=CODES,
    reason_text=TEXT,
)
CONTEXTS = st.builds(
    RuleContext,
    now=st.just(NOW),
    facility_kind=st.sampled_from([*sorted(KINDS), "unheard of"]),
    room_names=st.none() | st.frozensets(WILD, max_size=3),
    room_required=st.none() | st.booleans(),
    tourism=st.none() | st.booleans(),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ENTRIES, min_size=1, max_size=3), CONTEXTS)
def test_the_rules_always_answer_with_published_rules(
    entries: list[StayEntry], context: RuleContext
) -> None:
    party = check_people_together(entries)
    assert len(party) == len(entries)
    entry_problems = [problem for entry in entries for problem in check_entry(entry, context)]
    for problem in (*entry_problems, *(problem for problems in party for problem in problems)):
        rule = PUBLISHED_IDS[problem.rule]
        assert problem.severity == rule.severity
        texts = (problem.message, problem.message_en, problem.remedy, problem.remedy_en)
        assert all(texts)
        assert "{" not in "".join(texts)
