"""The province's month by ward as its answer gives it, all measures: of the totals, and of the raw
rows of stays, identity checks, excuses, facilities, closures and rooms.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import dict_row

from asm.analytics.totals.model import COUNTS, HOUSES

#: Both name each row by ward and tourism (NULL: of its facilities).
Whole = dict[tuple[str, bool | None], Mapping[str, int]]
_RAW_STAYS = """
WITH touching AS (
  SELECT s.*, s.end_night IS NULL OR s.end_night > s.first_night AS overnight,
    s.first_night BETWEEN %(first)s AND %(last)s AS begun,
    coalesce(c.status = 'verified', false) AS verified,
    coalesce(c.status <> 'not_checkable', false) AS askable,
    e.stay_id IS NOT NULL AS excused,
    CASE WHEN s.end_night > s.first_night THEN s.end_night - s.first_night
      WHEN s.end_night IS NULL THEN 0 END AS length,
    coalesce((
      SELECT max(o.end_night) < s.first_night AND max(o.end_night) >= s.first_night - 365
      FROM vault.person p JOIN vault.person q ON q.index_a = p.index_a
      JOIN stay o ON o.facility_id = q.facility_id AND o.person_ref = q.ref
      WHERE p.facility_id = s.facility_id AND p.ref = s.person_ref
        AND o.voided_at IS NULL AND o.first_night < s.first_night), false) AS again
  FROM stay s JOIN ward w ON w.code = s.ward_code
  LEFT JOIN identity_check c ON c.facility_id = s.facility_id AND c.stay_id = s.id
    AND c.guest_record_id = s.guest_record_id
  LEFT JOIN stay_excuse e ON e.facility_id = s.facility_id AND e.stay_id = s.id
  WHERE w.province_code = %(province)s AND s.voided_at IS NULL
    AND s.arrival_date BETWEEN CAST(%(first)s AS date) - 400 AND CAST(%(last)s AS date) + 1
    AND s.first_night <= %(last)s
    AND greatest(coalesce(s.end_night, s.first_night + 400), s.first_night) >= %(first)s
)
SELECT ward_code,
  tourism AND coalesce(end_night < first_night + interval '12 months', true) AS tourism,
  count(*) FILTER (WHERE begun AND overnight) AS arrivals,
  count(*) FILTER (WHERE begun AND overnight AND foreigner) AS foreign_arrivals,
  count(*) FILTER (WHERE overnight AND end_night BETWEEN %(first)s AND %(last)s) AS departures,
  coalesce(sum(slept), 0) AS guest_nights,
  coalesce(sum(slept) FILTER (WHERE foreigner), 0) AS foreign_nights,
  count(*) FILTER (WHERE begun AND NOT overnight AND NOT hourly) AS same_day,
  count(*) FILTER (WHERE begun AND NOT overnight AND hourly) AS hourly,
  count(*) FILTER (WHERE begun) AS declared,
  count(*) FILTER (WHERE begun AND NOT on_time) AS late,
  count(*) FILTER (WHERE begun AND NOT on_time AND excused) AS late_excused,
  count(*) FILTER (WHERE begun) AS stays,
  count(*) FILTER (WHERE begun AND verified) AS verified,
  count(*) FILTER (WHERE begun AND askable) AS askable,
  count(*) FILTER (WHERE begun AND length = 1) AS length_1,
  count(*) FILTER (WHERE begun AND length = 2) AS length_2,
  count(*) FILTER (WHERE begun AND length = 3) AS length_3,
  count(*) FILTER (WHERE begun AND length BETWEEN 4 AND 6) AS length_4_6,
  count(*) FILTER (WHERE begun AND length BETWEEN 7 AND 13) AS length_7_13,
  count(*) FILTER (WHERE begun AND length BETWEEN 14 AND 29) AS length_14_29,
  count(*) FILTER (WHERE begun AND length >= 30) AS length_30_,
  count(*) FILTER (WHERE begun AND length = 0) AS length_open,
  count(*) FILTER (WHERE begun AND overnight AND again) AS revisits
FROM touching CROSS JOIN LATERAL (
  SELECT CASE WHEN overnight THEN greatest(0,
    least(coalesce(end_night, first_night + 400), CAST(%(last)s AS date) + 1)
    - greatest(first_night, %(first)s)) END AS slept) n
