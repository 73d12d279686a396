"""What reading a photograph of a card or a passport may find, in the words of the rule list."""

from typing import Final

from asm.stays.rules.rule import Rule, by_id, rule

MAX_PIXELS: Final = 24_000_000
MAX_BYTES: Final = 20_000_000
# The remedy that puts the optional reader of passports where it is missing.
INSTALL_READER: Final = 'pip install "asm[ocr]"'

_LIMITS: Final = "Giới hạn kỹ thuật của hệ thống"
_MRZ: Final = "ICAO Doc 9303, phần 3 đến 5"
_AGAIN: Final = (
    "Chụp lại bằng máy ảnh của điện thoại, lưu dạng JPEG.",
    "Take the picture again with the phone's camera, as JPEG.",
)


def _refusal(
    kind: str,
    vi: str,
    en: str,
    remedy: tuple[str, str] = _AGAIN,
    source: str = _LIMITS,
) -> Rule:
    return rule(
        f"image.{kind}", "refuse", field="file", source=source,
        vi=(vi, remedy[0]), en=(en, remedy[1]),
    )  # fmt: skip


PICTURE_RULES: Final[tuple[Rule, ...]] = (
    _refusal("empty", "Tệp ảnh rỗng.", "The picture's file is empty."),
    _refusal(
        "bytes", "Tệp ảnh lớn hơn {limit} MB.", "The picture's file is larger than {limit} MB.",
        ("Lưu lại dạng JPEG, hoặc chụp ở cỡ ảnh nhỏ hơn.",
         "Save it as JPEG, or take it at a smaller size."),
    ),
    _refusal(
        "pixels",
        "Ảnh mở ra hơn {limit} triệu điểm ảnh.",
        "The picture opens to more than {limit} megapixels.",
        ("Chụp ở 12 megapixel hoặc nhỏ hơn, hoặc cắt lấy phần giấy tờ.",
         "Take it at 12 megapixels or fewer, or crop it to the document."),
    ),
    _refusal(
        "format",
        "Đây là tệp {found}, không phải ảnh JPEG, PNG hoặc WebP.",
        "This is a {found} file, not a JPEG, PNG or WebP picture.",
    ),
    _refusal(
        "heic",
        "Đây là ảnh HEIC của iPhone, hệ thống không đọc được.",
        "This is an iPhone's HEIC picture, which cannot be read here.",
        ("Trên iPhone: Cài đặt → Camera → Định dạng → Tương thích nhất, rồi chụp lại.",
         "On the iPhone: Settings → Camera → Formats → Most Compatible; take it again."),
    ),
    _refusal(
        "unknown",
        "Tệp này không phải ảnh JPEG, PNG hoặc WebP.",
        "This file is not a JPEG, PNG or WebP picture.",
    ),
    _refusal(
        "damaged",
        "Ảnh bị hỏng hoặc tải lên chưa hết.",
        "The picture is damaged, or was cut short on its way.",
        ("Gửi lại ảnh; nếu vẫn lỗi thì chụp lại.", "Send it again; if that fails, take it again."),
    ),
    _refusal(
        "too_heavy",
        "Đọc ảnh tốn quá nhiều thời gian hoặc bộ nhớ nên đã dừng.",
        "Reading the picture took too much time or memory and was stopped.",
    ),
    _refusal(
        "failed",
        "Chương trình đọc ảnh gặp lỗi với ảnh này.",
        "The reader of pictures failed on this one.",
        ("Chụp lại ảnh khác, hoặc gõ theo giấy tờ.",
         "Take another picture, or type what the document says."),
    ),
    _refusal(
        "busy",
        "Đang có quá nhiều ảnh chờ đọc.",
        "Too many pictures are waiting to be read.",
        ("Thử lại sau vài giây, hoặc gõ theo giấy tờ.",
         "Try again in a few seconds, or type what the document says."),
    ),
    _refusal(
        "no_code",
        "Không tìm thấy mã QR trong ảnh.",
        "There is no readable QR code in the picture.",
        ("Chụp gần và thẳng mã QR trên thẻ, đủ sáng, không lóa, không rung.",
         "Hold the camera close to the card's QR code, straight, in even light, without shaking."),
    ),
    _refusal(
        "no_mrz",
        "Không tìm thấy dòng chữ máy đọc (MRZ) trong ảnh.",
        "There is no readable machine-readable zone in the picture.",
        ("Chụp thẳng trang nhân thân, thấy trọn hai dòng cuối có dấu <<<, hoặc gõ hai dòng đó.",
         "Photograph the data page straight, with both bottom lines (<<<), or type those lines."),
        _MRZ,
    ),
    _refusal(
        "reader_missing",
        "Máy chủ này chưa cài phần đọc ảnh hộ chiếu.",
        "This server has no reader of passport photographs installed.",
        (f"Người vận hành: {INSTALL_READER}. Trong lúc chờ, gõ hai dòng MRZ.",
         f"For the operator: {INSTALL_READER}. Until then, type the two lines of the MRZ."),
        _MRZ,
    ),
)  # fmt: skip

IMAGE_RULES: Final[dict[str, Rule]] = by_id(PICTURE_RULES)
