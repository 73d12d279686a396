"""Finding the programs of a PostgreSQL that carries PostGIS."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from asm.errors import ConfigurationError

MINIMUM_MAJOR = 15
# Debian and Ubuntu, the PostgreSQL project's RPMs, Homebrew, and a build from source.
KNOWN_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
)


@dataclass(frozen=True, slots=True)
class PostgresInstallation:
    """One PostgreSQL with PostGIS; `version` as it prints it, for example `15.18`."""

    bindir: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> str:
        return str(self.bindir / name)

    def takes(self, setting: str, value: str) -> bool:
        """Whether this build knows `value` for the server's `setting`: it may be built without."""
        # Asked without a cluster, and -C first: so even root may.
        probe = [self.program("postgres"), "-C", setting, f"--config-file={os.devnull}", "-D", "/"]
        answer = subprocess.run(
            [*probe, "-c", f"{setting}={value}"], capture_output=True, check=False, cwd="/"
        )
        return answer.returncode == 0


def find_installation(*, major: int | None = None) -> PostgresInstallation | None:
    """The newest usable PostgreSQL, or the newest of `major` when a data folder needs that."""
    installations = [inst for folder in _folders() if (inst := _inspect(folder)) is not None]
    if major is not None:
        installations = [inst for inst in installations if inst.major == major]
    return max(
        installations,
        key=lambda inst: [int(part) for part in inst.version.split(".")],
        default=None,
    )


def data_major(data: Path) -> int | None:
    """The major version that made the cluster in `data`; None when there is none yet."""
    marker = data / "PG_VERSION"
    if not marker.exists():
        return None
    text = marker.read_text(encoding="ascii").strip()
    if not text.isdigit():
        raise ConfigurationError(f"{marker} does not hold a PostgreSQL version: {text!r}")
    return int(text)


def _folders() -> list[Path]:
    named = os.environ.get("ASM_PG_BINDIR", "")
    if named:
        return [Path(named)]
    folders = []
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for pattern in KNOWN_FOLDERS:
        folders += sorted(Path("/").glob(pattern.lstrip("/")))
    return list(dict.fromkeys(folders))


def _inspect(bindir: Path) -> PostgresInstallation | None:
    needed = ("postgres", "initdb", "psql")
    if not all(os.access(bindir / name, os.X_OK) for name in needed):
        return None
    answer = subprocess.run(
        [str(bindir / "postgres"), "--version"], capture_output=True, text=True, check=False
    )
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)*)", answer.stdout)
    if match is None:
        return None  # a beta or a fork: its data format promises nothing
    installation = PostgresInstallation(bindir, match[1])
    if installation.major < MINIMUM_MAJOR or not _has_postgis(installation):
        return None
    return installation


def _has_postgis(installation: PostgresInstallation) -> bool:
    bindir = installation.bindir
    shares = [
        Path(f"/usr/share/postgresql/{installation.major}"),
        bindir.parent / "share" / "postgresql",
        bindir.parent / "share",
    ]
    pg_config = bindir / "pg_config"
    if pg_config.exists():
        answer = subprocess.run(
            [str(pg_config), "--sharedir"], capture_output=True, text=True, check=False
        )
        shares.insert(0, Path(answer.stdout.strip()))
    return any((share / "extension" / "postgis.control").exists() for share in shares)
