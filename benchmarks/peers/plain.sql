-- What the peers write, and the plain three rows of pgbench: no vault, no versions, no receipts.
CREATE TABLE stay (
  id uuid PRIMARY KEY,
  facility_id uuid NOT NULL,
  full_name text NOT NULL,
  birth_date date NOT NULL,
  sex text NOT NULL,
  document_type integer NOT NULL,
  document_number text NOT NULL,
  residence_kind integer NOT NULL,
  residence_province text NOT NULL,
  arrived_at timestamptz NOT NULL,
  planned_departure_at timestamptz NOT NULL,
  room text NOT NULL,
  reason integer NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE INDEX stay_facility_arrival ON stay (facility_id, arrived_at);
CREATE TABLE audit_entry (
  id uuid PRIMARY KEY,
  stay_id uuid NOT NULL REFERENCES stay,
  at timestamptz NOT NULL,
  action text NOT NULL,
  details jsonb NOT NULL
);
CREATE TABLE outbox (
  id uuid PRIMARY KEY,
  topic text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
