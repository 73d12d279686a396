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
UNION ALL
SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', polname, name,
  CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
  CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
    WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
  (SELECT string_agg(CASE WHEN id = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(id)) END,
    ', ' ORDER BY pg_get_userbyid(id)) FROM unnest(polroles) AS id))
  || coalesce(' USING (' || regexp_replace(pg_get_expr(polqual, polrelid), '\s+', ' ', 'g') || ')', '')
  || coalesce(' WITH CHECK (' || regexp_replace(pg_get_expr(polwithcheck, polrelid), '\s+', ' ', 'g')
    || ')', '')
FROM pg_policy JOIN thing ON thing.oid = polrelid
ORDER BY 1;

-- name: rights_of_months
-- What each month of stays must have. Which months there are depends on when the schema was made and
-- for how long it has run, so they are recorded nowhere.
SELECT format('ALTER TABLE %I.%I %s ROW LEVEL SECURITY', n.nspname, c.relname, deed) AS statement
FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN (VALUES ('ENABLE'), ('FORCE')) AS deeds (deed)
WHERE inhparent = to_regclass('public.stay') AND c.relname ~ '^stay_[0-9]{6}$'
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

-- name: not_owned
-- What ASM's owner does not own, as after a restore that left owners out, each as the statement of
-- a superuser that mends it. Sequences of a column follow their table.
WITH own AS (SELECT oid, rolname FROM pg_roles WHERE rolname = CAST(:owner AS text)),
not_ours AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT format('ALTER %s %I.%I OWNER TO %I',
  CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
    ELSE 'TABLE' END, n.nspname, c.relname, own.rolname) AS statement
FROM own, pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'vault') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND c.relowner <> own.oid AND ('pg_class'::regclass, c.oid) NOT IN (TABLE not_ours)
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
    AND deptype IN ('a', 'i') AND c.relkind = 'S')
UNION ALL
SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, own.rolname)
FROM own, pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname IN ('public', 'vault') AND p.proowner <> own.oid
  AND ('pg_proc'::regclass, p.oid) NOT IN (TABLE not_ours)
UNION ALL
SELECT format('ALTER SCHEMA vault OWNER TO %I', own.rolname)
FROM own, pg_namespace WHERE nspname = 'vault' AND nspowner <> own.oid
ORDER BY 1;

-- name: of_others
-- What others than ASM's roles, the owners of things and of the database, and superusers were given
-- of what is ASM's, each as the statement that takes it back. Functions are those that run with
-- their owner's rights. The login for backups leaves its note; who migrates makes things in `public`.
WITH not_ours AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
thing AS (
  SELECT c.oid, c.relacl, c.relowner, format('%s %I.%I',
    CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname) AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'vault') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND ('pg_class'::regclass, c.oid) NOT IN (TABLE not_ours)
),
given AS (
  SELECT name, relowner AS owner, acl.privilege_type AS right_to, NULL AS of_column, acl.grantee,
    acl.is_grantable
  FROM thing, aclexplode(relacl) AS acl
  UNION ALL
  SELECT name, relowner, acl.privilege_type, attname, acl.grantee, acl.is_grantable
  FROM thing JOIN pg_attribute ON attrelid = thing.oid AND NOT attisdropped,
    aclexplode(attacl) AS acl
  UNION ALL
  SELECT format('ROUTINE %s', p.oid::regprocedure), proowner, acl.privilege_type, NULL, acl.grantee,
    acl.is_grantable
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace, aclexplode(proacl) AS acl
  WHERE n.nspname IN ('public', 'vault') AND prosecdef
    AND ('pg_proc'::regclass, p.oid) NOT IN (TABLE not_ours)
  UNION ALL
  SELECT format('SCHEMA %I', nspname), nspowner, acl.privilege_type, NULL, acl.grantee,
    acl.is_grantable
  FROM pg_namespace, aclexplode(nspacl) AS acl
  WHERE nspname = 'vault' OR nspname = 'public' AND acl.privilege_type = 'CREATE'
    AND NOT EXISTS (SELECT FROM pg_roles AS ours WHERE ours.rolname = CAST(:owner AS text)
      AND pg_has_role(acl.grantee, ours.oid, 'MEMBER'))
)
SELECT format('REVOKE %s ON %s FROM %I%s',
  string_agg(right_to || coalesce(' (' || quote_ident(of_column) || ')', ''), ', '
    ORDER BY right_to, of_column),
  given.name, rolname, CASE WHEN bool_or(is_grantable) THEN ' CASCADE' END) AS statement
FROM given JOIN pg_roles AS other ON other.oid = given.grantee
WHERE NOT rolsuper AND other.oid <> given.owner AND rolname <> ALL(CAST(:roles AS text[]))
  AND other.oid <> (SELECT datdba FROM pg_database WHERE datname = current_database())
  AND NOT (given.name = 'TABLE public.last_backup' AND right_to IN ('INSERT', 'UPDATE')
    AND rolbypassrls)
GROUP BY given.name, rolname
ORDER BY 1;

-- name: powers
-- What ASM's roles may do beyond what rights on tables say, each as the statement of a superuser that
-- takes it back: they make no roles and no databases, and are members of nothing.
SELECT format('ALTER ROLE %I%s%s%s%s', rolname,
  CASE WHEN rolcreaterole THEN ' NOCREATEROLE' END, CASE WHEN rolcreatedb THEN ' NOCREATEDB' END,
  CASE WHEN rolreplication THEN ' NOREPLICATION' END,
  CASE WHEN rolcanlogin AND rolname <> ALL(CAST(:logins AS text[])) THEN ' NOLOGIN' END) AS statement
FROM pg_roles WHERE rolname = ANY(CAST(:roles AS text[])) AND (
  rolcreaterole OR rolcreatedb OR rolreplication
  OR rolcanlogin AND rolname <> ALL(CAST(:logins AS text[]))
)
UNION ALL
SELECT format('REVOKE %I FROM %I', given.rolname, ours.rolname)
FROM pg_auth_members JOIN pg_roles AS ours ON ours.oid = member
JOIN pg_roles AS given ON given.oid = roleid
WHERE ours.rolname = ANY(CAST(:roles AS text[]))
ORDER BY 1;

-- name: members
-- Who else may act as one of ASM's roles, each as the statement of a superuser that ends it.
SELECT format('REVOKE %I FROM %I', ours.rolname, other.rolname) AS statement
FROM pg_auth_members JOIN pg_roles AS ours ON ours.oid = roleid
JOIN pg_roles AS other ON other.oid = member
WHERE ours.rolname = ANY(CAST(:roles AS text[])) AND NOT other.rolsuper
  AND other.rolname <> ALL(CAST(:roles AS text[])) AND other.rolname <> current_user
  AND other.oid <> (SELECT datdba FROM pg_database WHERE datname = current_database())
ORDER BY 1;

-- name: expired
-- The logins whose password is none any more, each as the statement that lets it be one again.
SELECT format('ALTER ROLE %I VALID UNTIL %L', rolname, 'infinity') AS statement
FROM pg_roles WHERE rolname = ANY(CAST(:logins AS text[])) AND rolvaliduntil < now()
ORDER BY 1;
