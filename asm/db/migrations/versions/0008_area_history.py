"""Areas with a history: former forms, dated events, other codes, and where facilities were."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WARD = "(SELECT current_setting('asm.ward', true))"
MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
)
FORMERLY_HERE = f"ANY (ARRAY(SELECT facility_id FROM facility_ward_past WHERE ward_code = {WARD}))"

# A row of ward or province is its newest form. What it was before stands here, so that every
# query about today reads what it always read. A boundary that did not change is not repeated.
AREAS = """
CREATE TABLE area_event (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('renamed', 'merged', 'split', 'boundary_moved')),
  happened_on date NOT NULL,
  title text NOT NULL,
  source text NOT NULL,
  sha256 text NOT NULL UNIQUE,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE area_event_unit (
  event_id uuid NOT NULL REFERENCES area_event,
  level text NOT NULL CHECK (level IN ('province', 'ward')),
  code text NOT NULL,
  role text NOT NULL CHECK (role IN ('before', 'after')),
  PRIMARY KEY (event_id, level, code, role)
);
CREATE INDEX area_event_unit_code ON area_event_unit (level, code);
CREATE TABLE province_former (
  code text NOT NULL REFERENCES province,
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('city', 'province')),
  folded text NOT NULL,
  event_id uuid REFERENCES area_event,
  PRIMARY KEY (code, valid_from),
  CHECK (valid_from < valid_to)
);
CREATE TABLE ward_former (
  code text NOT NULL REFERENCES ward,
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  province_code text NOT NULL REFERENCES province,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('xa', 'phuong', 'dac_khu')),
  folded text NOT NULL,
  boundary geometry(MultiPolygon, 4326),
  boundary_source text,
  boundary_approximate boolean,
  event_id uuid REFERENCES area_event,
  PRIMARY KEY (code, valid_from),
  CHECK (valid_from < valid_to)
);
CREATE INDEX ward_former_boundary ON ward_former USING gist (boundary);
CREATE TABLE area_alias (
  level text NOT NULL CHECK (level IN ('province', 'ward')),
  code text NOT NULL,
  scheme text NOT NULL CHECK (scheme ~ '^[a-z][a-z0-9_]{1,30}$'),
  alias text NOT NULL CHECK (length(alias) BETWEEN 1 AND 60),
  valid_from date NOT NULL,
  valid_to date,
  source text NOT NULL,
  PRIMARY KEY (level, scheme, alias, valid_from),
  CHECK (valid_to IS NULL OR valid_from < valid_to)
);
CREATE INDEX area_alias_code ON area_alias (level, code);
ALTER TABLE ward ADD COLUMN boundary_load_id uuid;
ALTER TABLE boundary_load ADD COLUMN provenance text;
GRANT SELECT ON area_event, area_event_unit, province_former, ward_former, area_alias
  TO asm_api, asm_worker, asm_keeper;
GRANT SELECT ON ward, province TO asm_keeper;
"""

FORMS = """
CREATE FUNCTION provinces_on(day date)
RETURNS TABLE (code text, name text, kind text, folded text, valid_from date, valid_to date)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT p.code, p.name, p.kind, p.folded, p.valid_from, p.valid_to FROM province p
  WHERE p.valid_from <= day AND (p.valid_to IS NULL OR p.valid_to > day)
  UNION ALL
  SELECT f.code, f.name, f.kind, f.folded, f.valid_from, f.valid_to FROM province_former f
  WHERE f.valid_from <= day AND f.valid_to > day
$$;
CREATE FUNCTION wards_on(day date)
RETURNS TABLE (code text, province_code text, name text, kind text, folded text,
  boundary geometry, boundary_approximate boolean, valid_from date, valid_to date)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT w.code, w.province_code, w.name, w.kind, w.folded, w.boundary, w.boundary_approximate,
    w.valid_from, w.valid_to FROM ward w
  WHERE w.valid_from <= day AND (w.valid_to IS NULL OR w.valid_to > day)
  UNION ALL
  SELECT f.code, f.province_code, f.name, f.kind, f.folded,
    coalesce(f.boundary, later.boundary, w.boundary),
    coalesce(f.boundary_approximate, later.boundary_approximate, w.boundary_approximate),
    f.valid_from, f.valid_to
  FROM ward_former f JOIN ward w ON w.code = f.code
  LEFT JOIN LATERAL (
    SELECT l.boundary, l.boundary_approximate FROM ward_former l
    WHERE l.code = f.code AND l.valid_from > f.valid_from AND l.boundary IS NOT NULL
    ORDER BY l.valid_from LIMIT 1
  ) later ON true
  WHERE f.valid_from <= day AND f.valid_to > day
