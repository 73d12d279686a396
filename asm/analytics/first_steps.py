"""What an installation has still to be given before it works as it should, for administrators."""

from typing import Any

import msgspec
from sqlalchemy import text

from asm.accounts.access import Scope
from asm.accounts.actor import require_role
from asm.accounts.roles import ADMINISTRATOR, PROVINCIAL_OFFICER, WARD_OFFICER
from asm.analytics.totals.standing import totals_standing
from asm.audit.last_backup import BackupStanding, backup_standing
from asm.outbox.heartbeat import WORKER_SILENT_S

_AREAS = text("""
SELECT count(*) AS wards, count(*) FILTER (WHERE boundary_approximate) AS approximate
FROM ward WHERE valid_to IS NULL
""")
_OFFICERS = text("""
SELECT count(DISTINCT ward_code) FILTER (WHERE role = :of_ward) AS wards_attended,
  count(*) FILTER (WHERE role = :of_province) AS provincial_officers
FROM account WHERE disabled_at IS NULL AND closed_at IS NULL
""")
_FACILITIES = text("""
SELECT count(*) FILTER (WHERE f.status = 'active') AS active,
  count(*) FILTER (WHERE f.status = 'pending') AS waiting,
  count(DISTINCT f.ward_code) FILTER (WHERE f.status = 'pending' AND NOT EXISTS (
    SELECT FROM account a LEFT JOIN officer_ward o ON o.account_id = a.id
    WHERE f.ward_code IN (a.ward_code, o.ward_code) AND a.role = :of_ward
      AND a.disabled_at IS NULL AND a.closed_at IS NULL)) AS unattended
FROM facility f
""")
_WORKER = text("""
SELECT coalesce(max(at) > clock_timestamp() - make_interval(secs => :silent_s), false) AS worker
FROM worker_heartbeat
""")


class FirstSteps(msgspec.Struct, frozen=True, kw_only=True):
    """`wards` in force, `approximate` of them with a rough cell; `wards_attended`: with an officer;
    `active`, `waiting`: facilities; `unattended`: wards without an officer in which one waits;
    `worker`: it was seen just now; `backup`: how the last one stands; `totals_differ`: they were
    not what the stays say; `totals_filling`: stays of before this version are still being counted,
    of so many `days_left`, None before that was looked up.
    """

    wards: int
    approximate: int
    wards_attended: int
    provincial_officers: int
    active: int
    waiting: int
    unattended: int
    worker: bool
    backup: BackupStanding
    totals_differ: bool
    totals_filling: bool
    days_left: int | None


async def count_first_steps(scope: Scope) -> FirstSteps:
    """Of the whole installation, as it is now. Raises NotAllowed: administrators only."""
    require_role(scope.actor, ADMINISTRATOR)
    given = {
        "of_ward": WARD_OFFICER,
        "of_province": PROVINCIAL_OFFICER,
        "silent_s": WORKER_SILENT_S,
    }
    counted: dict[str, Any] = {}
    for statement in (_AREAS, _OFFICERS, _FACILITIES, _WORKER):
        named = {name: given[name] for name in statement.compile().params}
        counted |= (await scope.session.execute(statement, named)).mappings().one()
    standing = await backup_standing(scope.session)
    totals = await totals_standing(scope.session)
    return msgspec.convert(
        counted
        | {
            "backup": standing,
            "totals_differ": totals.differ,
            "totals_filling": totals.filling,
            "days_left": totals.days_left,
        },
        FirstSteps,
    )
