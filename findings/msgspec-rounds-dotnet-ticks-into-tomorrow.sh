#!/usr/bin/env bash
# msgspec 0.22.0: RFC 3339 times with seven or more digits of fraction are ROUNDED to microseconds.
#
# .NET writes times with seven digits (ticks), and "the end of a day" as 23:59:59.9999999. msgspec
# does not cut the seventh digit, as datetime.fromisoformat does: it rounds, so the last tick of a
# day becomes midnight of the NEXT day. A hotel guest who leaves "at the end of 1 December" leaves on
# 2 December, which is one night more. .NET's DateTime.MaxValue, which some software sends for "no
# end", is rounded out of the calendar and refused as "Invalid RFC3339 encoded datetime", although
# it is valid.
#
# Output seen, 2026-11-30, Python 3.11:
#   msgspec   2026-12-02T00:00:00+07:00
#   fromiso   2026-12-01T23:59:59.999999+07:00
#   max       Invalid RFC3339 encoded datetime
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install msgspec==0.22.0
"$folder/venv/bin/python" - <<'PY'
import sys
from datetime import datetime

import msgspec

END_OF_DAY = "2026-12-01T23:59:59.9999999+07:00"
MAX_VALUE = "9999-12-31T23:59:59.9999999+00:00"

decoded = msgspec.json.decode(f'"{END_OF_DAY}"', type=datetime).isoformat()
cut = datetime.fromisoformat(END_OF_DAY).isoformat()
try:
    largest = msgspec.json.decode(f'"{MAX_VALUE}"', type=datetime).isoformat()
except msgspec.ValidationError as error:
    largest = str(error)
print(f"msgspec   {decoded}\nfromiso   {cut}\nmax       {largest}")
same = (
    decoded == "2026-12-02T00:00:00+07:00"
    and cut == "2026-12-01T23:59:59.999999+07:00"
    and largest == "Invalid RFC3339 encoded datetime"
)
sys.exit(0 if same else "this has changed")
PY
