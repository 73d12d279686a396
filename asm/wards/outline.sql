-- role: asm_api

-- name: outline
-- A ward with its province, the wards that it went into when it ended, and what waits in it.
SELECT w.code, w.name, p.name AS province_name, w.boundary_approximate AS approximate,
  w.valid_to AS ended,
  ARRAY(SELECT after.name FROM area_event e
    JOIN area_event_unit b ON b.event_id = e.id AND b.level = 'ward' AND b.role = 'before'
    JOIN area_event_unit a ON a.event_id = e.id AND a.level = 'ward' AND a.role = 'after'
    JOIN ward after ON after.code = a.code
    WHERE e.happened_on = w.valid_to AND b.code = w.code ORDER BY after.name) AS went_to,
  (SELECT count(*) FROM facility
    WHERE facility.ward_code = w.code AND facility.status = 'pending') AS registrations,
  (SELECT count(*) FROM shift_note
    WHERE shift_note.ward_code = w.code AND shift_note.taken_at IS NULL) AS handed_on
FROM ward w JOIN province p ON p.code = w.province_code WHERE w.code = :code;
