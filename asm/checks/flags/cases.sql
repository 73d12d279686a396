-- role: asm_api

-- fragment: as_cases
-- One row a cause, what is most urgent first. The id is that of its first flag, so it stays the
-- same when more of the same come.
-- All causes are only counted; what it takes to sort flags is done for those that are listed.
cases AS (
  SELECT cause, count(*) AS flags, min(rank) AS rank,
    min(raised_at) AS since, max(raised_at) AS latest, max(taken_at) AS taken_at,
    max(dismissed_at) AS settled_at, max(closed_at) AS closed_at,
    bool_or(closed_at IS NULL AND dismissed_at IS NULL) AS is_open,
    bool_or(closed_at IS NULL) AS is_standing
  FROM seen GROUP BY cause
), firsts AS (
  SELECT seen.cause, CAST(min(CAST(seen.id AS text) COLLATE "C") AS uuid) AS id
  FROM seen JOIN cases ON cases.cause = seen.cause AND cases.since = seen.raised_at
  GROUP BY seen.cause
), takers AS (
  SELECT DISTINCT ON (cause) cause, taken_by FROM seen WHERE taken_at IS NOT NULL
  ORDER BY cause, taken_at DESC
), listed AS (
  SELECT cases.*, firsts.id, takers.taken_by, count(*) OVER () AS total
  FROM cases JOIN firsts USING (cause) LEFT JOIN takers USING (cause)
  WHERE (CAST(:taken AS text) IS NULL OR CASE CAST(:taken AS text)
    WHEN 'mine' THEN takers.taken_by = CAST(:me AS uuid) ELSE takers.taken_by IS NULL END)

-- fragment: with_details
), numbered AS (
  -- Each flag is numbered in its case once; sorting anew for each column cost most of the list.
  SELECT listed.id AS case_id, seen.id, seen.check_id, seen.facility_id, seen.stay_id,
    seen.dismissed_at, seen.dismissed_by, seen.outcome,
    row_number() OVER (PARTITION BY listed.id ORDER BY seen.raised_at, seen.id) AS nth,
    row_number() OVER (PARTITION BY listed.id ORDER BY seen.rank, seen.raised_at, seen.id) AS urgent
  FROM seen JOIN listed ON listed.cause = seen.cause
), detail AS (
  SELECT case_id, count(DISTINCT stay_id) AS stays,
    (array_agg(id) FILTER (WHERE urgent = 1))[1] AS worst,
    array_agg(DISTINCT check_id) AS check_ids,
    array_agg(DISTINCT facility_id) AS facility_ids,
    -- All flags of a cause are of a stay, or none is.
    array_agg(stay_id ORDER BY nth) FILTER (WHERE nth <= 2 AND stay_id IS NOT NULL) AS stay_ids,
    array_agg(facility_id ORDER BY nth) FILTER (WHERE nth <= 2 AND stay_id IS NOT NULL)
      AS stay_facilities,
    (array_agg(dismissed_by ORDER BY dismissed_at DESC)
      FILTER (WHERE dismissed_at IS NOT NULL))[1] AS settled_by,
    (array_agg(outcome ORDER BY dismissed_at DESC)
      FILTER (WHERE dismissed_at IS NOT NULL))[1] AS outcome
  FROM numbered GROUP BY case_id
)
SELECT listed.*, detail.stays, worst.check_id, worst.severity, worst.evidence, detail.check_ids,
  detail.facility_ids, detail.stay_ids, detail.stay_facilities, detail.settled_by, detail.outcome,
  taker.display_name AS taker, settler.display_name AS settler,
  ARRAY(SELECT facility.name FROM facility WHERE facility.id = ANY(detail.facility_ids)
    ORDER BY facility.folded_name, facility.id) AS facilities
FROM listed JOIN detail ON detail.case_id = listed.id
JOIN flag AS worst ON worst.id = detail.worst
LEFT JOIN account AS taker ON taker.id = listed.taken_by
LEFT JOIN account AS settler ON settler.id = detail.settled_by

