-- role: asm_worker

-- name: settle
-- A flag for each facility and month of the changed stays with late declarations on :days days.
-- By month, so that a flag dismissed in one month does not hide the next one. The index on late
-- stays alone keeps this small; the month of a changed stay is the month it was received in.
WITH
-- include: told,
wanted AS MATERIALIZED (
  SELECT month.facility_id, to_char(month.since, 'YYYY-MM') AS subject,
    max(late.ward_code) AS ward_code, CAST(NULL AS uuid) AS stay_id,
    jsonb_build_object('month', to_char(month.since, 'YYYY-MM'), 'late_guests', count(*),
      'late_days', count(DISTINCT CAST(late.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)),
      'last_late_at', max(late.received_at)) AS evidence
  FROM (
    SELECT DISTINCT facility_id,
      date_trunc('month', received_at AT TIME ZONE 'Asia/Ho_Chi_Minh') AS since
    FROM told WHERE NOT on_time
  ) AS month
  JOIN stay AS late ON late.facility_id = month.facility_id
    AND NOT late.on_time AND late.voided_at IS NULL AND NOT EXISTS (
      SELECT FROM stay_excuse
      WHERE stay_excuse.facility_id = late.facility_id AND stay_excuse.stay_id = late.id
    )
    AND late.received_at >= month.since AT TIME ZONE 'Asia/Ho_Chi_Minh'
    AND late.received_at < (month.since + interval '1 month') AT TIME ZONE 'Asia/Ho_Chi_Minh'
  GROUP BY month.facility_id, month.since
  HAVING count(DISTINCT CAST(late.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)) >= :days
    AND max(late.received_at) > CAST(:forgiven AS timestamptz)
), looked_at AS (
  SELECT DISTINCT facility_id,
    to_char(received_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM') AS subject
  FROM told WHERE NOT on_time
),
-- include: settle_wanted;