$$;
REVOKE ALL ON FUNCTION provinces_on(date), wards_on(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION provinces_on(date), wards_on(date) TO asm_api, asm_worker, asm_keeper;
"""

# facility.ward_code is the ward of today, since ward_since (NULL: since it was registered).
ASSIGNMENTS = f"""
ALTER TABLE facility ADD COLUMN ward_since date;
CREATE TABLE facility_ward_past (
  facility_id uuid NOT NULL,
  ward_code text NOT NULL REFERENCES ward,
  valid_from date,
  valid_to date NOT NULL,
  event_id uuid REFERENCES area_event,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, valid_to),
  CHECK (valid_from < valid_to)
);
CREATE INDEX facility_ward_past_ward ON facility_ward_past (ward_code);
ALTER TABLE facility_ward_past ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY facility_ward_past_members ON facility_ward_past FOR SELECT TO asm_api USING ({MINE});
CREATE POLICY facility_ward_past_ward ON facility_ward_past FOR SELECT TO asm_api
  USING (ward_code = {WARD});
CREATE POLICY facility_ward_past_worker ON facility_ward_past TO asm_worker USING (true);
CREATE POLICY facility_ward_past_keeper ON facility_ward_past TO asm_keeper USING (true);
GRANT SELECT ON facility_ward_past TO asm_api, asm_worker;
GRANT SELECT, INSERT ON facility_ward_past TO asm_keeper;

-- A guest who was there on the day of the change: the ward before keeps its nights of before.
-- Whoever looks for such stays begins at the facilities that moved: no index over all stays.
ALTER TABLE stay ADD COLUMN former_ward_code text, ADD COLUMN ward_since date;
CREATE POLICY stay_former_ward ON stay FOR SELECT TO asm_api USING (former_ward_code = {WARD});
CREATE POLICY facility_former_ward ON facility FOR SELECT TO asm_api USING (id = {FORMERLY_HERE});
CREATE POLICY room_former_ward ON room FOR SELECT TO asm_api
  USING (facility_id = {FORMERLY_HERE});
CREATE POLICY closure_former_ward ON closure FOR SELECT TO asm_api
  USING (facility_id = {FORMERLY_HERE});
"""

# The keeper moves facilities and running stays to the ward they are in now, and reads no more of
# them than that takes.
KEEPER = """
GRANT SELECT (id, ward_code, ward_since, point), UPDATE (ward_code, ward_since) ON facility
  TO asm_keeper;
CREATE POLICY facility_keeper ON facility TO asm_keeper USING (true);
GRANT SELECT (facility_id, ward_code), UPDATE (ward_code) ON digital_address TO asm_keeper;
CREATE POLICY digital_address_keeper ON digital_address TO asm_keeper USING (true);
GRANT SELECT (facility_id, id, arrival_date, ward_code, person_ref, first_night, end_night, hourly,
  former_ward_code, ward_since), UPDATE (ward_code, former_ward_code, ward_since) ON stay
  TO asm_keeper;
CREATE POLICY stay_keeper ON stay TO asm_keeper USING (true);
GRANT SELECT (facility_id, stay_id, guest_record_id, ward_code), UPDATE (ward_code)
  ON stay_version TO asm_keeper;
CREATE POLICY stay_version_keeper ON stay_version TO asm_keeper USING (true);
GRANT SELECT (facility_id, stay_id, ward_code), UPDATE (ward_code) ON identity_check, flag
  TO asm_keeper;
CREATE POLICY identity_check_keeper ON identity_check TO asm_keeper USING (true);
CREATE POLICY flag_keeper ON flag TO asm_keeper USING (true);
GRANT UPDATE (ward_code) ON vault.person, vault.guest_record TO asm_keeper;
GRANT SELECT (id, role, ward_code, disabled_at) ON account TO asm_keeper;
"""

UNKEEP = """
REVOKE ALL ON facility, digital_address, stay, stay_version, identity_check, flag, account, ward,
  province FROM asm_keeper;
REVOKE UPDATE (ward_code) ON vault.person, vault.guest_record FROM asm_keeper;
DROP POLICY facility_keeper ON facility;
DROP POLICY digital_address_keeper ON digital_address;
DROP POLICY stay_keeper ON stay;
DROP POLICY stay_version_keeper ON stay_version;
DROP POLICY identity_check_keeper ON identity_check;
DROP POLICY flag_keeper ON flag;
DROP POLICY closure_former_ward ON closure;
DROP POLICY room_former_ward ON room;
DROP POLICY facility_former_ward ON facility;
DROP POLICY stay_former_ward ON stay;
"""


def upgrade() -> None:
    for part in (AREAS, FORMS, ASSIGNMENTS, KEEPER):
        op.execute(part)


def downgrade() -> None:
    op.execute(UNKEEP)
    op.execute("ALTER TABLE stay DROP COLUMN former_ward_code, DROP COLUMN ward_since")
    op.execute("ALTER TABLE facility DROP COLUMN ward_since")
    op.execute("DROP FUNCTION wards_on(date), provinces_on(date)")
    op.execute("ALTER TABLE ward DROP COLUMN boundary_load_id")
    op.execute("ALTER TABLE boundary_load DROP COLUMN provenance")
    op.execute(
        "DROP TABLE facility_ward_past, area_alias, ward_former, province_former, "
        "area_event_unit, area_event"
    )
