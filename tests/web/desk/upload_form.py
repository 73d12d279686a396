"""A spreadsheet at the desk as a browser sends it: the file, then what the page carried."""

import re
from typing import Any

from tests.web.visitor import Visitor
from tests.workbooks import sheet_row

_HIDDEN = re.compile(r'<input type="hidden"\s+name="(\w+)"\s+value="([^"]*)"')


async def look(lan: Visitor, address: str, data: bytes, status: int = 200) -> None:
    await lan.open(address)
    await lan.send(address, status=status, files={"file": ("khach.xlsx", data)})


def carried(lan: Visitor) -> dict[str, Any]:
    """What the form of the preview sends back by itself."""
    fields = dict(_HIDDEN.findall(lan.html.partition('class="card"\n        method')[0]))
    fields.pop("_csrf_token", None)
    fields.pop("next", None)
    return fields


async def send(lan: Visitor, address: str, status: int = 200, **choices: Any) -> None:
    fields = carried(lan) | {"step": "send"} | choices
    await lan.send(address, status=status, files={"file": ("", b"")}, **fields)


def numbered(number: Any, **changes: Any) -> list[Any]:
    """A row whose document number is a number, as Excel makes it."""
    row: list[Any] = list(sheet_row(**changes))
    row[7] = number
    return row
