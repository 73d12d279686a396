-- role: asm_api

-- name: nights
-- Guests, foreigners and open beds of a ward from :first to :last, each night once, where the totals
-- reach that far.
SELECT day.night, people.guests, people.foreigners, room.known, room.beds
FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') AS d (day)
CROSS JOIN LATERAL (SELECT CAST(d.day AS date) AS night) AS day
LEFT JOIN (SELECT night, sum(guest_nights) AS guests, sum(foreign_nights) AS foreigners
  FROM night_total WHERE ward_code = :ward AND night BETWEEN :first AND :last GROUP BY night
) AS people USING (night)
LEFT JOIN (SELECT night, sum(known_nights) AS known, sum(beds_open) AS beds
  FROM ward_night WHERE ward_code = :ward AND night BETWEEN :first AND :last GROUP BY night
) AS room USING (night)
WHERE CAST(:last AS date) <= (SELECT last_night FROM totals_state)
ORDER BY day.night;
