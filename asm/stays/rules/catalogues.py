"""The numbered lists of the official forms, as data: papers, kinds of residence, reasons."""

from typing import Final

import msgspec

OTHER_DOCUMENT: Final = 9
PASSPORT: Final = 4
# Papers whose twelve digits are the personal number.
PERSONAL_NUMBER_TYPES: Final = frozenset({1, 2, 7, 8})
OTHER_REASON: Final = 20
# The ministry may lengthen its list before we hear of it: codes up to here are kept with a warning.
HIGHEST_REASON: Final = 99


class CatalogueItem(msgspec.Struct, frozen=True, kw_only=True):
    """A code with its two labels."""

    code: int
    label: str
    label_en: str


class DocumentType(CatalogueItem, frozen=True, kw_only=True):
    """A kind of paper and what its number looks like.

    `lengths`: the only lengths there are, or empty when just `max_length` bounds it.
    `digits_only`: else Latin letters and digits when `plain`, else anything printable.
    """

    lengths: frozenset[int] = frozenset()
    max_length: int = 50
    digits_only: bool = False
    plain: bool = False


def _paper(
    code: int, labels: tuple[str, str], *lengths: int, up_to: int | None = None
) -> DocumentType:
    return DocumentType(
        code=code,
        label=labels[0],
        label_en=labels[1],
        lengths=frozenset(lengths),
        digits_only=bool(lengths),
        max_length=up_to or max(lengths, default=50),
        plain=up_to is not None,
    )


DOCUMENT_TYPES: Final[dict[int, DocumentType]] = {
    item.code: item
    for item in (
        _paper(1, ("Thẻ CCCD", "Citizen identity card (CCCD)"), 12),
        _paper(2, ("CMND", "Old identity card (CMND)"), 9, 12),
        _paper(3, ("Giấy phép lái xe", "Driving licence"), up_to=20),
        _paper(4, ("Hộ chiếu", "Passport"), up_to=10),
        _paper(5, ("Giấy khai sinh", "Birth certificate")),
        _paper(6, ("Thẻ BHYT", "Health insurance card"), up_to=20),
        _paper(7, ("Thông báo số định danh", "Notice of personal number")),
        _paper(8, ("Thẻ Căn cước", "Identity card (Căn cước)"), 12),
        _paper(9, ("Giấy tờ khác", "Other paper")),
    )
}


def _items(*labels: tuple[int, str, str]) -> dict[int, CatalogueItem]:
    return {
        code: CatalogueItem(code=code, label=label, label_en=label_en)
        for code, label, label_en in labels
    }


RESIDENCE_KINDS: Final = _items(
    (1, "Thường trú", "Permanent residence"),
    (2, "Tạm trú", "Temporary residence"),
    (3, "Khác", "Other"),
)

# The form's own list.
REASONS: Final = _items(
    (1, "Du lịch", "Tourism"),
    (2, "Công tác", "Business trip"),
    (3, "Học tập", "Study"),
    (4, "Thăm viếng", "Visit"),
    (5, "Hội nghị", "Conference"),
    (6, "Thăm thân", "Family visit"),
    (7, "Từ thiện", "Charity"),
    (8, "Tổ chức quốc tế", "International organization"),
    (9, "Kết hôn", "Marriage"),
    (10, "Lãnh sự quán", "Consulate"),
    (11, "Viện trợ", "Aid"),
    (12, "Đại sứ quán", "Embassy"),
    (13, "Định cư", "Settlement"),
    (14, "Tiếp thị", "Marketing"),
    (15, "Báo chí phóng viên", "Press"),
    (16, "Thương mại", "Trade"),
    (17, "Gia hạn thị thực", "Visa extension"),
    (18, "Chữa bệnh", "Medical treatment"),
    (19, "Lao động", "Work"),
    (20, "Khác", "Other"),
)
