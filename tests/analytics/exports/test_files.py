"""Files of figures: what they hold, and that programs and spreadsheets read them alike."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from python_calamine import CalamineWorkbook

from asm.analytics.exports.csv_file import SEPARATORS, Separator, csv_pieces
from asm.analytics.exports.export_table import About, Cell, ExportColumn, ExportTable, Said
from asm.analytics.exports.figures_pdf import MOST_PDF_ROWS, figures_pdf
from asm.analytics.exports.workbook import rows_of_csv, write_workbook
from asm.errors import Invalid
from asm.locales.texts import catalogue

ABOUT = About(
    title="Số liệu lưu trú: Phường Hoàn Kiếm",
    lines=[
        Said("Khu vực", "Phường Hoàn Kiếm; =1+1"),
        Said("Người lập", "=1+1"),
        Said("Tình trạng", "Tạm tính"),
    ],
    definitions=[Said("Ngày khách", "Một người ở một đêm, đếm theo ngày")],
    about_label="Về tệp này",
    definitions_label="Định nghĩa",
    rows_label="Số dòng",
    end="Hết tệp",
)
COLUMNS = [
    ExportColumn("Đêm", "day"),
    ExportColumn("Nơi cư trú"),
    ExportColumn("Ngày khách", "whole"),
    ExportColumn("Công suất (%)", "rate"),
]
ROWS: list[tuple[Cell, ...]] = [
    (date(2024, 2, 29), "Huế; “cố đô”, phía nam", 12, 61.5),
    (date(2026, 11, 30), "=HYPERLINK(1)", 0, None),
    (date(2026, 12, 1), "01", None, 103.0),
]


def table(rows: list[tuple[Cell, ...]] | Iterator[tuple[Cell, ...]] = ROWS) -> ExportTable:
    return ExportTable(id="nights", title="Từng đêm", columns=COLUMNS, rows=rows)


def written(separator: Separator) -> str:
    return b"".join(csv_pieces(table(), ABOUT, separator)).decode("utf-8")


def read_back(text: str) -> list[list[str]]:
    """As a program reads it that is told neither the separator nor how many rows there are."""
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    body = text[1:]
    delimiter = csv.Sniffer().sniff(body.splitlines()[0], delimiters=",;").delimiter
    return [row for row in csv.reader(io.StringIO(body), delimiter=delimiter) if row[0] != "#"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_head_holds_a_separator_so_that_it_tells_which_one_it_is(
    language: Literal["vi", "en"],
) -> None:
    heads = [text for key, text in catalogue("exports", language).items() if "column." in key]
    assert len(heads) > 20
    assert not [head for head in heads if set(head) & set(",;\t")]


def test_comma_and_semicolon_hold_the_same() -> None:
    comma, semicolon = read_back(written("comma")), read_back(written("semicolon"))
    assert comma[0] == ["Đêm", "Nơi cư trú", "Ngày khách", "Công suất (%)"]
    assert comma[1] == ["2024-02-29", "Huế; “cố đô”, phía nam", "12", "61.5"]
    # Excel in Vietnamese has a comma in its decimals, and so semicolons between cells.
    assert [[cell.replace(",", ".") for cell in row] for row in semicolon] == [
        [cell.replace(",", ".") for cell in row] for row in comma
    ]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_line_undoes_the_byte_order_mark_and_no_cell_is_a_formula(separator: Separator) -> None:
    text = written(separator)
    assert "sep=" not in text
    assert read_back(text)[2][1] == "'=HYPERLINK(1)"
    # Nor what the file says of itself: names of people are typed by them.
    lines = csv.reader(io.StringIO(text[1:]), delimiter=SEPARATORS[separator])
    assert not [cell for row in lines for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert text.count("\r\n") == text.count("\n")


@pytest.mark.parametrize("separator", SEPARATORS)
def test_it_says_below_its_rows_what_it_is_and_where_it_ends(separator: Separator) -> None:
    body = written(separator)[1:]
    said = [
        row[1:]
        for row in csv.reader(io.StringIO(body), delimiter=SEPARATORS[separator])
        if row[0] == "#"
    ]
    assert said[0] == ["Về tệp này", ABOUT.title]
    assert ["Ngày khách", "Một người ở một đêm, đếm theo ngày"] in said
    assert said[-2:] == [["Số dòng", "3"], ["Hết tệp"]]


def test_a_workbook_has_texts_numbers_and_days_and_never_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    write_workbook([table()], ABOUT, path)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["Về tệp này", "Từng đêm"]
    head, *rows = book.get_sheet_by_name("Từng đêm").to_python()
    assert head == [column.label for column in COLUMNS]
    # An empty cell is read as an empty text.
    assert rows == [["" if cell is None else cell for cell in row] for row in ROWS]
    assert [type(cell) for cell in rows[1]] == [date, str, float, str]
    about = [row[1] for row in book.get_sheet_by_name("Về tệp này").to_python()[2:]]
    assert about == [
        "Phường Hoàn Kiếm; =1+1",
        "=1+1",
        "Tạm tính",
        "Một người ở một đêm, đếm theo ngày",
    ]
    with zipfile.ZipFile(path) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_rows_that_the_database_wrote_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('2024-02-29,"Huế, cố đô",12,61.5\n2026-11-30,,,\n', encoding="utf-8")
    assert list(rows_of_csv(path, COLUMNS)) == [
        [date(2024, 2, 29), "Huế, cố đô", 12, 61.5],
        [date(2026, 11, 30), None, None, None],
    ]


def test_paper_holds_all_tables_and_refuses_a_book() -> None:
    pdf = figures_pdf([table(), table()], ABOUT, "vi")
    assert pdf.startswith(b"%PDF-")
    many = table([ROWS[0]] * (MOST_PDF_ROWS + 1))
    with pytest.raises(Invalid) as refused:
        figures_pdf([many], ABOUT, "vi")
    assert refused.value.errors[0]["code"] == "export_too_long_for_paper"
    assert str(MOST_PDF_ROWS) in refused.value.errors[0]["message"]
