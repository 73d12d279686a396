-- role: superuser
-- name: nothing_hangs_on_it
-- Whether nothing of anybody's own runs when a row is written to the table of the note: no trigger,
-- no rule, no function, operator or type in a default, a check or an index.
SELECT c.relkind = 'r' AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid)
  AND NOT EXISTS (
    -- PostgreSQL's own are noted nowhere: what stands here somebody made.
    SELECT FROM pg_depend AS d
    WHERE d.refclassid IN (CAST('pg_proc' AS regclass), CAST('pg_operator' AS regclass),
                           CAST('pg_type' AS regclass))
      AND ((d.classid = CAST('pg_class' AS regclass)
            AND (d.objid = c.oid
                 OR d.objid IN (SELECT indexrelid FROM pg_index WHERE indrelid = c.oid)))
        OR (d.classid = CAST('pg_constraint' AS regclass)
            AND d.objid IN (SELECT oid FROM pg_constraint WHERE conrelid = c.oid))
        OR (d.classid = CAST('pg_attrdef' AS regclass)
            AND d.objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = c.oid))))
FROM pg_class AS c WHERE c.oid = CAST('public.last_backup' AS regclass);
