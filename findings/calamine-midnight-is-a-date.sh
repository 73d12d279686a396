#!/usr/bin/env bash
# python-calamine 0.9.1: a cell that holds a date and a time (format dd/mm/yyyy hh:mm) comes back as
# datetime.datetime, but at midnight exactly as datetime.date. The same column then has two types,
# and "00:00" cannot be told from "no time was given": a guest who came at midnight is read as a
# guest who came that day. openpyxl 3.1.5 gives a datetime for both cells.
#
# Seen on 2026-11-30 with Python 3.11:
#   python-calamine 0.9.1: datetime 2026-11-21 21:15:00 | date 2026-11-21
#   openpyxl 3.1.5: datetime 2026-11-21 21:15:00 | datetime 2026-11-21 00:00:00
#
# Runs without ASM: installs pinned packages into a temporary folder. Exits with 0 while it is so,
# with 1 when the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  python-calamine==0.9.1 xlsxwriter==3.3.1 openpyxl==3.1.5
"$folder/venv/bin/python" - <<'PY'
import io
import sys
from datetime import date, datetime

import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

out = io.BytesIO()
with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
    sheet = book.add_worksheet()
    shown = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for row, moment in enumerate((datetime(2026, 11, 21, 21, 15), datetime(2026, 11, 21, 0, 0))):
        sheet.write_datetime(row, 0, moment, shown)
data = out.getvalue()

grid = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
calamine = [row[0] for row in grid]
peer = [row[0].value for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows()]
for name, cells in (("python-calamine 0.9.1", calamine), ("openpyxl 3.1.5", peer)):
    print(f"{name}:", " | ".join(f"{type(cell).__name__} {cell}" for cell in cells))
same = [type(cell) for cell in calamine] == [datetime, date]
same = same and [type(cell) for cell in peer] == [datetime, datetime]
print("as before" if same else "CHANGED")
sys.exit(0 if same else 1)
PY
