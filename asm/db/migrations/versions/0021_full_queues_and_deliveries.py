"""Times in which declarations were refused by full queues; what providers say of deliveries later,
and how many there were; telling hosts that their facility may declare.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CAUSES = """
ALTER TABLE incident DROP CONSTRAINT incident_cause_check;
ALTER TABLE incident ADD CONSTRAINT incident_cause_check
  CHECK (cause IN ('database_unreachable', 'queue_full', 'declared'));
"""
# NOT VALID: incidents of that cause stay in the log.
FORMER_CAUSES = """
ALTER TABLE incident DROP CONSTRAINT incident_cause_check;
ALTER TABLE incident ADD CONSTRAINT incident_cause_check
  CHECK (cause IN ('database_unreachable', 'declared')) NOT VALID;
"""
# A web process writes every few seconds while it refuses; the worker makes incidents of it and
# removes it. Nothing of whom it refused.
REFUSALS = """
CREATE TABLE intake_refusal (
  process text NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL CHECK (last_at >= first_at),
  refused integer NOT NULL,
  PRIMARY KEY (process, first_at)
);
GRANT INSERT ON intake_refusal TO asm_api;
GRANT SELECT, DELETE ON intake_refusal TO asm_worker;
"""
# A provider calls back under the id that it was given. `sent` becomes `delivered` or `failed`,
# once; it may be told before the worker has written that it was sent.
DELIVERIES = """
CREATE TABLE delivery_total (
  channel text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('sent', 'delivered', 'retried', 'failed')),
  counted bigint NOT NULL,
  PRIMARY KEY (channel, outcome)
);
GRANT SELECT ON delivery_total TO asm_api;
GRANT SELECT, INSERT, UPDATE ON delivery_total TO asm_worker;
CREATE INDEX delivery_by_provider ON delivery (id) WHERE channel IN ('sms', 'zalo');
CREATE POLICY delivery_owner ON delivery TO asm_owner USING (true);
CREATE FUNCTION hear_of_delivery(told_channel text, told_id uuid, told_status text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH heard AS (
    UPDATE delivery SET status = told_status, leased_until = NULL,
      attempts = attempts + CASE status WHEN 'queued' THEN 1 ELSE 0 END,
      settled_at = clock_timestamp(),
      failure = CASE told_status WHEN 'failed' THEN 'provider_undeliverable' END,
      permanent = CASE told_status WHEN 'failed' THEN true END
    WHERE id = told_id AND channel = told_channel AND channel IN ('sms', 'zalo')
      AND told_status IN ('delivered', 'failed')
      AND (status = 'sent' OR (status = 'queued' AND leased_until IS NOT NULL))
    RETURNING channel, status
  )
  INSERT INTO delivery_total AS known (channel, outcome, counted)
  SELECT channel, status, 1 FROM heard
  ON CONFLICT (channel, outcome) DO UPDATE SET counted = known.counted + 1
$$;
CREATE FUNCTION deliveries_waiting() RETURNS TABLE (channel text, waiting bigint, oldest_s float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT channel, count(*), greatest(0, extract(epoch FROM clock_timestamp()
    - min(next_attempt_at)))::float8
  FROM delivery WHERE status = 'queued' GROUP BY channel
$$;
REVOKE ALL ON FUNCTION hear_of_delivery(text, uuid, text), deliveries_waiting() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hear_of_delivery(text, uuid, text), deliveries_waiting() TO asm_api;
"""
ACTIVATED = """
INSERT INTO notice_rule (topic, role, channel, pace, duty)
SELECT 'facility.activated', role, channel, pace, duty FROM notice_rule
WHERE topic = 'facility.returned';
CREATE POLICY outbox_activated ON outbox FOR INSERT TO asm_api
  WITH CHECK (topic = 'facility.activated' AND facility_id = ANY (ARRAY(
    SELECT id FROM facility WHERE ward_code = (SELECT current_setting('asm.ward', true)))));
"""


def upgrade() -> None:
    op.execute(CAUSES)
    op.execute(REFUSALS)
    op.execute(DELIVERIES)
    op.execute(ACTIVATED)


def downgrade() -> None:
    op.execute("DROP POLICY outbox_activated ON outbox")
    op.execute("DELETE FROM notice_preference WHERE topic = 'facility.activated'")
    op.execute("DELETE FROM notice_rule WHERE topic = 'facility.activated'")
    op.execute("DROP FUNCTION deliveries_waiting()")
    op.execute("DROP FUNCTION hear_of_delivery(text, uuid, text)")
    op.execute("DROP POLICY delivery_owner ON delivery")
    op.execute("DROP INDEX delivery_by_provider")
    op.execute("DROP TABLE delivery_total, intake_refusal")
    op.execute(FORMER_CAUSES)
