-- role: asm_api
-- name: origin_nights
-- Every row of the origins of an area. $1 its wards, none for all that the scope shows; $2 to $3 the
-- nights; $4 kinds, $5 residences, $6 reasons, none for all; $7 tourism, NULL for both; $8 and $9
-- the codes of kinds, countries and reasons with their labels; $10 how many rows, NULL for all. The
-- labels join last, to rows that stand in the order of their key: a million takes half the time of
-- sorting them with labels on.
WITH labels AS MATERIALIZED (
    SELECT split_part(code, ':', 1) AS part, split_part(code, ':', 2) AS code, label
    FROM unnest($8::text[], $9::text[]) AS given (code, label)
), homes AS MATERIALIZED (
    SELECT code, label FROM labels WHERE part = 'residence'
    UNION ALL SELECT 'P' || code, name FROM province
), kinds AS MATERIALIZED (
    SELECT code, label FROM labels WHERE part = 'kind'
), reasons AS MATERIALIZED (
    SELECT code::int AS code, label FROM labels WHERE part = 'reason'
)
SELECT o.night, o.ward_code, w.name, coalesce(k.label, o.kind), o.residence,
    coalesce(h.label, o.residence), coalesce(r.label, o.reason::text), o.tourism::int,
    o.arrivals, o.guest_nights
FROM (
    SELECT * FROM origin_night
    WHERE (cardinality($1::text[]) = 0 OR ward_code = ANY ($1::text[]))
        AND night BETWEEN $2::date AND $3::date
        AND (cardinality($4::text[]) = 0 OR kind = ANY ($4::text[]))
        AND (cardinality($5::text[]) = 0 OR residence = ANY ($5::text[]))
        AND (cardinality($6::int[]) = 0 OR reason = ANY ($6::int[]))
        AND ($7::bool IS NULL OR tourism = $7::bool)
    ORDER BY ward_code, night, kind, residence, reason, tourism
    LIMIT $10::int
) AS o
JOIN ward AS w ON w.code = o.ward_code
LEFT JOIN homes AS h ON h.code = o.residence
LEFT JOIN kinds AS k ON k.code = o.kind
LEFT JOIN reasons AS r ON r.code = o.reason;
