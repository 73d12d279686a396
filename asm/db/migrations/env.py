"""Run migrations as the owner role, one at a time, never waiting long for a busy table."""

from alembic import context
from sqlalchemy import Connection, text

# `asm.db.standing` looks beforehand whether each of these may be done. The extension needs a
# superuser (or rds_superuser and the like) unless it is there, and roles one who may create roles
# unless they are; what others gave `asm_owner` needs no right to hand it on. USAGE, not MEMBER:
# from PostgreSQL 16 on who makes a role is a member that may not yet act as it. Commands of the
# operator act as the keeper and the worker. The logins are let in by name: PUBLIC may lose the
# right. A cluster that began before PostgreSQL 15 lets everybody make functions in `public`, where
# those of the owner, too, look for theirs: the doctor tells of it where we may not end it.
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
CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public;
DO $$
DECLARE name text; here text = current_database();
BEGIN
  -- Servers before 15 let everybody make functions there, which the owner's own would then call.
  IF has_schema_privilege('public', 'CREATE WITH GRANT OPTION') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  END IF;
  IF has_schema_privilege('public', 'CREATE WITH GRANT OPTION')
      OR NOT has_schema_privilege('asm_owner', 'public', 'CREATE') THEN
    GRANT USAGE, CREATE ON SCHEMA public TO asm_owner;
    GRANT USAGE ON SCHEMA public TO asm_api, asm_worker;
  END IF;
  IF has_database_privilege(here, 'CREATE WITH GRANT OPTION')
      OR NOT has_database_privilege('asm_owner', here, 'CREATE') THEN
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO asm_owner', here);
  END IF;
  IF has_database_privilege(here, 'CONNECT WITH GRANT OPTION') THEN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO asm_api, asm_worker', here);
  END IF;
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
