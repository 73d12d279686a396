"""What reading an uploaded workbook may find, in the words of the rule list."""

from typing import Final

from asm.stays.rules.rule import Rule, by_id, rule

MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 40
MAX_UNPACKED_BYTES: Final = 20_000_000
SHEET_NAME: Final = "DS_KHACH_VIET_NAM_LUU_TRU"

_FORM: Final = f"Biểu mẫu {SHEET_NAME}"
_LIMITS: Final = "Giới hạn kỹ thuật của hệ thống"
_SAVE: Final = ("Mở bằng Excel rồi lưu dạng Excel Workbook (.xlsx).",
                "Open it in Excel and save it as an Excel Workbook (.xlsx).")  # fmt: skip


def _wrong_kind(kind: str, vi: str, en: str, remedy: tuple[str, str] = _SAVE) -> Rule:
    return rule(
        f"workbook.{kind}", "refuse", field="file", source=_FORM,
        vi=(vi, remedy[0]), en=(en, remedy[1]),
    )  # fmt: skip


_TEMPLATE: Final = ("Dùng biểu mẫu .xlsx tải từ trang này.", "Use the .xlsx form from this page.")

FILE_KINDS: Final[tuple[Rule, ...]] = (
    _wrong_kind("empty", "Tệp rỗng.", "The file is empty.", _TEMPLATE),
    _wrong_kind("pdf", "Đây là tệp PDF.", "This is a PDF file.", _TEMPLATE),
    _wrong_kind("image", "Đây là ảnh.", "This is a picture.", _TEMPLATE),
    _wrong_kind("old_xls", "Đây là tệp Excel kiểu cũ (.xls).", "This is an old Excel file (.xls)."),
    _wrong_kind(
        "protected", "Tệp có mật khẩu.", "The file is protected by a password.",
        ("Bỏ mật khẩu rồi lưu lại.", "Remove the password and save it again."),
    ),
    _wrong_kind("csv", "Đây là tệp văn bản hoặc CSV.", "This is a text or CSV file."),
    _wrong_kind(
        "xml", "Đây là tệp XML.", "This is an XML file.",
        ("Tệp XML khách nước ngoài: nộp ở mục khai báo tạm trú.",
         "XML of foreign guests: upload it under foreign guests."),
    ),
    _wrong_kind("html", "Đây là trang web đổi tên thành bảng tính.", "This is a renamed web page."),
    _wrong_kind("xlsb", "Đây là tệp Excel nhị phân (.xlsb).", "This is a binary workbook (.xlsb)."),
    _wrong_kind("ods", "Đây là bảng tính OpenDocument (.ods).", "This is an OpenDocument sheet."),
    _wrong_kind("word", "Đây là tệp Word.", "This is a Word document.", _TEMPLATE),
    _wrong_kind("zip", "Đây là tệp nén, không phải bảng tính.", "This is a zip, not a workbook.",
        ("Giải nén rồi nộp tệp .xlsx bên trong.", "Unpack it and upload the .xlsx inside.")),
    _wrong_kind("damaged", "Tệp bị hỏng, không mở được.", "The file is damaged."),
    _wrong_kind("unknown", "Không rõ loại tệp này.", "The kind of file is unknown.", _TEMPLATE),
    _wrong_kind(
        "no_sheet",
        f"Không có trang tính {SHEET_NAME}; tệp có: {{found}}.",
        f"There is no sheet {SHEET_NAME}; the file has: {{found}}.",
        (f"Dùng biểu mẫu, hoặc đổi tên trang tính thành {SHEET_NAME}.",
         f"Use the form, or rename the sheet to {SHEET_NAME}."),
    ),
    _wrong_kind(
        "no_rows", "Trang tính không có khách nào.", "The sheet holds no guests.",
        ("Ghi khách từ dòng 5.", "Write guests from row 5 on."),
    ),
)  # fmt: skip

