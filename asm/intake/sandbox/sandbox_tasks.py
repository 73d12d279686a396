"""What may run inside the sandbox, and the limits of each: the one list.

A fresh process costs some 45 ms, 95 with the readers of sheets; nothing that a stranger's bytes did
to it is there for the next stranger. So files, which are rare, get one each (`tasks=1`). Pictures
come with every guest, and the passports' models take seconds to load: their processes last.
"""

from typing import Final

import msgspec


class SandboxLine(msgspec.Struct, frozen=True, kw_only=True):
    """Where tasks stand in line: how many processes there are at once, and how many tasks may wait
    before more are turned away.
    """

    processes: int = 2
    waiting: int = 16


class SandboxTask(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of work. `function` is `module:name`; it gets the bytes and keywords by its
    annotations.

    `memory_mb` bounds a process's address space; `cpu_s` and `wall_s` one task; `bytes_in` and
    `bytes_out` what is sent to it and what it answers. A process ends after `tasks` tasks, where
    leaks of native libraries end too, and when idle for `idle_s`. `nice` is by how much it
    gives way to the rest of the machine.
    """

    function: str
    tasks: int = 1
    memory_mb: int = 512
    cpu_s: int = 10
    wall_s: int = 20
    bytes_in: int = 32_000_000
    bytes_out: int = 32_000_000
    idle_s: int = 300
    nice: int = 0


# Two at once are enough for people who upload by hand, and bound the memory to 1 GB. More
# may wait than a web process holds requests: no upload is turned away.
SHEET_LINE: Final = SandboxLine(processes=2, waiting=10_000)
CARD_LINE: Final = SandboxLine(processes=2, waiting=16)
# One process: it holds the models, some 400 MB while it reads. The first task loads them.
PASSPORT_LINE: Final = SandboxLine(processes=1, waiting=8)

WORKBOOK: Final = SandboxTask(function="asm.intake.sheets.xlsx:read_workbook")
MARKED_WORKBOOK: Final = SandboxTask(function="asm.intake.sheets.marked_workbook:mark_workbook")
ADDRESS_LIST: Final = SandboxTask(
    function="asm.intake.sheets.address_list:read_address_list",
    cpu_s=20,
    wall_s=30,
    bytes_in=64_000_000,
    bytes_out=64_000_000,
)
WATCH_LIST: Final = SandboxTask(
    function="asm.imports.watch_list_rows:read_watch_list", cpu_s=20, wall_s=30
)
# Whoever declares a stay goes before whoever has a picture read.
CARD_PICTURE: Final = SandboxTask(
    function="asm.intake.photos.card_image:decode_picture", tasks=500, memory_mb=768, nice=5
)
PASSPORT_PICTURE: Final = SandboxTask(
    function="asm.intake.photos.passport_photo_worker:read_picture",
    tasks=500,
    memory_mb=2048,
    cpu_s=30,
    wall_s=60,
    idle_s=120,
    nice=5,
)
TASKS: Final = (
    WORKBOOK, MARKED_WORKBOOK, ADDRESS_LIST, WATCH_LIST, CARD_PICTURE, PASSPORT_PICTURE,
)  # fmt: skip
