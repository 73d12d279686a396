-- role: asm_worker

-- name: guests
-- The guests of the nights :first to :last by today's provinces: a ward that ended counts where it
-- was last.
SELECT w.province_code AS province, o.kind, o.residence, o.tourism,
  sum(o.arrivals)::int AS arrivals, sum(o.guest_nights)::int AS guest_nights
FROM origin_night o JOIN ward w ON w.code = o.ward_code
WHERE o.night BETWEEN :first AND :last
GROUP BY 1, 2, 3, 4
HAVING sum(o.arrivals) > 0 OR sum(o.guest_nights) > 0
ORDER BY 1, 2, 3, 4;

-- name: beds
-- Facilities and beds of these nights, summed over them.
SELECT w.province_code AS province, t.kind,
  sum(t.facilities_active)::int AS active, sum(t.facilities_stayed)::int AS stayed,
  sum(t.facilities_said)::int AS said, sum(t.beds_open)::int AS beds_open,
  sum(t.known_nights)::int AS known
FROM ward_night t JOIN ward w ON w.code = t.ward_code
WHERE t.night BETWEEN :first AND :last
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: state
-- Up to which night the totals are kept.
SELECT last_night FROM totals_state WHERE NOT filling;

-- name: provinces
-- Today's provinces.
SELECT code, name FROM province WHERE valid_to IS NULL ORDER BY code;
