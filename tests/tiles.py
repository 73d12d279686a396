"""Read a vector tile (Mapbox Vector Tile 2.1) as far as tests ask: layers, properties, points."""

import struct
from collections.abc import Iterator
from typing import Any


def read_tile(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Layer name → the properties of its features, with `xy` for points, in the tile's steps."""
    return dict(_layer(value) for number, value in _fields(data) if number == 3)


def _layer(data: bytes) -> tuple[str, list[dict[str, Any]]]:
    fields = list(_fields(data))
    name = next(value for number, value in fields if number == 1).decode()
    keys = [value.decode() for number, value in fields if number == 3]
    values = [_value(value) for number, value in fields if number == 4]
    features = []
    for number, value in fields:
        if number != 2:
            continue
        parts = dict(_fields(value))
        tags = list(_varints(parts.get(2, b"")))
        feature = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
        if parts[3] == 1:
            _, x, y = list(_varints(parts[4]))[:3]
            feature["xy"] = (_signed(x), _signed(y))
        features.append(feature)
    return name, features


def _value(data: bytes) -> Any:
    number, value = next(iter(_fields(data)))
    if number == 1:
        return value.decode()
    if number in {2, 3}:
        return struct.unpack("<f" if number == 2 else "<d", value)[0]
    return _signed(value) if number == 6 else bool(value) if number == 7 else value


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Field numbers of a protobuf message with what they hold: bytes or a number."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if wire == 2:
            length, at = _varint(data, at)
        else:
            length = {1: 8, 5: 4}[wire]
        yield key >> 3, data[at : at + length]
        at += length
