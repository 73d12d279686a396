"""The rules about the person: name, birth, nationality, residence."""

from datetime import date
from typing import Final

from asm.stays.rules.rule import Rule, rule

_RESIDENCE_LAW: Final = "Luật Cư trú 68/2020/QH14, Điều 30 (sửa đổi bởi Luật 118/2025/QH15)"
_FOREIGNERS_LAW: Final = "Luật 47/2014/QH13, Điều 33; mẫu NA17"
_FORM: Final = "Biểu mẫu DS_KHACH_VIET_NAM_LUU_TRU"
_DATA: Final = "Giới hạn kỹ thuật của hệ thống"
_MANDATORY_BIRTH_DATE: Final = date(2026, 7, 1)
_IDENTITY_LAW_FROM: Final = date(2024, 7, 1)

GUEST_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "guest.full_name.missing", "refuse", field="guest.full_name", source=_RESIDENCE_LAW,
        vi=("Chưa có họ tên khách.", "Ghi họ tên đúng như trên giấy tờ."),
        en=("The guest's name is missing.", "Write the name as the document shows it."),
    ),
    rule(
        "guest.full_name.length", "refuse", field="guest.full_name", source=_DATA,
        vi=("Họ tên dài quá {limit} ký tự.", "Ghi rút gọn như dòng họ tên trên giấy tờ."),
        en=("The name is longer than {limit} characters.", "Shorten it as the document does."),
    ),
    rule(
        "guest.full_name.digits", "refuse", field="guest.full_name", source=_FORM,
        vi=("Họ tên có chữ số.", "Kiểm tra xem có ghi nhầm ô, hoặc bộ gõ VNI đang bật."),
        en=("The name contains digits.", "Check for the wrong box, or a VNI input method."),
    ),
    rule(
        "guest.full_name.damaged", "refuse", field="guest.full_name", source=_FORM,
        vi=("Họ tên có ký tự lạ hoặc bị mất chữ.", "Gõ lại họ tên theo giấy tờ."),
        en=("The name has stray characters or lost letters.", "Type the name from the document."),
    ),
    rule(
        "guest.name.unconfirmed", "refuse", field="guest.name_confirmed",
        source="ICAO Doc 9303, phần 3 đến 5: dòng họ tên không có số kiểm tra",
        vi=(
            "Họ tên đọc bằng máy chưa được người xác nhận.",
            "So họ tên với giấy tờ, sửa nếu sai, rồi đánh dấu đã xác nhận.",
        ),
        en=(
            "Nobody has confirmed the name that a machine read.",
            "Compare it with the document, correct it if need be, then mark it as confirmed.",
        ),
    ),
    rule(
        "text.control_characters", "refuse", field="guest", source=_DATA,
        vi=("Ô này có ký tự điều khiển không nhìn thấy.", "Xóa ô và gõ lại."),
        en=("The field holds invisible control characters.", "Clear the field and type it again."),
    ),
    rule(
        "text.length", "refuse", field="guest", source=_DATA,
        vi=("Nội dung dài quá {limit} ký tự.", "Rút gọn nội dung."),
        en=("The text is longer than {limit} characters.", "Shorten the text."),
    ),
    rule(
        "guest.birth_date.missing", "refuse", field="guest.birth_date", source=_RESIDENCE_LAW,
        valid_from=_MANDATORY_BIRTH_DATE,
        vi=("Chưa có ngày sinh.", "Ghi ngày sinh; nếu giấy tờ chỉ có năm thì chọn “chỉ biết năm”."),
        en=("The birth date is missing.", "Give it; if only the year is known, mark it so."),
    ),
    rule(
        "guest.birth_date.future", "refuse", field="guest.birth_date", source=_FORM,
        vi=("Ngày sinh ở tương lai.", "Kiểm tra lại ngày, tháng, năm sinh."),
        en=("The birth date is in the future.", "Check day, month and year."),
    ),
    rule(
        "guest.birth_date.implausible", "warn", field="guest.birth_date", source=_FORM,
        vi=("Theo ngày sinh, khách hơn 120 tuổi.", "Kiểm tra lại năm sinh."),
        en=("By the birth date the guest is over 120.", "Check the year of birth."),
    ),
    rule(
        "guest.nationality.unknown", "refuse", field="guest.nationality",
        source="ISO 3166-1; ICAO Doc 9303-3",
        vi=("Không có quốc tịch này trong danh mục.", "Chọn quốc tịch trong danh sách."),
        en=("The nationality is not in the list.", "Choose one from the list."),
    ),
    # No text that we know of names the clock of people without a nationality. They are no citizens,
    # so they are declared like foreigners: in a lodging business by the earlier of the two clocks.
    rule(
        "guest.nationality.none", "note", field="guest.nationality", valid_from=_IDENTITY_LAW_FROM,
        source="Luật Căn cước 26/2023/QH15, Điều 30; hạn khai báo: chưa thấy quy định riêng",
        vi=(
            "Khách không quốc tịch hoặc chưa xác định được quốc tịch: hạn như khách nước ngoài.",
            "Hỏi giấy chứng nhận căn cước (12 chữ số): chọn loại 9 và ghi tên giấy, hoặc loại 7.",
        ),
        en=(
            "A guest without a (determined) nationality is due like a foreign guest.",
            "Ask for the certificate of identity (twelve digits): type 9 with its name, or type 7.",
        ),
    ),
    rule(
        "guest.phone.characters", "warn", field="guest.phone", source=_FORM,
        vi=("Số điện thoại có ký tự lạ hoặc sai độ dài.", "Kiểm tra số, hoặc để trống."),
        en=("The phone number looks wrong.", "Check it, or leave it empty."),
    ),
    rule(
        "guest.residence_kind.unknown", "refuse", field="guest.residence_kind", source=_FORM,
        vi=("Loại nơi cư trú không có trong danh mục.", "Chọn 1, 2 hoặc 3."),
        en=("The kind of residence is not in the list.", "Choose 1, 2 or 3."),
    ),
    rule(
        "guest.residence_country.unknown", "refuse", field="guest.residence_country",
        source="ISO 3166-1",
        vi=("Nước cư trú không có trong danh mục.", "Chọn nước trong danh sách, hoặc để trống."),
        en=("The country of residence is unknown.", "Choose one from the list, or leave it empty."),
    ),
    rule(
        "guest.residence.missing", "note", field="guest.residence_province",
        source="Định nghĩa thống kê: theo nơi cư trú, không theo quốc tịch",
        vi=("Chưa có nơi cư trú.", "Không bắt buộc; có thì số liệu du lịch chính xác hơn."),
        en=("The place of residence is missing.", "Optional; tourism figures are better with it."),
    ),
    rule(
        "foreigner.sex.missing", "refuse", field="guest.sex", source=_FOREIGNERS_LAW,
        vi=("Chưa có giới tính của khách nước ngoài.", "Ghi giới tính như trên hộ chiếu."),
        en=("A foreign guest's sex is missing.", "Give it as the passport does."),
    ),
    rule(
        "foreigner.birth_date.missing", "refuse", field="guest.birth_date", source=_FOREIGNERS_LAW,
        vi=("Chưa có ngày sinh của khách nước ngoài.", "Ghi ngày sinh như trên hộ chiếu."),
        en=("A foreign guest's birth date is missing.", "Give it as the passport does."),
    ),
    rule(
        "foreigner.passport.missing", "refuse", field="guest.document_type", source=_FOREIGNERS_LAW,
        vi=(
            "Khách nước ngoài cần hộ chiếu hoặc giấy tờ đi lại quốc tế.",
            "Chọn loại 4 (hộ chiếu), hoặc loại 9 và ghi tên giấy tờ đi lại quốc tế.",
        ),
        en=(
            "A foreign guest needs a passport or an international travel document.",
            "Choose type 4 (passport), or type 9 with the name of the travel document.",
        ),
    ),
    rule(
        "foreigner.permitted_stay.missing", "warn", field="guest.permitted_stay_until",
        source=_FOREIGNERS_LAW,
        vi=(
            "Chưa có thời hạn được tạm trú.",
            "Xem dấu nhập cảnh hoặc thị thực; không lấy ngày hết hạn hộ chiếu.",
        ),
        en=(
            "The limit of the permitted stay is missing.",
            "See the entry stamp or visa; never copy the passport's expiry.",
        ),
    ),
    rule(
        "foreigner.permitted_stay.past", "warn", field="guest.permitted_stay_until",
        source=_FOREIGNERS_LAW,
        vi=("Thời hạn tạm trú hết trước ngày đến.", "Kiểm tra ngày; nếu đúng, báo công an xã."),
        en=("The permitted stay ended before arrival.", "If it is right, tell the ward police."),
    ),
)  # fmt: skip
