"""The parts of the documentation that are derived: the table of operations, and the rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from asm.api.contract import needs_no_token
from asm.imports.all_rules import PUBLISHED
from asm.stays.rules.periods import HOURLY_AT_MOST, OPEN_AT_MOST, UNDO_DEPARTURE
from asm.stays.rules.rule import Rule

BEGIN: Final = "<!-- operations: begin -->\n"
END: Final = "<!-- operations: end -->\n"
SEVERITIES: Final = {
    "refuse": "từ chối · refused",
    "warn": "cảnh báo · warned of",
    "note": "lưu ý · noted",
}
RULES_HEAD: Final = """\
# Quy tắc kiểm tra · The rules

Mọi quy tắc xét một khai báo, lấy từ chính danh sách mà chương trình dùng (`GET /api/v1/rules`). \
“Từ chối”: khách đó không được ghi nhận, các khách khác trong cùng lần gửi vẫn được. “Cảnh báo” và \
“lưu ý”: được ghi nhận, kèm lời nhắc. Khai báo muộn không bao giờ bị từ chối: nó được nhận và đánh \
dấu là muộn.

Every rule that judges a declaration, from the very list that the program uses \
(`GET /api/v1/rules`). “Refused”: that guest is not recorded, the others of the same request are. \
“Warned of” and “noted”: recorded, with a remark. A late declaration is never refused: it is \
recorded and marked late.

`{…}` stands for a limit or a label. This page is written by `python -m mobile_contract.generate`.
"""


SAME_ARRIVAL: Final = """\
## Cùng một lần đến · Same arrival

Hai khai báo là cùng một lần đến khi cùng một người và thời gian lưu trú trùng nhau. Cùng một \
người: cùng giấy tờ; không có số thì cùng họ tên (không kể chữ hoa, khoảng trắng, vị trí dấu \
thanh), ngày sinh và giới tính trong một cơ sở; chỉ biết năm sinh thì còn phải cùng giờ đến (chỉ \
ghi ngày: cùng ngày đến) và cùng phòng; không ghi giờ đến thì hỏi lại. Thời gian lưu trú: từ lúc \
đến tới lúc trả phòng; chưa trả thì tới lúc dự kiến đi (nghỉ theo giờ: đúng giờ đó, không ghi \
thì {hourly} giờ; còn lại: sớm nhất 12:00 ngày dự kiến đi; không ghi thì {open} ngày). Không có \
gì mới: cho lại giấy tiếp nhận. Khác phòng, ngày dự kiến đi, hoặc bổ sung ô còn trống: sửa lượt \
đang có. Khác điều nữa: từ chối, nêu từng ô. Không trùng thời gian: một lượt mới. Đã trả phòng \
thì không sửa được; hoàn tác trả phòng được trong {undo} giờ từ khi ghi.

Two declarations are the same arrival when they are of the same person and the stays overlap. \
Same person: the same document; without a number the same name (but for case, spaces and where \
the tone stands), birth date and sex within one facility; with the year of birth alone also the \
same hour of arrival (of a day alone: the same day) and the same room, and it is asked where the \
hour is left to be now. A stay lasts from arrival to departure; while nobody has left, to the \
planned end (by the hour that hour, {hourly} hours if not told; otherwise noon of the planned \
day at the earliest; {open} days if not told). Nothing new: the receipt again. Another room or \
planned departure, or what was still empty: the stay that is there is changed. Anything else: \
refused, each field named. No overlap: a stay of its own. After departure nothing changes; the \
departure itself can be undone for {undo} hours after it was recorded.
"""


def api_page(project: Path, contract: Mapping[str, Any]) -> str:
    """docs/api.md with a fresh table between its two marks. Raises ValueError without them."""
    text = (project / "docs/api.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError("docs/api.md has lost the marks around its table of operations")
    return before + BEGIN + _operations(contract) + END + after


def _operations(contract: Mapping[str, Any]) -> str:
    lines = ["| Operation | Request | What it does | Token |", "|---|---|---|---|"]
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            token = "no" if needs_no_token(operation) else "yes"
            request = f"`{method.upper()} {path.removeprefix('/api/v1')}`"
            name = operation["operationId"]
            lines.append(f"| `{name}` | {request} | {operation['summary']} | {token} |")
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """docs/rules.md: what one arrival is; a section for each severity, a row for each rule."""
    same_arrival = SAME_ARRIVAL.format(
        hourly=int(HOURLY_AT_MOST.total_seconds() // 3600),
        open=OPEN_AT_MOST.days,
        undo=int(UNDO_DEPARTURE.total_seconds() // 3600),
    )
    parts = [RULES_HEAD, same_arrival]
    for severity, title in SEVERITIES.items():
        rules = [rule for rule in PUBLISHED if rule.severity == severity]
        parts.append(f"## {title[0].upper()}{title[1:]} ({len(rules)})\n")
        parts.append(
            "| Mã · Id | Trường · Field | Nội dung · Text | Nguồn · Source |\n|---|---|---|---|"
        )
        parts[-1] += "".join(f"\n{_row(rule)}" for rule in rules) + "\n"
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    texts = f"{rule.message} {rule.remedy}<br>{rule.message_en} {rule.remedy_en}"
    cells = (f"`{rule.id}`", f"`{rule.field}`", texts, rule.source + _dates(rule))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _dates(rule: Rule) -> str:
    begin = f" từ · from {rule.valid_from.isoformat()}" if rule.valid_from else ""
    end = f" đến hết · until {rule.valid_to.isoformat()}" if rule.valid_to else ""
    return begin + end
