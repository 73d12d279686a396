#!/usr/bin/env bash
# holidays 0.109: when a Vietnamese day off is moved, the English name of it writes the day that it
# stands for as the United States do (month first), the Vietnamese name day first. Somebody in
# Vietnam who reads the English name reads another day, or one that does not exist.
#
# Seen on 2026-11-30 with Python 3.11:
#   holidays 0.109, 2026-08-31, en_US: Day off (substituted from 08/22/2026)
#   holidays 0.109, 2026-08-31, vi: Ngày nghỉ (thay cho ngày 22/08/2026)
#
# Runs without ASM: installs a pinned package into a temporary folder. Exits with 0 while it is so,
# with 1 when the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check holidays==0.109
"$folder/venv/bin/python" - <<'PY'
import sys
from datetime import date

import holidays

DAY = date(2026, 8, 31)
names = {
    language: holidays.country_holidays("VN", years=2026, language=language).get(DAY, "")
    for language in ("en_US", "vi")
}
for language, name in names.items():
    print(f"holidays 0.109, {DAY}, {language}: {name}")
same = "08/22/2026" in names["en_US"] and "22/08/2026" in names["vi"]
print("as before" if same else "CHANGED")
sys.exit(0 if same else 1)
PY
