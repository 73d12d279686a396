"""docs/checks.md: what each background check looks at, from the list that the worker runs."""

from typing import Final

from asm.checks.flags.check import Check
from asm.checks.registry import CHECKS

SEVERITIES: Final = {
    "high": "cần xem ngay · look at once",
    "medium": "nên xem · worth a look",
    "low": "để biết · for information",
}
CHECKS_HEAD: Final = """\
# Kiểm tra nền · The background checks

Sau khi một khai báo đã được tiếp nhận, máy so nó với những gì đã biết. Thấy điều đáng xem thì nêu \
**cảnh báo** cho Công an cấp xã của địa bàn, không bao giờ chặn hay làm chậm khai báo. Cơ sở không \
thấy cảnh báo. Mỗi cảnh báo nêu dữ liệu đã làm phát sinh, không kèm tên hay số giấy tờ; bỏ được \
với một lý do, mở lại được, và tự đóng khi nguyên nhân không còn. Tự đóng rồi mà nguyên nhân trở \
lại thì cảnh báo mở lại như mới; đã bỏ thì vẫn bỏ.

After a declaration was taken, it is compared with what is known. What deserves a look raises a \
**flag** for the police of the ward; it never stops or delays a declaration, and the facility does \
not see it. Each flag shows the data that raised it, without names or document numbers; it can be \
dismissed with a note, reopened, and closes itself when its cause goes. When the cause returns, a \
flag that closed itself opens again as new; one that was dismissed stays dismissed.

Most checks run when a stay is declared or changed; those with *also by time* look by themselves \
as well, on the database's clock. This page is written by `python -m mobile_contract.generate`.
"""


def checks_page() -> str:
    """A section for each check, in the order of severity."""
    rank = list(SEVERITIES)
    ordered = sorted(CHECKS, key=lambda check: rank.index(check.severity))
    return "\n".join([CHECKS_HEAD, *(_section(check) for check in ordered)])


def _section(check: Check) -> str:
    lines = [
        f"## {check.title} · {check.title_en}\n",
        f"`{check.id}`, {SEVERITIES[check.severity]}{_every(check)}\n",
        f"**So cái gì.** {check.looks_at} {check.explanation}\n",
        f"**What is compared.** {check.looks_at_en} {check.explanation_en}\n",
    ]
    if check.shows:
        lines += ["| Dữ liệu · Data | Nghĩa · Meaning |", "|---|---|"]
        lines += [
            f"| `{detail.key}` | {detail.label} · {detail.label_en} |" for detail in check.shows
        ]
        lines.append("")
    return "\n".join(lines)


def _every(check: Check) -> str:
    if check.timed is None:
        return ""
    minutes = int(check.timed.every.total_seconds() // 60)
    return f"; cả theo giờ, {minutes} phút một lần · also by time, every {minutes} minutes"
