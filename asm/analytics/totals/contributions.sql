-- role: asm_worker

-- fragment: facts
-- What a stay is to the totals: a row of counted_stay for each row of `wanted`, a CTE of stays that
-- are not void, with `revisit` from the ledger. Where the version before kept no nights elsewhere,
-- the first of them stands for all that follow; where it kept no residence, a country that may have
-- been the nationality is none. A whole stay of twelve months is no tourism (statistics: readings).
SELECT s.facility_id, s.id AS stay_id, s.person_ref, s.ward_code, s.former_ward_code, s.ward_since,
  f.kind,
  coalesce(s.residence, 'P' || s.residence_province, CASE
    WHEN s.residence_country NOT IN ('VNM', s.nationality) THEN 'C' || s.residence_country
    ELSE '?' END) AS residence,
  CAST(coalesce(s.reason, 0) AS smallint) AS reason,
  s.tourism AND coalesce(s.end_night < s.first_night + interval '12 months', true) AS tourism,
  s.foreigner, s.first_night, s.end_night, t.until,
  CASE WHEN NOT t.overnight THEN CAST('{}' AS datemultirange)
    WHEN s.superseded_from IS NULL THEN datemultirange(daterange(s.first_night, t.until))
    WHEN lower(s.nights_elsewhere) = s.superseded_from
      THEN datemultirange(daterange(s.first_night, t.until)) - s.nights_elsewhere
    ELSE datemultirange(daterange(s.first_night,
      greatest(s.first_night, least(t.until, s.superseded_from))))
  END AS nights,
  t.overnight, s.hourly AND NOT t.overnight AS hourly, NOT s.on_time AS late,
  e.stay_id IS NOT NULL AS excused,
  coalesce(c.status = 'verified', false) AS verified,
  coalesce(c.status <> 'not_checkable', false) AS askable,
  coalesce(l.revisit, false) AS revisit, s.room_name
FROM wanted s
JOIN facility f ON f.id = s.facility_id
CROSS JOIN LATERAL (
  -- Nobody ended it and no end was told: 400 days (asm.stays.queries.IN_HOUSE_DAYS).
  SELECT coalesce(s.end_night > s.first_night, true) AS overnight,
    greatest(coalesce(s.end_night, s.first_night + 400), s.first_night + 1) AS until
) t
LEFT JOIN stay_excuse e ON e.facility_id = s.facility_id AND e.stay_id = s.id
LEFT JOIN identity_check c ON c.facility_id = s.facility_id AND c.stay_id = s.id
  AND c.guest_record_id = s.guest_record_id
LEFT JOIN counted_stay l ON l.facility_id = s.facility_id AND l.stay_id = s.id

-- fragment: spread
-- What each row of `signed` (rows of counted_stay with a `sign`) adds to the nights from :since to
-- :last: where it begins, each night that counts, and the day of leaving.
spread AS (
  SELECT 'begun' AS what, s.first_night AS night, s.sign,
    CASE WHEN s.first_night < s.ward_since THEN s.former_ward_code ELSE s.ward_code END AS ward_code,
    s.kind, s.residence, s.reason, s.tourism, s.foreigner, s.overnight, s.hourly, s.late, s.excused,
    s.verified, s.askable, s.revisit,
    CASE WHEN s.overnight THEN coalesce(s.end_night - s.first_night, 0) END AS length
  FROM signed s WHERE s.first_night BETWEEN :since AND :last
  UNION ALL
  SELECT 'slept', n.night, s.sign,
    CASE WHEN n.night < s.ward_since THEN s.former_ward_code ELSE s.ward_code END,
    s.kind, s.residence, s.reason, s.tourism, s.foreigner, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL
  FROM signed s
  CROSS JOIN unnest(s.nights * datemultirange(daterange(:since, :last, '[]'))) AS part (span)
  CROSS JOIN LATERAL (
    SELECT lower(part.span) + step AS night
    FROM generate_series(0, upper(part.span) - lower(part.span) - 1) AS step
  ) n
  UNION ALL
  SELECT 'left', s.end_night, s.sign,
    CASE WHEN s.end_night < s.ward_since THEN s.former_ward_code ELSE s.ward_code END,
    s.kind, s.residence, s.reason, s.tourism, s.foreigner, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL
  FROM signed s WHERE s.overnight AND s.end_night BETWEEN :since AND :last
)

