-- role: asm_worker

-- name: write
-- Writes the messages that are not there yet, and queues a delivery to each contact that rules and
-- choices ask for.
WITH told AS (
  SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS one (facility_id uuid, id uuid,
    account_id uuid, role text, topic text, event_key text, facts jsonb, link text,
    expires_at timestamptz)
), wanted AS (
  SELECT told.facility_id, told.id, told.account_id, rule.channel, rule.pace
  FROM told JOIN notice_rule AS rule ON rule.topic = told.topic AND rule.role = told.role
  LEFT JOIN notice_preference AS chosen ON chosen.account_id = told.account_id
    AND chosen.topic = told.topic AND chosen.channel = rule.channel
  WHERE rule.duty OR coalesce(chosen.wanted, rule.pace <> 'offered')
), hours AS (
  SELECT account_id, coalesce(quiet_from, CAST(:quiet_from AS time)) AS starts,
    coalesce(quiet_until, CAST(:quiet_until AS time)) AS ends
  FROM (SELECT DISTINCT account_id FROM told) AS somebody LEFT JOIN notice_hours USING (account_id)
), waking AS (
  SELECT account_id, CASE
    WHEN starts <= ends AND local::time >= starts AND local::time < ends
      THEN (local::date + ends) AT TIME ZONE :zone
    WHEN starts > ends AND local::time >= starts THEN (local::date + 1 + ends) AT TIME ZONE :zone
    WHEN starts > ends AND local::time < ends THEN (local::date + ends) AT TIME ZONE :zone
    ELSE CAST(:now AS timestamptz) END AS from_then
  FROM hours, LATERAL (SELECT CAST(:now AS timestamptz) AT TIME ZONE :zone AS local) AS here
), reached AS (
  SELECT wanted.facility_id, wanted.id, wanted.account_id, wanted.channel, contact.id AS contact_id,
    CASE wanted.pace WHEN 'waking' THEN waking.from_then ELSE CAST(:now AS timestamptz) END AS due
  FROM wanted JOIN waking USING (account_id)
  JOIN contact ON contact.account_id = wanted.account_id AND contact.channel = wanted.channel
    AND contact.confirmed_at IS NOT NULL AND contact.removed_at IS NULL
), written AS (
  INSERT INTO message (facility_id, id, account_id, topic, event_key, facts, link, in_inbox,
    created_at, expires_at)
  SELECT facility_id, id, account_id, topic, event_key, coalesce(facts, '{}'), link,
    EXISTS (SELECT FROM wanted WHERE wanted.id = told.id AND channel = 'inbox'),
    :now, expires_at
  FROM told
  WHERE EXISTS (SELECT FROM wanted WHERE wanted.id = told.id AND channel = 'inbox')
    OR EXISTS (SELECT FROM reached WHERE reached.id = told.id)
  ORDER BY facility_id, account_id, event_key
  ON CONFLICT (facility_id, account_id, event_key) DO NOTHING
  RETURNING facility_id, id
), queued AS (
  INSERT INTO delivery (facility_id, id, message_id, account_id, contact_id, channel,
    next_attempt_at)
  SELECT facility_id, gen_random_uuid(), id, account_id, contact_id, channel, due
  FROM reached JOIN written USING (facility_id, id)
  RETURNING id
)
SELECT (SELECT count(*) FROM written) AS messages, (SELECT count(*) FROM queued) AS deliveries;
