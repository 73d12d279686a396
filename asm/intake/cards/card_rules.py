"""What reading a card's QR or a machine-readable zone may find, in the words of the rule list."""

from typing import Final

from asm.stays.rules.rule import Rule, by_id, rule

_QR: Final = "Mã QR trên thẻ CCCD và thẻ Căn cước"
_MRZ: Final = "ICAO Doc 9303, phần 3 đến 5"

QR_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "card_qr.empty", "refuse", field="guest", source=_QR,
        vi=("Chưa quét được gì.", "Đưa mã QR trên thẻ vào giữa khung và quét lại."),
        en=("Nothing was scanned.", "Hold the card's QR code in the frame and scan again."),
    ),
    rule(
        "card_qr.too_long", "refuse", field="guest", source=_QR,
        vi=("Nội dung quét dài bất thường.", "Xóa ô và quét lại một thẻ."),
        en=("The scanned text is far too long.", "Clear the field and scan one card."),
    ),
    rule(
        "card_qr.not_a_card", "refuse", field="guest", source=_QR,
        vi=("Đây không phải mã QR của thẻ căn cước.", "Quét mã QR ở mặt trước hoặc sau thẻ."),
        en=("This is not an identity card's QR code.", "Scan the QR code on the card itself."),
    ),
    rule(
        "card_qr.bank_payment", "refuse", field="guest", source="EMVCo QR; VietQR",
        vi=("Đây là mã QR chuyển tiền ngân hàng.", "Quét mã QR trên thẻ căn cước."),
        en=("This is a bank payment QR code.", "Scan the QR code on the identity card."),
    ),
    rule(
        "card_qr.health_insurance", "refuse", field="guest", source="Thẻ BHYT",
        vi=("Đây là mã QR của thẻ bảo hiểm y tế.", "Quét mã QR trên thẻ căn cước."),
        en=("This is a health insurance card's QR code.", "Scan the identity card's QR code."),
    ),
    rule(
        "card_qr.web_address", "refuse", field="guest", source=_QR,
        vi=("Đây là mã QR của một trang web.", "Quét mã QR trên thẻ căn cước."),
        en=("This QR code is a web address.", "Scan the QR code on the identity card."),
    ),
    rule(
        "card_qr.mrz", "refuse", field="guest", source=_MRZ,
        vi=("Đây là dòng chữ máy đọc (MRZ), không phải mã QR.", "Dùng ô đọc MRZ."),
        en=("This is a machine-readable zone, not a QR code.", "Use the MRZ field."),
    ),
    rule(
        "card_qr.two_scans", "refuse", field="guest", source=_QR,
        vi=("Ô này có hai lần quét dính liền.", "Xóa ô, đặt máy quét gửi phím Enter, quét lại."),
        en=("Two scans ran together.", "Clear the field, let the scanner send Enter, scan again."),
    ),
    rule(
        "card_qr.telex", "refuse", field="guest", source=_QR,
        vi=(
            "Bộ gõ tiếng Việt đã làm sai chữ khi máy quét gõ vào.",
            "Tắt Unikey/bộ gõ Telex, VNI (chuyển sang E) hoặc đổi bàn phím sang English, quét lại.",
        ),
        en=(
            "A Vietnamese input method garbled what the scanner typed.",
            "Switch Unikey, Telex or VNI off (E), or the keyboard to English, and scan again.",
        ),
    ),
    rule(
        "card_qr.parts", "refuse", field="guest", source=_QR,
        vi=("Mã QR thiếu phần, có thể quét chưa hết.", "Quét lại, giữ thẻ yên."),
        en=("Parts of the code are missing.", "Scan again and hold the card still."),
    ),
    rule(
        "card_qr.number", "refuse", field="guest.document_number", source=_QR,
        vi=("Số trên mã QR không đủ 12 chữ số.", "Quét lại, hoặc gõ số theo thẻ."),
        en=("The code's number is not 12 digits.", "Scan again, or type it from the card."),
    ),
    rule(
        "card_qr.old_number", "warn", field="guest.old_number", source=_QR,
        vi=("Số CMND cũ trên mã QR không đúng dạng nên đã bỏ.", "Gõ số cũ nếu cần."),
        en=("The code's old number is malformed and was left out.", "Type it if needed."),
    ),
    rule(
        "card_qr.name", "refuse", field="guest.full_name", source=_QR,
        vi=("Mã QR không có họ tên đọc được.", "Quét lại, hoặc gõ họ tên theo thẻ."),
        en=("The code holds no readable name.", "Scan again, or type the name."),
    ),
    rule(
        "card_qr.birth_date", "refuse", field="guest.birth_date", source=_QR,
        vi=("Ngày sinh trên mã QR không có thật.", "Quét lại, hoặc gõ ngày sinh theo thẻ."),
        en=("The code's birth date does not exist.", "Scan again, or type it from the card."),
    ),
    rule(
        "card_qr.sex", "refuse", field="guest.sex", source=_QR,
        vi=("Giới tính trên mã QR không phải Nam hoặc Nữ.", "Quét lại, hoặc chọn theo thẻ."),
        en=("The code's sex is neither Nam nor Nữ.", "Scan again, or choose it from the card."),
    ),
    rule(
        "card_qr.issue_date", "refuse", field="guest", source=_QR,
        vi=("Ngày cấp không có thật, ở tương lai, hoặc trước ngày sinh.",
            "Quét lại; kiểm tra ngày của máy tính và xem thẻ có thật không."),
        en=("The issue date does not exist, is in the future or precedes birth.",
            "Scan again; check this computer's date, and whether the card is genuine."),
    ),
    rule(
        "card_qr.lost_diacritics", "warn", field="guest.full_name", source=_QR,
        vi=("Họ tên và địa chỉ mất dấu.", "Thêm dấu theo thẻ; đặt máy quét sang UTF-8."),
        en=("Name and address lost their diacritics.",
            "Add them from the card; set the scanner to UTF-8."),
    ),
    rule(
        "card_qr.lost_letters", "warn", field="guest.full_name", source=_QR,
        vi=("Một số chữ bị mất khi quét.", "Gõ lại phần mất theo thẻ; đặt máy quét sang UTF-8."),
        en=("Some letters were lost in scanning.",
            "Type them from the card; set the scanner to UTF-8."),
    ),
    rule(
        "card_qr.encoding", "note", field="guest.full_name", source=_QR,
        vi=("Chữ bị đọc sai bảng mã {encoding} và đã được khôi phục.",
            "Xem lại họ tên; đặt máy quét sang UTF-8."),
        en=("Letters read as {encoding} were restored.",
            "Look over the name; set the scanner to UTF-8."),
    ),
)  # fmt: skip

