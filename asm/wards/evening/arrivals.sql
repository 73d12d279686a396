-- role: asm_api

-- name: half_hours
-- Arrivals of some nights of a ward by the half hour (0 to 47) of Vietnam's clock; after midnight
-- is 47, the end of the evening.
SELECT first_night, slot, count(*) AS arrived FROM (
  SELECT stay.first_night, CASE WHEN stay.arrival_date > stay.first_night THEN 47 ELSE
    CAST(floor(extract(hour FROM stay.arrived_at AT TIME ZONE 'Asia/Ho_Chi_Minh') * 2
      + extract(minute FROM stay.arrived_at AT TIME ZONE 'Asia/Ho_Chi_Minh') / 30) AS integer)
    END AS slot
  FROM stay
  WHERE stay.ward_code = :ward AND stay.first_night = ANY(CAST(:nights AS date[]))
    AND stay.arrival_date = ANY(CAST(:dates AS date[])) AND stay.voided_at IS NULL
) AS arrival GROUP BY first_night, slot;
