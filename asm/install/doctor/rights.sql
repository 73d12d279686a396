-- role: asm_api

-- name: rights
-- The rights of ASM's roles in this database, and where row-level security is forced, each as the
-- statement that gives it.
WITH role AS (
  SELECT oid, rolname FROM pg_roles WHERE rolname = ANY(CAST(:roles AS text[]))
),
thing AS (
  SELECT c.oid, c.relacl, c.relkind, c.relrowsecurity, c.relforcerowsecurity,
    format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'vault') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
)
SELECT format('GRANT %s ON %s %s TO %I', given.privilege_type,
  CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, thing.name, rolname) AS statement
FROM thing, aclexplode(relacl) AS given JOIN role ON role.oid = given.grantee
UNION ALL
SELECT format('GRANT %s (%I) ON TABLE %s TO %I', given.privilege_type, attname, thing.name, rolname)
FROM thing JOIN pg_attribute ON attrelid = thing.oid AND NOT attisdropped,
  aclexplode(attacl) AS given JOIN role ON role.oid = given.grantee
UNION ALL
SELECT format('GRANT %s ON FUNCTION %s TO %I', given.privilege_type,
  p.oid::regprocedure, rolname)
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace,
  aclexplode(proacl) AS given JOIN role ON role.oid = given.grantee
WHERE n.nspname IN ('public', 'vault')
UNION ALL
SELECT format('GRANT %s ON SCHEMA %I TO %I', given.privilege_type, nspname, rolname)
FROM pg_namespace, aclexplode(nspacl) AS given JOIN role ON role.oid = given.grantee
WHERE nspname IN ('public', 'vault')
UNION ALL
SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name) FROM thing WHERE relrowsecurity
UNION ALL
SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name) FROM thing WHERE relforcerowsecurity
ORDER BY 1;

-- name: open_to_all
-- What everybody who may connect has of what is ASM's, each as the statement that gives it. Who may
-- make functions where others look for theirs has others run them.
WITH thing AS (
  SELECT c.oid, c.relacl, c.relkind, format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'vault') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
      AND deptype = 'e')
)
SELECT format('GRANT %s ON %s %s TO PUBLIC', given.privilege_type,
  CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, thing.name) AS statement
FROM thing, aclexplode(relacl) AS given WHERE given.grantee = 0
UNION ALL
SELECT format('GRANT %s (%I) ON TABLE %s TO PUBLIC', given.privilege_type, attname, thing.name)
FROM thing JOIN pg_attribute ON attrelid = thing.oid AND NOT attisdropped,
  aclexplode(attacl) AS given WHERE given.grantee = 0
UNION ALL
SELECT format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', p.oid::regprocedure)
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace,
  aclexplode(coalesce(proacl, acldefault('f', proowner))) AS given
WHERE n.nspname IN ('public', 'vault') AND prosecdef AND given.grantee = 0
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid
    AND deptype = 'e')
UNION ALL
SELECT format('GRANT %s ON SCHEMA %I TO PUBLIC', given.privilege_type, nspname)
FROM pg_namespace, aclexplode(nspacl) AS given
WHERE given.grantee = 0
  AND (nspname = 'vault' OR nspname = 'public' AND given.privilege_type = 'CREATE')
UNION ALL
SELECT format('GRANT CREATE ON DATABASE %I TO PUBLIC', datname)
FROM pg_database, aclexplode(datacl) AS given
WHERE given.grantee = 0 AND datname = current_database() AND given.privilege_type = 'CREATE'
ORDER BY 1;
