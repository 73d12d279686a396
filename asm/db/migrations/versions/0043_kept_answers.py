"""Answers of an account's requests, kept for whoever sends the same again."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

ME = "(SELECT nullif(current_setting('asm.actor', true), '')::uuid)"

ANSWERS = f"""
CREATE TABLE account_answer (
  account_id uuid NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  sealed bytea,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, key)
);
CREATE INDEX account_answer_created ON account_answer (created_at);
ALTER TABLE account_answer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY account_answer_own ON account_answer TO asm_api
  USING (account_id = {ME}) WITH CHECK (account_id = {ME});
CREATE POLICY account_answer_worker ON account_answer TO asm_worker USING (true);
GRANT SELECT, INSERT, UPDATE (sealed) ON account_answer TO asm_api;
GRANT SELECT (account_id, key, created_at), DELETE ON account_answer TO asm_worker;
"""


def upgrade() -> None:
    op.execute(ANSWERS)


def downgrade() -> None:
    op.execute("DROP TABLE account_answer")
