"""Where a local installation keeps its things."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Layout:
    """`home` is `.asm/` in the checkout: all that a trial makes lies there or is linked there."""

    home: Path
    project: Path = PROJECT

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def state_file(self) -> Path:
        return self.home / "state.json"

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def accounts_file(self) -> Path:
        return self.secrets / "demo-accounts.json"

    def log(self, part: str) -> Path:
        return self.home / "log" / f"{part}.log"

    def prepare(self) -> None:
        """Make the folders; the one with the secrets is closed to everybody else."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        self.secrets.chmod(0o700)

    def password(self, name: str) -> str:
        """The random password called `name`, made at the first use and kept in a 0600 file."""
        path = self.secrets / f"{name}-password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="ascii").strip()


def read_layout() -> Layout:
    """The layout that ASM_DATA_DIR names, else `.asm/` in the checkout."""
    named = os.environ.get("ASM_DATA_DIR", "")
    return Layout(Path(named).absolute() if named else PROJECT / ".asm")


def write_private(path: Path, text: str) -> None:
    """Write `text` for the owner's eyes; a crash leaves either the old file or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
