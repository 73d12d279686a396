-- role: asm_worker

-- name: carry_on
-- Adds to the nights :since to :last what the ledger knows of them; none of it is in there yet.
WITH near AS (
-- include: touching
), signed AS (
  SELECT 1 AS sign, near.* FROM near
),
-- include: spread,
night_counts AS (
-- include: night_counts
), nights AS (
-- include: add_nights
), origins AS (
-- include: origin_counts
), origin_nights AS (
-- include: add_origins
), month_counts AS (
-- include: month_counts
)
-- include: add_months
;
