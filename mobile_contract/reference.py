"""The parts of the documentation that are derived: the table of operations, and the rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from asm.imports.all_rules import PUBLISHED
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
            token = "yes" if operation.get("security") else "no"
            request = f"`{method.upper()} {path.removeprefix('/api/v1')}`"
            name = operation["operationId"]
            lines.append(f"| `{name}` | {request} | {operation['summary']} | {token} |")
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """docs/rules.md: a section for each severity, a row for each rule."""
    parts = [RULES_HEAD]
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
