-- Brings the flags of one check to what is so now, in one statement for any number of stays:
--
--     WITH told, steps of the check's own, wanted, looked_at, settled, and the flags raised
--
-- `wanted` selects facility_id, subject, ward_code, stay_id and evidence. `looked_at` selects the
-- facility_id and subject of every flag that was looked at: standing ones among them that are not
-- wanted close. Parameters are those of `Batch.values`, :check, :severity and the check's own.
-- role: asm_worker

-- fragment: told
-- The changed stays as they are now. By equality on the whole key, months apart skipped.
told AS MATERIALIZED (
  SELECT stay.*
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]), CAST(:arrivals AS date[]))
    AS changed (facility_id, stay_id, arrival_date)
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
    AND stay.arrival_date = changed.arrival_date
  WHERE stay.arrival_date BETWEEN :first_arrival AND :last_arrival
)

-- fragment: raise
-- Raises what is wanted, or opens it again as new; what an officer dismissed stays dismissed. In
-- the order of the key, so that two writers of the same flags wait instead of deadlocking.
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

-- fragment: settle_wanted
-- Closes what was looked at and is not wanted, and raises what is.
settled AS (
  UPDATE flag SET closed_at = clock_timestamp() FROM looked_at
  WHERE flag.facility_id = looked_at.facility_id AND flag.check_id = CAST(:check AS text)
    AND flag.subject = looked_at.subject AND flag.closed_at IS NULL
    AND NOT EXISTS (
      SELECT FROM wanted
      WHERE wanted.facility_id = flag.facility_id AND wanted.subject = flag.subject
    )
)
-- include: raise

-- fragment: follow_stays
-- As `settle_wanted`, where the subject of a flag is a changed stay.
looked_at AS (SELECT facility_id, CAST(id AS text) AS subject FROM told),
-- include: settle_wanted
