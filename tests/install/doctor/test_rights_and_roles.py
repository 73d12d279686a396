"""`asm doctor` on rights and roles, wanting or too many: what it says mends each of them."""

from collections.abc import Iterator

import psycopg
import pytest

from asm.settings import Settings
from tests.install.doctor.patient import as_superuser, findings_of, name_of


@pytest.fixture
def roles(settings: Settings) -> Iterator[Settings]:
    """Roles are the whole server's: what a test does to them is undone."""
    yield settings
    as_superuser(
        settings,
        "ALTER ROLE asm_api NOBYPASSRLS LOGIN CONNECTION LIMIT -1 VALID UNTIL 'infinity'",
        "ALTER ROLE asm_worker LOGIN NOCREATEROLE NOREPLICATION",
        "ALTER ROLE asm_keeper NOLOGIN",
        "REVOKE asm_owner, pg_read_all_data FROM asm_api",
        "ALTER ROLE asm_api RESET ALL",
        "ALTER ROLE asm_worker RESET ALL",
    )


def test_a_right_that_is_missing_and_one_beyond(settings: Settings) -> None:
    as_superuser(
        settings,
        "REVOKE SELECT ON account FROM asm_api",
        "GRANT DELETE ON stay TO asm_worker",
        "ALTER TABLE contact NO FORCE ROW LEVEL SECURITY",
    )
    said = findings_of(settings, "database.rights")
    assert set(said) == {"missing", "beyond"}
    assert "GRANT SELECT ON TABLE public.account TO asm_api;" in said["missing"]
    assert "ALTER TABLE public.contact FORCE ROW LEVEL SECURITY;" in said["missing"]
    for message in said.values():  # what it says mends it
        as_superuser(settings, message[message.index("SET ROLE") :])
    assert findings_of(settings, "database.rights", well=True) == {}


def test_a_policy_that_is_gone_and_one_that_opens(settings: Settings) -> None:
    """Policies say which rows a login sees: one more shows everybody what is another's."""
    with psycopg.connect(settings.admin_database_url) as connection:
        (name,) = connection.execute(
            "SELECT quote_ident(polname) FROM pg_policy WHERE polrelid = 'stay'::regclass LIMIT 1"
        ).fetchone() or ("",)
    as_superuser(
        settings,
        f"DROP POLICY {name} ON stay",
        "CREATE POLICY open ON vault.guest_record USING (true)",
    )
    said = findings_of(settings, "database.rights")
    assert f"CREATE POLICY {name} ON public.stay" in said["missing"]
    assert "DROP POLICY open ON vault.guest_record;" in said["beyond"]
    for message in said.values():
        as_superuser(settings, message[message.index("SET ROLE") :])
    assert findings_of(settings, "database.rights", well=True) == {}


@pytest.mark.parametrize(
    "to_others",
    ["SELECT TO asm_api USING (true)", "SELECT TO asm_api USING (ward_code = ward_code)",
     "SELECT TO PUBLIC USING (ward_code = (SELECT current_setting('asm.ward', true)))",
     "ALL TO asm_api USING (ward_code = (SELECT current_setting('asm.ward', true)))"],
)  # fmt: skip
def test_a_policy_that_was_opened(settings: Settings, to_others: str) -> None:
    """Of the same name, with another condition, for other roles, or for more than reading."""
    policy = "stay_ward ON stay"
    as_superuser(settings, f"DROP POLICY {policy}", f"CREATE POLICY {policy} FOR {to_others}")
    said = findings_of(settings, "database.rights")
    assert set(said) == {"changed"}
    as_superuser(settings, said["changed"][said["changed"].index("SET ROLE") :])
    assert findings_of(settings, "database.rights", well=True) == {}


def test_a_policy_that_lets_more_be_written(settings: Settings) -> None:
    as_superuser(
        settings,
        "ALTER POLICY outbox_write ON outbox WITH CHECK (true)",
        "ALTER POLICY stay_members ON stay WITH CHECK (true)",
    )
    said = findings_of(settings, "database.rights")
    assert set(said) == {"changed"}
    as_superuser(settings, said["changed"][said["changed"].index("SET ROLE") :])
    assert findings_of(settings, "database.rights", well=True) == {}


def test_a_database_with_another_path(settings: Settings) -> None:
    """Names are then written otherwise, and nothing is wrong."""
    database = f'DATABASE "{name_of(settings)}"'
    as_superuser(
        settings,
        "CREATE SCHEMA other",
        "CREATE VIEW other.facility AS TABLE facility",
        f"ALTER {database} SET search_path = other, public",
    )
    assert findings_of(settings, "database.rights", well=True) == {}
    as_superuser(settings, f"ALTER {database} RESET search_path")


