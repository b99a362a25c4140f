"""More shapes of the same twenty rows: what other programs and other habits make of them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from typing import Any

import openpyxl
import xlsxwriter

from .conftest import HEADER, TITLE, csv_text, project, workbook
from .other_formats import ole2, package, xls

ROWS = [project(n) for n in range(20)]
AMOUNT = range(9, 17)
FIELDS = (
    "stat_project_no",
    "project_code",
    "project_name",
    "owner_name",
    "uscc",
    "industry_code",
    "nature",
    "status",
    "start_ym",
    "plan_total",
    "cum_total",
    "ytd",
    "month",
    "build",
    "install",
    "equip",
    "other",
    "explanation",
)


def plain(
    rows: Sequence[Sequence[Any]] = ROWS, header: Sequence[Any] = HEADER, unit: str = TITLE[1]
) -> list[list[Any]]:
    return [[TITLE[0]], [None] * (len(header) - 1) + [unit], list(header), *map(list, rows)]


def amounts(change: Callable[[Any], Any]) -> list[list[Any]]:
    return [[change(value) if at in AMOUNT else value for at, value in enumerate(row)] for row in ROWS]


def xls_of_1995(rows: Sequence[Sequence[Any]], code_page: int) -> bytes:
    """BIFF5: texts in GBK, as statistical programs of the nineties still write them."""

    def biff(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    sheet = biff(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0, 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            head = struct.pack("<HHH", number, column, 0)
            if isinstance(value, int | float):
                sheet += biff(0x0203, head + struct.pack("<d", value))
            elif value:
                text = str(value).encode("gbk")
                sheet += biff(0x0204, head + struct.pack("<H", len(text)) + text)
    sheet += biff(0x000A)
    bof = biff(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0, 0)) + biff(0x0042, struct.pack("<H", code_page))
    title = "项目".encode("gbk")
    bound = struct.pack("<BBB", 0, 0, len(title)) + title
    bound = biff(0x0085, struct.pack("<I", len(bof) + 4 + 4 + len(bound) + 4) + bound)
    return ole2({"Book": (bof + bound + biff(0x000A) + sheet).ljust(4096, b"\0")})


def by_openpyxl() -> bytes:
    """Another writer: logo rows above the title, hidden columns and rows, a frozen pane, a filter."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "项目月报"
    for row in ([None], ["嘉兴市统计局 统计专报"], [None], *plain()):
        sheet.append(row)
    sheet.merge_cells("A4:R4")
    sheet.column_dimensions["E"].hidden = True
    sheet.freeze_panes = "C7"
    sheet.auto_filter.ref = "A6:R26"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_formulas() -> bytes:
    """Cumulative amounts are formulas; Excel stored their values."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("表")
    for number, row in enumerate(plain()):
        for column, value in enumerate(row):
            if number > 2 and column == 11:
                sheet.write_formula(number, column, f"=M{number + 1}+{value - 100}", None, value)
            elif value is not None:
                sheet.write(number, column, value)
    book.close()
    return stream.getvalue()


def by_town() -> bytes:
    """Projects under the headings of their towns, each with a subtotal, 其中 rows, and a total with a number of its own."""
    rows: list[list[Any]] = [["序号", *HEADER]]
    number = 0
    for town, part in (("一、许村镇", ROWS[:8]), ("二、长安镇", ROWS[8:])):
        rows.append([town])
        for row in part:
            number += 1
            rows.append([number, *row])
        sums = [sum(row[at] for row in part) for at in AMOUNT]
        rows.append([None, None, None, f"{town[2:]}小计:", *[None] * 6, *sums])
        rows.append([None, None, None, "其中:技改", *[None] * 6, *[1] * 8])
    sums = [sum(row[at] for row in ROWS) for at in AMOUNT]
    rows.append([21, None, None, "合 计(20个)", *[None] * 6, *sums])
    rows.append(["单位负责人:张三", None, None, "统计负责人:李四", None, "填表人:王五", "联系电话:0573-87000000"])
    return workbook(("表", [[TITLE[0]], [TITLE[1]], *rows]))


def with_serials(epoch_1904: bool) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"date_1904": epoch_1904})
    sheet = book.add_worksheet("表")
    serial = 44256 - (1462 if epoch_1904 else 0)
    for number, row in enumerate(plain([[*row[:8], serial, *row[9:]] for row in ROWS])):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(number, column, value)
    book.close()
    return stream.getvalue()


def as_mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "tj@haining.example", "saima@example.cn", "海宁6月"
    mail.set_content("请查收。")
    mail.add_attachment(workbook(("表", plain())), maintype="application", subtype="octet-stream", filename="海宁.xlsx")
    return mail.as_bytes()


def with_money_behind(header: str, separator: str) -> list[str]:
    return [f"{name}{separator}{header}" if at in AMOUNT else name for at, name in enumerate(HEADER)]


def months_in_header() -> list[str]:
    named = {11: "2022年1—6月完成投资", 12: "6月完成投资"}
    return [named.get(at, name) for at, name in enumerate(HEADER)]


def json_of(rows: Sequence[Sequence[Any]], keys: Sequence[str], **meta: str) -> str:
    content = {"meta": meta, "rows": [dict(zip(keys, row, strict=True)) for row in rows]}
    return json.dumps(content, ensure_ascii=False)


META = {"unit": "330481", "period": "202206", "amount_unit": "万元", "form": "project_month"}
QUOTED = [[f'"{cell}"' if isinstance(cell, str) else cell for cell in row] for row in ROWS]

MORE: dict[str, Callable[[], bytes | str]] = {
    "Excel 95 in GBK": lambda: xls_of_1995(plain(), 936),
    "Excel 95 with an unknown code page": lambda: xls_of_1995(plain(), 21010),
    "WPS .et": lambda: xls("项目月报", plain(amounts(float))),
    "another writer, logo rows, hidden columns, a filter": by_openpyxl,
    "formulas with their values": with_formulas,
    "by town with subtotals and 其中": by_town,
    "months as serial numbers": lambda: with_serials(False),
    "months as serial numbers of 1904": lambda: with_serials(True),
    "a mail": as_mail,
    "words as they are spoken": lambda: workbook(
        ("表", plain(header=(*HEADER[:11], "今年以来累计完成投资", "当月完成投资", *HEADER[13:])))
    ),
    "months up to today": lambda: workbook(("表", plain(header=(*HEADER[:11], "年初至今累计完成投资", *HEADER[12:])))),
    "unit behind the header": lambda: workbook(("表", plain(header=with_money_behind("万元", "/"), unit=""))),
    "unit behind the header without a mark": lambda: workbook(
        ("表", plain(header=with_money_behind("万元", ""), unit=""))
    ),
    "万 in brackets": lambda: workbook(("表", plain(header=with_money_behind("(万)", ""), unit=""))),
    "months in the header": lambda: workbook(("表", plain(header=months_in_header()))),
    "千元": lambda: workbook(("表", plain(amounts(lambda value: value * 10), unit="计量单位:千元"))),
    "亿元 in every cell": lambda: workbook(
        ("表", plain(amounts(lambda value: f"{value / 10000:.4f}亿元"), unit="单位:亿元"))
    ),
    "full-width separators": lambda: workbook(("表", plain(amounts(lambda value: f"{value:,}".replace(",", "，"))))),
    "JSON with names of fields and numbers as text": lambda: json_of(amounts(str), FIELDS, **META),
    "JSON, a bare list that names unit and period in its rows": lambda: json.dumps(
        [
            {"县市区": "海宁市", "报告期": "2022-06", **dict(zip(with_money_behind("(万元)", ""), row, strict=True))}
            for row in ROWS
        ],
        ensure_ascii=False,
    ),
    "English names of fields in CSV": lambda: csv_text(plain(header=FIELDS)),
    "CSV with quoted cells and old Mac line ends": lambda: csv_text(plain(QUOTED)).replace("\n", "\r"),
    "CSV of a spreadsheet, padded with commas": lambda: "\n".join(
        line + "," * (18 - line.count(",")) for line in csv_text(plain()).splitlines()
    ),
    "package of a mailed mail client": lambda: package(
        {"海宁\\6月\\206.csv": csv_text(plain()), "__MACOSX/._x": b"\0"}
    ),
    "package with names of Chinese Windows": lambda: package({"海宁市206表.xls": xls("表", plain())}, "gb18030"),
}
