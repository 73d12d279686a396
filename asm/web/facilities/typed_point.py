"""Coordinates as people copy them from a map: two numbers, degrees with minutes and seconds, or the
address of a map's page. Pure; whether they lie in Vietnam is asked elsewhere.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_plus

#: No map's address is longer; what follows is no coordinate.
_MOST_READ: Final = 2000
_PLAIN: Final = re.compile(r"-?\d{1,3}(?:[.,]\d{1,20})?")
#: 21.028511, 105.854167; also without the comma.
_WITH_POINTS: Final = re.compile(
    r"\(?(-?\d{1,3}(?:\.\d{1,20})?)(\s*[,;]\s*|\s+)(-?\d{1,3}(?:\.\d{1,20})?)\)?"
)
#: 21,028511 105,854167 as a machine set to Vietnamese writes it.
_WITH_COMMAS: Final = re.compile(
    r"\(?(-?\d{1,3},\d{1,20})(?:\s*[,;]\s*|\s+)(-?\d{1,3},\d{1,20})\)?"
)
#: 21°01'42.6"N, 21°01.71'N, 21.0285°; Vietnamese B is north, Đ is east.
_ANGLE: Final = re.compile(
    r"(-?\d{1,3}(?:[.,]\d{1,20})?)\s*[°º˚]"
    r"(?:\s*(\d{1,2}(?:[.,]\d{1,20})?)\s*['’′])?"
    r"(?:\s*(\d{1,2}(?:[.,]\d{1,20})?)\s*(?:[\"”″]|['’′]{2}))?"
    r"\s*([NSEWBĐ])?",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"://|^geo:|\bmaps?\.|\bgoo\.gl\b", re.IGNORECASE)
#: The door that a map's page is about comes before the middle of what it shows.
_IN_LINKS: Final = (
    re.compile(r"!3d(-?\d{1,3}\.\d{1,20})!4d(-?\d{1,3}\.\d{1,20})"),
    re.compile(r"\bmlat=(-?\d{1,3}\.\d{1,20})&mlon=(-?\d{1,3}\.\d{1,20})"),
    re.compile(r"/(?:place|search)/([^/@?]{3,80})"),
    re.compile(r"[?&](?:q|query|ll|daddr|destination|center)=(?:loc:)?([^&#]{3,80})"),
    re.compile(r"^geo:([^?;]{3,80})", re.IGNORECASE),
    re.compile(r"@(-?\d{1,3}\.\d{1,20}),(-?\d{1,3}\.\d{1,20})"),
    re.compile(r"#map=\d{1,2}(?:\.\d+)?/(-?\d{1,3}\.\d{1,20})/(-?\d{1,3}\.\d{1,20})"),
)


def is_link(text: str) -> bool:
    """Whether this is the address of a page, which may or may not hold coordinates."""
    return _LINK.search(text) is not None


def degrees_of(text: str) -> float | None:
    """One coordinate in degrees; None for what is none."""
    text = text.strip()
    if _PLAIN.fullmatch(text):
        return _number(text)
    angle = _ANGLE.fullmatch(text)
    return _degrees(angle) if angle else None


def pair_of(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, from one text that holds both; None for what does not."""
    text = text[:_MOST_READ].strip()
    return next(_pairs_in_link(text), None) if is_link(text) else _two_numbers(text)


def _pairs_in_link(text: str) -> Iterator[tuple[float, float]]:
    address = unquote_plus(text)
    for pattern in _IN_LINKS:
        for pair_shown in pattern.finditer(address):
            pair = _two_numbers(", ".join(pair_shown.groups()))
            if pair is not None:
                yield pair


def _two_numbers(text: str) -> tuple[float, float] | None:
    text = text.strip()
    points = _WITH_POINTS.fullmatch(text)
    # 21,105 is one number with a decimal comma.
    if points and ("." in text or points[2].strip() != "," or " " in points[2]):
        return _number(points[1]), _number(points[3])
    commas = _WITH_COMMAS.fullmatch(text)
    if commas:
        return _number(commas[1]), _number(commas[2])
    first = _ANGLE.match(text)
    second = _ANGLE.fullmatch(text[first.end() :].lstrip(" ,;")) if first else None
    if first is None or second is None:
        return None
    pair = _degrees(first), _degrees(second)
    eastward_first = (first[4] or "").upper() in {"E", "W", "Đ"}
    return (pair[1], pair[0]) if eastward_first else pair


def _degrees(angle: re.Match[str]) -> float:
    whole, minutes, seconds = (_number(part or "0") for part in angle.groups()[:3])
    size = abs(whole) + minutes / 60 + seconds / 3600
    southward = (angle[4] or "").upper() in {"S", "W"}
    return round(-size if whole < 0 or southward else size, 9)


def _number(text: str) -> float:
    return float(text.replace(",", "."))
