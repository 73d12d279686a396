-- role: superuser
-- name: login
-- Whether it sees every row, and what runs there.
SELECT rolsuper OR rolbypassrls AS passes_by, rolsuper AS superuser, rolname AS login,
       CAST(current_setting('server_version_num') AS integer) / 10000 AS major,
       current_setting('server_version') AS version
FROM pg_roles WHERE rolname = current_user;

-- name: database
-- What a dump leaves out: who owns it, what it is made like, who may do what with it.
SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner,
       pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
       d.datlocprovider AS provider,
       -- PostgreSQL 17 gave the column another name.
       COALESCE(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale', '') AS locale,
       pg_database_size(d.oid) AS bytes,
       (SELECT jsonb_agg(jsonb_build_object('role', CASE WHEN one.grantee = 0 THEN ''
                                              ELSE pg_get_userbyid(one.grantee) END,
                                            'privilege', one.privilege_type))
        FROM aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS one) AS rights,
       COALESCE((SELECT jsonb_agg(jsonb_build_object('name', split_part(setting, '=', 1),
                          'value', substr(setting, strpos(setting, '=') + 1)))
                 FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
                 WHERE s.setdatabase = d.oid AND s.setrole = 0), '[]') AS settings
FROM pg_database AS d WHERE d.datname = current_database();

-- name: has_schema
-- Whether there is one of ASM's, vault included.
SELECT count(*) = 2 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (('public', 'alembic_version'), ('vault', 'wrapped_key'));

-- name: knows_kind
-- Whether the schema has the table that says whose database it is.
SELECT to_regclass('public.installation') IS NOT NULL;

-- name: kind
-- A real installation, or the demo.
SELECT kind FROM public.installation;

-- name: schema
-- The revision, and PostGIS.
SELECT (SELECT max(version_num) FROM public.alembic_version) AS revision,
       (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS postgis;

-- fragment: needed
-- The roles that own something here or have a right to it, and who owns the database.
needed AS (
  SELECT r.* FROM pg_roles AS r WHERE r.rolname !~ '^pg_' AND (
    r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database())
    OR (r.oid >= 16384 AND r.oid IN (
      SELECT s.refobjid FROM pg_shdepend AS s
      JOIN pg_database AS d ON d.datname = current_database()
      WHERE s.refclassid = CAST('pg_authid' AS regclass)
        AND (s.dbid = d.oid OR (s.classid = CAST('pg_database' AS regclass) AND s.objid = d.oid)))))
)

-- name: roles
-- What they may. No passwords; a superuser comes back as one who may make roles.
WITH
-- include: needed
SELECT rolname AS name, rolcanlogin AS login, rolinherit AS inherit,
       rolcreaterole OR rolsuper AS createrole, rolcreatedb OR rolsuper AS createdb,
       rolbypassrls AS bypassrls, rolconnlimit AS connections,
       COALESCE(rolconfig, CAST('{}' AS text[])) AS settings
FROM needed ORDER BY rolname;

-- name: memberships
-- Who may act as whom, roles of others included: they are compared and never made. The owner of the
-- database acts as all but the pages' login.
WITH
-- include: needed
SELECT role.rolname AS role, member.rolname AS member,
       COALESCE(bool_or(m.admin_option), false) AS admin
FROM pg_roles AS role CROSS JOIN needed AS member
LEFT JOIN pg_auth_members AS m ON m.roleid = role.oid AND m.member = member.oid
WHERE role.oid <> member.oid
  AND (m.roleid IS NOT NULL
       OR (member.rolsuper AND role.rolname = ANY(CAST(:acted_as AS text[]))))
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: lock_statement
-- Keeps every table as it is until the transaction ends: one that is rewritten meanwhile is empty
-- for a moment of before.
SELECT format('LOCK TABLE %s IN ACCESS SHARE MODE',
              string_agg(format('%I.%I', n.nspname, c.relname), ', '
                         ORDER BY n.nspname, c.relname))
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'
  AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.objid = c.oid AND e.deptype = 'e'
                  AND e.classid = CAST('pg_class' AS regclass));

-- name: rows
-- How many rows each table has; those of extensions, and what no dump takes along, left out.
SELECT n.nspname || '.' || c.relname AS name,
       CAST(CAST((xpath('/row/count/text()',
         query_to_xml(format('SELECT count(*) FROM %I.%I', n.nspname, c.relname),
                      false, true, '')))[1] AS text) AS bigint) AS count
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'
  AND (n.nspname, c.relname) <> ('public', 'last_backup')
  AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.objid = c.oid AND e.deptype = 'e'
                  AND e.classid = CAST('pg_class' AS regclass))
ORDER BY 1;

-- name: anything_there
-- What somebody made in this database: extensions and what belongs to them are nobody's.
SELECT n.nspname || '.' || c.relname AS name
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^(pg_|information_schema)'
  AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.objid = c.oid AND e.deptype = 'e'
                  AND e.classid = CAST('pg_class' AS regclass))
ORDER BY 1 LIMIT 1;

-- name: wrapped_keys
-- The vault's keys as they lie there, each wrapped by a key of vault.key.
SELECT * FROM vault.wrapped_key ORDER BY id;
