"""The rules about the stay: times, room, reason. Lateness is no rule: late is never refused."""

from datetime import date
from typing import Final

from asm.stays.rules.rule import Rule, rule

_RESIDENCE_LAW: Final = "Luật Cư trú 68/2020/QH14, Điều 30 (sửa đổi bởi Luật 118/2025/QH15)"
_FORM: Final = "Biểu mẫu DS_KHACH_VIET_NAM_LUU_TRU, cột N–R"
_KBTT: Final = "Giao diện KBTT 1.4"
_LODGING: Final = "Nghị định 96/2016/NĐ-CP, Điều 44"

STAY_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "stay.arrived_at.zone", "refuse", field="arrived_at", source="RFC 3339",
        vi=("Giờ đến không có múi giờ.", "Thêm múi giờ, ví dụ +07:00."),
        en=("The arrival time has no zone.", "Add the zone, such as +07:00."),
    ),
    rule(
        "stay.planned_departure_at.zone", "refuse", field="planned_departure_at", source="RFC 3339",
        vi=("Giờ dự kiến rời đi không có múi giờ.", "Thêm múi giờ, ví dụ +07:00."),
        en=("The planned departure has no zone.", "Add the zone, such as +07:00."),
    ),
    rule(
        "stay.arrived_at.future", "refuse", field="arrived_at", source=_RESIDENCE_LAW,
        vi=("Giờ đến còn hơn 24 giờ nữa.", "Thông báo khi khách đến; kiểm tra ngày đến."),
        en=("The arrival is more than 24 hours ahead.", "Declare on arrival; check the date."),
    ),
    rule(
        "stay.arrived_at.past", "refuse", field="arrived_at", source=_LODGING,
        vi=("Ngày đến cách đây hơn 36 tháng.", "Kiểm tra năm của ngày đến."),
        en=("The arrival is more than 36 months ago.", "Check the year of the arrival."),
    ),
    rule(
        "stay.departure.before_arrival", "refuse", field="planned_departure_at", source=_KBTT,
        vi=("Ngày rời đi trước ngày đến.", "Kiểm tra lại hai ngày."),
        en=("The departure is before the arrival.", "Check the two dates."),
    ),
    rule(
        "stay.departure.missing", "note", field="planned_departure_at", source=_RESIDENCE_LAW,
        vi=("Chưa có ngày dự kiến rời đi.", "Ghi nếu biết; có thể bổ sung sau."),
        en=("The planned departure is missing.", "Give it if known; it can be added later."),
    ),
    rule(
        "stay.length.temporary_residence", "warn", field="planned_departure_at",
        source="Luật Cư trú 68/2020/QH14, Điều 2 và Điều 27",
        vi=(
            "Thời gian ở từ {days} ngày trở lên.",
            "Từ {days} ngày phải đăng ký tạm trú, là thủ tục khác; thông báo này vẫn được nhận.",
        ),
        en=(
            "The stay is {days} days or longer.",
            "Temporary residence must be registered, another procedure; this is still accepted.",
        ),
    ),
    rule(
        "stay.room.missing", "refuse", field="room", source=_KBTT,
        vi=("Chưa có số phòng.", "Ghi số phòng hoặc khoa như trên cửa."),
        en=("The room is missing.", "Give the room or department as on its door."),
    ),
    rule(
        "stay.room.unknown", "warn", field="room", source=_KBTT,
        vi=("Phòng này chưa có trong danh sách phòng.", "Kiểm tra tên phòng, hoặc thêm phòng."),
        en=("The room is not in the list of rooms.", "Check its name, or add the room."),
    ),
    rule(
        "stay.reason.missing", "warn", field="reason", source=_RESIDENCE_LAW,
        vi=("Chưa có lý do lưu trú.", "Chọn lý do trong danh mục."),
        en=("The reason for the stay is missing.", "Choose one from the list."),
    ),
    rule(
        "stay.reason.invalid", "refuse", field="reason", source=_FORM,
        vi=("Mã lý do không hợp lệ.", "Chọn lý do trong danh mục (1 đến 20)."),
        en=("The reason's code is not valid.", "Choose one from the list (1 to 20)."),
    ),
    rule(
        "stay.reason.unknown", "warn", field="reason", source=_FORM,
        vi=("Mã lý do chưa có trong danh mục đang dùng.", "Kiểm tra mã; vẫn được ghi nhận."),
        en=("The reason's code is not in the current list.", "Check it; it is kept as given."),
    ),
    rule(
        "stay.reason_text.missing", "refuse", field="reason_text", source=_FORM,
        vi=("Lý do “khác” cần ghi rõ.", "Ghi lý do cụ thể."),
        en=("The reason “other” needs words.", "Write the reason."),
    ),
    rule(
        "stay.hourly.long", "warn", field="hourly", source=_LODGING,
        vi=("Ở theo giờ nhưng dài hơn 24 giờ.", "Bỏ chọn “theo giờ” nếu khách ở qua đêm."),
        en=("Use by the hour is longer than 24 hours.", "Clear “by the hour” if they sleep here."),
    ),
    rule(
        "stay.hourly.kind", "warn", field="hourly", source=_LODGING,
        vi=("Loại cơ sở này không cho ở theo giờ.", "Bỏ chọn “theo giờ”."),
        en=("This kind of facility has no use by the hour.", "Clear “by the hour”."),
    ),
    rule(
        "party.duplicate", "refuse", field="guest.document_number", source=_KBTT,
        vi=("Khách này đã có ở dòng trên, trong cùng lần gửi.", "Xóa dòng trùng."),
        en=("This guest is already in the same submission.", "Remove the duplicate."),
    ),
    rule(
        "party.child.no_adult", "warn", field="guest.birth_date",
        source="Bộ luật Dân sự 91/2015/QH13, Điều 20–21; Luật Căn cước 26/2023/QH15, Điều 19",
        vi=(
            "Khách dưới {child} tuổi mà lần gửi này không có ai từ {adult} tuổi đến cùng ngày.",
            "Khai cả người lớn đi cùng; nếu đã khai riêng thì không cần làm gì thêm.",
        ),
        en=(
            "A guest under {child}, and nobody of {adult} or over arrives that day in the request.",
            "Declare the adult too; if that was done separately, nothing needs doing.",
        ),
    ),
    rule(
        "stay.already_declared", "note", field="guest.document_number", source=_KBTT,
        vi=("Khách này đã được khai báo tại đây trong ngày đến.", "Không cần khai lại."),
        en=("This guest's arrival here that day is already declared.", "Nothing needs doing."),
    ),
    rule(
        "stay.relatives.once", "note", field="guest", source="Luật Cư trú 68/2020/QH14, Điều 30.4",
        valid_to=date(2026, 6, 30),
        vi=(
            "Người thân ruột thịt đến ở nhiều lần chỉ cần thông báo một lần.",
            "Không cần thông báo lại nếu đã thông báo trước đây.",
        ),
        en=(
            "Close relatives who stay often are declared once.",
            "No need to declare again if they were declared before.",
        ),
    ),
)  # fmt: skip
