"""No Docker engine is asked: the file's shape is checked, and that it agrees with the code."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.postgres.cluster import SETTINGS

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]


def test_the_parts_are_those_of_the_demo() -> None:
    assert set(SERVICES) == {"postgres", "valkey", "migrate", "api", "worker"}


@pytest.mark.parametrize("name", ["postgres", "valkey", "api", "worker"])
def test_every_lasting_part_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_stands_in_the_file(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if "PASSWORD" in variable:
            assert value.startswith("${"), variable
        if "://" in value and "@" in value:
            password = value.split("://", 1)[1].rpartition("@")[0].partition(":")[2]
            assert password.startswith("${"), variable


def test_only_the_migration_knows_the_owner() -> None:
    knows = {
        name for name, service in SERVICES.items() if "ASM_ADMIN_DB" in str(service["environment"])
    }
    assert knows == {"postgres", "migrate"}


def test_only_the_web_process_is_reachable_and_from_this_machine_by_default() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"api"}
    assert SERVICES["api"]["ports"] == ["${ASM_BIND:-127.0.0.1}:${ASM_PORT:-8000}:8000"]


def test_the_server_is_as_durable_and_as_silent_as_the_private_one() -> None:
    command = SERVICES["postgres"]["command"].split()
    given = dict(word.split("=", 1) for word in command if "=" in word)
    shared = {"fsync", "full_page_writes", "synchronous_commit", "timezone"}
    shared |= {name for name in SETTINGS if name.startswith("log_") and name != "log_line_prefix"}
    assert {name: given.get(name) for name in shared} == {name: SETTINGS[name] for name in shared}


def test_the_platform_starts_after_a_finished_migration() -> None:
    for name in ("api", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }


def test_keys_and_passwords_never_enter_the_image() -> None:
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert not [line for line in lines if line.startswith(("!.asm", "!.env"))]
