-- role: asm_worker

-- name: alarms
-- The alarms of these events, with who is to hear of them.
WITH told AS (
  SELECT * FROM unnest(CAST(:accounts AS uuid[]), CAST(:causes AS text[]), CAST(:days AS text[]))
    AS told (account_id, cause, day)
), alarm AS (
  SELECT m.* FROM told JOIN look_up_alarm m
    ON m.account_id = told.account_id AND m.cause = told.cause AND m.day = told.day::date
), supervisors AS (
  SELECT alarm.account_id AS officer_id, array_agg(DISTINCT a.id) AS supervisors
  FROM alarm
  JOIN account a ON a.province_code = alarm.province_code AND a.id <> alarm.account_id
  WHERE a.role = 'provincial_officer' AND a.disabled_at IS NULL
  GROUP BY alarm.account_id
)
SELECT alarm.account_id AS officer_id, o.display_name AS officer, alarm.cause, alarm.day,
  alarm.look_ups, alarm.people, s.supervisors
FROM alarm
JOIN account o ON o.id = alarm.account_id
JOIN supervisors s ON s.officer_id = alarm.account_id;

-- name: glasses
-- The broken glasses of these events, with who is to review them.
WITH glass AS (
  SELECT * FROM break_glass WHERE id = ANY (CAST(:ids AS uuid[]))
), reviewers AS (
  SELECT glass.id, array_agg(a.id) AS supervisors
  FROM glass
  JOIN account a ON a.province_code IN (glass.province_code, glass.area_province_code)
    AND a.id <> glass.account_id
  WHERE a.role = 'provincial_officer' AND a.disabled_at IS NULL
  GROUP BY glass.id
)
SELECT glass.id, o.display_name AS officer, 0 AS look_ups, 0 AS people, r.supervisors
FROM glass
JOIN account o ON o.id = glass.account_id
JOIN reviewers r ON r.id = glass.id;

-- name: disputes
-- The stays of these events that somebody said were not theirs.
SELECT d.facility_id, d.stay_id, s.ward_code, f.name AS facility_name, s.receipt_number
FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS told (facility_id, stay_id)
JOIN citizen_dispute d USING (facility_id, stay_id)
JOIN stay s ON s.facility_id = d.facility_id AND s.id = d.stay_id
JOIN facility f ON f.id = d.facility_id;

-- name: openings
-- The alarms of these days: by then so many had been opened for citizens within 24 hours.
SELECT day, openings FROM citizen_alarm
WHERE day = ANY (CAST(CAST(:days AS text[]) AS date[]));
