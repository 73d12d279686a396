-- role: asm_api

-- fragment: cause
-- What raised a flag, as far as it takes one look: the two stays of one person, whatever was seen
-- in them; what is wrong with a house, for as long as it is; else what a check saw of a house's
-- guests in one night, be it a late workbook or everybody who is overdue. A hit of a watch list is
-- of one guest.
CASE
  WHEN flag.stay_id IS NOT NULL AND flag.evidence ->> 'other_stay_id' IS NOT NULL THEN concat_ws('/', 'pair',
    least(CAST(flag.stay_id AS text), flag.evidence ->> 'other_stay_id'),
    greatest(CAST(flag.stay_id AS text), flag.evidence ->> 'other_stay_id'))
  WHEN flag.check_id = ANY(CAST(:apart AS text[]))
    THEN concat_ws('/', flag.check_id, flag.facility_id, flag.subject)
  WHEN flag.stay_id IS NULL THEN concat_ws('/', flag.check_id, flag.facility_id)
  ELSE concat_ws('/', flag.check_id, flag.facility_id, CAST(
    coalesce(CAST(flag.evidence ->> 'received_at' AS timestamptz), flag.raised_at)
      AT TIME ZONE 'Asia/Ho_Chi_Minh' - interval '8 hours' AS date))
END AS cause

-- fragment: as_cases
-- One row a cause, what is most urgent first. The id is that of its first flag, so it stays the
-- same when more of the same come.
-- Each flag is numbered in its cause once; sorting anew for each column cost most of the list.
numbered AS (
  SELECT seen.*, row_number() OVER (PARTITION BY cause ORDER BY raised_at, id) AS nth,
    row_number() OVER (PARTITION BY cause ORDER BY rank, raised_at, id) AS urgent
  FROM seen
), cases AS (
  SELECT cause, count(*) AS flags, count(DISTINCT stay_id) AS stays,
    (array_agg(id) FILTER (WHERE nth = 1))[1] AS id,
    (array_agg(check_id) FILTER (WHERE urgent = 1))[1] AS check_id,
    (array_agg(severity) FILTER (WHERE urgent = 1))[1] AS severity,
    (array_agg(evidence) FILTER (WHERE urgent = 1))[1] AS evidence,
    array_agg(DISTINCT check_id) AS check_ids,
    array_agg(DISTINCT facility_id) AS facility_ids,
    -- All flags of a cause are of a stay, or none is.
    array_agg(stay_id ORDER BY nth) FILTER (WHERE nth <= 2 AND stay_id IS NOT NULL) AS stay_ids,
    array_agg(facility_id ORDER BY nth) FILTER (WHERE nth <= 2 AND stay_id IS NOT NULL)
      AS stay_facilities,
    min(rank) AS rank, min(raised_at) AS since, max(raised_at) AS latest,
    max(taken_at) AS taken_at, (array_agg(taken_by ORDER BY taken_at DESC)
      FILTER (WHERE taken_at IS NOT NULL))[1] AS taken_by,
    max(dismissed_at) AS settled_at,
    (array_agg(dismissed_by ORDER BY dismissed_at DESC)
      FILTER (WHERE dismissed_at IS NOT NULL))[1] AS settled_by,
    (array_agg(outcome ORDER BY dismissed_at DESC)
      FILTER (WHERE dismissed_at IS NOT NULL))[1] AS outcome,
    max(closed_at) AS closed_at,
    bool_or(closed_at IS NULL AND dismissed_at IS NULL) AS is_open,
    bool_or(closed_at IS NULL) AS is_standing
  FROM numbered GROUP BY cause
)
SELECT cases.*, count(*) OVER () AS total, taker.display_name AS taker, settler.display_name AS settler,
  ARRAY(SELECT facility.name FROM facility WHERE facility.id = ANY(cases.facility_ids)
    ORDER BY facility.folded_name, facility.id) AS facilities
FROM cases LEFT JOIN account AS taker ON taker.id = cases.taken_by
LEFT JOIN account AS settler ON settler.id = cases.settled_by
WHERE (CAST(:taken AS text) IS NULL OR CASE CAST(:taken AS text)
    WHEN 'mine' THEN cases.taken_by = CAST(:me AS uuid) ELSE cases.taken_by IS NULL END)

-- fragment: ranked
-- Of what was shut out of the list at the end of `seen`: how near it is.
SELECT flag.*, CASE WHEN flag.severity = 'high' OR flag.check_id = ANY(CAST(:tonight AS text[]))
    AND flag.subject = CAST(:night AS text) THEN 0
  WHEN flag.severity = 'medium' THEN 1 ELSE 2 END AS rank,
-- include: cause
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
ORDER BY cases.rank, cases.since DESC, cases.id LIMIT :size OFFSET :skipped;

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
ORDER BY settled_at DESC, cases.id LIMIT :size OFFSET :skipped;

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
ORDER BY closed_at DESC, cases.id LIMIT :size OFFSET :skipped;

-- name: flags
-- The flags of the case that one of them is of, in the ward: all that wait, and what became of those
-- of the weeks around it. Looked for by what finds few: the same stays, or the ward's days.
WITH wanted AS (
  SELECT flag.facility_id, flag.check_id, flag.stay_id, flag.raised_at,
    CASE WHEN flag.stay_id IS NOT NULL THEN flag.evidence ->> 'other_stay_id' END AS other,
-- include: cause
  FROM flag WHERE flag.id = :id AND flag.ward_code = :ward AND flag.check_id = ANY(CAST(:checks AS text[]))
), near AS (
  SELECT flag.*, CASE flag.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END AS rank,
-- include: cause
  FROM flag JOIN wanted ON flag.facility_id = wanted.facility_id AND flag.check_id = wanted.check_id
    AND flag.raised_at BETWEEN wanted.raised_at - interval '14 days'
      AND wanted.raised_at + interval '14 days'
  WHERE wanted.other IS NULL AND flag.ward_code = :ward
  UNION ALL
  SELECT flag.*, CASE flag.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END AS rank,
-- include: cause
  FROM flag JOIN wanted ON flag.facility_id = wanted.facility_id AND flag.check_id = wanted.check_id
    AND flag.raised_at NOT BETWEEN wanted.raised_at - interval '14 days'
      AND wanted.raised_at + interval '14 days'
  WHERE wanted.other IS NULL AND flag.ward_code = :ward
    AND flag.closed_at IS NULL AND flag.dismissed_at IS NULL
  UNION ALL
  SELECT flag.*, CASE flag.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END AS rank,
-- include: cause
  FROM flag JOIN wanted ON flag.stay_id IN (wanted.stay_id, CAST(wanted.other AS uuid))
  WHERE wanted.other IS NOT NULL
)
SELECT near.*, facility.name AS facility_name, facility.phone AS facility_phone
FROM near JOIN wanted USING (cause) JOIN facility ON facility.id = near.facility_id
WHERE near.ward_code = :ward ORDER BY near.rank, near.raised_at, near.id LIMIT :most;

-- name: beside
-- Other flags of the same stays that wait, each with its case's name.
SELECT flag.id, flag.check_id, flag.raised_at, flag.stay_id,
-- include: cause
FROM flag WHERE flag.stay_id = ANY(CAST(:stays AS uuid[])) AND flag.ward_code = :ward
  AND flag.closed_at IS NULL AND flag.dismissed_at IS NULL
  AND flag.check_id = ANY(CAST(:checks AS text[]))
ORDER BY flag.raised_at, flag.id LIMIT :most;
