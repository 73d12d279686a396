"""The vault, stays partitioned by month of arrival, their versions and the idempotency keys."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MINE = (
    "facility_id = ANY "
    "((SELECT string_to_array(current_setting('asm.facilities', true), ','))::uuid[])"
)
WARD = "ward_code = (SELECT current_setting('asm.ward', true))"

VAULT = """
CREATE SCHEMA vault;
CREATE TABLE vault.person (
  facility_id uuid NOT NULL,
  ref uuid NOT NULL,
  ward_code text NOT NULL,
  blind_index bytea,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, ref),
  UNIQUE (facility_id, blind_index)
);
CREATE INDEX person_blind_index ON vault.person (blind_index);
CREATE TABLE vault.guest_record (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  ward_code text NOT NULL,
  person_ref uuid NOT NULL,
  key_id text NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, id)
);
GRANT USAGE ON SCHEMA vault TO asm_api, asm_worker;
GRANT SELECT, INSERT ON vault.person, vault.guest_record TO asm_api;
GRANT SELECT ON vault.person TO asm_worker;
"""

STAYS = """
CREATE TABLE stay (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  arrival_date date NOT NULL,
  ward_code text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  person_ref uuid NOT NULL,
  guest_record_id uuid NOT NULL,
  receipt_number text NOT NULL,
  arrived_at timestamptz NOT NULL,
  planned_departure_at timestamptz,
  departed_at timestamptz,
  first_night date NOT NULL,
  end_night date,
  hourly boolean NOT NULL,
  room_name text,
  reason integer,
  foreigner boolean NOT NULL,
  no_papers boolean NOT NULL,
  nationality text NOT NULL,
  residence_province text,
  residence_country text NOT NULL,
  tourism boolean NOT NULL,
  superseded_from date,
  received_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  on_time boolean NOT NULL,
  via text NOT NULL,
  declared_by uuid NOT NULL,
  voided_at timestamptz,
  void_reason text,
  PRIMARY KEY (facility_id, id, arrival_date)
) PARTITION BY RANGE (arrival_date);
-- Uniqueness is per facility: a wider one would tell one hotel who sleeps in another.
CREATE UNIQUE INDEX stay_natural_key ON stay (facility_id, person_ref, arrival_date)
  WHERE voided_at IS NULL;
CREATE INDEX stay_ward_night ON stay (ward_code, first_night);
-- Who is still there tonight: few rows end after today, however many began before.
CREATE INDEX stay_ward_end ON stay (ward_code, end_night) WHERE voided_at IS NULL;
CREATE INDEX stay_facility_arrival ON stay (facility_id, arrived_at);
CREATE TABLE stay_other PARTITION OF stay DEFAULT;
ALTER TABLE stay_other ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE FUNCTION ensure_stay_partitions(first_month date, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE made integer := 0; month date; part text;
BEGIN
  FOR step IN 0 .. months - 1 LOOP
    month := (date_trunc('month', first_month) + make_interval(months => step))::date;
    part := 'stay_' || to_char(month, 'YYYYMM');
    IF to_regclass('public.' || part) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF stay FOR VALUES FROM (%L) TO (%L)',
        part, month, (month + interval '1 month')::date);
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION ensure_stay_partitions(date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_stay_partitions(date, integer) TO asm_worker;
SELECT ensure_stay_partitions((current_date - interval '3 months')::date, 7);

CREATE TABLE stay_version (
  facility_id uuid NOT NULL,
  stay_id uuid NOT NULL,
  version integer NOT NULL,
  ward_code text NOT NULL,
  change text NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by uuid NOT NULL,
  via text NOT NULL,
  guest_record_id uuid NOT NULL,
  content jsonb NOT NULL,
  note text,
  salt bytea NOT NULL,
  receipt bytea NOT NULL,
  PRIMARY KEY (facility_id, stay_id, version)
);
CREATE TABLE idempotency (
  facility_id uuid NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  outcome jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (facility_id, key)
);
GRANT SELECT, INSERT, UPDATE ON stay TO asm_api;
GRANT SELECT, INSERT ON stay_version, idempotency TO asm_api;
GRANT SELECT ON stay, stay_version TO asm_worker;
GRANT UPDATE (superseded_from) ON stay TO asm_worker;
GRANT UPDATE (outcome) ON idempotency TO asm_api;
GRANT DELETE ON idempotency TO asm_worker;
GRANT SELECT ON idempotency TO asm_worker;
"""


def secure(table: str, *, ward_reads: bool) -> str:
    """Members write and read; the ward's officer reads; the worker sees all."""
    name = table.rsplit(".", maxsplit=1)[-1]
    policies = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {name}_members ON {table} TO asm_api USING ({MINE})",
        f"CREATE POLICY {name}_worker ON {table} TO asm_worker USING (true)",
    ]
    if ward_reads:
        policies.append(
            f"CREATE POLICY {name}_ward ON {table} FOR SELECT TO asm_api USING ({WARD})"
        )
    return ";\n".join(policies)


def upgrade() -> None:
    op.execute(VAULT)
    op.execute(STAYS)
    for table in ("vault.person", "vault.guest_record", "stay", "stay_version"):
        op.execute(secure(table, ward_reads=True))
    op.execute(secure("idempotency", ward_reads=False))


def downgrade() -> None:
    op.execute("DROP TABLE idempotency, stay_version, stay")
    op.execute("DROP FUNCTION ensure_stay_partitions(date, integer)")
    op.execute("DROP TABLE vault.guest_record, vault.person")
    op.execute("DROP SCHEMA vault")
