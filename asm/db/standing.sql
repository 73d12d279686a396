-- role: asm_api

-- name: standing
-- What the database is, and what whoever asks may do in it: also where nothing of ours is there.
WITH here AS (
  SELECT oid, to_jsonb(pg_database) AS facts, pg_encoding_to_char(encoding) AS encoding
  FROM pg_database WHERE datname = current_database()
),
me AS (SELECT rolname, rolsuper, rolinherit, rolcreaterole FROM pg_roles WHERE rolname = current_user),
ours AS (
  SELECT name, role.oid, coalesce(rolcanlogin, false) AS signs_in,
    coalesce(rolsuper OR rolbypassrls, false) AS sees_all
  FROM unnest(CAST(:roles AS text[])) AS name
  LEFT JOIN pg_roles AS role ON rolname = name
)
SELECT here.encoding,
  CASE WHEN facts ->> 'datlocprovider' IN ('i', 'b')
    THEN 'icu:' || coalesce(facts ->> 'datlocale', facts ->> 'daticulocale')
    ELSE facts ->> 'datctype' END AS locale,
  CASE WHEN facts ->> 'datlocprovider' IN ('i', 'b')
    THEN 'icu:' || coalesce(facts ->> 'datlocale', facts ->> 'daticulocale')
    ELSE facts ->> 'datcollate' END AS sorted_by,
  facts ->> 'datcollversion' IS DISTINCT FROM pg_database_collation_actual_version(here.oid)
    AS collation_changed,
  quote_ident(current_database()) AS database, quote_ident(me.rolname) AS login,
  me.rolsuper AS superuser, me.rolinherit AS inherits,
  ARRAY(SELECT name FROM ours WHERE oid IS NULL ORDER BY name) AS absent,
  ARRAY(
    SELECT name FROM ours WHERE oid IS NOT NULL AND name <> CAST(:api AS text)
    AND NOT pg_has_role(current_user, oid, 'USAGE') ORDER BY name
  ) AS not_usable,
  rolsuper OR rolcreaterole AND (
    current_setting('server_version_num')::int < 160000 OR NOT EXISTS (
      SELECT FROM ours WHERE oid IS NOT NULL AND name <> CAST(:api AS text)
      AND NOT pg_has_role(current_user, oid, 'USAGE')
      AND NOT pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION')
    )
  ) AS makes_roles,
  ARRAY(SELECT name FROM ours WHERE oid IS NOT NULL AND sees_all ORDER BY name) AS sees_all,
  ARRAY(
    SELECT name FROM ours WHERE name = ANY(CAST(:logins AS text[])) AND oid IS NOT NULL
    AND NOT signs_in ORDER BY name
  ) AS closed,
  ARRAY(
    SELECT name FROM ours WHERE name = ANY(CAST(:logins AS text[])) AND oid IS NOT NULL
    AND NOT has_database_privilege(oid, here.oid, 'CONNECT') ORDER BY name
  ) AS kept_out,
  has_database_privilege(here.oid, 'CONNECT WITH GRANT OPTION') AS lets_in,
  coalesce((
    SELECT has_database_privilege(oid, here.oid, 'CREATE')
      AND has_database_privilege(oid, here.oid, 'TEMPORARY') FROM ours WHERE name = CAST(:owner AS text)
  ), false) OR has_database_privilege(here.oid, 'CREATE WITH GRANT OPTION')
    AND has_database_privilege(here.oid, 'TEMPORARY WITH GRANT OPTION') AS hands_on_database,
  coalesce((
    SELECT has_schema_privilege(oid, to_regnamespace('public'), 'CREATE')
      AND has_schema_privilege(oid, to_regnamespace('public'), 'USAGE')
    FROM ours WHERE name = CAST(:owner AS text)
  ), false) OR coalesce(
    has_schema_privilege(to_regnamespace('public'), 'CREATE WITH GRANT OPTION')
    AND has_schema_privilege(to_regnamespace('public'), 'USAGE WITH GRANT OPTION'), false
  ) AS hands_on_schema,
  (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS postgis,
  (SELECT nspname FROM pg_extension JOIN pg_namespace AS space ON space.oid = extnamespace
   WHERE extname = 'postgis') AS postgis_schema,
  EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis') AS postgis_installed,
  EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS trigrams_installed,
  ARRAY(
    SELECT datname::text FROM pg_database AS other WHERE other.oid <> here.oid AND EXISTS (
      SELECT FROM pg_shdepend JOIN ours ON ours.oid = refobjid
      WHERE dbid = other.oid AND deptype = 'o' AND name = CAST(:owner AS text)
    ) ORDER BY 1
  ) AS also_in
FROM here, me;
