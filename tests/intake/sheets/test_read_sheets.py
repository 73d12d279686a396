import io
import zipfile
from datetime import UTC, date, datetime

import msgspec

from asm.intake.sandbox.sandbox_tasks import WORKBOOK
from asm.intake.sheets.read_sheets import read_workbook_limited
from asm.intake.sheets.xlsx import read_workbook
from asm.intake.sheets.xlsx_template import build_workbook

TODAY = date(2026, 11, 22)
ROW = [
    "1", "Trần Thị Thử", "02/09/2001", "Nữ", "VNM", "1", "", "079301000025", "", "", "", "", "",
    "21/11/2026", "23/11/2026", "101", "1", "", "",
]  # fmt: skip


async def test_the_sandbox_gives_the_same_answer() -> None:
    data = build_workbook([ROW, ROW])
    now = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    reading = await read_workbook_limited(data, TODAY, now)
    assert reading == read_workbook(data, today=TODAY, now=now)
    assert reading.accepted == 2
    assert reading == read_workbook(data, today=TODAY, now=now)


async def test_too_little_memory_is_a_problem_not_a_crash() -> None:
    little = msgspec.structs.replace(WORKBOOK, memory_mb=20)
    reading = await read_workbook_limited(build_workbook([ROW] * 4000), TODAY, task=little)
    assert [item.rule for item in reading.problems] == ["workbook.too_heavy"]


async def test_shared_strings_that_multiply_end_in_the_sandbox() -> None:
    """Few bytes, little when unpacked, gigabytes when every cell gets its own copy."""
    cells = "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{c}{r}" t="s"><v>0</v></c>' for c in "BCDEFGHIJKLMNOP")
        + "</row>"
        for r in range(1, 4000)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(build_workbook([ROW]))) as source,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = (
                    f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'.encode()
                )
            if name == "xl/sharedStrings.xml":
                content = f'<sst xmlns="{main}"><si><t>{"x" * 1_000_000}</t></si></sst>'.encode()
            target.writestr(name, content)
    assert len(bomb.getvalue()) < 300_000
    reading = await read_workbook_limited(bomb.getvalue(), TODAY)
    assert [item.rule for item in reading.problems] == ["workbook.too_heavy"]
