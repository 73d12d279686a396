"""Guests who do not exist, for the demo and for tests."""

import random
from datetime import date

from asm.stays.entry import Guest, Sex

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_MIDDLE = {"male": ("Văn", "Đức", "Minh"), "female": ("Thị", "Ngọc", "Thu")}
_GIVEN = ("Mẫu", "Thử", "Ví Dụ", "Kiểm", "Nháp")
_PROVINCES = ("01", "79", "48", "46", "31", "92", "22", "38", "56", "68")
_BIRTH_PLACES = ("001", "079", "048", "046", "031", "092", "022", "038", "056", "068")


def invented_guest(chance: random.Random, until: date) -> Guest:
    """A guest who does not exist; one in six is a foreigner permitted to stay to `until`."""
    sex: Sex = "male" if chance.random() < 0.5 else "female"
    born = date(chance.randint(1950, 1999), chance.randint(1, 12), chance.randint(1, 28))
    if chance.random() < 1 / 6:
        country = chance.choice(("KOR", "JPN", "FRA", "AUS", "USA"))
        return Guest(
            full_name=f"SAMPLE {chance.choice(('ALEX', 'KIM', 'MARIE', 'KEN'))}",
            birth_date=born,
            sex=sex,
            nationality=country,
            document_type=4,
            document_number=f"X{chance.randint(1000000, 9999999)}",
            residence_country=country,
            permitted_stay_until=until,
        )
    province_index = chance.randrange(len(_PROVINCES))
    serial = chance.randint(0, 999999)
    digit = "0" if sex == "male" else "1"
    return Guest(
        full_name=f"{chance.choice(_FAMILY)} {chance.choice(_MIDDLE[sex])} {chance.choice(_GIVEN)}",
        birth_date=born,
        sex=sex,
        document_type=1,
        document_number=f"{_BIRTH_PLACES[province_index]}{digit}{born.year % 100:02d}{serial:06d}",
        residence_province=_PROVINCES[province_index],
        residence_kind=1,
    )
