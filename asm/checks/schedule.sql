-- Raises the flags of stays that pass a moment, the next :slice of them, and says how far it came:
--
--     WITH told (with passed_at), wanted, raised, and how far
--
-- role: asm_worker

-- fragment: raise_slice
-- Parameters: :check and :severity.
raised AS (
-- include: raise
  RETURNING id
)
SELECT passed_at, facility_id, id, (SELECT count(*) FROM raised) AS raised,
  (SELECT count(*) FROM told) AS seen
FROM told ORDER BY passed_at DESC, facility_id DESC, id DESC LIMIT 1