-- fragment: night_counts
-- `spread` as rows of night_total.
SELECT ward_code, night, kind, tourism,
  coalesce(sum(sign) FILTER (WHERE overnight), 0) AS arrivals,
  coalesce(sum(sign) FILTER (WHERE overnight AND foreigner), 0) AS foreign_arrivals,
  coalesce(sum(sign) FILTER (WHERE what = 'left'), 0) AS departures,
  coalesce(sum(sign) FILTER (WHERE what = 'slept'), 0) AS guest_nights,
  coalesce(sum(sign) FILTER (WHERE what = 'slept' AND foreigner), 0) AS foreign_nights,
  coalesce(sum(sign) FILTER (WHERE NOT hourly AND NOT overnight), 0) AS same_day,
  coalesce(sum(sign) FILTER (WHERE hourly), 0) AS hourly,
  coalesce(sum(sign) FILTER (WHERE what = 'begun'), 0) AS declared,
  coalesce(sum(sign) FILTER (WHERE late), 0) AS late,
  coalesce(sum(sign) FILTER (WHERE late AND excused), 0) AS late_excused,
  coalesce(sum(sign) FILTER (WHERE what = 'begun'), 0) AS stays,
  coalesce(sum(sign) FILTER (WHERE verified), 0) AS verified,
  coalesce(sum(sign) FILTER (WHERE askable), 0) AS askable,
  coalesce(sum(sign) FILTER (WHERE length = 1), 0) AS length_1,
  coalesce(sum(sign) FILTER (WHERE length = 2), 0) AS length_2,
  coalesce(sum(sign) FILTER (WHERE length = 3), 0) AS length_3,
  coalesce(sum(sign) FILTER (WHERE length BETWEEN 4 AND 6), 0) AS length_4_6,
  coalesce(sum(sign) FILTER (WHERE length BETWEEN 7 AND 13), 0) AS length_7_13,
  coalesce(sum(sign) FILTER (WHERE length BETWEEN 14 AND 29), 0) AS length_14_29,
  coalesce(sum(sign) FILTER (WHERE length >= 30), 0) AS length_30_,
  coalesce(sum(sign) FILTER (WHERE length = 0), 0) AS length_open,
  coalesce(sum(sign) FILTER (WHERE revisit AND overnight), 0) AS revisits
FROM spread GROUP BY ward_code, night, kind, tourism

-- fragment: origin_counts
-- `spread` as rows of origin_night.
SELECT ward_code, night, kind, residence, reason, tourism,
  coalesce(sum(sign) FILTER (WHERE overnight), 0) AS arrivals,
  coalesce(sum(sign) FILTER (WHERE what = 'slept'), 0) AS guest_nights
FROM spread WHERE overnight OR what = 'slept'
GROUP BY ward_code, night, kind, residence, reason, tourism

-- fragment: month_counts
-- `origins`, rows of origin_night, as rows of origin_month.
SELECT w.province_code, CAST(date_trunc('month', o.night) AS date) AS month, o.residence, o.kind,
  o.reason, o.tourism, sum(o.arrivals) AS arrivals, sum(o.guest_nights) AS guest_nights
FROM origins o JOIN ward w ON w.code = o.ward_code
GROUP BY 1, 2, o.residence, o.kind, o.reason, o.tourism

-- fragment: add_nights
INSERT INTO night_total AS t (ward_code, night, kind, tourism, arrivals, foreign_arrivals,
  departures, guest_nights, foreign_nights, same_day, hourly, declared, late, late_excused, stays,
  verified, askable, length_1, length_2, length_3, length_4_6, length_7_13, length_14_29,
  length_30_, length_open, revisits)
SELECT * FROM night_counts ORDER BY ward_code, night, kind, tourism
ON CONFLICT (ward_code, night, kind, tourism) DO UPDATE SET
  arrivals = t.arrivals + excluded.arrivals,
  foreign_arrivals = t.foreign_arrivals + excluded.foreign_arrivals,
  departures = t.departures + excluded.departures,
  guest_nights = t.guest_nights + excluded.guest_nights,
  foreign_nights = t.foreign_nights + excluded.foreign_nights,
  same_day = t.same_day + excluded.same_day,
  hourly = t.hourly + excluded.hourly,
  declared = t.declared + excluded.declared,
  late = t.late + excluded.late,
  late_excused = t.late_excused + excluded.late_excused,
  stays = t.stays + excluded.stays,
  verified = t.verified + excluded.verified,
  askable = t.askable + excluded.askable,
  length_1 = t.length_1 + excluded.length_1,
  length_2 = t.length_2 + excluded.length_2,
  length_3 = t.length_3 + excluded.length_3,
  length_4_6 = t.length_4_6 + excluded.length_4_6,
  length_7_13 = t.length_7_13 + excluded.length_7_13,
  length_14_29 = t.length_14_29 + excluded.length_14_29,
  length_30_ = t.length_30_ + excluded.length_30_,
  length_open = t.length_open + excluded.length_open,
  revisits = t.revisits + excluded.revisits

-- fragment: add_origins
INSERT INTO origin_night AS t (ward_code, night, kind, residence, reason, tourism, arrivals,
  guest_nights)
SELECT * FROM origins WHERE arrivals <> 0 OR guest_nights <> 0
ORDER BY ward_code, night, kind, residence, reason, tourism
ON CONFLICT (ward_code, night, kind, residence, reason, tourism) DO UPDATE SET
  arrivals = t.arrivals + excluded.arrivals, guest_nights = t.guest_nights + excluded.guest_nights

-- fragment: add_months
INSERT INTO origin_month AS t (province_code, month, residence, kind, reason, tourism, arrivals,
  guest_nights)
SELECT * FROM month_counts WHERE arrivals <> 0 OR guest_nights <> 0
ORDER BY province_code, month, residence, kind, reason, tourism
ON CONFLICT (province_code, month, residence, kind, reason, tourism) DO UPDATE SET
  arrivals = t.arrivals + excluded.arrivals, guest_nights = t.guest_nights + excluded.guest_nights

-- fragment: touching
-- The ledger's rows that add anything to the nights from :since to :last: by when they began, and
-- for those longer than a month by their end.
SELECT l.* FROM counted_stay l
WHERE l.first_night BETWEEN CAST(:since AS date) - 31 AND :last AND l.until >= :since
UNION ALL
SELECT l.* FROM counted_stay l
WHERE l.until - l.first_night > 31 AND l.until >= :since
  AND l.first_night < CAST(:since AS date) - 31
