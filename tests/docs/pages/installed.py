"""What `asm install` leaves on a machine, made in a moment: keys, database, settings and units."""

import asyncio
import os
from typing import Final
from urllib.parse import urlsplit

from asm.db.migrate import migrate
from asm.db.session import make_engine, make_sessions
from asm.demo.cast import Cast, seed_cast
from asm.geo.areas.fill_areas import seed_areas
from asm.identity.vault.keys import create_keys
from asm.install.belonging.installation import note_installation
from asm.install.files.service_files import ServiceFacts, service_files
from asm.notify.install_rules import install_rules
from tests.docs.pages.machine import Machine

#: Somebody who has nothing else on the machine: the number that is nobody's.
PROGRAM_USER: Final = 65534
_ROLES: Final = """
CREATE ROLE asm_admin LOGIN PASSWORD '{asm_admin}';
CREATE ROLE asm_api LOGIN PASSWORD '{asm_api}';
CREATE ROLE asm_worker LOGIN PASSWORD '{asm_worker}';
CREATE ROLE asm_owner; CREATE ROLE asm_keeper;
GRANT asm_owner, asm_keeper, asm_worker TO asm_admin;
CREATE DATABASE asm OWNER asm_admin TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE asm FROM PUBLIC;
GRANT CONNECT ON DATABASE asm TO asm_admin, asm_api, asm_worker;
ALTER DATABASE asm SET log_min_error_statement = panic;
ALTER DATABASE asm SET log_error_verbosity = terse;
ALTER DATABASE asm SET log_parameter_max_length = 0;
"""


def install(machine: Machine, redis_url: str) -> None:
    """Everything but what is in the database; nothing runs yet."""
    write_settings(machine, redis_url)
    write_services(machine)
    create_keys(machine.root / "var/lib/asm/secrets")
    give_to_the_program(machine)
    for statement in _ROLES.format(**machine.passwords).strip().split("\n"):
        machine.cluster.query(statement)
    machine.cluster.query("CREATE EXTENSION postgis", "asm")


def give_to_the_program(machine: Machine) -> None:
    """The keys belong to the processes' user, which is another than root where we are root."""
    if os.geteuid() == 0:
        data = machine.root / "var/lib/asm"
        for path in (data, *data.rglob("*")):
            os.chown(path, PROGRAM_USER, PROGRAM_USER)


def keys_are_the_program_s(machine: Machine) -> bool:
    """Whether every key file belongs to whose folder it is, and nobody else reads it."""
    folder = machine.root / "var/lib/asm/secrets"
    whose = {path.stat().st_uid for path in (folder.parent, folder, *folder.iterdir())}
    closed = all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    return len(whose) == 1 and closed


def write_settings(machine: Machine, redis_url: str) -> None:
    """A file for each process, and the operator's."""
    data = machine.root / "var/lib/asm"
    data.mkdir(parents=True)
    common = (
        f"ASM_REDIS_URL={redis_url}\n"
        f"ASM_DATA_DIR={data}\n"
        f"ASM_SECRETS_DIR={data}/secrets\n"
        f"ASM_HOST=127.0.0.1\nASM_PORT={machine.port}\n"
        f"ASM_PUBLIC_URL=http://127.0.0.1:{machine.port}\n"
    )
    own = {
        "web": f"ASM_DATABASE_URL={machine.url('asm_api')}\n",
        "worker": f"ASM_WORKER_DATABASE_URL={machine.url('asm_worker')}\n",
        "operator": f"ASM_ADMIN_DATABASE_URL={machine.url('asm_admin')}\n",
    }
    write_redis_settings(machine, redis_url)
    for name, line in own.items():
        file = machine.root / f"etc/asm/{name}.env"
        file.write_text(common + line)
        file.chmod(0o600)


def write_redis_settings(machine: Machine, redis_url: str) -> None:
    """The Redis-compatible server is the installation's own, as `asm install` makes it; it runs."""
    parts = urlsplit(redis_url)
    file = machine.root / "etc/asm/redis.conf"
    file.write_text(f"bind {parts.hostname}\nport {parts.port}\nrequirepass {parts.password}\n")
    file.chmod(0o600)


def write_services(machine: Machine) -> None:
    """What `asm install` writes for systemd."""
    facts = ServiceFacts(
        server_name="luutru.example.vn",
        program=machine.root / "opt/asm",
        settings_dir=machine.root / "etc/asm",
        data_dir=machine.root / "var/lib/asm",
        systemd_dir=machine.root / "etc/systemd/system",
        port=machine.port,
    )
    for path, text in service_files(facts).items():
        if path.parent == facts.systemd_dir:
            path.write_text(text)


def fill(machine: Machine) -> Cast:
    """The schema, the areas, and the cast of the tests. Returns the cast."""
    migrate(machine.url("asm_admin"), fill=install_rules)
    machine.cluster.query(
        f"ALTER ROLE {machine.cluster.superuser} PASSWORD '{machine.passwords['asm_admin']}'"
    )
    url = machine.url("asm_admin").replace("asm_admin", machine.cluster.superuser, 1)

    async def cast() -> Cast:
        engine = make_engine(url, name="asm-test-page")
        # The cast's passwords are public: a real installation would not start with them.
        await note_installation(engine, "demo")
        async with make_sessions(engine).begin() as session:
            await seed_areas(session)
        async with make_sessions(engine).begin() as session:
            seeded = await seed_cast(session)
        await engine.dispose()
        return seeded

    return asyncio.run(cast())
