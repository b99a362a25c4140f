"""Workbooks (xlsx, xlsb, xls, ods) through calamine: values as stored, every sheet with its offset, merged ranges, visibility."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import olefile
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from pipelines.model.raw import Cell, ParsedFile, RawSheet, cell_address
from pipelines.model.submissions import Problem

from . import opendocument
from .binary_records import BookFacts, xls_facts, xlsb_book, xlsb_records, xlsb_sheet, xlsb_styles
from .comments import comment_part, xlsb_comments, xlsx_comments
from .conditional_formats import with_rules, xlsx_rules
from .escaped_texts import has_escapes, unescaped
from .excel95 import as_single_bytes, chinese, chinese_rows
from .facts import SheetFacts, seen_by_value
from .formulas import outdated, stored_zeros
from .number_formats import StyleMeanings
from .opendocument_texts import raised_figures as opendocument_raised_figures
from .preflight import MAX_COLUMN, MAX_ROW, Scan
from .raised_digits import marked, raised_figures
from .rich_records import xls_rich_figures, xlsb_rich_figures
from .sheet_xml import sheet_facts
from .texts_beside import has_drawings, text_boxes, told, xlsx_texts
from .workbook_xml import asks_for_calculation, cell_styles, is_1904, relations, sheet_parts

MAX_CELLS = 8_000_000
"""Cells of the used rectangles of all sheets; 200,000 rows of 40 columns. More takes over 1 GB."""

FactsOf = Callable[[int, str], SheetFacts]
"""Facts of the sheet at a position of the workbook, of a name."""


def read_workbook(content: bytes, name: str, scan: Scan) -> ParsedFile:
    """All worksheets; hidden ones by name only. May raise whatever the reader raises, BaseException included."""
    asked = scan.kind == "xlsx" and asks_for_calculation(scan.parts)
    facts_of, epoch_1904, far = _facts(content, scan, asked)
    if far is not None:
        return ParsedFile(name, scan.kind, problems=(far,))
    single = as_single_bytes(content) if scan.kind == "xls" else None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(single or content))
    except PasswordError:
        return ParsedFile(name, scan.kind, problems=(Problem("A01", params={"kind": "encrypted"}),))
    sheets: list[RawSheet] = []
    escaped = scan.kind == "xlsx" and has_escapes(scan.parts)
    raised = _raised(content, scan)
    cells = 0
    for index, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        if about.visible != SheetVisibleEnum.Visible:
            sheets.append(RawSheet(chinese(about.name) if single else about.name, (), (), hidden=True))
            continue
        sheet = book.get_sheet_by_index(index)
        if sheet.start is not None and (problem := _too_big(about.name, sheet, cells)):
            return ParsedFile(name, scan.kind, problems=(problem,))
        cells += sheet.height * sheet.width
        facts = facts_of(index, about.name)
        title = chinese(about.name) if single else about.name
        if sheet.start is None:
            sheets.append(RawSheet(title, (), (), no_value=facts.no_value, errors=facts.errors))
            continue
        rows: Sequence[Sequence[Cell]] = sheet.to_python()
        rows = chinese_rows(rows) if single else unescaped(rows) if escaped else rows
        rows = marked(rows, raised) if raised else rows
        first_row, first_column = sheet.start[0] + 1, sheet.start[1] + 1
        merged = facts.merged or tuple(
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        )
        facts = with_rules(facts, rows, first_row, first_column)
        seen = seen_by_value(facts.by_value, rows, first_row, first_column)
        zeros = stored_zeros(facts.zeros, rows, first_row, first_column, asked)
        old = outdated(facts.results, facts.zeros, rows, first_row, first_column) if facts.results else frozenset()
        sheets.append(
            RawSheet(
                title,
                rows,
                range(first_row, first_row + len(rows)),
                first_column,
                merged,
                hidden_rows=facts.hidden_rows,
                hidden_columns=facts.hidden_columns,
                no_value=facts.no_value | zeros.wrong | old,
                errors=facts.errors,
                percent=facts.percent,
                percent_text=facts.percent_text,
                scaled=facts.scaled | {place for place, one in seen.items() if one.scaled},
                disguised=frozenset(place for place, one in seen.items() if one.disguised),
                shown_units={**facts.units, **{place: one.unit for place, one in seen.items() if one.unit}},
                struck=facts.struck,
                faint=facts.faint,
                comments=facts.comments,
                beside=facts.beside,
                unverified=frozenset() if facts.calculated else zeros.unverified,
            )
        )
    if not any(not sheet.hidden for sheet in sheets):
        return ParsedFile(name, scan.kind, problems=(Problem("A01", params={"kind": "no_sheet"}),))
    return ParsedFile(name, scan.kind, tuple(sheets), epoch_1904=epoch_1904)


def _raised(content: bytes, scan: Scan) -> Mapping[str, str]:
    """Text of a cell → the same with digits marked that are none of its figure's."""
    if scan.kind == "xlsx":
        return raised_figures(scan.parts)
    if scan.kind == "xls":
        return xls_rich_figures(_book_stream(content))
    if scan.kind == "ods":
        return opendocument_raised_figures(scan.parts)
    return xlsb_rich_figures(scan.parts)


