"""docs/settings.md: every environment variable, from the table beside the settings object."""

from typing import Final

from asm.locales.texts import both, has_text
from asm.variables.table import VARIABLES
from asm.variables.variable import Group, Variable

SETTINGS_HEAD: Final = """\
# Biến môi trường · Environment variables

Mỗi biến một dòng. Cột cuối nói tiến trình nào đọc biến ấy: mỗi tiến trình chỉ cần được trao \
những biến của nó. Bỏ trống cũng như không đặt. **Bí mật**: không để người khác đọc được tệp \
chứa biến. Biến có dấu (tệp) nhận được cả `TÊN_FILE`: đường dẫn của tệp chứa giá trị, như \
`LoadCredential=` của systemd hay `secrets` của Docker; chỉ đặt một trong hai. Biến bắt đầu \
bằng `ASM_` mà không có trong bảng (thường là gõ nhầm) được nêu trong nhật ký lúc khởi động \
(`unknown_variable`). Giá trị không dùng được thì tiến trình không chạy, và nói biến nào, sai \
gì, cần gì.

One line for each variable. The last column says which process reads it: each needs to be given \
its own alone. Empty means not set. **Secret**: let nobody else read the file that it stands \
in. What is marked (file) is taken as `NAME_FILE` too: the path of a file that holds the value, \
as systemd's `LoadCredential=` and Docker's `secrets` make them; set one of the two. A variable \
that begins with `ASM_` and is not in the table (most are misspelt) is named in the log at the \
start (`unknown_variable`). With a value that cannot be used a process does not start, and says \
which variable, what is wrong and what is needed.

**web**: `asm web`, trang và API · pages and API. **worker**: `asm worker`, tiến trình nền. \
**asm**: các lệnh `asm` khác, của người vận hành · the operator's other commands. **make**: \
`make` trên một máy · on one machine. **compose**: docker-compose.yml đọc; nó cũng trao mọi \
biến của web và worker cho hai tiến trình ấy · read by docker-compose.yml, which also passes \
every variable of web and worker on to them. Trang này do `python -m mobile_contract.generate` \
viết · This page is written by it.
"""
_COLUMNS: Final = (
    "| Biến · Variable | Nghĩa · Meaning | Mặc định · Default | Bí mật · Secret | Từ · Since "
    "| Tiến trình · Process |\n|---|---|---|---|---|---|"
)
_PROCESSES: Final = {
    "web": "web",
    "worker": "worker",
    "operator": "asm",
    "local": "make",
    "compose": "compose",
}


def settings_page() -> str:
    """A table for each group; what only `make` and compose read stands last."""
    groups: dict[Group, list[str]] = {}
    for variable in VARIABLES.values():
        groups.setdefault(variable.group, []).append(_row(variable))
    parts = [SETTINGS_HEAD]
    for group, rows in groups.items():
        title, title_en = both("settings", f"group.{group}")
        parts.append("\n".join([f"## {title} · {title_en}\n", _COLUMNS, *rows, ""]))
    return "\n".join(parts)


def _row(variable: Variable) -> str:
    secret = "có · yes" if variable.secret else ""
    if variable.from_file:
        secret += " (tệp · file)"
    cells = (
        f"`{variable.name}`",
        _joined(both("settings", variable.name)) + _example(variable),
        _default(variable),
        secret,
        variable.since,
        ", ".join(_PROCESSES[process] for process in variable.processes),
    )
    return f"| {' | '.join(cells)} |"


def _default(variable: Variable) -> str:
    if variable.needed_by:
        needed = ", ".join(_PROCESSES[process] for process in variable.needed_by)
        return f"bắt buộc · required: {needed}"
    if variable.default:
        return f"`{variable.default}`"
    if has_text("settings", f"{variable.name}:default"):
        return _joined(both("settings", f"{variable.name}:default"))
    return "không · none"


def _example(variable: Variable) -> str:
    return f" `{variable.example}`" if variable.example else ""


def _joined(texts: tuple[str, str]) -> str:
    vi, en = texts
    return vi if vi == en else f"{vi} · {en}"
