-- role: asm_api

-- name: horizon
-- Up to which transaction everything is committed and seen, and which database counts them: a
-- cluster by its identifier, in it a database by its number, both new where it was restored.
SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS xid,
  concat(system_identifier, '.', (SELECT oid FROM pg_database WHERE datname = current_database()))
    AS epoch
FROM pg_control_system();

-- name: first
-- Stays that are there, or ended within the days that a phone shows, by id.
SELECT id FROM stay
WHERE facility_id = :facility AND id > :after AND arrived_at > :since
  AND (departed_at IS NULL OR departed_at > :shown)
  AND (end_night IS NULL OR departed_at IS NOT NULL OR end_night >= CAST(:shown AS date))
ORDER BY id LIMIT :most;

-- name: since
-- What was written behind a position. Nothing of a transaction that may still commit below another
-- one that has: whoever read past it would never see it.
SELECT CAST(CAST(written_xid AS text) AS bigint) AS xid, stay_id, version FROM (
  (SELECT written_xid, stay_id, version FROM stay_version
    WHERE facility_id = :facility AND written_xid IS NOT NULL
      AND (written_xid, stay_id, version) > (CAST(CAST(:xid AS text) AS xid8), :stay, :version)
      AND written_xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY written_xid, stay_id, version LIMIT :most)
  UNION ALL
  (SELECT written_xid, stay_id, 0 FROM stay_gone
    WHERE facility_id = :facility
      AND (written_xid, stay_id, 0) > (CAST(CAST(:xid AS text) AS xid8), :stay, :version)
      AND written_xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY written_xid, stay_id LIMIT :most)
) AS written
ORDER BY written_xid, stay_id, version LIMIT :most;
