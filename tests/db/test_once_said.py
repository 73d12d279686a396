"""What was said once stays: not even with all the rights of a web process is it said otherwise, in
another's name, or of another time.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.demo.cast import WARD_A, WARD_B, Cast
from tests.conftest import Database
from tests.notify.messages.rows import rows

#: Rows as they stand: said by somebody (`{other}`), and waiting.
STANDING = """
INSERT INTO shift_note (ward_code, id, written_by, note, taken_at, taken_by) VALUES
  ('{here}', '{done}', '{me}', 'x', now(), '{other}'), ('{here}', '{waits}', '{me}', 'x', NULL,
    NULL);
INSERT INTO passed_case (facility_id, id, cause, check_id, severity, guests, raised_at, from_ward,
  to_ward, note, passed_by, answer, answered_by, answered_at, withdrawn_at) VALUES
  ('{away}', '{done}', 'c', 'k', 'high', 1, now(), '{there}', '{here}', 'x', '{other}', 'said',
    '{other}', now(), NULL),
  ('{away}', '{waits}', 'c', 'k', 'high', 1, now(), '{there}', '{here}', 'x', '{other}', NULL, NULL,
    NULL, NULL),
  ('{house}', '{sent}', 'c', 'k', 'high', 1, now(), '{here}', '{there}', 'x', '{me}', 'said',
    '{other}', now(), NULL),
  ('{house}', '{gone}', 'c', 'k', 'high', 1, now(), '{here}', '{there}', 'x', '{me}', NULL, NULL,
    NULL, now());
INSERT INTO stay_return (facility_id, id, stay_id, version, reason, returned_by, answer,
  answered_by,
  answered_at) VALUES
  ('{house}', '{done}', '{done}', 1, 'x', '{other}', 'said', '{other}', now()),
  ('{house}', '{waits}', '{waits}', 1, 'x', '{other}', NULL, NULL, NULL);
INSERT INTO closure (facility_id, id, starts_on, ends_on, reason, ordered_by, ordered_at, ended_by,
  ended_at, end_reason) VALUES
  ('{house}', '{done}', '2026-01-01', '2026-01-05', 'x', '{other}', now(), '{other}', now(), 'x'),
  ('{house}', '{waits}', '2026-02-01', '9999-01-01', 'x', '{other}', now(), NULL, NULL, NULL);
INSERT INTO watch_list (id, owner_id, name, reason, valid_until, removed_at, end_reason) VALUES
  ('{done}', '{me}', 'a', 'x', '9999-01-01', now(), 'x'),
  ('{gone}', '{me}', 'b', 'x', '2026-01-01', NULL, NULL),
  ('{waits}', '{me}', 'c', 'x', '9999-01-01', NULL, NULL);
INSERT INTO vault.watch_upload (owner_id, id, name, reason, valid_until, documents, broken, index_a,
  index_b, found_by, confirmed_at) VALUES
  ('{me}', '{done}', 'a', 'x', '9999-01-01', 1, 0, ARRAY[''::bytea], ARRAY[NULL::bytea], 'a',
    now());
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence, dismissed_at,
  dismissed_by, outcome) VALUES
  ('{house}', '{waits}', 'k', 's', 'high', '{here}', '{{}}', NULL, NULL, NULL);
INSERT INTO break_glass (id, account_id, role, province_code, area_province_code, reason,
  case_number, ends_at, reviewed_at, reviewed_by, justified, review_note) VALUES
  ('{done}', '{other}', 'ward_officer', '01', '01', 'x', 'x', now(), now(), '{third}', true, 'x'),
  ('{waits}', '{other}', 'ward_officer', '01', '01', 'x', 'x', now(), NULL, NULL, NULL, NULL);
