"""What people and hotel software write for the entries of the form's lists, by folded key.

Only where a name can mean one thing: `CMND/CCCD` names two papers, a bare digit two sexes.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from asm.identity.names import folded_key
from asm.stays.entry import Sex


def _by_key(names: Mapping[int, Iterable[str]]) -> dict[str, int]:
    return {folded_key(name): code for code, spellings in names.items() for name in spellings}


DOCUMENT_NAMES: Final = _by_key(
    {
        1: (
            "CCCD", "Căn cước công dân", "Thẻ căn cước công dân", "CCCD gắn chip", "CCCD có chip",
            "Thẻ CCCD gắn chip", "Citizen ID", "Citizen ID card", "Citizen identity card",
            "Citizen identification card",
        ),
        2: (
            "Thẻ CMND", "Giấy CMND", "Chứng minh nhân dân", "Giấy chứng minh nhân dân",
            "Chứng minh thư", "Chứng minh thư nhân dân", "CMTND", "CMT",
        ),
        3: (
            "GPLX", "Bằng lái", "Bằng lái xe", "Driving license", "Driver license",
            "Driver's license", "Driver's licence",
        ),
        4: ("HC", "Sổ hộ chiếu", "Hộ chiếu phổ thông", "Passport number"),
        5: ("GKS", "Khai sinh", "Trích lục khai sinh", "Giấy khai sinh bản sao"),
        6: (
            "BHYT", "Bảo hiểm y tế", "Thẻ bảo hiểm y tế", "Thẻ bảo hiểm", "Health insurance",
        ),
        7: (
            "Thông báo số định danh cá nhân", "Thông báo ĐDCN", "Thông báo mã định danh",
            "Giấy thông báo số định danh cá nhân", "Số định danh cá nhân", "Số định danh",
            "Mã định danh",
        ),
        8: (
            "Căn cước", "Thẻ CC", "Identity card", "Căn cước 2024", "Thẻ căn cước mới",
            "Căn cước mới",
        ),
        9: ("Khác", "Loại khác", "Giấy tờ khác", "Other", "Others", "Other document"),
    }
)  # fmt: skip

#: Said in place of a kind of paper, for guests who have none.
#: Written where a number would stand, by who has none; so are signs alone.
NO_NUMBER: Final = frozenset(
    {"khong co", "khong", "ko", "ko co", "k co", "k", "khong co so", "chua co", "none", "no", "n a",
     "n/a", "na", "nil", "null"}
)  # fmt: skip

NO_PAPERS: Final = frozenset(
    {
        "khong co giay to", "khong giay to", "khong co", "khong", "chua co giay to", "mat giay to",
        "none", "no papers", "no paper", "no document", "no documents", "without papers",
        "no id",
    }
)  # fmt: skip

RESIDENCE_NAMES: Final = _by_key(
    {
        1: ("Nơi thường trú", "HKTT", "Hộ khẩu thường trú", "Permanent"),
        2: ("Nơi tạm trú", "KT3", "Temporary"),
        3: ("Nơi ở hiện tại", "Nơi khác", "Others"),
    }
)

REASON_NAMES: Final = _by_key(
    {
        1: ("Nghỉ dưỡng", "Nghỉ mát", "Travel", "Leisure", "Holiday"),
        2: ("Business",),
        3: ("Du học",),
        5: ("Hội thảo",),
        6: ("Thăm thân nhân", "Thăm người thân"),
        15: ("Báo chí", "Phóng viên"),
        18: ("Khám bệnh", "Khám chữa bệnh", "Điều trị", "Medical"),
        19: ("Làm việc", "Labour", "Labor"),
        20: ("Mục đích khác", "Lý do khác", "Others", "Other purpose"),
    }
)

SEX_NAMES: Final[dict[str, Sex]] = {
    "nam": "male", "m": "male", "male": "male", "man": "male", "nam gioi": "male", "trai": "male",
    "mr": "male", "ong": "male",
    "nu": "female", "f": "female", "female": "female", "woman": "female", "nu gioi": "female",
    "gai": "female", "mrs": "female", "ms": "female", "ba": "female",
    "khac": "other", "other": "other", "x": "other", "gioi tinh khac": "other",
}  # fmt: skip

#: Said where the sex is not known, as the foreigners' forms do.
SEX_UNKNOWN: Final = frozenset({"u", "unknown", "khong ro", "chua ro", "khong xac dinh"})
