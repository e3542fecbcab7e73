"""Makes workbook/*: the same made-up sheets as XLSX, XLS and ODS, with what municipal sheets have: a title above the
header, a header of two lines, merged cells, codes and numbers stored as text, dates, an error, a total, a hidden sheet.

Run here with XlsxWriter, xlwt and odfpy: python workbooks.py
"""

from datetime import date, datetime
from pathlib import Path

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

FOLDER = Path(__file__).parent / "workbook"
ERROR = object()

# Merged areas: first row, first column, last row, last column, from 0.
MERGED = [
    (0, 0, 0, 8), (2, 0, 3, 0), (2, 1, 3, 1), (2, 2, 2, 3), (2, 4, 2, 5), (2, 6, 3, 6), (2, 7, 3, 7), (2, 8, 3, 8),
    (7, 0, 8, 0),
]
POPULATION = [
    ["Municipalidad de Ejemplo"],
    [],
    ["Comuna", "Código", 2017, None, 2018, None, "Fecha", "Vigente", "Tasa"],
    [None, None, "hombres", "mujeres", "hombres", "mujeres"],
    ["Ñuñez & Cía", "01101", 10, 11, "1.234.567", 13, date(2017, 4, 19), True, 2.5],
    ["La Dos", "13101", 20, 21.5, "12", None, datetime(2018, 1, 2, 13, 45), False, ERROR],
    [],
    ["La Tres", "13102", 30, 31, "3.000,5", 33, None, True, 0.25],
    [None, "13103", 40, 41, "7", 43, None, True, -1],
    ["Total", None, 100, 104.5],
]
POINTS = [["id", "nombre", "lon", "lat"], [1, "A", -70.5, -33.25], [2, "B", -70.75, -33.5]]
SHEETS = [("Población", POPULATION, MERGED), ("Puntos", POINTS, []), ("Oculta", [["a"], [1]], [])]


def xlsx(file):
    book = xlsxwriter.Workbook(str(file))
    book.set_properties({"created": datetime(2024, 1, 1)})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for name, rows, merged in SHEETS:
        sheet = book.add_worksheet(name)
        for area in merged:
            sheet.merge_range(*area, "")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is ERROR:
                    sheet.write_formula(r, c, "=NA()", value="#N/A")
                elif value == 0.25:
                    sheet.write_formula(r, c, "=1/4", value=0.25)
                elif isinstance(value, datetime):
                    sheet.write_datetime(r, c, value, moment)
                elif isinstance(value, date):
                    sheet.write_datetime(r, c, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                elif value is not None:
                    sheet.write(r, c, value)
        if name == "Oculta":
            sheet.hide()
    book.close()


def xls(file):
    book = xlwt.Workbook()
    day, moment = xlwt.easyxf(num_format_str="dd/mm/yyyy"), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    for name, rows, merged in SHEETS:
        sheet = book.add_sheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                area = next((m for m in merged if (m[0], m[1]) == (r, c)), None)
                if value is ERROR:
                    sheet.row(r).set_cell_error(c, 0x2A)  # #N/A
                elif area:
                    sheet.write_merge(area[0], area[2], area[1], area[3], value)
                elif isinstance(value, datetime):
                    sheet.write(r, c, value, moment)
                elif isinstance(value, date):
                    sheet.write(r, c, value, day)
                elif value is not None:
                    sheet.write(r, c, value)
        sheet.visibility = int(name == "Oculta")
    book.save(str(file))


def ods(file):
    book = OpenDocumentSpreadsheet()
    hidden = Style(name="hidden", family="table")
    hidden.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(hidden)
    for name, rows, merged in SHEETS:
        table = Table(name=name, **({"stylename": hidden} if name == "Oculta" else {}))
        covered = {(r, c) for a in merged for r in range(a[0], a[2] + 1) for c in range(a[1], a[3] + 1)}
        width = max(len(row) for row in rows)
        for r, row in enumerate(rows):
            line = TableRow()
            for c in range(width):
                value = row[c] if c < len(row) else None
                area = next((m for m in merged if (m[0], m[1]) == (r, c)), None)
                span = {"numberrowsspanned": area[2] - area[0] + 1, "numbercolumnsspanned": area[3] - area[1] + 1} if area else {}
                if (r, c) in covered and not area:
                    cell = CoveredTableCell()
                elif value is ERROR:
                    cell = TableCell(valuetype="string", stringvalue="", **span)
                    cell.setAttrNS("urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0", "value-type", "error")
                elif isinstance(value, bool):
                    cell = TableCell(valuetype="boolean", booleanvalue=str(value).lower(), **span)
                elif isinstance(value, datetime):
                    cell = TableCell(valuetype="date", datevalue=value.isoformat(), **span)
                elif isinstance(value, date):
                    cell = TableCell(valuetype="date", datevalue=value.isoformat(), **span)
                elif isinstance(value, str):
                    cell = TableCell(valuetype="string", **span)
                elif value is not None:
                    cell = TableCell(valuetype="float", value=value, **span)
                else:
                    cell = TableCell(**span)
                if value is not None:
                    cell.addElement(P(text="#N/A" if value is ERROR else str(value)))
                line.addElement(cell)
            table.addElement(line)
        # What LibreOffice writes below the last row.
        empty = TableRow(numberrowsrepeated=1048576 - len(rows))
        empty.addElement(TableCell(numbercolumnsrepeated=16384))
        table.addElement(empty)
        book.spreadsheet.addElement(table)
    book.save(str(file))


FOLDER.mkdir(exist_ok=True)
xlsx(FOLDER / "municipal.xlsx")
xls(FOLDER / "municipal.xls")
ods(FOLDER / "municipal.ods")
