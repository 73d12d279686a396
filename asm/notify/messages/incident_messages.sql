-- role: asm_worker

-- name: concerned
-- A chunk of the accounts that an incident concerns, in the order of their ids.
WITH told AS (SELECT * FROM incident WHERE number = :number), place AS (
  SELECT facility.id, facility.ward_code FROM facility JOIN told ON NOT told.everywhere
  WHERE facility.ward_code = ANY(told.wards) OR facility.id IN
    (SELECT facility_id FROM incident_facility WHERE incident_number = told.number)
), named_ward AS (
  SELECT unnest(wards) AS code FROM told
  UNION SELECT place.ward_code FROM place JOIN incident_facility AS named
    ON named.facility_id = place.id AND named.incident_number = :number
)
SELECT account.id, account.role FROM account, told
WHERE account.id > :after AND account.disabled_at IS NULL AND (
  told.everywhere OR account.role IN ('administrator', 'provincial_officer')
  OR (account.role = 'ward_officer' AND (account.ward_code IN (SELECT code FROM named_ward)
    OR account.id IN (SELECT account_id FROM officer_ward
      WHERE ward_code IN (SELECT code FROM named_ward))))
  OR account.id IN (SELECT account_id FROM membership JOIN place ON place.id = facility_id))
ORDER BY account.id LIMIT :chunk;
