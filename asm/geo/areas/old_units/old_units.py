"""Old three-level units (until 2025-06-30) and the units of today that they went to. Pure.

The table is that of the package `vietnamadminunits` (MIT): 10,040 old communes, of which 9,569 went
whole into one of today's and 471 were divided among two to five. The package then guesses where
a divided one's address lies; here that is a question with its choices.
"""

import sqlite3
from collections import defaultdict
from contextlib import closing
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, Final, Literal

import msgspec

from asm.errors import Invalid, invalid_field
from asm.geo.areas.old_units.unit_names import Level, bare_key, tone_key, unit_key
from asm.geo.areas.published_areas import published_areas
from asm.locales.texts import both

MOST_TEXT: Final = 500
MOST_CHOICES: Final = 20

_QUERY: Final = (
    "SELECT wardCode, ward, wardShort, wardAlias, district, districtShort, province, "
    "provinceShort, provinceKey || '_' || districtKey || '_' || coalesce(wardKey, '') AS key "
    "FROM admin_units_legacy"
)


class OldUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A commune as it was until 2025-06-30, with its statistics code of then (island districts
    had no communes: `ward` is then the district's name and `code` is empty).
    """

    code: str
    ward: str
    district: str
    province: str


class NewUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A commune of today."""

    code: str
    name: str
    province_code: str
    province_name: str


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an old unit. `status`: `whole` has the one `new`; `divided` asks which of
    `choices` (`old` was split); `ambiguous` asks which of `old_choices`, or of today's units in
    `choices`, was meant; `current` says that the text names the unit of today in `new`.
    """

    status: Literal["whole", "divided", "ambiguous", "current"]
    old: OldUnit | None = None
    new: NewUnit | None = None
    choices: list[NewUnit] = []
    old_choices: list[OldUnit] = []
    question: str | None = None
    question_en: str | None = None


class _Names(msgspec.Struct, frozen=True):
    """An old unit's names as keys, from the full one to the aliases."""

    unit: OldUnit
    key: str
    ward: tuple[str, str]
    aliases: frozenset[str]
    district: tuple[str, str]
    province: tuple[str, str]


class _Table(msgspec.Struct, frozen=True):
    old: list[_Names]
    by_province: dict[str, list[_Names]]
    went_to: dict[str, list[NewUnit]]
    current: dict[str, NewUnit]


def map_old(text: str) -> Mapped:
    """What became of `ward, district, province` as a card prints it (a street before is ignored).

    Accents, tone placement, capitals and the usual short forms do not matter, unless only accents
    tell two units apart. Raises Invalid `old_unit_unreadable` or `old_unit_unknown`.
    """
    parts = [part.strip() for part in text[:MOST_TEXT].split(",") if part.strip()]
    if len(parts) < 2 or len(text) > MOST_TEXT:
        raise _malformed()
    province, above = parts[-1], parts[-2]
    matches = _matching(parts[-3], above, province) if len(parts) > 2 else []
    if matches:
        return _answer(matches)
    # An island district without communes; else a text without its district, unless the district
    # is there and its commune is unknown: a commune of the district's name would be a guess.
    matches = _matching(None, above, province)
    if not matches and len(parts) > 2 and _is_district(above, province):
        raise _unknown()
    matches = matches or _matching(above, None, province)
    current = _table().current.get(f"{unit_key('ward', above)}|{bare_key('province', province)}")
    if current is not None and not matches:
        return Mapped(status="current", new=current)
    return _answer(matches, current)


def map_old_code(code: str) -> Mapped:
    """The same for a commune's statistics code of before. Raises Invalid `old_unit_unknown`."""
    for names in _table().old:
        if code and names.unit.code == code:
            return _what_became_of(names)
    raise _unknown()


def _matching(ward: str | None, district: str | None, province: str) -> list[_Names]:
    """Old units that the given names fit; by full names if any, else short ones, else aliases."""
    inside = [
        names
        for names in _table().by_province.get(bare_key("province", province), [])
        if district is None or _fits("district", district, names.district)
    ]
    if ward is None:
        return [names for names in inside if not names.unit.code]
    key, bare = unit_key("ward", ward), bare_key("ward", ward)
    typed_kind = key != bare
    for fitting in (
        [names for names in inside if names.ward[0] == key],
        [names for names in inside if not typed_kind and names.ward[1] == key],
    ):
        if fitting:
            return _with_typed_accents(fitting, ward)
    # A former name from the published table is asked about, never taken: two make a question.
    by_alias = [names for names in inside if key.replace(" ", "") in names.aliases]
    return by_alias * 2 if len(by_alias) == 1 else by_alias


def _with_typed_accents(matches: list[_Names], typed: str) -> list[_Names]:
    """Of units with one key, those with the accents typed. A text that has lost its accents says
    nothing about them: Sa Pa may then be Sa Pả.
    """
    if len(matches) < 2 or typed.isascii():
        return matches
    accented = tone_key(typed)
    return [names for names in matches if tone_key(names.unit.ward).endswith(accented)] or matches


def _fits(level: Level, typed: str, names: tuple[str, str]) -> bool:
    key = unit_key(level, typed)
    return key == names[0] or (key == bare_key(level, typed) and key == names[1])


def _what_became_of(names: _Names) -> Mapped:
    new = _table().went_to[names.key]
    if len(new) == 1:
        return Mapped(status="whole", old=names.unit, new=new[0])
    return divided(names.unit.ward, new, names.unit)


def divided(name: str, choices: list[NewUnit], old: OldUnit | None) -> Mapped:
    """The question which of `choices` an address of the unit called `name` is in now."""
    listed = ", ".join(unit.name for unit in choices)
    question, question_en = both("refusals", "old_unit.divided", {"unit": name, "among": listed})
    return Mapped(
        status="divided",
        old=old,
        choices=choices,
        question=question,
        question_en=question_en,
    )


def _answer(matches: list[_Names], current: NewUnit | None = None) -> Mapped:
    if not matches:
        raise _unknown()
    if len(matches) == 1 and current is None:
        return _what_became_of(matches[0])
    units = list({names.key: names.unit for names in matches}.values())[:MOST_CHOICES]
    question, question_en = both("refusals", "old_unit.ambiguous")
    return Mapped(
        status="ambiguous",
        choices=[current] if current else [],
        old_choices=units,
        question=question,
        question_en=question_en,
    )


def _is_district(typed: str, province: str) -> bool:
    return any(
        _fits("district", typed, names.district)
        for names in _table().by_province.get(bare_key("province", province), [])
    )


@lru_cache(maxsize=1)
def _table() -> _Table:
    """Read once, about 10,000 rows."""
    provinces, wards = published_areas()
    names = {province.code: province.name for province in provinces}
    units = {
        ward.code: NewUnit(
            code=ward.code,
            name=ward.name,
            province_code=ward.province_code,
            province_name=names[ward.province_code],
        )
        for ward in wards
    }
    data = files("vietnamadminunits") / "data"
    with as_file(data / "dataset.db") as path:
        db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        with closing(db):
            db.row_factory = sqlite3.Row
            rows = db.execute(_QUERY).fetchall()
            keys = db.execute("SELECT provinceKey, wardKey, wardCode FROM admin_units").fetchall()
    codes = {(row[0], row[1]): row[2] for row in keys}
    old = [_names(row) for row in rows]
    by_province: dict[str, list[_Names]] = defaultdict(list)
    for each in old:
        by_province[each.province[1]].append(each)
    went_to = _went_to(msgspec.json.decode((data / "converter_2025.json").read_bytes()))
    return _Table(
        old=old,
        by_province=dict(by_province),
        went_to={key: [units[codes[new]] for new in news] for key, news in went_to.items()},
        current={
            f"{unit_key('ward', unit.name)}|{bare_key('province', unit.province_name)}": unit
            for unit in units.values()
        },
    )


def _went_to(published: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Old key → keys of today, as (province, commune)."""
    whole = {
        old: [(province, new)]
        for province, news in published["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for new, olds in news.items()
        for old in olds
    }
    divided = {
        old: [(province, new["newWardKey"]) for new in news]
        for province, olds in published["DICT_PROVINCE_WARD_DIVIDED"].items()
        for old, news in olds.items()
    }
    return whole | divided


def _names(row: sqlite3.Row) -> _Names:
    ward = row["ward"] or row["district"]
    return _Names(
        unit=OldUnit(
            code=row["wardCode"] or "",
            ward=ward,
            district=row["district"],
            province=row["province"],
        ),
        key=row["key"],
        ward=(unit_key("ward", ward), bare_key("ward", ward)),
        aliases=frozenset(msgspec.json.decode(row["wardAlias"] or "[]")),
        district=(unit_key("district", row["district"]), bare_key("district", row["district"])),
        province=(unit_key("province", row["province"]), bare_key("province", row["province"])),
    )


def _malformed() -> Invalid:
    return _invalid("old_unit_unreadable")


def _unknown() -> Invalid:
    return _invalid("old_unit_unknown")


def _invalid(code: str) -> Invalid:
    return invalid_field("/q", code)
