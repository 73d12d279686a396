"""A policy that lets more through is noticed: each one, undone, lets one of the attacks succeed."""

from tests.db.attacks_on_deeds import ATTACKS, ELSEWHERE
from tests.db.test_once_said import ROLES, Scenery, scenery

__all__ = ["scenery"]

#: Of the tables of what officers say: who may write, and what.
_POLICIES = """
SELECT polrelid::regclass::text, polname,
  pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM pg_policy
WHERE polrelid = ANY (CAST(%s AS regclass[])) AND polcmd <> 'r'
  AND (polroles = '{0}' OR 'asm_api'::regrole = ANY (polroles))
ORDER BY 1, 2
"""
TABLES = [
    "shift_note", "passed_case", "stay_return", "closure", "watch_list", "vault.watch_upload",
    "flag", "flag_deed", "silence_call", "facility_visit", "ward_message", "quiet_night",
    "break_glass", "gate", "gate_count",
]  # fmt: skip


def test_each_policy_that_is_undone_lets_an_attack_through(scenery: Scenery) -> None:
    unnoticed = []
    for table, name, *clauses in scenery.admin.execute(_POLICIES, (TABLES,)).fetchall():
        about = [attack for attack in [*ATTACKS, *ELSEWHERE] if f" {table} " in attack]
        for kind, condition in zip(("USING", "WITH CHECK"), clauses, strict=True):
            if condition in {None, "true"}:
                continue
            of = f'"{name}" ON {table} {kind}'
            scenery.admin.execute(f"ALTER POLICY {of} (true)".encode())
            if not any(scenery.tried(attack, role) for attack in about for role in ROLES):
                unnoticed.append(of)
            scenery.admin.execute(f"ALTER POLICY {of} ({condition})".encode())
    assert not unnoticed, "\n".join(unnoticed)