GROUP BY 1, 2
"""
_RAW_HOUSES = """
WITH nights AS MATERIALIZED (
  SELECT f.id, f.ward_code, n.night, EXISTS (SELECT FROM closure c
    WHERE c.facility_id = f.id AND c.starts_on <= n.night AND c.ends_on > n.night) AS shut
  FROM facility f JOIN ward w ON w.code = f.ward_code
  CROSS JOIN (SELECT CAST(%(first)s AS date) + step AS night
    FROM generate_series(0, CAST(%(last)s AS date) - CAST(%(first)s AS date)) AS step) n
  WHERE w.province_code = %(province)s AND f.status IN ('active', 'closed')
    AND date(coalesce(f.decided_at, f.registered_at) AT TIME ZONE 'Asia/Ho_Chi_Minh'
      - interval '8 hours') <= n.night
    AND (f.closed_on IS NULL OR f.closed_on > n.night)
), there AS MATERIALIZED (
  SELECT s.facility_id, s.room_name, n.night, s.overnight, n.night = s.first_night AS begun
  FROM (
    SELECT s.facility_id, s.first_night, s.room_name,
      s.end_night IS NULL OR s.end_night > s.first_night AS overnight,
      greatest(coalesce(s.end_night, s.first_night + 400), s.first_night + 1) AS until
    FROM stay s JOIN ward w ON w.code = s.ward_code
    WHERE w.province_code = %(province)s AND s.voided_at IS NULL
      AND s.arrival_date BETWEEN CAST(%(first)s AS date) - 400 AND CAST(%(last)s AS date) + 1
      AND s.first_night <= %(last)s
  ) s CROSS JOIN LATERAL (
    SELECT s.first_night + step AS night
    FROM generate_series(greatest(0, CAST(%(first)s AS date) - s.first_night),
      least(s.until - 1, CAST(%(last)s AS date)) - s.first_night) AS step) n
), present AS (
  SELECT facility_id, night, count(*) FILTER (WHERE overnight) AS guests, bool_or(begun) AS begun
  FROM there GROUP BY 1, 2
), taken AS (
  SELECT t.facility_id, t.night, count(DISTINCT t.room_name) AS rooms
  FROM there t JOIN room r ON r.facility_id = t.facility_id AND r.name = t.room_name
  WHERE t.overnight AND r.opened_on <= t.night AND (r.closed_on IS NULL OR r.closed_on > t.night)
  GROUP BY 1, 2
), rooms AS (
  -- Rooms of a house that were opened and closed on the same days count together.
  SELECT r.facility_id, r.opened_on, r.closed_on, count(*) AS rooms, sum(r.beds) AS beds
  FROM room r JOIN (SELECT DISTINCT id FROM nights) f ON f.id = r.facility_id
  GROUP BY 1, 2, 3
), capacity AS (
  SELECT n.id AS facility_id, n.night, sum(r.rooms) AS rooms, sum(r.beds) AS beds
  FROM rooms r JOIN nights n ON n.id = r.facility_id
  WHERE r.opened_on <= n.night AND (r.closed_on IS NULL OR r.closed_on > n.night)
  GROUP BY 1, 2
)
SELECT n.ward_code, CAST(NULL AS boolean) AS tourism,
  count(*) FILTER (WHERE NOT n.shut) AS facilities_active,
  count(*) FILTER (WHERE n.shut) AS facilities_closed,
  count(p.facility_id) FILTER (WHERE NOT n.shut) AS facilities_stayed,
  count(*) FILTER (WHERE NOT n.shut AND (p.begun OR q.facility_id IS NOT NULL)) AS facilities_said,
  count(q.facility_id) FILTER (WHERE NOT n.shut) AS facilities_quiet,
  coalesce(sum(c.rooms) FILTER (WHERE NOT n.shut), 0) AS rooms_open,
  coalesce(sum(c.beds) FILTER (WHERE NOT n.shut), 0) AS beds_open,
  coalesce(sum(c.rooms), 0) AS rooms_all, coalesce(sum(c.beds), 0) AS beds_all,
  coalesce(sum(t.rooms) FILTER (WHERE NOT n.shut), 0) AS rooms_occupied,
  coalesce(sum(p.guests) FILTER (WHERE NOT n.shut AND c.rooms > 0), 0) AS known_nights
FROM nights n
LEFT JOIN present p ON p.facility_id = n.id AND p.night = n.night
LEFT JOIN taken t ON t.facility_id = n.id AND t.night = n.night
LEFT JOIN capacity c ON c.facility_id = n.id AND c.night = n.night
LEFT JOIN quiet_night q ON q.facility_id = n.id AND q.night = n.night
GROUP BY n.ward_code
"""
_TOTALS_STAYS = f"""
SELECT ward.code AS ward_code, t.*
FROM ward CROSS JOIN LATERAL (
  SELECT n.tourism, {", ".join(f"sum(n.{name}) AS {name}" for name in COUNTS)}
  FROM night_total n WHERE n.ward_code = ward.code AND n.night BETWEEN %(first)s AND %(last)s
  GROUP BY n.tourism HAVING count(*) > 0
) t WHERE ward.province_code = %(province)s
"""
_TOTALS_HOUSES = f"""
SELECT ward.code AS ward_code, CAST(NULL AS boolean) AS tourism, t.*
FROM ward CROSS JOIN LATERAL (
  SELECT {", ".join(f"sum(n.{name}) AS {name}" for name in HOUSES)}
  FROM ward_night n WHERE n.ward_code = ward.code AND n.night BETWEEN %(first)s AND %(last)s
  HAVING count(*) > 0
) t WHERE ward.province_code = %(province)s
"""


def of_totals(connection: psycopg.Connection[Any], given: Mapping[str, object]) -> Whole:
    """The month of `given` (`first`, `last`, `province`) of the totals."""
    return _whole(connection, (_TOTALS_STAYS, _TOTALS_HOUSES), given)


def of_raw_rows(connection: psycopg.Connection[Any], given: Mapping[str, object]) -> Whole:
    """The same of the raw rows."""
    return _whole(connection, (_RAW_STAYS, _RAW_HOUSES), given)


def _whole(
    connection: psycopg.Connection[Any], statements: tuple[str, ...], given: Mapping[str, object]
) -> Whole:
    whole: Whole = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for statement in statements:
            for row in cursor.execute(statement.encode(), given):
                counts = {name: int(row[name]) for name in (*COUNTS, *HOUSES) if name in row}
                if any(counts.values()):
                    whole[row["ward_code"], row["tourism"]] = counts
    return whole
