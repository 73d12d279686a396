"""A spreadsheet as the desk's form sends it, and what was answered to its first reading."""

import base64
import binascii
from hashlib import sha256
from typing import Final, cast, get_args
from uuid import uuid4

from litestar.datastructures import FormMultiDict, UploadFile

from asm.imports.declare_workbook import workbook_body
from asm.imports.sheet_answers import sheet_answers
from asm.intake.sheets.workbook import OrderAnswer, SheetAnswers
from asm.web.form_problems import FormProblem, form_problem

#: The page takes a third more than the file, and has to come back under the limit of an upload.
_MOST_CARRIED: Final = 7_000_000


async def sent_file(form: FormMultiDict) -> bytes:
    """A file that was chosen now, or the one that the page carried; empty for neither, and for a
    chosen one that holds nothing: the carried one is not what was meant then.
    """
    file = form.get("file")
    if isinstance(file, UploadFile):
        data = await file.read()
        await file.seek(0)
        if data or file.filename:
            return data
    try:
        return base64.b64decode(str(form.get("carried") or ""), validate=True)
    except binascii.Error:
        return b""


def no_file(form: FormMultiDict, *, of_list: bool = False) -> FormProblem:
    """What is told of a form without a file's bytes: that none was chosen (a workbook, or the CSV
    or XLSX file `of_list`), or that it is empty.
    """
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return form_problem("file", "form.file_empty")
    if of_list:
        return form_problem("file", "form.list_file")
    return form_problem("file", "form.file")


def sent_key(form: FormMultiDict, data: bytes) -> str:
    """The key of this file with these answers, of the one that the page holds: sent again it is the
    same, and with another answer another. Who went back on the page and ticked a box sends another
    declaration, and has no key to change; guests who were received already stay so by themselves.
    """
    page_key = str(form.get("key") or uuid4()).partition(".")[0]
    return f"{page_key}.{sha256(workbook_body(data, sent_answers(form))).hexdigest()[:16]}"


def carried_file(data: bytes) -> str:
    """For a page that carries it to the next form; empty when it is too large for that."""
    return base64.b64encode(data).decode() if len(data) <= _MOST_CARRIED else ""


def sent_answers(form: FormMultiDict) -> SheetAnswers:
    """The fixes accepted and the orders of dates chosen on the page of the first reading."""
    accepted = ["all"] if form.get("accept_all") else map(str, form.getall("accept", []))
    return sheet_answers(
        ",".join(accepted), _order(form.get("birth_order")), _order(form.get("stay_order"))
    )


def _order(value: object) -> OrderAnswer | None:
    return cast("OrderAnswer", value) if value in get_args(OrderAnswer) else None
