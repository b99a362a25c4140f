"""What every row of a table's sheet is: title, header, data, total or footer. Every non-blank row gets exactly one
class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pipelines.model.fields import FIELDS
from pipelines.model.forms import FormLayout, field_of
from pipelines.model.header_text import header_key
from pipelines.model.raw import Cell, RawSheet
from pipelines.model.submissions import RowClass

from .continued_rows import goes_on, repeats_title, without_continued
from .headers import AliasIndex, DetectedTable
from .numbers import fold, missing_mark
from .signature_rows import is_date, is_page_or_count, is_signature, names_a_signer
from .sum_rows import MIN_FIGURES, Sums, figure, is_total_label, starts_with_total

NIL = re.compile(
    r"^(本月|本期|本表|当月)?(无发生额?|零报[送告]|无数据|无投资|无项目|无投资(额|发生)|无(在建)?项目|nilreturn|nil|noactivity)[。.!]?$"
)
"""Marks of an explicit nil return, over text without spaces in lower case (A07)."""
_SECTION = re.compile(r"^([一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|第[一二三四五六七八九十]+部分)")

_PLACE = re.compile(r"[^\d]{1,12}(?:镇|街道|乡|园区|开发区|新区|港区|县|市|区)(?:[(:]?共?\d+(?:个|项)(?:项目)?\)?)?")
_HEAD = re.compile(r"(?:以[下上]|下列|上述)(?:各?个?|均|全部)(?:为|是|属).{1,20}")
"""以下为技改项目: what the rows under it are, and no name."""
_PAGE = re.compile(r"页.{0,2}(?:合计|小计|共计|计)")
MAX_UNNAMED = 200
"""Rows without key and name that are compared with the sums of others; a table with more lacks its keys."""


@dataclass(frozen=True)
class RowClasses:
    """`classes[i]` of row i of the sheet, None for a blank row; `data` and `totals` are indexes; `second_headers`
    rows that look like the header of another table; `nil` whether the sender says that nothing happened."""

    classes: list[RowClass | None]
    data: list[int]
    totals: list[int]
    second_headers: list[int]
    nil: bool


@lru_cache(maxsize=64)
def _patterns(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def classify(sheet: RawSheet, table: DetectedTable, index: AliasIndex, others: Sequence[AliasIndex] = ()) -> RowClasses:
    """Classes of all rows of the sheet, by the layout's patterns over the first texts of a row and its key cells; `others` are
    the forms whose header further down would begin a second table. Rows without a key are looked at again when all data are
    known: sums, signatures and section heads."""
    return _Classifier(sheet, table, (index, *others)).classes()


class _Classifier:
    def __init__(self, sheet: RawSheet, table: DetectedTable, indexes: Sequence[AliasIndex]) -> None:
        layout = table.layout
        self._sheet, self._table, self._indexes = sheet, table, indexes
        self._projects = layout.grain == "project"
        self._totals, self._subtotals = _patterns(layout.totals), _patterns(layout.subtotals)
        self._footers = _patterns(layout.footers)
        self._keys = [table.columns[name] for name in _identity(layout) if name in table.columns]
        self._matched = set(table.columns.values())
        self._describing = [
            table.columns[c.name]
            for c in layout.columns
            if c.non_empty and c.name in table.columns and FIELDS[c.field].type in ("text", "code", "month", "period")
        ]
        self._amounts = [at for name, at in table.columns.items() if FIELDS[field_of(name)].type == "amount"]
        self._numbered = 0 not in self._matched
        self._weak: list[int] = []
        self._nil = False
        self._before: RowClass | None = None
        self._titles = {without_continued(c) for row in sheet.rows[: table.top] for c in row if isinstance(c, str)}
        self._found = RowClasses([], [], [], [], False)

    def classes(self) -> RowClasses:
        """All rows, then those without a key once more."""
        found = self._found
        for number, row in enumerate(self._sheet.rows):
            row_class = self._first_look(number, row)
            found.classes.append(row_class)
            self._before = row_class or self._before
            if row_class == "data":
                found.data.append(number)
        self._look_again()
        return RowClasses(found.classes, found.data, found.totals, found.second_headers, self._nil and not found.data)

    def _first_look(self, number: int, row: Sequence[Cell]) -> RowClass | None:
        if self._before == "footer" and goes_on(row):
            return "footer"
        if number > self._table.end and row:
            first = row[0]
            # what begins with a digit or a number signs nothing: most rows of most tables
            if not (first.__class__ is float or (first.__class__ is str and first[:1].isdigit())) and self._is_signed(
                row
            ):
                return "footer"
            if self._projects:
                width = len(row)
                for at in self._keys:
                    if at < width and _is_code(row[at]):
                        return "data"
            if not self._projects and not self._numbered and _starts_with_number(row[0]):
                return "data"
        filled = [at for at, cell in enumerate(row) if cell is not None and cell != ""]
        if not filled or all(_is_blank(row[at]) for at in filled):
            return None
        if number <= self._table.end:
            self._nil = self._nil or (number < self._table.top and any(_is_nil(row[at]) for at in filled))
            return "title" if number < self._table.top else "header"
        label = row[next((at for at in filled if at in self._matched or isinstance(row[at], str)), filled[0])]
        labelled = isinstance(label, str) and not label[:1].isdigit()
        row_class = self._by_texts(number, row, filled) if labelled else None
        if row_class is None:
            row_class = "data"
            self._weak.append(number)
        return row_class

    def _by_texts(self, number: int, row: Sequence[Cell], filled: Sequence[int]) -> RowClass | None:
        """What the texts of a row say it is; None where they say nothing."""
        keyed = self._is_keyed(row)
        texts = _texts(row, filled[:4])
        keys = [header_key(text) for text in _texts(row, filled)] if len(filled) >= 3 else []
        if len(keys) >= 3 and any(sum(key in i.levels for key in keys) >= 3 for i in self._indexes):
            if not _repeats(self._sheet, self._table, row):
                self._found.second_headers.append(number)
            return "header"
        if not self._found.data and self._is_second_language(row):
            return "header"
        if _is_described(row, self._describing):
            return "data"
        unkeyed = not keyed or filled[0] in self._keys
        if unkeyed and self._totals is not None and any(self._totals.search(text) for text in texts):
            self._found.totals.append(number)
            return "total"
        if unkeyed and self._subtotals is not None and any(self._subtotals.search(text) for text in texts):
            return "total"
        return self._by_few_figures(row, filled, texts, keyed)

    def _by_few_figures(
        self, row: Sequence[Cell], filled: Sequence[int], texts: Sequence[str], keyed: bool
    ) -> RowClass | None:
        spoken = sum(at < len(row) and _is_figure(row[at]) for at in self._amounts) < 2
        if spoken and len(filled) <= 4 and any(_is_nil(row[at]) for at in filled):
            self._nil = True
            return "footer"
        if spoken and self._footers is not None and not keyed and any(self._footers.search(text) for text in texts):
            return "footer"
        if spoken and self._footers is not None and len(filled) <= 8 and self._footers.search(texts[0]):
            return "footer"
        if len(filled) == 1 and (not self._matched & set(filled) or _SECTION.match(texts[0])):
            return "title"
        return None

    def _is_signed(self, row: Sequence[Cell]) -> bool:
        """A row of a signature block, whatever columns its names and telephone numbers stand in: it begins with what the signer is and
        has no figure where amounts stand. A form without amounts tells no row by that: the class of an issue may be 审批."""
        if not self._amounts:
            return False
        first = next((cell for cell in row if cell is not None and cell != ""), None)
        return names_a_signer(first) and not any(at < len(row) and figure(row[at]) is not None for at in self._amounts)

    def _is_keyed(self, row: Sequence[Cell]) -> bool:
        return any(at < len(row) and not _is_missing(row[at]) for at in self._keys)

    def _is_second_language(self, row: Sequence[Cell]) -> bool:
        """A row right under the header that has words where amounts stand: the header once more in another language."""
        cells = [row[at] for at in self._amounts if at < len(row) and row[at] not in (None, "")]
        words = [
            cell for cell in cells if isinstance(cell, str) and cell.strip()[:1].isalpha() and not _is_missing(cell)
        ]
        return len(words) >= 2 and len(words) == len(cells) and 2 * len(words) >= len(self._amounts)

    def _look_again(self) -> None:
        """Rows that no text and no key explained: sums whatever they are called, signatures, section heads."""
        weak = set(self._weak)
        certain = [number for number in self._found.data if number not in weak]
        sums = Sums(self._sheet.rows, certain, self._amounts)
        last = certain[-1] if certain else len(self._sheet.rows)
        self._found.totals[:] = [number for number in self._found.totals if not self._is_of_a_page(number, sums)]
        for number in self._weak:
            row = self._sheet.rows[number]
            filled = [at for at, cell in enumerate(row) if cell is not None and not _is_blank(cell)]
            row_class = self._as_sum(number, row, filled, sums, last) if self._projects else None
            if row_class is None and not any(at < len(row) and figure(row[at]) is not None for at in self._amounts):
                row_class = self._as_note(row, filled, number > last)
            if row_class is None and len(filled) == 1 and number > last and is_date(row[filled[0]]):
                row_class = "footer"
            if row_class is None and len(filled) == 1 and repeats_title(row[filled[0]], self._titles):
                row_class = "title"
            if row_class is None and len(filled) == 1 and not self._matched & set(filled):
                row_class = "title"  # a running number without a project, a note beside the table
            if row_class is not None:
                self._found.classes[number] = row_class
                self._found.data.remove(number)

    def _is_of_a_page(self, number: int, sums: Sums) -> bool:
        """A total that says it is a page's and is that of the rows above it: nothing to compare the whole table with."""
        texts = _texts(self._sheet.rows[number], range(min(4, len(self._sheet.rows[number]))))
        return any(_PAGE.search(text) for text in texts) and sums.kind_of(number) == "subtotal"

    def _as_sum(
        self, number: int, row: Sequence[Cell], filled: Sequence[int], sums: Sums, last: int
    ) -> RowClass | None:
        """A total or a subtotal. One that names itself a total and adds up to nothing is checked as one (A08), but for the
        total of a part (许村镇合计) above the last row."""
        labels = [text for at in filled if isinstance(text := row[at], str) and is_total_label(text)]
        in_key = any(row[at] in labels for at in self._keys if at < len(row))
        if not in_key and any(at < len(row) and _is_code(row[at]) for at in self._keys):
            return None
        kind = sums.kind_of(number, 1 if labels else MIN_FIGURES) if labels or len(self._weak) <= MAX_UNNAMED else ""
        if kind == "total" or (labels and not kind and (number > last or starts_with_total(labels[0]))):
            self._found.totals.append(number)
            return "total"
        return "total" if kind or labels else None

    def _as_note(self, row: Sequence[Cell], filled: Sequence[int], behind: bool) -> RowClass | None:
        """A signature, a date or a section head: cells without any figure where amounts stand."""
        texts = [row[at] for at in filled]
        if len(filled) <= 4 and all(is_signature(text) for text in texts):
            return "footer"
        if not self._projects:
            return None
        head = texts[0]
        if len(filled) == 1 and isinstance(head, str) and (_PLACE.fullmatch(fold(head)) or _HEAD.fullmatch(fold(head))):
            return "title"
        if self._is_keyed(row):
            return None
        if behind and len(filled) <= 4 and not any(at in self._describing for at in filled):
            return "footer"
        return None


