#!/usr/bin/env bash
# rdflib 7.6.0: its DCAT namespace is closed at the terms of DCAT 2. Terms of DCAT 3, which DCAT-AP 3
# asks for (version, hasVersion, DatasetSeries, inSeries …), give a warning and then the right URI all
# the same, and so does any word that no DCAT has: the namespace tells neither apart, and a program
# that treats warnings as errors cannot write a catalogue of DCAT 3 by it.
#
# Seen on 2026-11-30 with Python 3.11:
#   rdflib 7.6.0, dataset: no warning, http://www.w3.org/ns/dcat#dataset
#   rdflib 7.6.0, version: UserWarning, http://www.w3.org/ns/dcat#version
#   rdflib 7.6.0, inSeries: UserWarning, http://www.w3.org/ns/dcat#inSeries
#   rdflib 7.6.0, nosuchterm: UserWarning, http://www.w3.org/ns/dcat#nosuchterm
#
# Runs without ASM: installs a pinned package into a temporary folder. Exits with 0 while it is so,
# with 1 when the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rdflib==7.6.0
"$folder/venv/bin/python" - <<'PY'
import sys
import warnings

from rdflib import DCAT

seen = []
for term in ("dataset", "version", "inSeries", "nosuchterm"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        uri = str(DCAT[term])
    kind = caught[0].category.__name__ if caught else "no warning"
    seen.append((kind, uri == f"http://www.w3.org/ns/dcat#{term}"))
    print(f"rdflib 7.6.0, {term}: {kind}, {uri}")
same = seen == [("no warning", True)] + [("UserWarning", True)] * 3
print("as before" if same else "CHANGED")
sys.exit(0 if same else 1)
PY
