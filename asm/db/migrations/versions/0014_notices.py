"""Messages to people, how each went out, where people can be reached, and who gets what."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ME = "(SELECT nullif(current_setting('asm.actor', true), '')::uuid)"

MESSAGES = """
CREATE TABLE message (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  topic text NOT NULL,
  event_key text NOT NULL,
  facts jsonb NOT NULL DEFAULT '{}',
  link text,
  in_inbox boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz,
  read_at timestamptz,
  PRIMARY KEY (facility_id, id),
  UNIQUE (facility_id, account_id, event_key)
);
CREATE INDEX message_inbox ON message (account_id, created_at DESC, id DESC) WHERE in_inbox;
CREATE INDEX message_unread ON message (account_id) WHERE in_inbox AND read_at IS NULL;
CREATE INDEX message_created ON message USING brin (created_at);
CREATE TABLE delivery (
  facility_id uuid NOT NULL,
  id uuid NOT NULL,
  message_id uuid NOT NULL,
  account_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  channel text NOT NULL CHECK (channel IN ('email', 'web_push', 'sms', 'zalo', 'webhook')),
  status text NOT NULL DEFAULT 'queued'
    CHECK (status IN ('queued', 'sent', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  leased_until timestamptz,
  last_attempt_at timestamptz,
  settled_at timestamptz,
  failure text,
  permanent boolean,
  provider_reference text,
  PRIMARY KEY (facility_id, id),
  UNIQUE (facility_id, message_id, contact_id)
);
CREATE INDEX delivery_due ON delivery (channel, next_attempt_at) WHERE status = 'queued';
CREATE INDEX delivery_contact ON delivery (contact_id, last_attempt_at);
CREATE INDEX delivery_account ON delivery (account_id, message_id);
CREATE TABLE contact (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account,
  channel text NOT NULL CHECK (channel IN ('email', 'web_push', 'sms', 'zalo', 'webhook')),
  sealed bytea NOT NULL,
  digest bytea NOT NULL,
  hint text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  confirmed_at timestamptz,
  removed_at timestamptz,
  removed_why text,
  UNIQUE (account_id, channel, digest)
);
"""

# What stands in the rules, times and limits is data of the product, not of this revision (0025).
WHO_GETS_WHAT = """
CREATE TABLE notice_rule (
  topic text NOT NULL,
  role text NOT NULL,
  channel text NOT NULL,
  pace text NOT NULL CHECK (pace IN ('now', 'waking', 'offered')),
  duty boolean NOT NULL DEFAULT false,
  PRIMARY KEY (topic, role, channel)
);
CREATE TABLE notice_time (
  topic text PRIMARY KEY,
  starts time NOT NULL,
  ends time NOT NULL
);
CREATE TABLE notice_run (
  topic text NOT NULL,
  night date NOT NULL,
  done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, night)
);
CREATE TABLE notice_limit (
  channel text PRIMARY KEY,
  per_hour integer NOT NULL CHECK (per_hour > 0),
  per_day integer NOT NULL CHECK (per_day > 0)
);
CREATE TABLE notice_preference (
  account_id uuid NOT NULL REFERENCES account,
  topic text NOT NULL,
  channel text NOT NULL,
  wanted boolean NOT NULL,
  PRIMARY KEY (account_id, topic, channel)
);
CREATE TABLE notice_hours (
  account_id uuid PRIMARY KEY REFERENCES account,
  quiet_from time NOT NULL,
  quiet_until time NOT NULL
);
CREATE TABLE announcement (
  id uuid PRIMARY KEY,
  said text NOT NULL,
  said_en text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

SECURITY = f"""
ALTER TABLE message ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY message_mine ON message TO asm_api USING (account_id = {ME});
CREATE POLICY message_worker ON message TO asm_worker USING (true);
CREATE POLICY message_count ON message FOR SELECT TO asm_owner USING (true);
ALTER TABLE delivery ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY delivery_mine ON delivery FOR SELECT TO asm_api USING (account_id = {ME});
CREATE POLICY delivery_worker ON delivery TO asm_worker USING (true);
ALTER TABLE contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY contact_mine ON contact TO asm_api USING (account_id = {ME});
CREATE POLICY contact_worker ON contact TO asm_worker USING (true);
ALTER TABLE notice_preference ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY notice_preference_mine ON notice_preference TO asm_api USING (account_id = {ME});
CREATE POLICY notice_preference_worker ON notice_preference TO asm_worker USING (true);
ALTER TABLE notice_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY notice_hours_mine ON notice_hours TO asm_api USING (account_id = {ME});
CREATE POLICY notice_hours_worker ON notice_hours TO asm_worker USING (true);
GRANT SELECT ON message, delivery TO asm_api;
GRANT UPDATE (read_at) ON message TO asm_api;
GRANT SELECT, INSERT, UPDATE ON contact TO asm_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice_preference, notice_hours TO asm_api;
GRANT SELECT ON notice_rule, notice_time, notice_limit TO asm_api, asm_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON message, delivery TO asm_worker;
GRANT SELECT ON contact, notice_preference, notice_hours TO asm_worker;
GRANT UPDATE (removed_at, removed_why) ON contact TO asm_worker;
GRANT SELECT, INSERT, DELETE ON notice_run TO asm_worker;
GRANT SELECT, INSERT ON announcement TO asm_worker;
GRANT SELECT (disabled_at) ON account TO asm_worker;
"""

# Counts alone, up to 100: for the mark beside the inbox, before a scope is opened.
UNREAD = """
CREATE FUNCTION unread_messages(accounts uuid[])
RETURNS TABLE (account_id uuid, unread bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT asked, (SELECT count(*) FROM (
    SELECT FROM message WHERE message.account_id = asked AND in_inbox AND read_at IS NULL LIMIT 100
  ) AS counted) FROM unnest(accounts) AS asked
$$;
REVOKE ALL ON FUNCTION unread_messages(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unread_messages(uuid[]) TO asm_api;
"""

# A ward's officer tells the facility's people through the outbox, about places of the ward alone.
DECISIONS = """
CREATE POLICY outbox_ward ON outbox FOR INSERT TO asm_api
  WITH CHECK (topic = 'facility.decided' AND facility_id = ANY (ARRAY(
    SELECT id FROM facility WHERE ward_code = (SELECT current_setting('asm.ward', true)))));
"""

# An account adds an address: the worker sends there the link that confirms it. Who opens a link
# that we signed need not be signed in, so the owner's functions do what it says.
CONTACTS = """
CREATE POLICY outbox_contact ON outbox FOR INSERT TO asm_api
  WITH CHECK (topic = 'contact.added' AND facility_id = '00000000-0000-0000-0000-000000000000');
CREATE POLICY contact_owner ON contact TO asm_owner USING (true);
CREATE FUNCTION confirm_contact(asked uuid) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE contact SET confirmed_at = coalesce(confirmed_at, clock_timestamp())
  WHERE id = asked AND removed_at IS NULL RETURNING channel
$$;
CREATE FUNCTION leave_contact(asked uuid) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE contact SET removed_at = coalesce(removed_at, clock_timestamp()),
    removed_why = coalesce(removed_why, 'left')
  WHERE id = asked RETURNING channel
$$;
REVOKE ALL ON FUNCTION confirm_contact(uuid), leave_contact(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION confirm_contact(uuid), leave_contact(uuid) TO asm_api;
"""

# What was raised before notices existed counts as told: nobody gets a year's flags in one night.
FLAGS = """
ALTER TABLE flag ADD COLUMN told_at timestamptz DEFAULT now();
ALTER TABLE flag ALTER COLUMN told_at DROP DEFAULT;
CREATE INDEX flag_untold ON flag (raised_at) WHERE closed_at IS NULL AND dismissed_at IS NULL
  AND (told_at IS NULL OR told_at < raised_at);
"""


def upgrade() -> None:
    op.execute(MESSAGES)
    op.execute(WHO_GETS_WHAT)
    op.execute(SECURITY)
    op.execute(UNREAD)
    op.execute(DECISIONS)
    op.execute(CONTACTS)
    op.execute(FLAGS)


def downgrade() -> None:
    op.execute("DROP INDEX flag_untold")
    op.execute("ALTER TABLE flag DROP COLUMN told_at")
    op.execute("DROP FUNCTION confirm_contact(uuid), leave_contact(uuid)")
    op.execute("DROP POLICY outbox_ward ON outbox")
    op.execute("DROP POLICY outbox_contact ON outbox")
    op.execute("DROP FUNCTION unread_messages(uuid[])")
    op.execute("REVOKE SELECT (disabled_at) ON account FROM asm_worker")
    op.execute(
        "DROP TABLE announcement, notice_hours, notice_preference, notice_limit, notice_run, "
        "notice_time, notice_rule, contact, delivery, message"
    )
