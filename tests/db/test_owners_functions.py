"""What runs with the owner's rights calls nothing that another login could put in its way."""

import re

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from asm.db.migrate import migrate
from asm.notify.install_rules import install_rules
from asm.settings import Settings
from tests.install.doctor.patient import as_superuser

#: A call, and no part of a longer name. `unnest` of several arrays is PostgreSQL's own already.
CALLED = re.compile(r"(?<![.\w])(\w+)\((?!\*\)|\w+, \w+\) WITH ORDINALITY)")
ANY_ARRAY = re.compile(r"(?<!pg_catalog\.)(?:@>|<@|&&)")
#: They have one for the very types that they are called with, which comes first.
OF_THESE_TYPES = {"min", "quote_literal"}
#: Called with a date, which is made a time first: one for dates would come before.
OF_OTHER_TYPES = {"date_trunc", "to_char"}
OWNERS = text(
    "SELECT oid::regprocedure::text AS name, prosrc AS source FROM pg_proc "
    "WHERE prosecdef AND proowner = 'asm_owner'::regrole"
)
FOR_ANY_TYPE = text(
    "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace "
    "AND EXISTS (SELECT FROM pg_catalog.unnest(proargtypes) AS kind JOIN pg_type "
    "ON pg_type.oid = kind WHERE typtype = 'p' AND typname LIKE 'any%')"
)
UNREAD = "SELECT account_id FROM unread_messages(ARRAY[gen_random_uuid(), gen_random_uuid()])"
THIEF = (
    "CREATE FUNCTION public.unnest(uuid[]) RETURNS SETOF uuid LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION 'ran as %', current_user; END$$"
)


async def test_what_is_called_is_named_whole(admin_session: AsyncSession) -> None:
    for_any_type = set((await admin_session.execute(FOR_ANY_TYPE)).scalars())
    assert {"unnest", "cardinality", "format"} <= for_any_type
    risky = (for_any_type - OF_THESE_TYPES) | OF_OTHER_TYPES
    functions = (await admin_session.execute(OWNERS)).all()
    assert len(functions) > 15
    for function in functions:
        assert risky.isdisjoint(CALLED.findall(function.source)), function.name
        assert ANY_ARRAY.findall(function.source) == [], function.name


def test_a_function_in_the_way_is_not_run(settings: Settings) -> None:
    """Even where every login may make functions in `public`; and migrating ends that."""
    as_superuser(settings, "GRANT CREATE ON SCHEMA public TO PUBLIC")
    with psycopg.connect(settings.database_url, autocommit=True) as thief:
        thief.execute(THIEF)
        assert len(thief.execute(UNREAD).fetchall()) == 2
        migrate(settings.admin_database_url, fill=install_rules)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            thief.execute(THIEF.replace("uuid[]", "bytea[]"))
