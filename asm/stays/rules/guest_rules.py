"""The rules about the person: name, birth, nationality, residence."""

from datetime import date
from typing import Final

from asm.stays.rules.rule import Rule, rule

_RESIDENCE_LAW: Final = "Luật Cư trú 68/2020/QH14, Điều 30 (sửa đổi bởi Luật 118/2025/QH15)"
_FOREIGNERS_LAW: Final = "Luật 47/2014/QH13, Điều 33; mẫu NA17"
_FORM: Final = "Biểu mẫu DS_KHACH_VIET_NAM_LUU_TRU"
_LETTERS: Final = "Chữ in trên giấy tờ: tiếng Việt và tiếng các dân tộc; Unicode UAX 44, UTS 39"
_DATA: Final = "Giới hạn kỹ thuật của hệ thống"
_MANDATORY_BIRTH_DATE: Final = date(2026, 7, 1)
_IDENTITY_LAW_FROM: Final = date(2024, 7, 1)

GUEST_RULES: Final[tuple[Rule, ...]] = (
    rule("guest.full_name.missing", "refuse", field="guest.full_name", source=_RESIDENCE_LAW),
    rule("guest.full_name.length", "refuse", field="guest.full_name", source=_DATA),
    rule("guest.full_name.digits", "refuse", field="guest.full_name", source=_FORM),
    rule("guest.full_name.damaged", "refuse", field="guest.full_name", source=_FORM),
    rule("guest.full_name.several", "refuse", field="guest.full_name", source=_RESIDENCE_LAW),
    rule("guest.full_name.letters", "refuse", field="guest.full_name", source=_LETTERS),
    rule("guest.full_name.doubted", "refuse", field="guest.name_confirmed", source=_LETTERS),
    rule(
        "guest.name.unconfirmed",
        "refuse",
        field="guest.name_confirmed",
        source="ICAO Doc 9303, phần 3 đến 5: dòng họ tên không có số kiểm tra",
    ),
    rule("text.control_characters", "refuse", field="guest", source=_DATA),
    rule("text.length", "refuse", field="guest", source=_DATA),
    rule(
        "guest.birth_date.missing",
        "refuse",
        field="guest.birth_date",
        source=_RESIDENCE_LAW,
        valid_from=_MANDATORY_BIRTH_DATE,
    ),
    rule("guest.birth_date.future", "refuse", field="guest.birth_date", source=_FORM),
    rule("guest.birth_date.implausible", "warn", field="guest.birth_date", source=_FORM),
    rule(
        "guest.nationality.unknown",
        "refuse",
        field="guest.nationality",
        source="ISO 3166-1; ICAO Doc 9303-3",
    ),
    # No text that we know of names the clock of people without a nationality. They are no citizens,
    # so they are declared like foreigners: in a lodging business by the earlier of the two clocks.
    rule(
        "guest.nationality.none",
        "note",
        field="guest.nationality",
        valid_from=_IDENTITY_LAW_FROM,
        source="Luật Căn cước 26/2023/QH15, Điều 30; hạn khai báo: chưa thấy quy định riêng",
    ),
    rule("guest.phone.characters", "warn", field="guest.phone", source=_FORM),
    rule("guest.residence_kind.unknown", "refuse", field="guest.residence_kind", source=_FORM),
    rule(
        "guest.residence_country.unknown",
        "refuse",
        field="guest.residence_country",
        source="ISO 3166-1",
    ),
    rule(
        "guest.residence.missing",
        "note",
        field="guest.residence_province",
        source="Định nghĩa thống kê: theo nơi cư trú, không theo quốc tịch",
    ),
    rule(
        "guest.residence_province.unknown",
        "note",
        field="guest.residence_province",
        source="Nghị quyết 202/2025/QH15: 34 đơn vị hành chính cấp tỉnh",
    ),
    rule(
        "guest.residence_ward.code",
        "note",
        field="guest.residence_ward",
        source="Quyết định 19/2025/QĐ-TTg: bảng danh mục và mã số các đơn vị hành chính",
    ),
    rule("foreigner.sex.missing", "refuse", field="guest.sex", source=_FOREIGNERS_LAW),
    rule(
        "foreigner.birth_date.missing", "refuse", field="guest.birth_date", source=_FOREIGNERS_LAW
    ),
    rule(
        "foreigner.passport.missing", "refuse", field="guest.document_type", source=_FOREIGNERS_LAW
    ),
    rule(
        "foreigner.permitted_stay.missing",
        "warn",
        field="guest.permitted_stay_until",
        source=_FOREIGNERS_LAW,
    ),
    rule(
        "foreigner.permitted_stay.past",
        "warn",
        field="guest.permitted_stay_until",
        source=_FOREIGNERS_LAW,
    ),
    rule(
        "foreigner.permitted_stay.horizon",
        "warn",
        field="guest.permitted_stay_until",
        source=_DATA,
    ),
    rule(
        "foreigner.permitted_stay.short",
        "warn",
        field="guest.permitted_stay_until",
        source=_FOREIGNERS_LAW,
    ),
)