FILE_LIMITS: Final[tuple[Rule, ...]] = (
    rule(
        "workbook.unpacked", "refuse", field="file", source=_LIMITS,
        vi=("Tệp mở ra quá lớn (hơn {limit} MB).", "Xóa ảnh và trang thừa, hoặc chia nhỏ tệp."),
        en=("The file unpacks to more than {limit} MB.", "Remove pictures, or split the file."),
    ),
    rule(
        "workbook.rows", "refuse", field="file", source=_LIMITS,
        vi=("Trang tính có hơn {limit} dòng.", "Chia thành nhiều tệp; xóa dòng thừa ở cuối."),
        en=("The sheet has more than {limit} rows.", "Split it; delete stray rows at the end."),
    ),
    rule(
        "workbook.columns", "refuse", field="file", source=_LIMITS,
        vi=("Trang tính có hơn {limit} cột.", "Xóa các cột ngoài biểu mẫu."),
        en=("The sheet has more than {limit} columns.", "Delete the columns beyond the form."),
    ),
    rule(
        "workbook.too_heavy", "refuse", field="file", source=_LIMITS,
        vi=("Đọc tệp tốn quá nhiều thời gian hoặc bộ nhớ nên đã dừng.",
            "Chép dữ liệu sang biểu mẫu mới rồi nộp lại, hoặc chia nhỏ tệp."),
        en=("Reading the file took too much time or memory and was stopped.",
            "Copy the data into a fresh form and upload it again, or split the file."),
    ),
    rule(
        "workbook.row4_skipped", "note", field="file", source=_FORM,
        vi=("Dòng 4 là dòng ví dụ nên không đọc.", "Nếu là khách thật, ghi từ dòng 5."),
        en=("Row 4 is the example row and was not read.", "Write real guests from row 5 on."),
    ),
)  # fmt: skip

CELL_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "cell.missing", "refuse", field="file", source=_FORM,
        vi=("Ô bắt buộc “{column}” còn trống.", "Ghi vào ô này."),
        en=("The mandatory cell “{column_en}” is empty.", "Fill it in."),
    ),
    rule(
        "cell.date", "refuse", field="file", source=_FORM,
        vi=("Không đọc được ngày.", "Ghi dd/MM/yyyy, ví dụ 05/08/1990."),
        en=("The date is not readable.", "Write dd/MM/yyyy, such as 05/08/1990."),
    ),
    rule(
        "cell.date.ambiguous", "refuse", field="file", source=_FORM,
        vi=("Cột này có ngày viết kiểu Mỹ (tháng trước), nên ô này có thể hiểu hai cách.",
            "Ghi lại theo dd/MM/yyyy cho cả cột."),
        en=("This column has dates in US order, so this cell can be read two ways.",
            "Write the whole column as dd/MM/yyyy."),
    ),
    rule(
        "cell.date.us_order", "note", field="file", source=_FORM,
        vi=("Ngày viết kiểu Mỹ (tháng trước) đã được đọc theo cách duy nhất có thể.",
            "Ghi dd/MM/yyyy để chắc chắn."),
        en=("A date in US order was read the only way possible.", "Write dd/MM/yyyy to be sure."),
    ),
    rule(
        "cell.time.assumed", "note", field="arrived_at", source=_FORM,
        vi=("Chỉ có ngày đến, không có giờ: lấy {time}.", "Ghi dd/MM/yyyy HH:mm để đúng giờ đến."),
        en=("Only the arrival's date is given: {time} is taken.", "Write dd/MM/yyyy HH:mm."),
    ),
    rule(
        "cell.choice", "refuse", field="file", source=_FORM,
        vi=("Giá trị không có trong danh mục “{column}”.", "Chọn theo danh sách của biểu mẫu."),
        en=("The value is not in the list “{column_en}”.", "Choose from the form's list."),
    ),
    rule(
        "cell.choice.contradiction", "refuse", field="file", source=_FORM,
        vi=("Mã và tên trong ô “{column}” không khớp nhau.", "Chọn lại theo danh sách."),
        en=("Code and label in “{column_en}” contradict each other.", "Choose from the list."),
    ),
    rule(
        "cell.number.lost_zeros", "refuse", field="guest.document_number", source=_FORM,
        vi=("Excel đã bỏ số 0 ở đầu số giấy tờ.", "Xác nhận số đề nghị, hoặc định dạng ô là Text."),
        en=("Excel dropped leading zeros of the document number.",
            "Confirm the suggested number, or format the cell as text."),
    ),
    rule(
        "cell.phone.lost_zero", "note", field="guest.phone", source=_FORM,
        vi=("Có thể Excel đã bỏ số 0 ở đầu số điện thoại.", "Kiểm tra và thêm số 0."),
        en=("Excel may have dropped the phone's leading zero.", "Check it and add the zero."),
    ),
    rule(
        "cell.nationality.assumed", "note", field="guest.nationality", source=_FORM,
        vi=("Ô quốc tịch trống: lấy Việt Nam, vì đây là danh sách khách Việt Nam.",
            "Ghi quốc tịch nếu khác."),
        en=("No nationality: Vietnam is taken, as this is the list of Vietnamese guests.",
            "Give the nationality if it is another."),
    ),
    rule(
        "cell.error", "refuse", field="file", source=_FORM,
        vi=("Ô có lỗi công thức của Excel.", "Xóa công thức và gõ giá trị."),
        en=("The cell holds an Excel formula error.", "Remove the formula and type the value."),
    ),
)  # fmt: skip

FILE_RULES: Final[dict[str, Rule]] = by_id(FILE_KINDS, FILE_LIMITS, CELL_RULES)
