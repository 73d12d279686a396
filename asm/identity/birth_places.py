"""The 63 codes that begin a personal number: the province where the birth was registered.

Codes from the package vn-ident 0.1.0 and province units of 2025 from vietnamadminunits 1.0.4
(© 2025 Tran Ngoc Minh Hieu), both under the MIT licence. The three-digit codes of countries, for
people born abroad, are not public: a prefix that is missing here is unknown, not wrong.
"""

from typing import Final, NamedTuple


class BirthPlace(NamedTuple):
    """`name` as at registration; `province_2025` is the unit's code since 2025-07-01."""

    name: str
    province_2025: str


BIRTH_PLACES: Final[dict[str, BirthPlace]] = {
    "001": BirthPlace("Hà Nội", "01"),
    "002": BirthPlace("Hà Giang", "08"),
    "004": BirthPlace("Cao Bằng", "04"),
    "006": BirthPlace("Bắc Kạn", "19"),
    "008": BirthPlace("Tuyên Quang", "08"),
    "010": BirthPlace("Lào Cai", "15"),
    "011": BirthPlace("Điện Biên", "11"),
    "012": BirthPlace("Lai Châu", "12"),
    "014": BirthPlace("Sơn La", "14"),
    "015": BirthPlace("Yên Bái", "15"),
    "017": BirthPlace("Hòa Bình", "25"),
    "019": BirthPlace("Thái Nguyên", "19"),
    "020": BirthPlace("Lạng Sơn", "20"),
    "022": BirthPlace("Quảng Ninh", "22"),
    "024": BirthPlace("Bắc Giang", "24"),
    "025": BirthPlace("Phú Thọ", "25"),
    "026": BirthPlace("Vĩnh Phúc", "25"),
    "027": BirthPlace("Bắc Ninh", "24"),
    "030": BirthPlace("Hải Dương", "31"),
    "031": BirthPlace("Hải Phòng", "31"),
    "033": BirthPlace("Hưng Yên", "33"),
    "034": BirthPlace("Thái Bình", "33"),
    "035": BirthPlace("Hà Nam", "37"),
    "036": BirthPlace("Nam Định", "37"),
    "037": BirthPlace("Ninh Bình", "37"),
    "038": BirthPlace("Thanh Hóa", "38"),
    "040": BirthPlace("Nghệ An", "40"),
    "042": BirthPlace("Hà Tĩnh", "42"),
    "044": BirthPlace("Quảng Bình", "44"),
    "045": BirthPlace("Quảng Trị", "44"),
    "046": BirthPlace("Thừa Thiên Huế", "46"),
    "048": BirthPlace("Đà Nẵng", "48"),
    "049": BirthPlace("Quảng Nam", "48"),
    "051": BirthPlace("Quảng Ngãi", "51"),
    "052": BirthPlace("Bình Định", "52"),
    "054": BirthPlace("Phú Yên", "66"),
    "056": BirthPlace("Khánh Hòa", "56"),
    "058": BirthPlace("Ninh Thuận", "56"),
    "060": BirthPlace("Bình Thuận", "68"),
    "062": BirthPlace("Kon Tum", "51"),
    "064": BirthPlace("Gia Lai", "52"),
    "066": BirthPlace("Đắk Lắk", "66"),
    "067": BirthPlace("Đắk Nông", "68"),
    "068": BirthPlace("Lâm Đồng", "68"),
    "070": BirthPlace("Bình Phước", "75"),
    "072": BirthPlace("Tây Ninh", "80"),
    "074": BirthPlace("Bình Dương", "79"),
    "075": BirthPlace("Đồng Nai", "75"),
    "077": BirthPlace("Bà Rịa - Vũng Tàu", "79"),
    "079": BirthPlace("Hồ Chí Minh", "79"),
    "080": BirthPlace("Long An", "80"),
    "082": BirthPlace("Tiền Giang", "82"),
    "083": BirthPlace("Bến Tre", "86"),  # codespell:ignore tre
    "084": BirthPlace("Trà Vinh", "86"),
    "086": BirthPlace("Vĩnh Long", "86"),
    "087": BirthPlace("Đồng Tháp", "82"),
    "089": BirthPlace("An Giang", "91"),
    "091": BirthPlace("Kiên Giang", "91"),
    "092": BirthPlace("Cần Thơ", "92"),
    "093": BirthPlace("Hậu Giang", "92"),
    "094": BirthPlace("Sóc Trăng", "92"),
    "095": BirthPlace("Bạc Liêu", "96"),
    "096": BirthPlace("Cà Mau", "96"),
}