-- fragment: ranked
-- Of what was shut out of the list at the end of `seen`: how near it is.
SELECT flag.*, CASE WHEN flag.severity = 'high' OR flag.check_id = ANY(CAST(:tonight AS text[]))
    AND flag.subject = CAST(:night AS text) THEN 0
  WHEN flag.severity = 'medium' THEN 1 ELSE 2 END AS rank
FROM flag
WHERE flag.ward_code = :ward AND flag.check_id = ANY(CAST(:checks AS text[]))
  AND (CAST(:facility AS uuid) IS NULL OR flag.facility_id = CAST(:facility AS uuid))

-- name: open
-- The cases that wait in a ward, the most urgent first.
WITH standing AS (
-- include: ranked
  AND flag.closed_at IS NULL AND flag.dismissed_at IS NULL
  ORDER BY flag.raised_at DESC LIMIT :most
), seen AS (
  SELECT * FROM standing WHERE CAST(:rank AS integer) IS NULL OR rank = CAST(:rank AS integer)
),
-- include: as_cases
  ORDER BY cases.rank, cases.since DESC, firsts.id LIMIT :size OFFSET :skipped
-- include: with_details
ORDER BY listed.rank, listed.since DESC, listed.id;

-- name: dismissed
-- What officers settled and whose cause stands, the last one first.
WITH standing AS (
-- include: ranked
  AND flag.closed_at IS NULL AND flag.dismissed_at IS NOT NULL
  ORDER BY flag.raised_at DESC LIMIT :most
), seen AS (
  SELECT * FROM standing WHERE CAST(:rank AS integer) IS NULL OR rank = CAST(:rank AS integer)
),
-- include: as_cases
  ORDER BY cases.settled_at DESC, firsts.id LIMIT :size OFFSET :skipped
-- include: with_details
ORDER BY listed.settled_at DESC, listed.id;

-- name: closed
-- Whose cause has gone, the last one first.
WITH standing AS (
-- include: ranked
  AND flag.closed_at IS NOT NULL
  ORDER BY flag.raised_at DESC LIMIT :most
), seen AS (
  SELECT * FROM standing WHERE CAST(:rank AS integer) IS NULL OR rank = CAST(:rank AS integer)
),
-- include: as_cases
  ORDER BY cases.closed_at DESC, firsts.id LIMIT :size OFFSET :skipped
-- include: with_details
ORDER BY listed.closed_at DESC, listed.id;

-- name: flags
-- The flags of the case that one of them is of, in the ward: all of a pair; else all that wait, and
-- what became of those of the weeks around it.
WITH wanted AS (
  SELECT flag.cause, flag.raised_at,
    flag.stay_id IS NOT NULL AND flag.evidence ->> 'other_stay_id' IS NOT NULL AS pair
  FROM flag WHERE flag.id = :id AND flag.ward_code = :ward AND flag.check_id = ANY(CAST(:checks AS text[]))
), worst AS (
  SELECT flag.*, CASE flag.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END AS rank
  FROM flag JOIN wanted ON wanted.cause = flag.cause
  WHERE flag.ward_code = :ward AND (wanted.pair
    OR flag.closed_at IS NULL AND flag.dismissed_at IS NULL
    OR flag.raised_at BETWEEN wanted.raised_at - interval '14 days'
      AND wanted.raised_at + interval '14 days')
  ORDER BY rank, flag.raised_at, flag.id LIMIT :most
)
SELECT worst.*, facility.name AS facility_name, facility.phone AS facility_phone
FROM worst JOIN facility ON facility.id = worst.facility_id
ORDER BY worst.rank, worst.raised_at, worst.id;

-- name: beside
-- Other flags of the same stays that wait, each with its case's name.
SELECT flag.id, flag.check_id, flag.raised_at, flag.stay_id, flag.cause FROM flag WHERE flag.stay_id = ANY(CAST(:stays AS uuid[])) AND flag.ward_code = :ward
  AND flag.closed_at IS NULL AND flag.dismissed_at IS NULL
  AND flag.check_id = ANY(CAST(:checks AS text[]))
ORDER BY flag.raised_at, flag.id LIMIT :most;
