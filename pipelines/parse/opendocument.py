"""What a reader does not tell of an OpenDocument sheet: how far it reaches, formulas without value, number formats, merged cells,
hidden rows and columns.

One pass over the tags of `content.xml`. A row or cell that is repeated a million times costs eighty bytes in the file and
gigabytes in a reader, so the extent is computed from the repeats, before a reader sees the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from pipelines.model.raw import CellAddress, MergedRange

from .comments import annotation_of
from .conditional_records import opendocument_rules, plain_name
from .conditional_rules import Effect, Rule
from .facts import SheetFacts, hidden_columns
from .number_formats import depends_on_value, shown_unit, shows_scaled
from .paper_colour import FAINT_OPENDOCUMENT, is_faint_opendocument
from .texts_beside import HAS_SHAPE, Beside, opendocument_boxes, opendocument_pages, told

_TAG = re.compile(
    rb"""<(/?)table:(table-row|table-cell|covered-table-cell|table-column|table)(?=[\s>/])((?:[^>"']|"[^"]*"|'[^']*')*?)(/?)>"""
)
_ATTRIBUTE = re.compile(rb"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_EXTERNAL = re.compile(rb"<table:table-source[\s>/]|<table:cell-range-source[\s>/]|<table:dde-link")
_DATA_STYLE = re.compile(
    rb"<number:(percentage|number|currency|text)-style\s(?:[^>]*/>|[^>]*>.*?</number:(?:percentage|number|currency|text)-style>)",
    re.DOTALL,
)
CELL_STYLE = re.compile(rb"<style:style\s[^>]*?(?:/>|>.*?</style:style>)", re.DOTALL)
_TAG_ATTRIBUTES = re.compile(rb"<[\w:-]+\s([^>]*)>")
_STYLE_PART = re.compile(
    rb"<number:(number|scientific-number|fraction)(?=[\s/>])([^>]*)>|<number:(?:text|currency-symbol)(?:\s[^>]*)?>([^<]*)<"
    rb"|<style:map\s([^>]*)>|<number:embedded-text(?:\s[^>]*)?>([^<]*)<"
)
_CONDITION = re.compile(rb"value\(\)\s*(!=|[<>=]+)\s*(-?[0-9.]+)")
LINE_THROUGH = re.compile(rb"""style:text-line-through-(?:style|type)=["'](?!none)""")
_SIGNS = tuple(sign.encode() for sign in ("%", "％", "﹪"))
_MEANINGS = ("percent", "percent_text", "scaled", "struck", "faint")
_UNSEEN = (b"collapse", b"filter")
_REPEATS = (b"table:number-rows-repeated", b"table:number-columns-repeated")


@dataclass
class _CellStyles:
    """Cell style → what it makes of a number, → the unit of money that it writes, → its format where the value has to be asked."""

    meanings: dict[bytes, frozenset[str]] = field(default_factory=dict)
    units: dict[bytes, str] = field(default_factory=dict)
    by_value: dict[bytes, str] = field(default_factory=dict)
    codes: dict[bytes, str] = field(default_factory=dict)


@dataclass
class _Sheet:
    name: str
    row: int = 0
    column: int = 0
    step: int = 1
    last_row: int = 0
    last_column: int = 0
    no_value: set[CellAddress] = field(default_factory=set)
    errors: dict[CellAddress, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    columns: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    styled: dict[str, set[CellAddress]] = field(default_factory=lambda: {name: set() for name in _MEANINGS})
    units: dict[CellAddress, str] = field(default_factory=dict)
    by_value: dict[CellAddress, str] = field(default_factory=dict)
    zeros: dict[CellAddress, str] = field(default_factory=dict)
    calculated: bool = False
    defaults: list[bytes] = field(default_factory=list)
    merged: list[MergedRange] = field(default_factory=list)
    comments: dict[CellAddress, str] = field(default_factory=dict)
    begin: int = 0
    beside: Beside = ()
    rules: tuple[Rule, ...] = ()

    def facts(self) -> SheetFacts:
        return SheetFacts(
            frozenset(self.no_value),
            self.errors,
            frozenset(self.hidden_rows),
            frozenset(self.styled["percent"]),
            frozenset(self.styled["percent_text"]),
            frozenset(self.styled["struck"]),
            self.zeros,
            frozenset(self.styled["scaled"]),
            self.calculated,
            self.units,
            self.by_value,
            merged=tuple(self.merged),
            last_row=self.last_row,
            last_column=self.last_column,
            hidden_columns=hidden_columns(self.hidden_columns),
            faint=frozenset(self.styled["faint"]),
            comments=self.comments,
            beside=self.beside,
            rules=self.rules,
        )


def has_external_links(content: bytes) -> bool:
    """Whether a sheet takes its values from another file."""
    return _EXTERNAL.search(content) is not None


def sheet_facts(content: bytes, more_styles: bytes = b"") -> dict[str, SheetFacts]:
    """Facts of every sheet of content.xml; `last_row` and `last_column` of its filled cells count repeats. `more_styles`:
    styles.xml, where formats may stand too."""
    styles = _cell_styles(more_styles + content)
    found: dict[str, _Sheet] = {}
    sheet: _Sheet | None = None
    annotated, drawn = b"<office:annotation" in content, HAS_SHAPE.search(content) is not None
    ruled = b"<calcext:conditional-format " in content
    effects = _effects(styles) if ruled else {}
    for tag in _TAG.finditer(content):
        closing, kind, text, _ = tag.groups()
        if kind == b"table":
            if sheet is not None and ruled:
                sheet.rules = opendocument_rules(content[sheet.begin : tag.start()], effects)
            if sheet is not None and drawn:
                sheet.beside = told(opendocument_boxes(content[sheet.begin : tag.start()]))
            sheet = None
            if not closing:
                name = unescape(_attributes(text).get(b"table:name", b"").decode("utf-8", "replace"))
                sheet = found.setdefault(name, _Sheet(name, begin=tag.end()))
            continue
        if sheet is None or closing:
            continue
        attributes = _attributes(text)
        if kind == b"table-column":
            repeat = _count(attributes, _REPEATS[1])
            sheet.defaults += [attributes.get(b"table:default-cell-style-name", b"")] * min(repeat, 1000)
            if attributes.get(b"table:visibility") in _UNSEEN:
                sheet.hidden_columns.append((sheet.columns + 1, sheet.columns + repeat))
            sheet.columns += repeat
            continue
        if kind == b"table-row":
            sheet.row += sheet.step
            sheet.step = _count(attributes, _REPEATS[0])
            sheet.column = 0
            if attributes.get(b"table:visibility") in _UNSEEN and sheet.step < 1000:
                sheet.hidden_rows.update(range(sheet.row, sheet.row + sheet.step))
            continue
        if sheet.row == 0:
            continue
        _cell(sheet, attributes, _count(attributes, _REPEATS[1]), styles)
        if annotated and (said := annotation_of(content[tag.end() : content.find(b"</table:", tag.end())])):
            sheet.comments[sheet.row, sheet.column] = said
    pages = told(opendocument_pages(more_styles))
    for one in found.values() if pages else ():
        one.beside = (*one.beside, *pages)
    return {name: one.facts() for name, one in found.items()}


def _effects(styles: _CellStyles) -> dict[bytes, Effect]:
    """What cell styles do where a rule applies them, by their names as rules write them."""
    names = {*styles.meanings, *styles.units, *styles.by_value}
    return {
        plain_name(name): Effect(
            "faint" in (told := styles.meanings.get(name, frozenset())), "struck" in told, styles.codes.get(name, "")
        )
        for name in names
    }


def _cell_styles(styles: bytes) -> _CellStyles:
    """By the data style that a cell style names, and by its font."""
    data_styles: dict[bytes, str] = {}
    codes = _format_codes(styles)
    for style in _DATA_STYLE.finditer(styles):
        name = first_attributes(style[0]).get(b"style:name", b"")
        if style[1] == b"percentage":
            data_styles[name] = "percent"
        elif any(sign in style[0] for sign in _SIGNS):
            data_styles[name] = "percent_text"
        elif shows_scaled(codes[name]):
            data_styles[name] = "scaled"
    found = _CellStyles()
    unseen = FAINT_OPENDOCUMENT.search(styles) is not None or b"fo:background-color=" in styles
    for cell_style in CELL_STYLE.findall(styles) if codes or unseen or b"line-through" in styles else ():
        attributes = first_attributes(cell_style)
        own, style_name = attributes.get(b"style:name", b""), attributes.get(b"style:data-style-name", b"")
        struck = "struck" if LINE_THROUGH.search(cell_style) else ""
        meaning, code = data_styles.get(style_name, ""), codes.get(style_name, "")
        if code:
            found.codes[own] = "0%" if meaning == "percent" else code
        if code and meaning in ("", "scaled"):
            if depends_on_value(code):
                meaning, found.by_value[own] = "", code
            elif unit := shown_unit(code):
                found.units[own] = unit
        faint = "faint" if unseen and is_faint_opendocument(cell_style) else ""
        if meaning or struck or faint:
            found.meanings[own] = frozenset(filter(None, (meaning, struck, faint)))
    return found


def _format_codes(styles: bytes) -> dict[bytes, str]:
    """Data style → its format as the code of a workbook: 0 for the number, texts in quotes, sections by the conditions of its maps."""
    plain: dict[bytes, str] = {}
    maps: dict[bytes, list[tuple[str, bytes]]] = {}
    for style in _DATA_STYLE.finditer(styles):
        name, code = first_attributes(style[0]).get(b"style:name", b""), ""
        for part in _STYLE_PART.finditer(style[0]):
            if part[1]:
                factor = _attributes(part[2]).get(b"number:display-factor", b"1")
                code += "0" + "," * ((len(factor.partition(b".")[0]) - 1) // 3 or factor != b"1")
            elif part[3]:
                code += _quoted(part[3])
            elif part[5]:  # among the digits: 0"."0 before the commas that scale
                digits = code.rstrip(",")
                code = f"{digits}{_quoted(part[5])}0{code[len(digits) :]}"
            elif part[4]:
                attributes = _attributes(part[4])
                condition = _CONDITION.search(unescape(attributes.get(b"style:condition", b"").decode()).encode())
                if condition is not None:
                    sign = condition[1].decode().replace("!=", "<>")
                    maps.setdefault(name, []).append(
                        (f"[{sign}{condition[2].decode()}]", attributes.get(b"style:apply-style-name", b""))
                    )
        if b"<number:text-content" in style[0]:
            code = "General"
        white = "[White]" if b'="#ffffff"' in style[0].lower() and code else ""
        plain[name] = white + (code or '""')  # nothing of the number
    return {
        name: ";".join([*(sign + plain.get(other, "0") for sign, other in maps.get(name, ())), code])
        for name, code in plain.items()
    }


def _quoted(text: bytes) -> str:
    return '"' + unescape(text.decode("utf-8", "replace")).replace('"', "”") + '"'


def first_attributes(element: bytes) -> dict[bytes, bytes]:
    tag = _TAG_ATTRIBUTES.match(element)
    return _attributes(tag[1]) if tag else {}


def _cell(sheet: _Sheet, attributes: dict[bytes, bytes], repeat: int, styles: _CellStyles) -> None:
    first = sheet.column + 1
    sheet.column += repeat
    kind = attributes.get(b"office:value-type")
    if kind is not None or b"table:formula" in attributes:
        sheet.last_row = max(sheet.last_row, sheet.row + sheet.step - 1)
        sheet.last_column = max(sheet.last_column, sheet.column)
    down = _count(attributes, b"table:number-rows-spanned")
    right = _count(attributes, b"table:number-columns-spanned")
    if down > 1 or right > 1:
        sheet.merged.append((sheet.row, first, sheet.row + down - 1, first + right - 1))
    if repeat > 1000 or sheet.step > 1000 or (kind is None and b"table:formula" not in attributes):
        return
    places = [(row, at) for row in range(sheet.row, sheet.row + sheet.step) for at in range(first, first + repeat)]
    default = sheet.defaults[first - 1] if first <= len(sheet.defaults) else b""
    style = attributes.get(b"table:style-name", default)
    meanings = styles.meanings.get(style, frozenset())
    if style in styles.units:
        sheet.units.update(dict.fromkeys(places, styles.units[style]))
    if style in styles.by_value:
        sheet.by_value.update(dict.fromkeys(places, styles.by_value[style]))
    for meaning in meanings | {"percent"} if kind == b"percentage" else meanings:
        sheet.styled[meaning].update(places)
    error = attributes.get(b"calcext:value-type") == b"error"
    if error:
        sheet.errors.update(dict.fromkeys(places, "#ERROR!"))
    elif b"table:formula" in attributes and kind is None:
        sheet.no_value.update(places)
    elif b"table:formula" in attributes and attributes.get(b"office:value") in (b"0", b"-0", b"0.0"):
        sheet.zeros.update(dict.fromkeys(places, attributes[b"table:formula"].decode("utf-8", "replace")))
    elif b"table:formula" in attributes:
        sheet.calculated = True


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(text)}


def _count(attributes: dict[bytes, bytes], name: bytes) -> int:
    text = attributes.get(name, b"1")
    return min(int(text), 10**9) if text.isdigit() and len(text) < 12 else 10**9 if text.isdigit() else 1
