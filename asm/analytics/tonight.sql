-- role: asm_api

-- name: newest
-- When the newest guest of each facility was declared. Looked at is first who arrived since :near:
-- the index finds one row, but in each month of stays, and few houses need the older months.
SELECT house.id, coalesce(
  (SELECT stay.received_at FROM stay
    WHERE stay.facility_id = house.id AND stay.voided_at IS NULL
      AND stay.arrival_date >= CAST(:near AS date)
    ORDER BY stay.arrived_at DESC, stay.id DESC LIMIT 1),
  (SELECT stay.received_at FROM stay
    WHERE stay.facility_id = house.id AND stay.voided_at IS NULL
      AND stay.arrival_date < CAST(:near AS date)
    ORDER BY stay.arrived_at DESC, stay.id DESC LIMIT 1)
) AS declared_at
FROM unnest(CAST(:houses AS uuid[])) AS house (id);
