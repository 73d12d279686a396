-- role: asm_worker

-- name: settle
-- Brings the flags of the changed stays to what they and the lists say now.
-- By either slot: while the index key rotates, an entry and a person share at least one of them,
-- and two different keys never make equal hashes. In the order of the key, as all writers of flags.
WITH told AS MATERIALIZED (
  SELECT stay.facility_id, stay.id, stay.ward_code, person.index_a, person.index_b
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS changed (facility_id, stay_id)
  JOIN stay ON stay.facility_id = changed.facility_id AND stay.id = changed.stay_id
  JOIN vault.person ON person.facility_id = stay.facility_id AND person.ref = stay.person_ref
  WHERE stay.voided_at IS NULL
), found AS (
  SELECT told.facility_id, told.id, told.ward_code, entry.list_id
  FROM told JOIN vault.watch_entry AS entry ON entry.index_a = told.index_a
  UNION
  SELECT told.facility_id, told.id, told.ward_code, entry.list_id
  FROM told JOIN vault.watch_entry AS entry ON entry.index_b = told.index_b
), wanted AS MATERIALIZED (
  SELECT found.facility_id, found.id AS stay_id, found.ward_code, list.owner_id,
    found.id || ' ' || list.id AS subject,
    jsonb_build_object('list_id', list.id, 'list', list.name, 'reason', list.reason,
      'valid_until', list.valid_until) AS evidence
  FROM found JOIN watch_list AS list ON list.id = found.list_id
  WHERE list.removed_at IS NULL
    AND list.valid_until >= (statement_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
), settled AS (
  UPDATE flag SET closed_at = clock_timestamp()
  FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS changed (facility_id, stay_id)
  WHERE flag.facility_id = changed.facility_id AND flag.stay_id = changed.stay_id
    AND flag.check_id = CAST(:check AS text) AND flag.closed_at IS NULL
    AND NOT EXISTS (
      SELECT FROM wanted
      WHERE wanted.facility_id = flag.facility_id AND wanted.subject = flag.subject
    )
)
INSERT INTO flag (facility_id, id, check_id, subject, severity, ward_code, stay_id, evidence,
  owner_id)
SELECT facility_id, gen_random_uuid(), CAST(:check AS text), subject, CAST(:severity AS text),
  ward_code, stay_id, evidence, owner_id
FROM wanted ORDER BY facility_id, subject
ON CONFLICT (facility_id, check_id, subject) DO UPDATE SET
  ward_code = excluded.ward_code, evidence = excluded.evidence, owner_id = excluded.owner_id,
-- include: again
  WHERE flag.closed_at IS NOT NULL
    OR (flag.ward_code, flag.evidence) IS DISTINCT FROM (excluded.ward_code, excluded.evidence);