def test_a_right_on_the_schema_that_is_the_databases(settings: Settings) -> None:
    """Of the owner's login, as the page lets it be: asm_owner alone could not give it."""
    as_superuser(settings, "REVOKE USAGE ON SCHEMA public FROM asm_api, PUBLIC")
    said = findings_of(settings, "database.rights")["missing"]
    as_superuser(settings, said[said.index("RESET ROLE") :])
    assert findings_of(settings, "database.rights", well=True) == {}


def test_tables_that_came_back_without_their_owner(settings: Settings) -> None:
    as_superuser(
        settings,
        "ALTER TABLE stay OWNER TO CURRENT_USER",
        "ALTER FUNCTION outbox_depth() OWNER TO CURRENT_USER",
        "ALTER SCHEMA vault OWNER TO CURRENT_USER",
    )
    said = findings_of(settings, "database.rights")["not_owned"]
    as_superuser(settings, said[said.index("ALTER ROUTINE") :])
    assert "not_owned" not in findings_of(settings, "database.rights", well=True)


def test_a_stranger_among_the_roles(roles: Settings) -> None:
    as_superuser(roles, "CREATE ROLE nguoi_ngoai", "GRANT SELECT ON account TO nguoi_ngoai")
    as_superuser(roles, "GRANT asm_worker TO nguoi_ngoai")
    try:
        table = findings_of(roles, "database.rights", well=True)["of_others"]
        as_superuser(roles, table[table.index("SET ROLE") :])
        member = findings_of(roles, "database.roles", well=True)["members"]
        as_superuser(roles, member[member.index("REVOKE") :])
        assert findings_of(roles, "database.rights", well=True) == {}
        assert "members" not in findings_of(roles, "database.roles", well=True)
    finally:
        as_superuser(roles, "DROP OWNED BY nguoi_ngoai", "DROP ROLE nguoi_ngoai")


@pytest.fixture
def strangers(settings: Settings) -> Iterator[tuple[str, str]]:
    """Roles of somebody else's; the name of one must be quoted."""
    names = ('"Người ngoài"', "nguoi_khac")
    as_superuser(settings, *(f"CREATE ROLE {name}" for name in names))
    yield names
    both = ", ".join(names)
    as_superuser(settings, f"DROP OWNED BY {both} CASCADE", f"DROP ROLE {both}")


@pytest.mark.parametrize(
    "right",
    ["SELECT ON account", "SELECT (id, name), UPDATE (ward_code) ON facility",
     "DELETE, UPDATE (kind) ON installation", "USAGE ON SEQUENCE incident_number_seq",
     "EXECUTE ON FUNCTION outbox_depth()", "USAGE ON SCHEMA vault", "CREATE ON SCHEMA public",
     "SELECT ON last_backup", "INSERT, UPDATE ON last_backup"],
)  # fmt: skip
def test_a_right_of_a_stranger(settings: Settings, strangers: tuple[str, str], right: str) -> None:
    """On whatever lets him read, write or run with the owner's rights; he has handed it on."""
    first, second = strangers
    as_superuser(
        settings,
        f"GRANT {right} TO {first} WITH GRANT OPTION",
        f"SET ROLE {first}",
        f"GRANT {right} TO {second}",
    )
    said = findings_of(settings, "database.rights", well=True)
    assert set(said) == {"of_others"}
    assert first in said["of_others"]
    as_superuser(settings, said["of_others"].rpartition("run: ")[2])
    assert findings_of(settings, "database.rights", well=True) == {}


def test_the_rights_of_who_migrates(settings: Settings, strangers: tuple[str, str]) -> None:
    """Where the login does not own the database, `asm migrate` has it given them."""
    login, _ = strangers
    as_superuser(
        settings,
        f"GRANT asm_owner TO {login}",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {login} WITH GRANT OPTION",
        f"GRANT CREATE, TEMPORARY ON DATABASE {name_of(settings)} TO {login}",
    )
    assert findings_of(settings, "database.rights", well=True) == {}