"""
#: Each is refused, or finds nothing to change.
ATTACKS = [
    "UPDATE shift_note SET taken_by = '{me}', taken_at = clock_timestamp() WHERE id = '{done}'",
    "UPDATE shift_note SET taken_by = NULL, taken_at = NULL WHERE id = '{done}'",
    "UPDATE shift_note SET taken_by = '{other}', taken_at = clock_timestamp() WHERE id = '{waits}'",
    "UPDATE shift_note SET taken_by = '{me}', taken_at = '2026-01-01' WHERE id = '{waits}'",
    (
        "INSERT INTO shift_note (ward_code, id, written_by, note) "
        "VALUES ('{here}', gen_random_uuid(), '{other}', 'x')"
    ),
    (
        "INSERT INTO shift_note (ward_code, id, written_by, note, written_at) "
        "VALUES ('{here}', gen_random_uuid(), '{me}', 'x', '2026-01-01')"
    ),
    (
        "UPDATE passed_case SET answer = 'else', answered_by = '{me}', answered_at = "
        "clock_timestamp() "
        "WHERE id IN ('{done}', '{sent}', '{gone}')"
    ),
    (
        "UPDATE passed_case SET answer = NULL, answered_by = NULL, answered_at = NULL "
        "WHERE id = '{done}'"
    ),
    "UPDATE passed_case SET withdrawn_at = clock_timestamp() WHERE id IN ('{done}', '{sent}')",
    "UPDATE passed_case SET withdrawn_at = NULL WHERE id = '{gone}'",
    "UPDATE passed_case SET withdrawn_at = clock_timestamp() WHERE id = '{waits}'",
    (
        "UPDATE passed_case SET answer = 'x', answered_by = '{other}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "INSERT INTO passed_case (facility_id, id, cause, check_id, severity, guests, raised_at, "
        "from_ward, to_ward, note, passed_by, answer, answered_by, answered_at) VALUES ('{house}', "
        "gen_random_uuid(), 'c', 'k', 'high', 1, now(), '{here}', '{there}', 'x', '{me}', 'x', "
        "'{other}', clock_timestamp())"
    ),
    (
        "UPDATE stay_return SET answer = 'else', answered_by = '{me}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{done}'"
    ),
    (
        "UPDATE stay_return SET answer = 'x', answered_by = '{other}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "INSERT INTO stay_return (facility_id, id, stay_id, version, reason, returned_by, answer, "
        "answered_by, answered_at) VALUES ('{house}', gen_random_uuid(), '{done}', 1, 'x', '{me}', "
        "'x', '{me}', clock_timestamp())"
    ),
    "UPDATE closure SET ends_on = '9999-01-01' WHERE id = '{done}'",
    "UPDATE closure SET ended_by = '{me}', ended_at = clock_timestamp() WHERE id = '{done}'",
    "UPDATE closure SET ends_on = '2026-03-01' WHERE id = '{waits}'",
    (
        "UPDATE closure SET ends_on = '2026-03-01', ended_by = '{other}', "
        "ended_at = clock_timestamp(), end_reason = 'x' WHERE id = '{waits}'"
    ),
    "DELETE FROM closure WHERE id = '{done}'",
    "UPDATE watch_list SET removed_at = NULL, end_reason = NULL WHERE id = '{done}'",
    "UPDATE watch_list SET end_reason = 'else' WHERE id = '{done}'",
    "UPDATE watch_list SET valid_until = '9999-01-01' WHERE id IN ('{gone}', '{done}')",
    "UPDATE watch_list SET end_reason = 'x' WHERE id = '{waits}'",
    "UPDATE watch_list SET removed_at = '2026-01-01', end_reason = 'x' WHERE id = '{waits}'",
    "UPDATE vault.watch_upload SET confirmed_at = NULL WHERE id = '{done}'",
    "DELETE FROM vault.watch_upload WHERE id = '{done}'",
    (
        "UPDATE flag SET outcome = 'nothing_wrong', dismissed_at = clock_timestamp(), "
        "dismissed_by = '{other}' WHERE id = '{waits}'"
    ),
    (
        "UPDATE flag SET outcome = 'nothing_wrong', dismissed_at = '2026-01-01', "
        "dismissed_by = '{me}' "
        "WHERE id = '{waits}'"
    ),
    (
        "INSERT INTO flag_deed (facility_id, id, cause, deed, from_ward, actor_id, at) VALUES "
        "('{house}', gen_random_uuid(), 'c', 'noted', '{here}', '{me}', '2026-01-01')"
    ),
    (
        "INSERT INTO silence_call (ward_code, id, night, facility_id, called_by, "
        "outcome, note) VALUES "
        "('{here}', gen_random_uuid(), '2026-01-01', '{house}', '{other}', 'x', '')"
    ),
    (
        "INSERT INTO facility_visit (facility_id, id, visited_on, officers, seen, outcomes, "
        "recorded_by) VALUES ('{house}', gen_random_uuid(), '2026-01-01', 'x', 'x', "
        "'{{}}', '{other}')"
    ),
    (
        "INSERT INTO facility_visit (facility_id, id, visited_on, officers, seen, outcomes, "
        "recorded_by, recorded_at) VALUES ('{house}', gen_random_uuid(), '2026-01-01', 'x', 'x', "
        "'{{}}', '{me}', '2026-01-01')"
    ),
    "UPDATE facility_visit SET seen = 'else'",
    (
        "INSERT INTO ward_message (facility_id, id, body, sent_by) VALUES "
        "('{house}', gen_random_uuid(), 'x', '{other}')"
    ),
    (
        "INSERT INTO quiet_night (facility_id, night, ward_code, said_by, via) VALUES "
        "('{house}', '2026-01-01', '{here}', '{other}', 'desk')"
    ),
    (
        "UPDATE break_glass SET reviewed_at = clock_timestamp(), reviewed_by = '{me}', "
        "justified = false, review_note = 'else' WHERE id = '{done}'"
    ),
    (
        "UPDATE break_glass SET reviewed_at = '2026-01-01', reviewed_by = '{me}', "
        "justified = true, "
        "review_note = 'x' WHERE id = '{waits}'"
    ),
    "UPDATE gate_count SET ends_at = ends_at + interval '1 hour'",
    "UPDATE gate_count SET gate_id = gen_random_uuid()",
    "UPDATE release SET withdrawn_at = NULL, withdrawn_reason = NULL",
]
#: What is meant to be done, by the same rights: the policies refuse no more than they should.
MEANT = [
    "UPDATE shift_note SET taken_by = '{me}', taken_at = clock_timestamp() WHERE id = '{waits}'",
    (
        "UPDATE passed_case SET answer = 'x', answered_by = '{me}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "UPDATE stay_return SET answer = 'x', answered_by = '{me}', answered_at = "
        "clock_timestamp() "
        "WHERE id = '{waits}'"
    ),
    (
        "UPDATE closure SET ends_on = '2026-03-01', ended_by = '{me}', ended_at = "
        "clock_timestamp(), "
        "end_reason = 'x' WHERE id = '{waits}'"
    ),
    "UPDATE watch_list SET removed_at = clock_timestamp(), end_reason = 'x' WHERE id = '{waits}'",
    (
        "UPDATE flag SET outcome = 'called', dismissed_at = clock_timestamp(), "
        "dismissed_by = '{me}' "
        "WHERE id = '{waits}'"
    ),
]


class Scenery:
    """Names for what the statements are about, and both connections."""

    def __init__(self, database: Database, names: dict[str, object]) -> None:
        self.names = names
        self.api = psycopg.connect(database.api_url)
        self.admin = psycopg.connect(database.admin_url, autocommit=True)
        self.admin.execute(STANDING.format(**names).encode())

    def enter(self, role: str) -> None:
        """Any scope that it likes: the officer's, the supervisor's and the house's at once."""
        scope = {
            "actor": self.names["me"], "role": role, "ward": self.names["here"],
            "province": "01", "facilities": self.names["house"],
        }  # fmt: skip
        for name, value in scope.items():
            self.api.execute("SELECT set_config(%s, %s, true)", (f"asm.{name}", str(value)))

    def tried(self, statement: str, role: str) -> int:
        """How many rows it changed; 0 where it is refused."""
        self.enter(role)
        try:
            return self.api.execute(statement.format(**self.names).encode()).rowcount
        except InsufficientPrivilege:
            return 0
        finally:
            self.api.rollback()


@pytest.fixture
async def scenery(
    cast: Cast, database: Database, admin_engine: AsyncEngine
) -> AsyncIterator[Scenery]:
    accounts = dict(map(tuple, await rows(admin_engine, "SELECT login, id FROM account")))
    names: dict[str, object] = {
        "here": WARD_A, "there": WARD_B, "house": cast.hoa_sen, "away": cast.guest_house_b,
        "me": accounts["minh"], "other": accounts["thao"], "third": accounts["quang"],
    }  # fmt: skip
    names |= {name: UUID(int=n) for n, name in enumerate(("done", "waits", "sent", "gone"), 1)}
    scenery = Scenery(database, names)
    yield scenery
    scenery.api.close()
    scenery.admin.close()


def test_what_was_said_stays(scenery: Scenery) -> None:
    done = {
        statement: role
        for statement in ATTACKS
        for role in ("ward_officer", "provincial_officer", "receptionist", "administrator")
        if scenery.tried(statement, role)
    }
    assert done == {}


def test_what_waits_can_be_said(scenery: Scenery) -> None:
    for statement in MEANT:
        assert scenery.tried(statement, "ward_officer") == 1, statement
