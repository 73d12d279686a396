-- role: asm_api

-- name: near
-- What is stored of a gate in the way of each interval, by its position from 1. Stored intervals do
-- not overlap each other, so two rows that begin within it and the one before it tell: however much
-- a gate has sent, no more is read.
SELECT c.position, g.starts_at, g.ends_at, g.came_in, g.went_out
FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) WITH ORDINALITY
  AS c (starts_at, ends_at, position)
CROSS JOIN LATERAL (
  (SELECT * FROM gate_count within
   WHERE within.gate_id = CAST(:gate AS uuid)
     AND within.starts_at >= c.starts_at AND within.starts_at < c.ends_at
   ORDER BY within.starts_at LIMIT 2)
  UNION ALL
  (SELECT * FROM (
     SELECT * FROM gate_count before
     WHERE before.gate_id = CAST(:gate AS uuid) AND before.starts_at < c.starts_at
     ORDER BY before.starts_at DESC LIMIT 1) AS last
   WHERE last.ends_at > c.starts_at)
) AS g
ORDER BY c.position, g.starts_at;
