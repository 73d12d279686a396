"""What the database's functions for look-ups and citizens ask before they open: each clause refuses
something, and once it is undone it refuses no more.
"""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from asm.demo.cast import WARD_B, Cast
from tests.conftest import Database
from tests.lookups.officers import HOA, WHY, declare

#: Sessions of officers, stepped up but for one, of somebody who was shut out, and of a host; a
#: password that was proved; a citizen's sessions by the index of a guest.
STANDING = """
UPDATE account SET disabled_at = now() WHERE login = 'thao';
INSERT INTO web_session (token_hash, account_id, expires_at, id, stepped_up_at)
  SELECT sha256(login::bytea), id, now() + interval '1 hour', gen_random_uuid(), now()
  FROM account WHERE login IN ('minh', 'quang', 'thao', 'lan');
INSERT INTO web_session (token_hash, account_id, expires_at, id)
  SELECT sha256('left'), id, now() + interval '1 hour', gen_random_uuid()
  FROM account WHERE login = 'minh';
INSERT INTO web_session (token_hash, account_id, expires_at, id, stepped_up_at)
  SELECT sha256('ended'), id, now(), gen_random_uuid(), now() FROM account WHERE login = 'minh';
INSERT INTO step_up_proof (account_id, of_password, salt, verifier, kept_at)
  SELECT id, sha256(convert_to(password_hash, 'UTF8')), 'saltsaltsaltsalt', sha256('x'), now()
  FROM account WHERE login = 'minh';
INSERT INTO citizen_session (token_hash, kind, index_a, index_b, expires_at)
  SELECT sha256('gone'), 'identity', index_a, index_b, now() FROM vault.person LIMIT 1;
INSERT INTO citizen_session (token_hash, kind, index_a, index_b, facility_id, stay_id)
  SELECT sha256('paper'), 'receipt', index_a, index_b, s.facility_id, s.id
  FROM vault.person p JOIN stay s ON s.facility_id = p.facility_id AND s.person_ref = p.ref LIMIT 1;
"""
LOOK = "SELECT outcome FROM open_look_up(sha256('{who}'), '{wanted}')"
ANSWER = "SELECT 'answered' FROM (SELECT count(*) FROM answer_look_up(sha256('{who}'), '{id}')) c"
OPEN = "SELECT open_citizen_by_identity(sha256('new'), '{opening}')"
OPENED = (
    "INSERT INTO citizen_opening (id, index_a, key_id, sealed, at) SELECT gen_random_uuid(), {}, "
    "'k', '', now() - interval '2 hours' FROM generate_series(1, {})"
)
#: Function, clause, what takes its place; what the process says, and how that is refused.
CLAUSES = [
    ("looking_officer", "AND a.disabled_at IS NULL", "", [LOOK.replace("{who}", "thao")],
     "sign_in"),
    ("looking_officer", "AND a.role IN ('ward_officer', 'provincial_officer')", "",
     [LOOK.replace("{who}", "lan")], "sign_in"),
    ("looking_officer", "AND s.expires_at > clock_timestamp()", "",
     [LOOK.replace("{who}", "ended")], "sign_in"),
    ("step_up_session", "AND a.disabled_at IS NULL", "",
     ["SELECT step_up_session(sha256('thao'), 'saltsaltsaltsalt', 'x')"], "sign_in"),
    ("step_up_salt", "AND s.expires_at > clock_timestamp()", "",
     ["SELECT step_up_salt(sha256('ended'))"], None),
    ("answer_look_up", "JOIN looking_officer(session) o USING (account_id)",
     "CROSS JOIN looking_officer(session) o", [ANSWER.format(who="quang", id="{new}")], "refused"),
    ("answer_look_up", "AND l.at > clock_timestamp() - interval '15 minutes'", "",
     [ANSWER.format(who="minh", id="{old}")], "refused"),
    ("answer_look_up", "o.stepped_up_at > clock_timestamp() - interval '5 minutes'", "true",
     [ANSWER.format(who="left", id="{new}")], "refused"),
    ("open_look_up", "AND g.account_id = who.account_id", "",
     [LOOK.replace("{who}", "minh").replace("{wanted}", "{by_glass}")], "glass"),
    ("open_look_up", "AND pg_xact_status(g.xid) = 'committed'", "",
     ["SELECT outcome FROM open_break_glass(sha256('minh'), '{breaking}')",
      LOOK.replace("{who}", "minh").replace("{wanted}", "{by_new_glass}")], "glass"),
    ("open_break_glass",
     "who.stepped_up_at IS NULL OR who.stepped_up_at < moment - interval '5 minutes'", "false",
     ["SELECT outcome FROM open_break_glass(sha256('left'), '{breaking}')"], "step_up"),
    ("own_stays", "AND pg_xact_status(c.xid) = 'committed'", "",
     [OPEN, "SELECT count(*) FROM citizen_stays(sha256('new'))"], 0),
    ("citizen_openings", "AND pg_xact_status(c.xid) = 'committed'", "",
     [OPEN, "SELECT count(*) FROM citizen_openings(sha256('new'), 9)"], 0),
    ("citizen_look_ups", "AND pg_xact_status(s.xid) = 'committed'", "",
     [OPEN, "SELECT count(*) FROM citizen_look_ups(sha256('new'), '[]', 0, 9)"], 0),
    ("own_stays", "AND c.expires_at > clock_timestamp()", "",
     ["SELECT count(*) FROM citizen_stays(sha256('gone'))"], 0),
    ("citizen_openings", "AND c.expires_at > clock_timestamp()", "",
     ["SELECT count(*) FROM citizen_openings(sha256('gone'), 9)"], 0),
    ("citizen_look_ups", "AND s.expires_at > clock_timestamp()", "",
     ["SELECT count(*) FROM citizen_look_ups(sha256('gone'), '[]', 0, 9)"], 0),
    ("citizen_openings", "AND c.kind = 'identity'", "",
     ["SELECT count(*) FROM citizen_openings(sha256('paper'), 9)"], 0),
    ("citizen_disputes", "WHERE s.facility_id = facility AND s.id = stay",
     "", ["SELECT citizen_disputes(sha256('paper'), gen_random_uuid(), gen_random_uuid())"], False),
    ("open_citizen_by_identity", "OR own_day >= 30", "",
     [OPEN.replace("{opening}", "{of_thirty}")], "too_many"),
    ("open_citizen_by_identity", "OR in_day >= 5000", "", [OPEN], "too_many"),
]  # fmt: skip


