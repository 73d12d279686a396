"""What stands beside the tables of a release: a data package with hashes, and the definitions."""

from datetime import date
from typing import Any, Final

import msgspec

from asm.analytics.published.read_week import FINAL_AFTER_DAYS, week_name
from asm.analytics.published.release_files import JSON, ReleaseFile
from asm.analytics.published.sums import SMALLEST_SHOWN
from asm.analytics.published.tables import COLUMNS
from asm.locales.texts import both

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAME: Final = "CC-BY-4.0"
DEFINITIONS: Final = (
    "final", "hidden", "totals", "tourism", "residence", "areas", "coverage", "not_counted",
)  # fmt: skip
_TEXT_COLUMNS: Final = frozenset({"week", "area", "area_name", "sector", "origin", "status"})
_WHOLE: Final = frozenset(
    {
        "arrivals", "guest_nights", "bed_nights_open", "guest_nights_known", "facility_nights",
        "facility_nights_stayed", "said_percent",
    }
)  # fmt: skip


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """Which release: `id` is `2026-W46.1`, week and vintage; `published_on` a Vietnamese date."""

    monday: date
    vintage: int
    published_on: date
    revised_cells: int = 0

    @property
    def id(self) -> str:
        return f"{week_name(self.monday)}.{self.vintage}"


def manifest_file(edition: Edition, files: list[ReleaseFile]) -> ReleaseFile:
    """`datapackage.json`: names, sizes and SHA-256 of the files, what their columns mean, licence,
    vintage and corrections.
    """
    title, title_en = both("published", "title", {"week": week_name(edition.monday)})
    package: dict[str, Any] = {
        "name": f"asm-{edition.id.lower()}",
        "id": edition.id,
        "title": title,
        "title_en": title_en,
        "version": str(edition.vintage),
        "created": edition.published_on.isoformat(),
        "licenses": [{"name": LICENCE_NAME, "path": LICENCE}],
        "week": week_name(edition.monday),
        "smallest_shown": SMALLEST_SHOWN,
        "final_after_days": FINAL_AFTER_DAYS,
        "corrections": {"vintage": edition.vintage, "revised_cells": edition.revised_cells},
        "definitions": _definitions(),
        "resources": [_resource(file) for file in files],
    }
    content = msgspec.json.format(msgspec.json.encode(package), indent=1)
    return ReleaseFile(name="datapackage.json", media_type=JSON, content=content)


def _definitions() -> list[dict[str, str]]:
    rows = []
    for each in DEFINITIONS:
        text, text_en = both("published", f"definition.{each}")
        rows.append({"id": each, "text": text, "text_en": text_en})
    return rows


def _resource(file: ReleaseFile) -> dict[str, Any]:
    table, _, suffix = file.name.rpartition(".")
    title, title_en = both("published", f"table.{table}")
    return {
        "name": f"{table}-{suffix}",
        "path": file.name,
        "title": title,
        "title_en": title_en,
        "format": suffix,
        "mediatype": file.media_type,
        "encoding": "utf-8",
        "bytes": len(file.content),
        "hash": f"sha256:{file.sha256}",
        "schema": {"fields": [_field(column) for column in COLUMNS[table]], "missingValues": [""]},
    }


def _field(column: str) -> dict[str, str]:
    text, text_en = both("published", f"column.{column}")
    kind = "number"
    if column in _TEXT_COLUMNS:
        kind = "string"
    elif column in _WHOLE:
        kind = "integer"
    return {"name": column, "type": kind, "description": text, "description_en": text_en}


def through(monday: date) -> str:
    """The last day of the week, as text."""
    return date.fromordinal(monday.toordinal() + 6).isoformat()
