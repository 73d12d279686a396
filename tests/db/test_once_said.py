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
from tests.db.attacks_on_deeds import ATTACKS, ELSEWHERE, MEANT
from tests.notify.messages.rows import rows

ROLES = ("ward_officer", "provincial_officer", "receptionist", "administrator")
NAMES = ("done", "waits", "sent", "gone", "theirs", "theirs_waits")
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
  ('{house}', '{waits}', '2026-02-01', '9999-01-01', 'x', '{other}', now(), NULL, NULL, NULL),
  ('{away}', '{theirs}', '2026-02-01', '9999-01-01', 'x', NULL, NULL, NULL, NULL, NULL),
  ('{away}', '{theirs_waits}', '2026-02-01', '9999-01-01', 'x', '{other}', now(), NULL, NULL, NULL);
INSERT INTO watch_list (id, owner_id, name, reason, valid_until, removed_at, end_reason) VALUES
  ('{done}', '{me}', 'a', 'x', '9999-01-01', now(), 'x'),
  ('{gone}', '{me}', 'b', 'x', '2026-01-01', NULL, NULL),
  ('{waits}', '{me}', 'c', 'x', '9999-01-01', NULL, NULL);
INSERT INTO vault.watch_upload (owner_id, id, name, reason, valid_until, documents, broken, index_a,
  index_b, found_by, confirmed_at) VALUES
  ('{me}', '{done}', 'a', 'x', '9999-01-01', 1, 0, ARRAY[''::bytea], ARRAY[NULL::bytea], 'a',
    now()),
  ('{other}', '{theirs}', 'a', 'x', '9999-01-01', 1, 0, ARRAY[''::bytea], ARRAY[NULL::bytea], 'a',
    NULL);
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, evidence, dismissed_at,
  dismissed_by, outcome) VALUES
  ('{house}', '{waits}', 'k', 's', 'high', '{here}', '{{}}', NULL, NULL, NULL),
  ('{away}', '{theirs}', 'k', 's', 'high', '{there}', '{{}}', NULL, NULL, NULL);
INSERT INTO gate (id, ward_code, label, kind, secret_hash)
  VALUES ('{theirs}', '{there}', 'Cổng', 'other', sha256('x'));
INSERT INTO gate (id, ward_code, label, kind, secret_hash, ended_at)
  VALUES ('{done}', '{here}', 'Cổng', 'other', sha256('w'), now());
INSERT INTO gate_count (gate_id, starts_at, ends_at, came_in, went_out)
  VALUES ('{theirs}', '2026-01-01', '2026-01-02', 1, 1);
INSERT INTO facility_visit (facility_id, id, visited_on, officers, seen, outcomes, recorded_by)
  VALUES ('{away}', '{theirs}', '2026-01-01', 'x', 'x', '{{}}', '{other}');
INSERT INTO silence_call (ward_code, id, night, facility_id, called_by, outcome, note)
  VALUES ('{there}', '{theirs}', '2026-01-01', '{away}', '{other}', 'x', '');
INSERT INTO ward_message (facility_id, id, body, sent_by)
  VALUES ('{away}', '{theirs}', 'x', '{other}');
INSERT INTO quiet_night (facility_id, night, ward_code, said_by, via)
  VALUES ('{away}', '2026-01-01', '{there}', '{other}', 'desk');
INSERT INTO break_glass (id, account_id, role, province_code, area_province_code, reason,
  case_number, ends_at, reviewed_at, reviewed_by, justified, review_note) VALUES
  ('{done}', '{other}', 'ward_officer', '01', '01', 'x', 'x', now(), now(), '{third}', true, 'x'),
  ('{waits}', '{other}', 'ward_officer', '01', '01', 'x', 'x', now(), NULL, NULL, NULL, NULL);
"""


class Scenery:
    """Names for what the statements are about, and both connections."""

    def __init__(self, database: Database, names: dict[str, object]) -> None:
        self.names = names
        self.api = psycopg.connect(database.api_url)
        self.admin = psycopg.connect(database.admin_url, autocommit=True)
        self.admin.execute(STANDING.format(**names).encode())

    def enter(self, role: str, *, elsewhere: bool = False) -> None:
        """Any scope that it likes: the officer's, the supervisor's and the house's at once."""
        scope = {
            "actor": self.names["me"], "role": role, "ward": self.names["here"],
            "province": "01", "facilities": self.names["house"],
        }  # fmt: skip
        if elsewhere:
            scope |= {"actor": self.names["other"], "ward": "99999", "facilities": ""}
        for name, value in scope.items():
            self.api.execute("SELECT set_config(%s, %s, true)", (f"asm.{name}", str(value)))

    def tried(self, statement: str, role: str) -> int:
        """How many rows it changed; 0 where it is refused."""
        self.enter(role, elsewhere=statement in ELSEWHERE)
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
    names |= {name: UUID(int=n) for n, name in enumerate(NAMES, 1)}
    scenery = Scenery(database, names)
    yield scenery
    scenery.api.close()
    scenery.admin.close()


def test_what_was_said_stays(scenery: Scenery) -> None:
    done = {
        statement: role
        for statement in [*ATTACKS, *ELSEWHERE]
        for role in ROLES
        if scenery.tried(statement, role)
    }
    assert done == {}


def test_what_waits_can_be_said(scenery: Scenery) -> None:
    for statement in MEANT:
        assert scenery.tried(statement, "ward_officer") == 1, statement
