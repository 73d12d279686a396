"""Addresses of the built scripts and styles, read once from Vite's manifest."""

import json
import logging
from pathlib import Path

STATIC_DIR = Path(__file__).parent / "static"
_MANIFEST = STATIC_DIR / ".vite" / "manifest.json"


class Assets:
    """Source name → address with the content's hash in it, so that it may be cached for ever."""

    def __init__(self, manifest: Path = _MANIFEST) -> None:
        self._files: dict[str, str] = {}
        if manifest.exists():
            built = json.loads(manifest.read_text(encoding="utf-8"))
            self._files = {source: entry["file"] for source, entry in built.items()}
        else:
            # The pages work without script and style, so this is no reason not to start.
            logging.getLogger(__name__).warning("pages are not built: run `npm run build`")

    def __call__(self, source: str) -> str | None:
        """The address of `source`, or None where the pages have not been built."""
        file = self._files.get(source)
        return f"/static/{file}" if file else None
