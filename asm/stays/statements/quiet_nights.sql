-- role: asm_worker

-- name: contradicted_by_stays
-- Takes back "no guests" for nights that one of these stays begins.
DELETE FROM quiet_night USING stay
WHERE (stay.facility_id, stay.id) IN (
    SELECT * FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[]))
  ) AND stay.voided_at IS NULL
  AND quiet_night.facility_id = stay.facility_id AND quiet_night.night = stay.first_night
RETURNING quiet_night.facility_id, quiet_night.night, quiet_night.ward_code;

-- name: contradicted
-- Takes back "no guests" for those of these nights for which somebody has arrived.
DELETE FROM quiet_night
USING unnest(CAST(:facilities AS uuid[]), CAST(:nights AS date[])) AS said (facility_id, night)
WHERE quiet_night.facility_id = said.facility_id AND quiet_night.night = said.night AND EXISTS (
  SELECT FROM stay WHERE stay.facility_id = said.facility_id AND stay.first_night = said.night
    AND stay.arrival_date BETWEEN said.night AND said.night + 1 AND stay.voided_at IS NULL)
RETURNING quiet_night.facility_id, quiet_night.night, quiet_night.ward_code;
