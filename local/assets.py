"""Building the pages' scripts and styles with npm and Vite, only when their sources changed."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from asm.errors import ConfigurationError
from local.layout import Layout
from local.machine.progress import Progress

# Templates count: a style tool may read class names from them.
SOURCES = (
    "package.json",
    "package-lock.json",
    "vite.config.*",
    "tsconfig*.json",
    "asm/web/assets/**/*",
    "asm/web/templates/**/*",
)
PACKAGE_FILES = ("package.json", "package-lock.json")
MANIFEST = "asm/web/static/.vite/manifest.json"


def build_assets(layout: Layout, progress: Progress) -> None:
    """Install the npm packages and run `npm run build` where their inputs changed."""
    project = layout.project
    if not (project / "package.json").exists():
        progress.say("No package.json: the pages are served without built scripts.")
        return
    digest = digest_of(project, SOURCES)
    stamp = project / "asm/web/static/.built-from"
    if (project / MANIFEST).exists() and _read(stamp) == digest:
        return
    npm = _npm()
    install_packages(layout, progress, npm)
    with progress.step("Building scripts and styles"):
        _run([npm, "run", "build"], project, layout.log("npm"))
        if not (project / MANIFEST).exists():
            raise ConfigurationError(f"`npm run build` left no {MANIFEST}")
        stamp.write_text(digest, encoding="ascii")


def check_assets(layout: Layout, progress: Progress) -> None:
    """Run `npm run check` where package.json defines it; quiet unless it finds something."""
    project = layout.project
    described = project / "package.json"
    if not described.exists():
        return
    if "check" not in json.loads(described.read_text(encoding="utf-8")).get("scripts", {}):
        return
    npm = _npm()
    install_packages(layout, progress, npm)
    with progress.step("Checking scripts and styles"):
        _run([npm, "run", "check"], project, layout.log("npm"))


def install_packages(layout: Layout, progress: Progress, npm: str) -> None:
    """Bring `node_modules` to what package-lock.json says, unless it is there already."""
    project = layout.project
    digest = digest_of(project, PACKAGE_FILES)
    stamp = project / "node_modules" / ".installed-from"
    if _read(stamp) == digest:
        return
    locked = (project / "package-lock.json").exists()
    with progress.step("Installing npm packages"):
        command = [npm, "ci" if locked else "install", "--no-audit", "--no-fund"]
        _run(command, project, layout.log("npm"))
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(digest, encoding="ascii")


def digest_of(root: Path, patterns: Iterable[str]) -> str:
    """A hash over names and contents of the files below `root` that match."""
    total = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def _npm() -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise ConfigurationError("the pages' scripts need Node.js 20 and npm: install them first")
    return npm


def _read(stamp: Path) -> str:
    return stamp.read_text(encoding="ascii") if stamp.exists() else ""


def _run(command: list[str], folder: Path, log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "CI": "true"},  # no questions, no colours
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
        raise ConfigurationError(f"`{' '.join(command[1:])}` failed ({log}):\n" + "\n".join(tail))