@pytest.mark.parametrize(
    "more",
    ["GRANT asm_owner TO asm_api", "ALTER ROLE asm_worker CREATEROLE REPLICATION",
     "ALTER ROLE asm_keeper LOGIN", "GRANT pg_read_all_data TO asm_api"],
)  # fmt: skip
def test_a_role_that_may_do_more_than_its_work(roles: Settings, more: str) -> None:
    as_superuser(roles, more)
    said = findings_of(roles, "database.roles")["powerful"]
    as_superuser(roles, said[said.rindex(": ") + 2 :])
    assert "powerful" not in findings_of(roles, "database.roles", well=True)


def test_a_password_past_its_date(roles: Settings) -> None:
    as_superuser(roles, "ALTER ROLE asm_api VALID UNTIL '2020-01-01'")
    assert "refused" in findings_of(roles, "database.logins")
    said = findings_of(roles, "database.roles")["expired"]
    as_superuser(roles, said[said.index("ALTER ROLE") :])
    assert "refused" not in findings_of(roles, "database.logins", well=True)


def test_what_everybody_who_may_connect_may_do(settings: Settings) -> None:
    """As in a cluster that began before PostgreSQL 15, or after a grant to PUBLIC."""
    as_superuser(
        settings,
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        f"GRANT CREATE ON DATABASE {name_of(settings)} TO PUBLIC",
        "GRANT SELECT ON stay TO PUBLIC",
        "GRANT UPDATE (kind) ON installation TO PUBLIC",
        "GRANT EXECUTE ON FUNCTION outbox_depth() TO PUBLIC",
    )
    said = findings_of(settings, "database.rights")
    assert set(said) == {"open_to_all"}
    statements = said["open_to_all"][said["open_to_all"].index("REVOKE") :]
    assert statements.count(" FROM PUBLIC;") == 5
    as_superuser(settings, statements)  # what it says mends it
    assert findings_of(settings, "database.rights", well=True) == {}


def test_a_login_that_row_level_security_does_not_bind(roles: Settings) -> None:
    as_superuser(roles, "ALTER ROLE asm_api BYPASSRLS")
    said = findings_of(roles, "database.roles")["unbound"]
    as_superuser(roles, said[said.index("ALTER ROLE") :])
    assert "unbound" not in findings_of(roles, "database.roles", well=True)


def test_a_login_that_may_not_sign_in(roles: Settings) -> None:
    as_superuser(roles, "ALTER ROLE asm_worker NOLOGIN")
    assert "asm_worker" in findings_of(roles, "database.roles")["closed"]
    assert "refused" in findings_of(roles, "database.logins")


def test_a_login_that_may_not_connect(settings: Settings) -> None:
    name = name_of(settings)
    as_superuser(settings, f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC, asm_api')
    assert "kept_out" in findings_of(settings, "database.logins")
    said = findings_of(settings, "database.roles")["kept_out"]
    as_superuser(settings, said[said.index("GRANT") :])
    assert "kept_out" not in findings_of(settings, "database.logins", well=True)


@pytest.mark.parametrize(
    "closed",
    ["DATABASE {}", "ROLE asm_worker", "ROLE asm_api IN DATABASE {}"],
)
def test_a_server_that_takes_nothing(roles: Settings, closed: str) -> None:
    """Of whole databases or of one login: what is set for a login weighs more."""
    where = closed.format(f'"{name_of(roles)}"')
    as_superuser(roles, f"ALTER {where} SET default_transaction_read_only = on")
    said = findings_of(roles, "database.version")["read_only"]
    as_superuser(roles, *said[said.index("SET default") : said.rindex(";")].split("; "))
    assert findings_of(roles, "database.version", well=True) == {}


def test_a_log_that_quotes_what_one_login_says(roles: Settings) -> None:
    as_superuser(
        roles,
        "ALTER ROLE asm_api SET log_parameter_max_length_on_error = -1",
        "ALTER ROLE asm_worker SET synchronous_commit = off",
    )
    assert "synchronous_commit" in findings_of(roles, "database.durable")["loose"]
    said = findings_of(roles, "database.log")["quotes_people"]
    assert "ALTER ROLE asm_api SET" in said
    as_superuser(
        roles, "ALTER ROLE asm_worker RESET ALL", said[said.index("ALTER") : said.rindex(";")]
    )
    assert findings_of(roles, "database.log", well=True) == {}


def test_a_login_with_fewer_connections_than_it_needs(roles: Settings) -> None:
    as_superuser(roles, "ALTER ROLE asm_api CONNECTION LIMIT 5")
    said = findings_of(roles, "database.connections")["limited"]
    as_superuser(roles, said[said.index("ALTER") :])
    assert findings_of(roles, "database.connections", well=True) == {}
