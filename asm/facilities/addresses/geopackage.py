"""Doors as a GeoPackage (OGC 12-128r18), which map programs open as it is."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio.raw
import shapely

from asm.geo.addresses.find_addresses import FoundAddress

_FIGURES: Final = frozenset({"lat", "lon", "accuracy_m"})


def geopackage_of(addresses: Sequence[FoundAddress], fields: Sequence[str]) -> bytes:
    """The file's bytes: one layer `addresses` of points in WGS 84 with `fields` as its columns."""
    points = shapely.points([each.lon for each in addresses], [each.lat for each in addresses])
    columns = [
        np.array(
            [_plain(getattr(each, name)) for each in addresses],
            dtype=np.float64 if name in _FIGURES else object,
        )
        for name in fields
    ]
    with tempfile.TemporaryDirectory(prefix="asm-export-") as folder:
        path = Path(folder) / "addresses.gpkg"
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.atleast_1d(points)),
            columns,
            list(fields),
            layer="addresses",
            driver="GPKG",
            geometry_type="Point",
            crs="EPSG:4326",
        )
        return path.read_bytes()


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | float) else value.isoformat()
