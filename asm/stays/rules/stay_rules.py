"""The rules about the stay: times, room, reason. Lateness is no rule: late is never refused."""

from datetime import date
from typing import Final

from asm.stays.rules.rule import Rule, rule

_RESIDENCE_LAW: Final = "Luật Cư trú 68/2020/QH14, Điều 30 (sửa đổi bởi Luật 118/2025/QH15)"
_FORM: Final = "Biểu mẫu DS_KHACH_VIET_NAM_LUU_TRU, cột N–R"
_KBTT: Final = "Giao diện KBTT 1.4"
_SYSTEM: Final = "Giới hạn kỹ thuật của hệ thống"
#: What an arrival is: `asm.stays.rules.periods` and `asm.stays.rules.same_arrival`.
_SAME: Final = "Giao diện KBTT 1.4 (khai báo trùng thời gian); ADR 30"
_LODGING: Final = "Nghị định 96/2016/NĐ-CP, Điều 44"
_NIGHTS: Final = "Thông tư 08/2012/TT-BKHĐT, biểu 015.N; quy ước thống kê, mốc 05:00"

STAY_RULES: Final[tuple[Rule, ...]] = (
    rule("stay.arrived_at.zone", "refuse", field="arrived_at", source="RFC 3339"),
    rule(
        "stay.planned_departure_at.zone", "refuse", field="planned_departure_at", source="RFC 3339"
    ),
    rule("stay.arrived_at.future", "refuse", field="arrived_at", source=_RESIDENCE_LAW),
    rule("stay.arrived_at.ahead", "warn", field="arrived_at", source=_RESIDENCE_LAW),
    rule("stay.arrived_at.past", "refuse", field="arrived_at", source=_LODGING),
    rule("stay.arrived_at.long_ago", "warn", field="arrived_at", source=_RESIDENCE_LAW),
    rule("stay.departure.before_arrival", "refuse", field="planned_departure_at", source=_KBTT),
    rule("stay.departure.far", "warn", field="planned_departure_at", source=_RESIDENCE_LAW),
    rule("stay.departure.horizon", "refuse", field="planned_departure_at", source=_SYSTEM),
    rule("stay.departure.needed", "refuse", field="planned_departure_at", source=_SYSTEM),
    rule("stay.departure.same_day", "warn", field="planned_departure_at", source=_LODGING),
    rule("stay.departure.missing", "note", field="planned_departure_at", source=_RESIDENCE_LAW),
    rule(
        "stay.length.temporary_residence",
        "warn",
        field="planned_departure_at",
        source="Luật Cư trú 68/2020/QH14, Điều 2 và Điều 27",
    ),
    rule("stay.room.missing", "refuse", field="room", source=_KBTT),
    rule("stay.room.scanned", "refuse", field="room", source=_SYSTEM),
    rule("stay.room.unknown", "warn", field="room", source=_KBTT),
    rule("stay.reason.missing", "warn", field="reason", source=_RESIDENCE_LAW),
    rule("stay.reason.invalid", "refuse", field="reason", source=_FORM),
    rule("stay.reason.unknown", "warn", field="reason", source=_FORM),
    rule("stay.reason_text.missing", "refuse", field="reason_text", source=_FORM),
    rule("stay.hourly.long", "warn", field="hourly", source=_LODGING),
    rule("stay.hourly.night", "warn", field="hourly", source=_NIGHTS),
    rule("stay.hourly.kind", "warn", field="hourly", source=_LODGING),
    rule("party.duplicate", "refuse", field="guest.document_number", source=_KBTT),
    rule("party.same_day", "refuse", field="arrived_at", source=_SAME),
    rule("party.one_person", "refuse", field="guest.full_name", source=_SAME),
    rule(
        "party.child.no_adult",
        "warn",
        field="guest.birth_date",
        source="Bộ luật Dân sự 91/2015/QH13, Điều 20–21; Luật Căn cước 26/2023/QH15, Điều 19",
    ),
    rule("stay.already_declared", "note", field="guest.document_number", source=_SAME),
    rule("stay.departed_since", "warn", field="arrived_at", source=_SAME),
    rule("stay.same_arrival_differs", "refuse", field="guest", source=_SAME),
    rule("stay.hourly_again", "refuse", field="arrived_at", source=_SAME),
    rule("stay.namesake_again", "refuse", field="arrived_at", source=_SAME),
    rule("stay.same_arrival_changed", "note", field="room", source=_SAME),
    rule("stay.same_arrival_added", "note", field="guest", source=_SAME),
    rule("stay.changed_since", "warn", field="room", source=_SAME),
    rule("stay.earlier_open", "warn", field="arrived_at", source=_SAME),
    rule("stay.namesake", "warn", field="guest.full_name", source=_RESIDENCE_LAW),
    rule(
        "stay.relatives.once",
        "note",
        field="guest",
        source="Luật Cư trú 68/2020/QH14, Điều 30.4",
        valid_to=date(2026, 6, 30),
    ),
)
