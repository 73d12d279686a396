"""What the app needs without signal, read from Vite's manifest, and the version that this gives.

The service worker keeps these files whole. Its script begins with their list, so that a browser
sees a new worker whenever one of them, or the page itself, has changed.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

import msgspec

from asm.web.assets import STATIC_DIR

#: Within the worker's scope, which the address without the slash is not.
HOME: Final = "/app/"
_ENTRY: Final = "app/main.tsx"
#: The card reader is far larger than the app: fetched when it is first used, or by the idle page.
_WHEN_USED: Final = ("camera", "zxing")
_TEMPLATE: Final = Path(__file__).parents[1] / "templates" / "phone" / "shell.html"


class ShellFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of scripts and styles; `version` changes with any of them."""

    script: str
    #: What the script imports: fetched beside it, not after it.
    imports: tuple[str, ...]
    styles: tuple[str, ...]
    version: str
    worker: bytes


def read_shell_files(static: Path = STATIC_DIR) -> ShellFiles | None:
    """None where the pages have not been built."""
    manifest, worker = static / ".vite" / "manifest.json", static / "phone-worker.js"
    if not manifest.exists() or not worker.exists():
        return None
    built = json.loads(manifest.read_text("utf-8"))
    if _ENTRY not in built:
        return None
    chunks = _with_imports(built, _ENTRY, "imports")
    script, *imports = (f"/static/{built[chunk]['file']}" for chunk in chunks)
    styles = _styles(built, chunks)
    parts = [
        chunk
        for chunk in _with_imports(built, _ENTRY, "imports", "dynamicImports")
        if chunk not in chunks and not any(word in chunk for word in _WHEN_USED)
    ]
    later = [*(f"/static/{built[chunk]['file']}" for chunk in parts), *_styles(built, parts)]
    source = worker.read_bytes()
    digest = hashlib.sha256(source + _TEMPLATE.read_bytes())
    files = [script, *imports, *styles, *later]
    digest.update(" ".join(files).encode())
    version = digest.hexdigest()[:12]
    shell = {"version": version, "page": HOME, "files": files}
    return ShellFiles(
        script=script,
        imports=tuple(imports),
        styles=styles,
        version=version,
        worker=b"var SHELL=" + msgspec.json.encode(shell) + b";\n" + source,
    )


def _with_imports(built: dict[str, dict[str, list[str]]], entry: str, *kinds: str) -> list[str]:
    """The entry and all that it imports, each once."""
    chunks = [entry]
    for chunk in chunks:
        for kind in kinds:
            chunks += [each for each in built[chunk].get(kind, ()) if each not in chunks]
    return chunks


def _styles(built: dict[str, dict[str, list[str]]], chunks: list[str]) -> tuple[str, ...]:
    sheets = (sheet for chunk in chunks for sheet in built[chunk].get("css", ()))
    return tuple(f"/static/{sheet}" for sheet in dict.fromkeys(sheets))
