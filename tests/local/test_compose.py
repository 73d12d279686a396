"""No Docker engine is asked: the file's shape is checked, and that it agrees with the code."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from asm.settings import read_settings
from asm.variables.table import variables_of
from asm.variables.unknown import unknown_variables
from asm.variables.variable import Process
from local.postgres.cluster import SETTINGS

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
#: What each part of ours is, in the table of the variables.
PROCESSES: dict[str, Process] = {"migrate": "operator", "api": "web", "worker": "worker"}
#: What no part is given, and why.
LEFT_OUT = {
    "ASM_HOST": "of the image",
    "ASM_PORT": "of the image",
    "ASM_DATA_DIR": "of the image",
    "ASM_SECRETS_DIR": "of the image",
    "ASM_VAULT_KEY": "a file in the volume of the keys",
    "ASM_DEMO_INTO": "a real installation",
    "ASM_ENV_FILE": "there is none in a container",
    "ASM_BACKUP_DATABASE_URL": "a migration backs nothing up",
    "ASM_PG_BINDIR": "a migration backs nothing up",
}
#: What compose itself knows, or has under another name.
OF_COMPOSE = {
    "ASM_DATABASE_URL", "ASM_WORKER_DATABASE_URL", "ASM_ADMIN_DATABASE_URL", "ASM_REDIS_URL",
    "WEB_CONCURRENCY",
}  # fmt: skip


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


def passed(service: str, **environ: str) -> dict[str, str]:
    """What the service is given, where compose is started with `environ`."""

    def value(match: re.Match[str]) -> str:
        return environ.get(match["name"]) or match["default"] or ""

    pattern = re.compile(r"\$\{(?P<name>\w+):[-?](?P<default>[^}]*)\}")
    return {
        name: pattern.sub(value, template)
        for name, template in SERVICES[service]["environment"].items()
    }


@pytest.mark.parametrize(("service", "process"), PROCESSES.items())
def test_each_part_is_given_the_settings_of_its_process(service: str, process: Process) -> None:
    wanted = {variable.name for variable in variables_of(process)}
    assert SERVICES[service]["environment"].keys() == wanted - LEFT_OUT.keys()


@pytest.mark.parametrize(("service", "process"), PROCESSES.items())
def test_every_setting_is_passed_on(service: str, process: Process) -> None:
    for variable in variables_of(process):
        if variable.name not in LEFT_OUT and variable.name not in OF_COMPOSE:
            given = passed(service, **{variable.name: "as it was set"})
            assert given[variable.name] == "as it was set"


@pytest.mark.parametrize("service", PROCESSES)
def test_what_they_are_given_can_be_used(service: str) -> None:
    passwords = {v.name: "0f" for v in variables_of("compose") if v.secret}
    settings = read_settings(passed(service, **passwords))
    assert settings.redis_url == "redis://:0f@valkey:6379/0"
    assert settings.metrics.port == settings.metrics.worker_port == 0
    assert unknown_variables(passed(service, **passwords)) == []


def test_compose_reads_what_the_table_says() -> None:
    read = set(re.findall(r"\$\{(\w+):", TEXT))
    of_compose = {variable.name for variable in variables_of("compose")}
    passed_on = {v.name for process in PROCESSES.values() for v in variables_of(process)}
    assert read == of_compose | (passed_on - LEFT_OUT.keys() - OF_COMPOSE)


def test_a_dead_worker_is_not_healthy() -> None:
    assert SERVICES["worker"]["healthcheck"]["test"] == ["CMD", "asm", "worker", "--healthy"]


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
