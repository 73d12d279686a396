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

-- fragment: as_it_is_set
-- A setting that is a list is kept with its parts quoted as names, and set part by part: as one
-- literal it would be one part with commas in it.
CASE WHEN s.name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries',
       'session_preload_libraries', 'shared_preload_libraries', 'unix_socket_directories')
  THEN COALESCE((
    SELECT string_agg(quote_literal(COALESCE(replace(part[1], '""', '"'), part[2])), ', ')
    FROM regexp_matches(s.value, '"((?:[^"]|"")*)"|([^,\s]+)', 'g') AS part
  ), quote_literal(s.value))
  ELSE quote_literal(s.value)
END

-- name: role_setting_statements
-- What a role of the list has set for itself.
SELECT format('ALTER ROLE %I SET %I TO %s', r.name, s.name,
-- include: as_it_is_set
) AS statement
FROM jsonb_to_recordset(CAST(:roles AS jsonb)) AS r (name text, settings text[]),
     unnest(r.settings) AS setting,
     LATERAL (SELECT split_part(setting, '=', 1) AS name,
                     substr(setting, strpos(setting, '=') + 1) AS value) AS s
WHERE r.name = ANY(:made);

-- name: membership_statements
-- Who may act as whom, where that is not so yet: as roles of the backup or PostgreSQL's own. What
-- another role may do on this server, nobody knows there.
SELECT format('GRANT %I TO %I%s', m.role, m.member,
              CASE WHEN m.admin THEN ' WITH ADMIN OPTION' ELSE '' END) AS statement
FROM jsonb_to_recordset(CAST(:memberships AS jsonb)) AS m (role text, member text, admin boolean)
JOIN pg_roles AS r ON r.rolname = m.role AND (r.rolname = ANY(:names) OR r.rolname ~ '^pg_')
JOIN pg_roles AS member ON member.rolname = m.member
WHERE NOT pg_has_role(member.oid, r.oid, 'USAGE');

-- name: database_statement
-- The database, unless it is there: from template0, which alone takes another locale.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
         CAST(:name AS text), CAST(:owner AS text), CAST(:encoding AS text),
         CAST(:collate AS text), CAST(:ctype AS text))
       || CASE CAST(:provider AS text)
            WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', CAST(:locale AS text))
            WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L',
                                 CAST(:locale AS text))
            ELSE ' LOCALE_PROVIDER libc' END AS statement
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
-- Roles that are there and may do more than those of the backup, by themselves or as members of
-- others: row-level security, say, would hold back nobody.
SELECT r.rolname FROM jsonb_to_recordset(CAST(:roles AS jsonb)) AS b (
  name text, login boolean, createrole boolean, createdb boolean, bypassrls boolean)
JOIN pg_roles AS r ON r.rolname = b.name
WHERE (r.rolbypassrls AND NOT b.bypassrls) OR (r.rolsuper AND NOT b.createrole)
  OR (r.rolcreaterole AND NOT b.createrole) OR (r.rolcreatedb AND NOT b.createdb)
  OR (r.rolcanlogin AND NOT b.login)
UNION
SELECT r.rolname FROM jsonb_to_recordset(CAST(:roles AS jsonb)) AS b (name text)
JOIN pg_roles AS r ON r.rolname = b.name
JOIN pg_auth_members AS m ON m.member = r.oid
JOIN pg_roles AS above ON above.oid = m.roleid
WHERE NOT EXISTS (
  SELECT FROM jsonb_to_recordset(CAST(:memberships AS jsonb)) AS k (role text, member text)
  WHERE k.member = r.rolname AND k.role = above.rolname)
ORDER BY 1;

-- name: hindered
-- Roles that are there and would be kept from what they could do: by an end, by fewer connections,
-- without what they are members of, or as they are set to look elsewhere.
SELECT r.rolname FROM jsonb_to_recordset(CAST(:roles AS jsonb)) AS b (
  name text, "inherit" boolean, connections integer, settings text[])
JOIN pg_roles AS r ON r.rolname = b.name
WHERE r.rolvaliduntil <= now() OR (b."inherit" AND NOT r.rolinherit)
  OR (r.rolconnlimit >= 0 AND (b.connections < 0 OR r.rolconnlimit < b.connections))
  OR EXISTS (
    SELECT FROM unnest(r.rolconfig) AS setting
    WHERE split_part(setting, '=', 1) IN ('search_path', 'role', 'default_transaction_read_only')
      AND setting <> ALL(b.settings))
ORDER BY 1;

-- name: database_differs
-- An empty database that somebody made: whose it is, and what it is like, must be as in the backup.
WITH there AS (
  SELECT datname, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding,
    datcollate, datctype, CAST(datlocprovider AS text) AS provider,
    COALESCE(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale', '') AS locale
  FROM pg_database AS d WHERE datname = :name
)
SELECT format('OWNER %s, ENCODING %s, LC_COLLATE %s, LC_CTYPE %s, LOCALE_PROVIDER %s %s', owner,
              encoding, datcollate, datctype, provider, locale)
FROM there
WHERE (owner, encoding, datcollate, datctype, provider, locale)
  IS DISTINCT FROM (CAST(:owner AS name), CAST(:encoding AS name), CAST(:collate AS text),
        CAST(:ctype AS text), CAST(:provider AS text), CAST(:locale AS text));

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
SELECT format('ALTER DATABASE %I SET %I TO %s', current_database(), s.name,
-- include: as_it_is_set
)
FROM jsonb_to_recordset(CAST(:settings AS jsonb)) AS s (name text, value text);

-- name: password_statement
-- A login that was just made gets the password that the settings have for it, as a verifier.
SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:login AS text), CAST(:verifier AS text));
