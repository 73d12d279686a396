"""What a superuser of PostgreSQL does first, and what he never does."""

from collections.abc import Callable

import pytest

from tests.install.steps.conftest import Machine
from tests.install.steps.test_install import refusal


def test_rights_are_asked_for_first(machine: Machine, forget: Callable[[], None]) -> None:
    early = refusal(machine.install(machine.answers()))
    assert early["code"] == "install_login_refused"
    assert "asm install sql" in early["message_en"]


def test_nothing_is_added_to_what_belongs_to_others(
    machine: Machine, forget: Callable[[], None]
) -> None:
    """The superuser's script stops before its first change."""
    script = machine.asm(
        *("install", "sql", "--root", str(machine.root), "--answers", "-"),
        typed=machine.answers(),
    ).stdout
    cluster = machine.services.cluster
    of_another = "DATABASE postgres {} asm_api"
    for others, undo, said in (
        ("CREATE DATABASE asm", "", "is there and belongs to"),
        ("CREATE ROLE nha_van_hanh SUPERUSER", "", "is there and is a superuser"),
        (
            f"CREATE ROLE asm_api; GRANT CONNECT ON {of_another.format('TO')}",
            f"REVOKE CONNECT ON {of_another.format('FROM')}",
            "the database postgres is another installation",
        ),
    ):
        cluster.query(others)
        with pytest.raises(AssertionError, match=said):
            machine.run_as_superuser(script)
        assert not cluster.query("SELECT rolname FROM pg_roles WHERE rolname = 'asm_owner'")
        cluster.query(undo)
        forget()
