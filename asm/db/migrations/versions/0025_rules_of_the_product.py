"""What the product last said of who gets which message: beside it, an operator's changes show.

Revisions 0014, 0015 and 0021 once wrote the rules themselves. A database that has any of them got
what stands in FORMER; one that is new gets all from the product when it is migrated.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

DEFAULTS = """
CREATE TABLE rule_default (
  name text NOT NULL CHECK (name IN ('notice_rule', 'notice_time', 'notice_limit')),
  key text NOT NULL,
  value jsonb NOT NULL,
  PRIMARY KEY (name, key)
);
"""
FORMER = """
SELECT 'notice_rule' AS name, concat_ws('/', topic, role, channel) AS key,
  jsonb_build_object('pace', pace, 'duty', channel = 'inbox' AND topic <> 'receipt') AS value
FROM (
  SELECT topic, role, channel, pace FROM (VALUES
    ('reminder.early', 'inbox', 'now'), ('reminder.early', 'email', 'offered'),
    ('reminder.early', 'web_push', 'now'), ('reminder.early', 'sms', 'offered'),
    ('reminder.early', 'zalo', 'now'), ('reminder.early', 'webhook', 'now'),
    ('reminder.last', 'inbox', 'now'), ('reminder.last', 'email', 'now'),
    ('reminder.last', 'web_push', 'now'), ('reminder.last', 'sms', 'now'),
    ('reminder.last', 'zalo', 'now'), ('reminder.last', 'webhook', 'now'),
    ('reminder.overdue', 'inbox', 'now'), ('reminder.overdue', 'email', 'now'),
    ('reminder.overdue', 'web_push', 'now'), ('reminder.overdue', 'sms', 'now'),
    ('reminder.overdue', 'zalo', 'now'), ('reminder.overdue', 'webhook', 'now'),
    ('receipt', 'inbox', 'offered'), ('receipt', 'email', 'offered'),
    ('receipt', 'webhook', 'now'),
    ('facility.returned', 'inbox', 'now'), ('facility.returned', 'email', 'waking'),
    ('facility.returned', 'web_push', 'waking'), ('facility.returned', 'sms', 'waking'),
    ('facility.returned', 'zalo', 'waking'), ('facility.returned', 'webhook', 'now'),
    ('facility.activated', 'inbox', 'now'), ('facility.activated', 'email', 'waking'),
    ('facility.activated', 'web_push', 'waking'), ('facility.activated', 'sms', 'waking'),
    ('facility.activated', 'zalo', 'waking'), ('facility.activated', 'webhook', 'now'),
    ('outage', 'webhook', 'now')
  ) AS host (topic, channel, pace),
  unnest(ARRAY['receptionist', 'landlord', 'hospital_clerk', 'hotel_system']) AS role
  UNION ALL
  SELECT topic, 'ward_officer', channel, pace FROM (VALUES
    ('flag.high', 'inbox', 'now'), ('flag.high', 'email', 'now'), ('flag.high', 'web_push', 'now'),
    ('flag.high', 'sms', 'offered'), ('flag.high', 'zalo', 'offered'),
    ('flag.medium', 'inbox', 'now'), ('flag.medium', 'email', 'offered'),
    ('flag.medium', 'web_push', 'waking'),
    ('flag.low', 'web_push', 'offered'),
    ('flag.digest', 'inbox', 'now'), ('flag.digest', 'email', 'waking')
  ) AS ward (topic, channel, pace)
  UNION ALL
  SELECT 'outage', role, channel, pace FROM (VALUES ('inbox', 'now'), ('email', 'now'),
    ('web_push', 'now'), ('sms', 'offered'), ('zalo', 'waking')) AS outage (channel, pace),
  unnest(ARRAY['receptionist', 'landlord', 'hospital_clerk', 'hotel_system', 'ward_officer',
    'administrator', 'provincial_officer']) AS role
) AS rule
UNION ALL
SELECT 'notice_time', topic, jsonb_build_object('starts', starts::time, 'ends', ends::time)
FROM (VALUES
  ('reminder.early', '21:30', '22:30'), ('reminder.last', '22:30', '23:00'),
  ('reminder.overdue', '23:00', '00:30'), ('flag.digest', '07:30', '12:00')
) AS hours (topic, starts, ends)
UNION ALL
SELECT 'notice_limit', channel, jsonb_build_object('per_hour', per_hour, 'per_day', per_day)
FROM (VALUES
  ('email', 30, 200), ('web_push', 60, 400), ('sms', 6, 20), ('zalo', 12, 60),
  ('webhook', 20000, 300000)
) AS most (channel, per_hour, per_day)
"""


def upgrade() -> None:
    op.execute(DEFAULTS)
    op.execute(
        f"INSERT INTO rule_default (name, key, value) SELECT was.* FROM ({FORMER}) AS was "
        "WHERE EXISTS (SELECT FROM notice_rule) OR EXISTS (SELECT FROM notice_time) "
        "OR EXISTS (SELECT FROM notice_limit)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE rule_default")