MRZ_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "mrz.shape", "refuse", field="guest", source=_MRZ,
        vi=("Không phải dòng chữ máy đọc của hộ chiếu hay thẻ căn cước.",
            "Hộ chiếu có 2 dòng 44 ký tự; mặt sau thẻ có 3 dòng 30 ký tự."),
        en=("This is no machine-readable zone of a passport or card.",
            "A passport has 2 lines of 44; a card's back has 3 lines of 30."),
    ),
    rule(
        "mrz.check_digit", "refuse", field="guest.document_number", source=_MRZ,
        vi=("Chữ số kiểm tra của {part} không khớp.", "Gõ hoặc chụp lại dòng {line}."),
        en=("The check digit of the {part_en} does not fit.", "Type or scan line {line} again."),
    ),
    rule(
        "mrz.repaired", "warn", field="guest.document_number", source=_MRZ,
        vi=("Một ký tự của {part} đã được sửa theo chữ số kiểm tra.", "So lại với giấy tờ."),
        en=("One character of the {part_en} was repaired by its check digit.",
            "Compare it with the document."),
    ),
    rule(
        "mrz.number", "refuse", field="guest.document_number", source=_MRZ,
        vi=("Không đọc được số giấy tờ.", "Gõ số theo giấy tờ."),
        en=("The document number is not readable.", "Type it from the document."),
    ),
    rule(
        "mrz.birth_date", "refuse", field="guest.birth_date", source=_MRZ,
        vi=("Ngày sinh không có thật.", "Gõ ngày sinh theo giấy tờ."),
        en=("The birth date does not exist.", "Type it from the document."),
    ),
    rule(
        "mrz.birth_date.partial", "warn", field="guest.birth_date", source=_MRZ,
        vi=("Giấy tờ không ghi đủ ngày, tháng sinh.", "Giữ “chỉ biết năm”."),
        en=("The document does not give the full birth date.", "Keep “year only”."),
    ),
    rule(
        "mrz.expiry", "warn", field="guest", source=_MRZ,
        vi=("Ngày hết hạn không đọc được.", "Xem ngày hết hạn trên giấy tờ."),
        en=("The expiry date is not readable.", "See it on the document."),
    ),
    rule(
        "mrz.expired", "warn", field="guest", source=_MRZ,
        vi=("Giấy tờ đã hết hạn.", "Vẫn khai báo được; hỏi khách giấy tờ khác."),
        en=("The document has expired.", "Declare all the same; ask for another document."),
    ),
    rule(
        "mrz.sex", "note", field="guest.sex", source=_MRZ,
        vi=("Giấy tờ không ghi giới tính.", "Hỏi khách và chọn giới tính."),
        en=("The document does not state the sex.", "Ask the guest and choose."),
    ),
    rule(
        "mrz.nationality", "warn", field="guest.nationality", source=_MRZ,
        vi=("Mã quốc tịch không có trong danh mục.", "Chọn quốc tịch theo giấy tờ."),
        en=("The nationality's code is not in the list.", "Choose it from the document."),
    ),
    rule(
        "mrz.name.confirm", "warn", field="guest.full_name", source=_MRZ,
        vi=("Dòng họ tên không có chữ số kiểm tra.", "So từng chữ với giấy tờ, thêm dấu nếu có."),
        en=("The name line has no check digit.", "Compare every letter with the document."),
    ),
    rule(
        "mrz.name.missing", "refuse", field="guest.full_name", source=_MRZ,
        vi=("Không đọc được họ tên.", "Gõ họ tên theo giấy tờ."),
        en=("The name is not readable.", "Type it from the document."),
    ),
    rule(
        "mrz.name.truncated", "warn", field="guest.full_name", source=_MRZ,
        vi=("Họ tên có thể bị cắt ngắn.", "Gõ họ tên đầy đủ theo trang nhân thân."),
        en=("The name may be cut short.", "Type the full name from the data page."),
    ),
)  # fmt: skip

CARD_RULES: Final[dict[str, Rule]] = by_id(QR_RULES, MRZ_RULES)
