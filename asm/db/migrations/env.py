"""Run migrations as the owner role, one at a time, never waiting long for a busy table."""

from alembic import context
from sqlalchemy import Connection, text

# The extension needs a superuser (or rds_superuser and the like) unless it is there, and roles one
# who may create roles; tables neither. USAGE, not MEMBER: from PostgreSQL 16 on who makes a role is
# a member that may not yet act as it. Commands of the operator act as the keeper and the worker.
BOOTSTRAP = """
DO $$
DECLARE name text;
BEGIN
  PERFORM pg_advisory_xact_lock(7265460);
  FOREACH name IN ARRAY ARRAY['asm_owner', 'asm_api', 'asm_worker', 'asm_keeper'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
  FOREACH name IN ARRAY ARRAY['asm_owner', 'asm_keeper', 'asm_worker'] LOOP
    IF NOT pg_has_role(current_user, name, 'USAGE') THEN
      EXECUTE format('GRANT %I TO %I', name, current_user);
    END IF;
  END LOOP;
END $$;
CREATE EXTENSION IF NOT EXISTS postgis;
GRANT USAGE, CREATE ON SCHEMA public TO asm_owner;
GRANT USAGE ON SCHEMA public TO asm_api, asm_worker;
DO $$ BEGIN
  EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO asm_owner', current_database());
END $$;
"""


def run(connection: Connection) -> None:
    """Hold one lock for the whole run, so that two deploys cannot migrate at once."""
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '15min'"))
    connection.execute(text("SELECT pg_advisory_lock(7265461)"))
    connection.execute(text(BOOTSTRAP))
    connection.execute(text("SET ROLE asm_owner"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("RESET ROLE"))
    connection.execute(text("SELECT pg_advisory_unlock(7265461)"))
    connection.commit()


run(context.config.attributes["connection"])
