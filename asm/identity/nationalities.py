"""Nationalities: ISO 3166-1 alpha-3 with the few exceptions that passports and offices use."""

import re
from functools import cache
from typing import Final

import msgspec
from babel import Locale
from iso3166 import countries

from asm.identity.names import clean_name, folded_key

VIETNAM_CODE: Final = "VNM"
# Stateless people, and people of Vietnamese origin whose nationality is not determined: those who
# live in Vietnam have a certificate of identity instead of a passport (Law 26/2023 Art. 30).
WITHOUT_NATIONALITY: Final = frozenset({"XXA", "XXX"})


class Nationality(msgspec.Struct, frozen=True, kw_only=True):
    """`code` is alpha-3; `alpha2` is None for the codes that exist only in passports."""

    code: str
    alpha2: str | None
    name: str
    name_en: str


# ICAO 9303-3 section 5: people and bodies without a country.
_PASSPORT_ONLY: Final = (
    ("XXA", "Người không quốc tịch", "Stateless person"),
    ("XXB", "Người tị nạn", "Refugee"),
    ("XXC", "Người tị nạn (khác)", "Refugee (other)"),
    ("XXX", "Chưa xác định được quốc tịch", "Unspecified nationality"),
    ("UNO", "Liên Hợp Quốc", "United Nations Organization"),
    ("UNA", "Cơ quan chuyên môn Liên Hợp Quốc", "United Nations agency"),
    ("EUE", "Liên minh châu Âu", "European Union"),
    ("XOM", "Dòng Hiệp sĩ Malta", "Sovereign Military Order of Malta"),
    ("XPO", "Interpol", "Interpol"),
    ("XBA", "Ngân hàng Phát triển châu Phi", "African Development Bank"),
    ("XIM", "Ngân hàng Xuất nhập khẩu châu Phi", "African Export-Import Bank"),
    ("XCC", "Cộng đồng Caribe", "Caribbean Community"),
    ("XCE", "Hội đồng châu Âu", "Council of Europe"),
    ("XCO", "Thị trường chung Đông và Nam Phi", "Common Market for Eastern and Southern Africa"),
    ("XEC", "Cộng đồng Kinh tế Tây Phi", "Economic Community of West African States"),
    ("XES", "Tổ chức các nước Đông Caribe", "Organisation of Eastern Caribbean States"),
    ("XMP", "Nghị viện Địa Trung Hải", "Parliamentary Assembly of the Mediterranean"),
    ("XDC", "Cộng đồng Phát triển Nam Phi", "Southern African Development Community"),
)
_PEOPLE_WITHOUT_COUNTRY: Final = frozenset({"XXA", "XXB", "XXC", "XXX"})
#: Bodies that give papers to travel with; nobody's nationality.
ORGANISATIONS: Final = frozenset(code for code, *_ in _PASSPORT_ONLY) - _PEOPLE_WITHOUT_COUNTRY

# Germany's passports say D, British ones their kind, Kosovo's RKS or, from the United Nations'
# mission, UNK; Romania's and Timor's, still in use, a former code.
_CODE_ALIASES: Final = {
    "D": "DEU", "RKS": "XKX", "UNK": "XKX", "ROM": "ROU", "TMP": "TLS",
    "GBD": "GBR", "GBN": "GBR", "GBO": "GBR", "GBP": "GBR", "GBS": "GBR",
}  # fmt: skip

# What people write that is not the name in CLDR.
_NAME_ALIASES: Final = {
    "Mỹ": "USA", "USA": "USA", "United States of America": "USA", "UK": "GBR", "Anh": "GBR",
    "England": "GBR", "Nhật": "JPN", "Úc": "AUS", "Bắc Triều Tiên": "PRK", "Korea": "KOR",
    "Đài Loan": "TWN", "Hồng Kông": "HKG", "Ma Cao": "MAC", "Turkey": "TUR",
    "Russian Federation": "RUS", "Czech Republic": "CZE", "Cộng hòa Séc": "CZE", "Miến Điện": "MMR",
    "Không quốc tịch": "XXA", "Không có quốc tịch": "XXA", "Stateless": "XXA",
    "Chưa xác định quốc tịch": "XXX", "Không xác định quốc tịch": "XXX",
    "Quốc tịch không xác định": "XXX", "Người gốc Việt chưa xác định quốc tịch": "XXX",
    "Người gốc Việt Nam chưa xác định được quốc tịch": "XXX", "Unspecified": "XXX",
    "Undetermined nationality": "XXX",
}  # fmt: skip


_PARTS: Final = re.compile(r"\s+[-–—/]\s+|(?<=\b[A-Z]{3})\s*[-–—]\s*")


@cache
def nationalities() -> dict[str, Nationality]:
    """Every nationality by its alpha-3 code."""
    vi, en = Locale("vi").territories, Locale("en").territories
    table = {
        c.alpha3: Nationality(
            code=c.alpha3,
            alpha2=c.alpha2,
            name=vi.get(c.alpha2, c.apolitical_name),
            name_en=en.get(c.alpha2, c.apolitical_name),
        )
        for c in countries
    }
    for code, name, name_en in _PASSPORT_ONLY:
        table[code] = Nationality(code=code, alpha2=None, name=name, name_en=name_en)
    return table


@cache
def _codes() -> dict[str, str]:
    """Codes as they are written, in capitals."""
    table = {item.code: item.code for item in nationalities().values()}
    table |= {item.alpha2: item.code for item in nationalities().values() if item.alpha2}
    return table | _CODE_ALIASES


@cache
def _names() -> tuple[dict[str, str], dict[str, set[str]]]:
    """Spellings with diacritics, and folded keys with every code they may stand for."""
    exact: dict[str, str] = {}
    folded: dict[str, set[str]] = {}
    spellings = [(n, item.code) for item in nationalities().values() for n in _spoken(item)]
    for spelling, code in [*spellings, *_NAME_ALIASES.items()]:
        exact.setdefault(spelling.casefold(), code)
        folded.setdefault(_key(spelling), set()).add(code)
    for spelling, code in _codes().items():
        folded.setdefault(_key(spelling), set()).add(code)
    return exact, folded


def _spoken(item: Nationality) -> tuple[str, str]:
    return clean_name(item.name), clean_name(item.name_en)


def _key(text: str) -> str:
    return folded_key(text).replace(" ", "")


def find_nationality(text: str) -> str | None:
    """Alpha-3 for an alpha-2 or alpha-3 code, `D`, a passport's filler (`D<<`), a Vietnamese or
    English name, or a code and a name (`D - Đức`), in any case and with or without diacritics; None
    when it is none of these, or when it may be two: capitals are codes (`MY` Malaysia, `NGA`
    Nigeria, `AO` Angola), names with their diacritics are names (Mỹ, Nga, Áo), and what is left in
    between (`my`, `ao`) is refused.
    """
    wanted = clean_name(text.replace("<", " "))
    whole = _find(wanted)
    if whole is not None:
        return whole
    # `D - Đức`, `VNM-Việt Nam`: both parts of one country.
    codes = {code for part in _PARTS.split(wanted, maxsplit=1) if (code := _find(part))}
    return codes.pop() if len(codes) == 1 else None


def _find(wanted: str) -> str | None:
    if wanted in _codes():
        return _codes()[wanted]
    exact, folded = _names()
    if wanted.casefold() in exact:
        return exact[wanted.casefold()]
    candidates = folded.get(_key(wanted), set())
    return next(iter(candidates)) if len(candidates) == 1 else None


def official_code(code: str) -> str:
    """The code as the ministry's forms write it: alpha-3, but `D` for Germany."""
    return "D" if code == "DEU" else code
