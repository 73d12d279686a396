-- role: asm_api

-- name: spend
-- Takes one from the span that is running; how many were taken, and for how long it still runs.
INSERT INTO allowance AS had (purpose, holder, span, starts, taken)
VALUES (:purpose, :holder, CAST(:span AS interval),
  date_bin(CAST(:span AS interval), clock_timestamp(), TIMESTAMPTZ '2001-01-01 00:00:00+07'), 1)
ON CONFLICT (purpose, holder, span, starts) DO UPDATE SET taken = had.taken + 1
RETURNING taken,
  greatest(1, ceil(extract(epoch FROM starts + span - clock_timestamp())))::integer AS left_s;

-- name: forget
-- Spans that ended long ago count for nothing.
DELETE FROM allowance WHERE starts < clock_timestamp() - interval '2 days';