class Process:
    """A web process that was taken over, and what its statements are about."""

    def __init__(self, database: Database) -> None:
        self.api = psycopg.connect(database.api_url)
        self.admin = psycopg.connect(database.admin_url, autocommit=True)
        self.admin.execute(STANDING)
        row = self.admin.execute("SELECT encode(index_a, 'hex') FROM vault.person").fetchone()
        assert row is not None
        why = {name: WHY[name] for name in ("reason", "note", "case_number")}
        sealed = {"key_id": "k", "sealed": "00", "index_a": row[0]}
        ids = {name: str(uuid.uuid4()) for name in ("new", "old", "theirs", "glass", "more")}

        def wanted(of: str, **more: str) -> str:
            return json.dumps({"id": ids[of], **sealed, **why, **more})

        self.names = ids | {
            "wanted": wanted("more"),
            "by_glass": wanted("more", glass_id=ids["theirs"]),
            "by_new_glass": wanted("more", glass_id=ids["glass"]),
            "breaking": json.dumps({"id": ids["glass"], "area": WARD_B, **why}),
            "opening": json.dumps({"id": ids["more"], **sealed}),
            "of_thirty": json.dumps({"id": ids["more"], **sealed, "index_a": "30"}),
        }
        for name in ("new", "old"):
            self.admin.execute(LOOK.format(who="minh", wanted=wanted(name)))
        breaking = json.dumps({"id": ids["theirs"], "area": "79", **why})
        glass = f"SELECT outcome FROM open_break_glass(sha256('quang'), '{breaking}')"
        assert self.admin.execute(glass).fetchone() == ("open",)
        old = "UPDATE look_up SET at = at - interval '16 minutes' WHERE id = %s"
        self.admin.execute(old, (ids["old"],))
        self.admin.execute(OPENED.format("decode('30', 'hex')", 30))
        self.admin.execute(OPENED.format("(SELECT index_a FROM vault.person)", 1))

    def close(self) -> None:
        self.api.close()
        self.admin.close()

    def said(self, statements: list[str]) -> Any:
        """The last answer; nothing of it stays."""
        answer: Any = None
        try:
            for statement in statements:
                filled = statement
                for name, value in self.names.items():
                    filled = filled.replace(f"{{{name}}}", value)
                row = self.api.execute(filled.encode()).fetchone()
                answer = row and row[0]
        except InsufficientPrivilege:
            return "refused"
        finally:
            self.api.rollback()
        return answer


@pytest.fixture
async def process(
    client: httpx.AsyncClient, cast: Cast, database: Database
) -> AsyncIterator[Process]:
    await declare(client, cast, HOA)
    with closing(Process(database)) as process:
        yield process


def test_each_clause_refuses_and_undone_no_more(process: Process) -> None:
    text = "SELECT pg_get_functiondef(%s::regproc)"
    wrong = []
    for function, clause, instead, statements, refusal in CLAUSES:
        if clause == "OR in_day >= 5000":
            process.admin.execute(OPENED.format("sha256('somebody')", 5000))
        if (said := process.said(statements)) != refusal:
            wrong.append(f"{function} {clause}: {said}")
        row = process.admin.execute(text, (function,)).fetchone()
        assert row is not None
        assert clause in row[0], (function, clause)
        process.admin.execute(row[0].replace(clause, instead).encode())
        if process.said(statements) == refusal:
            wrong.append(f"{function} {clause}: undone, and nothing notices")
        process.admin.execute(row[0].encode())
    assert not wrong, "\n".join(wrong)