def _starts_with_number(cell: Cell) -> bool:
    """A row that begins with a number or a code is data; only texts can be labels."""
    return cell.__class__ is float or (cell.__class__ is str and cell[:1].isdigit())


def _is_code(cell: Cell) -> bool:
    """A key that is one: a number, or a text that begins with a digit (but is no date), or of letters and several digits."""
    if isinstance(cell, str):
        if cell[:1].isdigit():
            return cell.isdigit() or not (is_date(cell) or is_page_or_count(cell))
        return cell.isascii() and sum(map(str.isdigit, cell)) >= 4
    return cell.__class__ in (float, int, Decimal)


def _is_described(row: Sequence[Cell], describing: Sequence[int]) -> bool:
    """A row that fills three of the texts every data row has (name, owner, industry …) is data, whatever its first cell is like:
    the wrong way round a project called #2 line would be lost as a subtotal."""
    return sum(at < len(row) and not _is_missing(row[at]) for at in describing) >= 3


def _is_figure(cell: Cell) -> bool:
    return cell.__class__ in (float, int, Decimal) or (isinstance(cell, str) and cell[:1].isdigit())


def _identity(layout: FormLayout) -> tuple[str, ...]:
    """Fields that only a data row fills: a 合计 in the name column is no name."""
    return layout.key or ("project_code", "indicator", "area_code")


def _texts(row: Sequence[Cell], at: Sequence[int]) -> list[str]:
    return [fold(cell) for cell in (row[i] for i in at) if isinstance(cell, str)] or [""]


def _is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and (cell.isspace() or not fold(cell))


def _is_missing(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and missing_mark(cell) is not None)


def _is_nil(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) < 40 and NIL.match(fold(cell).casefold()) is not None


def _repeats(sheet: RawSheet, table: DetectedTable, row: Sequence[Cell]) -> bool:
    """Whether a row repeats the table's header (a page break), cell by cell."""
    header = sheet.rows[table.bottom]
    return all(
        not isinstance(cell, str)
        or not cell
        or (at < len(header) and header_key(cell) == header_key(str(header[at] or "")))
        or any(
            header_key(cell) == header_key(str(sheet.rows[r][at] or ""))
            for r in range(table.top, table.bottom)
            if at < len(sheet.rows[r])
        )
        for at, cell in enumerate(row)
    )
