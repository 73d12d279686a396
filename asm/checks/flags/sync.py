"""Bring the flags of one check to what is so now, in one statement for any number of stays.

A check says in SQL which flags it wants. Those that stand and are not wanted close; those that are
wanted are raised, or opened again as new when they had closed themselves. One that an officer
dismissed stays dismissed. Run twice, the second run changes nothing.
"""

from typing import Final

from sqlalchemy import TextClause, text

# In the order of the key, so that two writers of the same flags wait instead of deadlocking.
RAISE: Final = """
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence)
SELECT facility_id, new_id(), CAST(:check AS text), subject, CAST(:severity AS text), ward_code,
  stay_id, evidence
FROM wanted ORDER BY facility_id, subject
ON CONFLICT (facility_id, check_id, subject) DO UPDATE SET
  ward_code = excluded.ward_code, stay_id = excluded.stay_id, evidence = excluded.evidence,
  raised_at = CASE WHEN flag.closed_at IS NULL THEN flag.raised_at ELSE clock_timestamp() END,
  closed_at = NULL
  WHERE flag.closed_at IS NOT NULL
    OR (flag.ward_code, flag.stay_id, flag.evidence)
      IS DISTINCT FROM (excluded.ward_code, excluded.stay_id, excluded.evidence)
"""
#: `told`: the changed stays as they are now. By equality on the whole key, months apart skipped.
TOLD: Final = """
told AS MATERIALIZED (
  SELECT stay.*
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]), CAST(:arrivals AS date[]))
    AS changed (facility_id, stay_id, arrival_date)
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
    AND stay.arrival_date = changed.arrival_date
  WHERE stay.arrival_date BETWEEN :first_arrival AND :last_arrival
)"""
#: Flags whose subject is a changed stay.
OF_THE_STAY: Final = "SELECT facility_id, CAST(id AS text) AS subject FROM told"


def sync_statement(wanted: str, looked_at: str = OF_THE_STAY, steps: str = "") -> TextClause:
    """The statement of a check; its parameters are those of `Batch.values`, `:check`, `:severity`
    and what the check's own SQL adds.

    `wanted` selects facility_id, subject, ward_code, stay_id and evidence. `looked_at` selects the
    facility_id and subject of every flag that was looked at: standing ones among them that are not
    wanted close. Both read from `told` and from the check's own `steps` (`name AS (…), …`).
    """
    before = f"{TOLD}, {steps}" if steps else TOLD
    return text(f"""
WITH {before}, wanted AS MATERIALIZED ({wanted}), looked_at AS ({looked_at}), settled AS (
  UPDATE flag SET closed_at = clock_timestamp() FROM looked_at
  WHERE flag.facility_id = looked_at.facility_id AND flag.check_id = CAST(:check AS text)
    AND flag.subject = looked_at.subject AND flag.closed_at IS NULL
    AND NOT EXISTS (
      SELECT FROM wanted
      WHERE wanted.facility_id = flag.facility_id AND wanted.subject = flag.subject
    )
)
{RAISE}
""")  # noqa: S608 -- all parts are constants of the checks
