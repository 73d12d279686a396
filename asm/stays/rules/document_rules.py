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
    rule(
        "document.missing", "refuse", field="guest.document_number", source=_RESIDENCE_LAW,
        vi=(
            "Chưa có số giấy tờ của khách.",
            "Ghi loại và số giấy tờ; nếu khách không có giấy tờ, chọn “không có giấy tờ”.",
        ),
        en=(
            "The guest's document number is missing.",
            "Give type and number; if the guest has no papers, mark “no papers”.",
        ),
    ),
    rule(
        "document.missing.child", "note", field="guest.document_number", source=_RESIDENCE_LAW,
        vi=("Trẻ em chưa có số giấy tờ.", "Ghi số định danh nếu có (trên giấy khai sinh)."),
        en=("The child has no document number.", "Give the personal number if there is one."),
    ),
    rule(
        "document.no_papers", "warn", field="guest.no_papers", source=_RESIDENCE_LAW,
        vi=("Khách không có giấy tờ.", "Vẫn thông báo lưu trú, và báo ngay cho công an xã."),
        en=("The guest has no papers.", "Declare all the same, and tell the ward police at once."),
    ),
    rule(
        "document.no_papers.contradiction", "refuse", field="guest.no_papers", source=_FORM,
        vi=(
            "Vừa chọn “không có giấy tờ” vừa ghi giấy tờ.",
            "Bỏ chọn “không có giấy tờ”, hoặc xóa loại và số giấy tờ.",
        ),
        en=(
            "“No papers” is marked, yet a document is given.",
            "Clear “no papers”, or remove the document's type and number.",
        ),
    ),
    rule(
        "document.type.missing", "refuse", field="guest.document_type", source=_FORM,
        vi=("Có số giấy tờ nhưng chưa chọn loại.", "Chọn loại giấy tờ từ 1 đến 9."),
        en=("There is a number but no document type.", "Choose a type from 1 to 9."),
    ),
    rule(
        "document.type.unknown", "refuse", field="guest.document_type", source=_FORM,
        vi=("Loại giấy tờ không có trong danh mục.", "Chọn loại giấy tờ từ 1 đến 9."),
        en=("The document type is not in the list.", "Choose a type from 1 to 9."),
    ),
    rule(
        "document.name.missing", "refuse", field="guest.document_name", source=_FORM,
        vi=("Chọn “giấy tờ khác” nhưng chưa ghi tên giấy tờ.", "Ghi tên giấy tờ."),
        en=("“Other paper” is chosen without its name.", "Write what the paper is called."),
    ),
    rule(
        "document.number.spaces", "refuse", field="guest.document_number", source=_FORM,
        vi=("Số giấy tờ có khoảng trắng.", "Xóa hết khoảng trắng trong số giấy tờ."),
        en=("The document number contains spaces.", "Remove every space from the number."),
    ),
    rule(
        "document.number.characters", "refuse", field="guest.document_number", source=_FORM,
        vi=("Số của {paper} chỉ gồm {allowed}.", "Kiểm tra lại số, nhất là chữ O và số 0."),
        en=("The number of this paper ({paper_en}) may hold only {allowed_en}.",
            "Check the number, above all O and 0."),
    ),
    rule(
        "document.number.length", "refuse", field="guest.document_number", source=_FORM,
        vi=("Số của {paper} phải có {lengths} ký tự.", "Đếm lại số ký tự trên giấy tờ."),
        en=("The number of this paper ({paper_en}) has {lengths_en} characters.",
            "Count the characters on the paper."),
    ),
    rule(
        "document.old_number.length", "warn", field="guest.old_number", source=_FORM,
        vi=("Số CMND cũ không đúng 9 chữ số.", "Kiểm tra lại, hoặc để trống."),
        en=("The old CMND number is not 9 digits.", "Check it, or leave it empty."),
    ),
    rule(
        "document.cmnd.ended", "warn", field="guest.document_type", source=_CMND_ENDED,
        valid_from=_CMND_INVALID_FROM,
        vi=(
            "CMND hết giá trị sử dụng từ ngày 01/01/2025.",
            "Hỏi thẻ Căn cước, thẻ CCCD hoặc số định danh 12 số; số CMND ghi vào ô số cũ.",
        ),
        en=(
            "The old identity card (CMND) is no longer valid since 1 January 2025.",
            "Ask for a Căn cước or CCCD card, or the personal number; give this as the old number.",
        ),
    ),
    rule(
        "personal_number.length", "warn", field="guest.document_number", source=_NUMBER,
        vi=("Số định danh cá nhân thường có 12 chữ số.", "Kiểm tra lại số trên thông báo."),
        en=("A personal number has 12 digits.", "Check the number on the notice."),
    ),
    rule(
        "personal_number.birth_place", "warn", field="guest.document_number", source=_NUMBER,
        vi=(
            "Ba số đầu không phải mã tỉnh đã công bố.",
            "Kiểm tra lại số; người sinh ở nước ngoài có thể có mã khác.",
        ),
        en=(
            "The first three digits are not a published province code.",
            "Check the number; people born abroad may have other codes.",
        ),
    ),
    rule(
        "personal_number.sex", "warn", field="guest.sex", source=_NUMBER,
        vi=("Giới tính không khớp với số định danh.", "Kiểm tra giới tính và chữ số thứ tư."),
        en=("The sex does not match the personal number.", "Check the sex and the fourth digit."),
    ),
    rule(
        "personal_number.birth_year", "warn", field="guest.birth_date", source=_NUMBER,
        vi=("Năm sinh không khớp với số định danh.", "Kiểm tra năm sinh và chữ số thứ tư đến sáu."),
        en=("The birth year does not match the personal number.",
            "Check the year and the fourth to sixth digits."),
    ),
)  # fmt: skip
