"""docs/doctor.md: what `asm doctor` looks at and may find, from the list that it runs."""

import re
from typing import Final

from asm.install.doctor.finding import DoctorCheck
from asm.install.doctor.registry import CHECKS
from asm.locales.texts import Kind, templates

_FACT: Final = re.compile(r"\{\w+\}")
DOCTOR_HEAD: Final = """\
# Khám bản cài đặt · What `asm doctor` looks at

`asm doctor` xem mọi thứ mà ASM cần và nói điều gì sai, kèm cách sửa. Nó không thay đổi gì \
(trừ một khóa thử ở máy chủ tương thích Redis, xóa ngay), không gửi gì (trừ một thư thử khi có \
`--send-mail-to ĐỊA_CHỈ`), và không in mật khẩu, khóa hay tên ai. \
Mặc định in một tài liệu JSON (`ok`, `findings` với `check`, `what`, `state`, `message`, \
`message_en`); `--table` cho người đọc, `--only PHẦN` chỉ xem một phần. Trạng thái: `ok`; \
`warning` là chạy được nhưng nên biết; `wrong` là sai; `unknown` là chưa xem được. Thoát với 0 khi \
không có gì sai, 1 khi có, hay khi có điều chưa xem được; 2 khi chưa xem gì, vì chỉ root đọc được \
tệp cài đặt (chạy bằng `sudo`).

`asm doctor` looks at all that ASM needs and says what is wrong and what mends it. It changes \
nothing (but a key of its own in the Redis-compatible server, taken away at once), sends nothing \
(but a test mail with `--send-mail-to ADDRESS`), and prints no password, \
key or name. By default it prints one JSON document (`ok`, and `findings` with `check`, `what`, \
`state`, `message`, `message_en`); `--table` is for people, `--only PART` for one part. States: \
`ok`; `warning`, it works and should be known; `wrong`; `unknown`, it could not be looked at. Exit \
0 when nothing is wrong, 1 when something is or could not be looked at; 2 when nothing was, as \
only root may read the settings (run it with `sudo`).

`…` stands for what it found. This page is written by `python -m mobile_contract.generate`.

| `any` | |
|---|---|
"""


def doctor_page() -> str:
    """A table for each check, in the order in which they are told."""
    of_all = [
        _row("doctor", f"any:{what}") for what in ("not_reached", "no_right", "too_slow", "failed")
    ]
    return "\n".join([DOCTOR_HEAD + "\n".join(of_all), *(_section(check) for check in CHECKS), ""])


def _section(check: DoctorCheck) -> str:
    title, title_en = templates("doctor", f"{check.id}:title")
    rows = [_row("doctor", f"{check.id}:{what}") for what in check.finds]
    rows += [_row("refusals", code) for code in check.refusals]
    return "\n".join([f"\n**{title} · {title_en}**\n", f"| `{check.id}` | |", "|---|---|", *rows])


def _row(kind: Kind, text_id: str) -> str:
    what = text_id.rpartition(":")[2].removeprefix("database_")
    vi, en = (_FACT.sub("…", text).replace("|", "\\|") for text in templates(kind, text_id))
    return f"| `{what}` | {vi} · {en} |"
