-- role: superuser
-- name: role_statements
-- The roles that are wanting here, without passwords: nobody signs in with them yet.
SELECT format('CREATE ROLE %I %s %s %s %s %s CONNECTION LIMIT %s', r.name,
         CASE WHEN r.login THEN 'LOGIN' ELSE 'NOLOGIN' END,
         CASE WHEN r.inherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
         CASE WHEN r.createrole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
         CASE WHEN r.createdb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
         CASE WHEN r.bypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, r.connections) AS statement,
       r.name
FROM jsonb_to_recordset(CAST(:roles AS jsonb)) AS r (
  name text, login boolean, "inherit" boolean, createrole boolean, createdb boolean,
  bypassrls boolean, connections integer)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.name);

-- name: role_setting_statements
-- What a role of the list has set for itself.
SELECT format('ALTER ROLE %I SET %I TO %L', r.name, split_part(setting, '=', 1),
              substr(setting, strpos(setting, '=') + 1)) AS statement
FROM jsonb_to_recordset(CAST(:roles AS jsonb)) AS r (name text, settings text[]),
     unnest(r.settings) AS setting
WHERE r.name = ANY(:made);

-- name: membership_statements
-- Who may act as whom, where that is not so yet.
SELECT format('GRANT %I TO %I%s', m.role, m.member,
              CASE WHEN m.admin THEN ' WITH ADMIN OPTION' ELSE '' END) AS statement
FROM jsonb_to_recordset(CAST(:memberships AS jsonb)) AS m (role text, member text, admin boolean)
WHERE NOT pg_has_role(m.member, m.role, 'USAGE');

-- name: database_statement
-- The database, unless it is there: from template0, which alone takes another locale.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
         CAST(:name AS text), CAST(:owner AS text), CAST(:encoding AS text),
         CAST(:collate AS text), CAST(:ctype AS text)) AS statement
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :name);

-- name: database_there
-- Whether there is a database of that name.
SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name);

-- name: mark_statement
-- What the database says of itself until everything was compared; afterwards nothing.
SELECT format('COMMENT ON DATABASE %I IS %L', CAST(:name AS text), CAST(:mark AS text));

-- name: mark
-- What it says.
SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :name;

-- name: logins
-- Who of them may sign in, and what the password is checked by.
SELECT rolname AS name, rolcanlogin AS login, rolpassword AS verifier
FROM pg_authid WHERE rolname = ANY(:names) ORDER BY 1;

-- name: beyond
-- Roles that are there and may do more than those of the backup: row-level security, say, would
-- hold back nobody.
SELECT r.rolname FROM jsonb_to_recordset(CAST(:roles AS jsonb)) AS b (
  name text, login boolean, createrole boolean, createdb boolean, bypassrls boolean)
JOIN pg_roles AS r ON r.rolname = b.name
WHERE (r.rolbypassrls AND NOT b.bypassrls) OR (r.rolsuper AND NOT b.createrole)
  OR (r.rolcreaterole AND NOT b.createrole) OR (r.rolcreatedb AND NOT b.createdb)
  OR (r.rolcanlogin AND NOT b.login)
ORDER BY 1;

-- name: database_right_statements
-- What a dump says nothing of: who may do what with the database, and its settings.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database())
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s', r.privilege, current_database(),
              CASE WHEN r.role = '' THEN 'PUBLIC' ELSE quote_ident(r.role) END)
FROM jsonb_to_recordset(CAST(:rights AS jsonb)) AS r (role text, privilege text)
WHERE r.privilege IN ('CREATE', 'CONNECT', 'TEMPORARY')
  AND (r.role = '' OR EXISTS (SELECT FROM pg_roles WHERE rolname = r.role))
UNION ALL
SELECT format('ALTER DATABASE %I SET %I TO %L', current_database(), s.name, s.value)
FROM jsonb_to_recordset(CAST(:settings AS jsonb)) AS s (name text, value text);

-- name: password_statement
-- A login that was just made gets the password that the settings have for it, as a verifier.
SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:login AS text), CAST(:verifier AS text));
