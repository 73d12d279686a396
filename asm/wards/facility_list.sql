-- role: asm_api

-- name: houses
-- A page of the ward's facilities by name, those that wait for the ward first; with capacity, the
-- suspension that holds, and the guests that were declared late in each of the last 13 weeks (as
-- their flags say: excused and voided ones have none).
WITH houses AS (
  SELECT facility.*, count(*) OVER () AS total, held.starts_on AS suspended_since
  FROM facility
  LEFT JOIN closure AS held ON held.facility_id = facility.id AND held.ordered_by IS NOT NULL
    AND held.ended_at IS NULL
  WHERE facility.ward_code = :ward
    AND (CAST(:kind AS text) IS NULL OR facility.kind = CAST(:kind AS text))
    AND (CAST(:q AS text) IS NULL OR strpos(facility.folded_name, CAST(:q AS text)) > 0)
    AND (CAST(:state AS text) IS NULL OR CASE CAST(:state AS text)
      WHEN 'suspended' THEN held.id IS NOT NULL
      WHEN 'active' THEN facility.status = 'active'
        AND (held.id IS NULL OR CAST(:suspended_too AS boolean))
      ELSE facility.status = CAST(:state AS text) END)
  ORDER BY facility.status <> 'pending', facility.status = 'closed', facility.folded_name,
    facility.id
  LIMIT :size OFFSET :skipped
), counted AS MATERIALIZED (
  SELECT flag.facility_id, count(*) AS late,
    ceil(extract(epoch FROM CAST(:now AS timestamptz)
      - CAST(flag.evidence ->> 'received_at' AS timestamptz)) / 604800) - 1 AS ago
  FROM flag
  WHERE flag.facility_id = ANY(ARRAY(SELECT id FROM houses))
    AND flag.check_id = CAST(:late AS text)
    AND flag.closed_at IS NULL AND flag.stay_id IS NOT NULL
  GROUP BY flag.facility_id, ago
)
SELECT houses.id, houses.name, houses.kind, houses.address_text, houses.phone, houses.status,
  houses.closed_on, houses.registered_at, houses.suspended_since, houses.total,
  capacity.rooms, capacity.beds,
  late.by_week AS late_by_week
FROM houses
CROSS JOIN LATERAL (
  SELECT count(*) AS rooms, coalesce(sum(room.beds), 0) AS beds FROM room
  WHERE room.facility_id = houses.id AND room.opened_on <= CAST(:night AS date)
    AND (room.closed_on IS NULL OR room.closed_on > CAST(:night AS date))
) AS capacity
CROSS JOIN LATERAL (
  SELECT array_agg(coalesce(counted.late, 0) ORDER BY week.ago DESC) AS by_week
  FROM generate_series(0, 12) AS week (ago)
  LEFT JOIN counted ON counted.facility_id = houses.id AND counted.ago = week.ago
) AS late
ORDER BY houses.status <> 'pending', houses.status = 'closed', houses.folded_name, houses.id;

-- name: lateness
-- Of one facility, week by week over 90 days: how many guests were declared, and how many late and
-- not excused. Voided ones are out; by when the first declaration came in.
SELECT week.ago, count(stay.id) AS declared,
  count(stay.id) FILTER (WHERE NOT stay.on_time AND stay_excuse.stay_id IS NULL) AS late
FROM generate_series(12, 0, -1) AS week (ago)
LEFT JOIN stay ON stay.facility_id = CAST(:facility AS uuid) AND stay.voided_at IS NULL
  AND stay.arrived_at > CAST(:now AS timestamptz) - interval '400 days'
  AND stay.received_at >= CAST(:now AS timestamptz) - (week.ago + 1) * interval '7 days'
  AND stay.received_at < CAST(:now AS timestamptz) - week.ago * interval '7 days'
LEFT JOIN stay_excuse ON stay_excuse.facility_id = stay.facility_id
  AND stay_excuse.stay_id = stay.id
GROUP BY week.ago ORDER BY week.ago DESC;
