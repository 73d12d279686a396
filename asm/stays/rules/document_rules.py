"""The rules about papers and their numbers."""

from datetime import date
from typing import Final

from asm.stays.rules.rule import Rule, rule

_RESIDENCE_LAW: Final = "Luật Cư trú 68/2020/QH14, Điều 30 (sửa đổi bởi Luật 118/2025/QH15)"
_FORM: Final = "Biểu mẫu DS_KHACH_VIET_NAM_LUU_TRU, cột F–H"
_NUMBER: Final = "Cấu trúc số định danh cá nhân, Nghị định 70/2024/NĐ-CP"
_CMND_ENDED: Final = "Luật Căn cước 26/2023/QH15, Điều 46"
_CMND_INVALID_FROM: Final = date(2025, 1, 1)

DOCUMENT_RULES: Final[tuple[Rule, ...]] = (
    rule("document.missing", "refuse", field="guest.document_number", source=_RESIDENCE_LAW),
    rule("document.missing.child", "note", field="guest.document_number", source=_RESIDENCE_LAW),
    rule("document.no_papers", "warn", field="guest.no_papers", source=_RESIDENCE_LAW),
    rule("document.no_papers.contradiction", "refuse", field="guest.no_papers", source=_FORM),
    rule("document.type.missing", "refuse", field="guest.document_type", source=_FORM),
    rule("document.type.unknown", "refuse", field="guest.document_type", source=_FORM),
    rule("document.name.missing", "refuse", field="guest.document_name", source=_FORM),
    rule("document.number.spaces", "refuse", field="guest.document_number", source=_FORM),
    rule("document.number.characters", "refuse", field="guest.document_number", source=_FORM),
    rule("document.number.length", "refuse", field="guest.document_number", source=_FORM),
    rule("document.old_number.length", "warn", field="guest.old_number", source=_FORM),
    rule(
        "document.cmnd.ended",
        "warn",
        field="guest.document_type",
        source=_CMND_ENDED,
        valid_from=_CMND_INVALID_FROM,
    ),
    rule("personal_number.length", "warn", field="guest.document_number", source=_NUMBER),
    rule("personal_number.birth_place", "warn", field="guest.document_number", source=_NUMBER),
    rule("personal_number.sex", "warn", field="guest.sex", source=_NUMBER),
    rule("personal_number.birth_year", "warn", field="guest.birth_date", source=_NUMBER),
)
