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

-- fragment: gone
-- Is the guest of `told` registered elsewhere up to the end of the stay? Who was elsewhere for
-- nights before it came back. Where the version before wrote last, the first such night stands for
-- all that follow.
CASE WHEN told.superseded_from IS NULL THEN false
  WHEN lower(told.nights_elsewhere) = told.superseded_from
    THEN coalesce(told.nights_elsewhere @> told.end_night - 1, upper_inf(told.nights_elsewhere))
  ELSE true END

-- fragment: again
-- What is set of a flag that is wanted and known: had it closed itself, it opens as new, and nobody
-- has taken it. What an officer settled by a call or a correction waits again then; what was
-- nothing wrong, or was passed on, stays settled.
  raised_at = CASE WHEN flag.closed_at IS NULL THEN flag.raised_at ELSE clock_timestamp() END,
  taken_at = CASE WHEN flag.closed_at IS NULL THEN flag.taken_at END,
  taken_by = CASE WHEN flag.closed_at IS NULL THEN flag.taken_by END,
  dismissed_at = CASE WHEN flag.closed_at IS NULL OR flag.outcome IS NULL
    OR flag.outcome NOT IN ('called', 'corrected') THEN flag.dismissed_at END,
  dismissed_by = CASE WHEN flag.closed_at IS NULL OR flag.outcome IS NULL
    OR flag.outcome NOT IN ('called', 'corrected') THEN flag.dismissed_by END,
  dismissal_note = CASE WHEN flag.closed_at IS NULL OR flag.outcome IS NULL
    OR flag.outcome NOT IN ('called', 'corrected') THEN flag.dismissal_note END,
  outcome = CASE WHEN flag.closed_at IS NULL OR flag.outcome IS NULL
    OR flag.outcome NOT IN ('called', 'corrected') THEN flag.outcome END,
  closed_at = NULL

-- fragment: raise
-- Raises what is wanted, or opens it again as new. In the order of the key, so that two writers of
-- the same flags wait instead of deadlocking.
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence)
SELECT facility_id, new_id(), CAST(:check AS text), subject, CAST(:severity AS text), ward_code,
  stay_id, evidence
FROM wanted ORDER BY facility_id, subject
ON CONFLICT (facility_id, check_id, subject) DO UPDATE SET
  ward_code = excluded.ward_code, stay_id = excluded.stay_id, evidence = excluded.evidence,
-- include: again
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
