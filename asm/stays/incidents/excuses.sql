-- role: asm_worker

-- fragment: excused
-- By the parameters of `_bounds`; the same words as GraceWindow.excuses.
NOT stay.on_time AND stay.due_at >= :due_from
  AND stay.due_at <= coalesce(CAST(:due_to AS timestamptz), 'infinity')
  AND stay.received_at <= coalesce(CAST(:received_to AS timestamptz), 'infinity')

-- fragment: was_there
-- Where the facility was while it lasted: a change of areas since moves nobody in or out of it.
(incident.everywhere
  OR facility.ward_code = ANY(incident.wards) AND coalesce(facility.ward_since <=
    date(coalesce(incident.ended_at, 'infinity') AT TIME ZONE 'Asia/Ho_Chi_Minh'), true)
  OR EXISTS (SELECT FROM facility_ward_past AS past
    WHERE past.facility_id = facility.id AND past.ward_code = ANY(incident.wards)
      AND past.valid_to > date(incident.started_at AT TIME ZONE 'Asia/Ho_Chi_Minh')
      AND coalesce(past.valid_from <=
        date(coalesce(incident.ended_at, 'infinity') AT TIME ZONE 'Asia/Ho_Chi_Minh'), true))
  OR EXISTS (SELECT FROM incident_facility AS named
    WHERE named.incident_number = incident.number AND named.facility_id = facility.id))

-- name: excuse_some
-- Excuses those of some stays that are late because of incident :number.
INSERT INTO stay_excuse (facility_id, stay_id, incident_number, ward_code, rule)
SELECT stay.facility_id, stay.id, :number, stay.ward_code, :rule
FROM unnest(CAST(:facilities AS uuid[]), CAST(:stays AS uuid[])) AS late (facility_id, stay_id)
JOIN stay ON stay.facility_id = late.facility_id AND stay.id = late.stay_id
JOIN facility ON facility.id = stay.facility_id
JOIN incident ON incident.number = :number
WHERE
-- include: excused
  AND
-- include: was_there
ORDER BY stay.facility_id, stay.id
ON CONFLICT (facility_id, stay_id) DO NOTHING;

-- name: affected
-- The next :slice facilities that incident :number touches, in the order of their ids.
SELECT facility.id FROM facility JOIN incident ON incident.number = :number
WHERE facility.id > :after AND
-- include: was_there
ORDER BY facility.id LIMIT :slice;

-- name: withdraw
-- Takes back what incident :number excused in some facilities and does not excuse any more.
DELETE FROM stay_excuse AS excuse USING stay
WHERE excuse.facility_id = ANY(:facilities) AND excuse.incident_number = :number
  AND stay.facility_id = excuse.facility_id AND stay.id = excuse.stay_id
  AND (:withdrawn OR NOT (
-- include: excused
  ))
RETURNING stay.facility_id, stay.id, stay.version;

-- name: excuse_all
-- Excuses all stays of some facilities that are late because of incident :number.
-- A deadline is at most a day and a half after the arrival.
INSERT INTO stay_excuse (facility_id, stay_id, incident_number, ward_code, rule)
SELECT stay.facility_id, stay.id, :number, stay.ward_code, :rule FROM stay
WHERE stay.facility_id = ANY(:facilities)
  AND stay.arrived_at BETWEEN CAST(:due_from AS timestamptz) - interval '36 hours'
    AND coalesce(CAST(:due_to AS timestamptz), 'infinity')
  AND
-- include: excused
ORDER BY stay.facility_id, stay.id
ON CONFLICT (facility_id, stay_id) DO NOTHING RETURNING facility_id, stay_id;