def _too_big(name: str, sheet: CalamineSheet, before: int) -> Problem | None:
    """A sheet whose cells lie too far out (without addresses nothing before the reader shows it), or one too many."""
    assert sheet.start is not None
    bottom, right = sheet.start[0] + sheet.height, sheet.start[1] + sheet.width
    far = _far(name, SheetFacts(last_row=bottom, last_column=right))
    if far is not None:
        return far
    cells = before + sheet.height * sheet.width
    return _too_many(name, cells) if cells > MAX_CELLS else None


def _too_many(sheet: str, cells: int) -> Problem:
    params = {"kind": "too_many_cells", "count": str(cells), "limit": str(MAX_CELLS)}
    return Problem("A01", sheet=sheet, params=params)


def _facts(content: bytes, scan: Scan, asked: bool) -> tuple[FactsOf, bool, Problem | None]:
    """Facts by position or name, the date system, and a problem where cells lie further out than a reader survives."""
    if scan.kind == "xlsx":
        parts = sheet_parts(scan.parts)
        styles = cell_styles(scan.parts)
        commented = any("/comment" in name.casefold() for name in scan.parts)
        drawn = has_drawings(scan.parts)

        def of_xml(_: int, name: str) -> SheetFacts:
            if name not in parts:
                return SheetFacts()
            facts = sheet_facts(scan.parts[parts[name]], styles, asked)
            if rules := xlsx_rules(scan.parts[parts[name]], scan.parts):
                facts = replace(facts, rules=rules)
            if beside := xlsx_texts(scan.parts, parts[name], drawn):
                facts = replace(facts, beside=beside)
            return replace(facts, comments=xlsx_comments(comment_part(scan.parts, parts[name]))) if commented else facts

        return of_xml, is_1904(scan.parts), None
    if scan.kind == "xls":
        book = _ole2_facts(content)

        def by_position(index: int, _: str) -> SheetFacts:
            return book.sheets[index] if index < len(book.sheets) else SheetFacts()

        far = [_far("", facts) for facts in book.sheets]
        return by_position, book.epoch_1904, next((problem for problem in far if problem), None)
    epoch_1904 = False
    if scan.kind == "ods":
        named: Mapping[str, SheetFacts] = opendocument.sheet_facts(
            scan.parts.get("content.xml", b""), scan.parts.get("styles.xml", b"")
        )
    else:
        named, epoch_1904 = _xlsb(scan.parts)

    def by_name(_: int, name: str) -> SheetFacts:
        return named.get(name, SheetFacts())

    far = [_far(name, facts) for name, facts in named.items()]
    together = sum(facts.last_row * facts.last_column for facts in named.values())
    if together > MAX_CELLS:
        far.append(_too_many(next(iter(named)), together))
    return by_name, epoch_1904, next((problem for problem in far if problem), None)


def _far(sheet: str, facts: SheetFacts) -> Problem | None:
    if facts.last_row >= MAX_ROW or facts.last_column > MAX_COLUMN:
        cell = cell_address(facts.last_row, min(facts.last_column, 99_999))
        return Problem("A01", sheet, cell, params={"kind": "far_cell", "cell": cell})
    if facts.last_row * facts.last_column > MAX_CELLS:
        return _too_many(sheet, facts.last_row * facts.last_column)
    return None


def _ole2_facts(content: bytes) -> BookFacts:
    """Facts of an xls; none where its container cannot be walked (calamine may still read it, or refuse)."""
    try:
        stream = _book_stream(content)
        return xls_facts(stream) if stream else BookFacts()
    except Exception:
        return BookFacts()


def _book_stream(content: bytes) -> bytes:
    """The records of an xls; empty where its container cannot be walked."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            name = next((n for n in ("Workbook", "Book") if container.exists(n)), None)
            return bytes(container.openstream(name).read()) if name else b""
    except Exception:
        return b""


def _xlsb(parts: Mapping[str, bytes]) -> tuple[dict[str, SheetFacts], bool]:
    """Sheet name → facts, by workbook.bin and its relationships."""
    path = next((name for name in parts if name.casefold().endswith("workbook.bin")), None)
    if path is None:
        return {}, False
    targets = relations(parts, PurePosixPath(path))
    try:
        sheets, epoch_1904 = xlsb_book(parts[path])
        styles = next(
            (xlsb_styles(data) for name, data in parts.items() if name.endswith("styles.bin")), StyleMeanings()
        )
        found = {}
        for name, relation in sheets:
            if (part := targets.get(relation, "")) in parts:
                comments = comment_part(parts, part)
                corrected = xlsb_comments(xlsb_records(comments), comments)
                facts = xlsb_sheet(parts[part], styles)
                beside = told((*facts.beside, *text_boxes(parts, part)))
                found[name] = replace(facts, comments=corrected, beside=beside)
        return found, epoch_1904
    except IndexError:
        return {}, False
