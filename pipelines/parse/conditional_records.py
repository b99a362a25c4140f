"""Conditional formats of binary workbooks ([MS-XLS] 2.4.42 CF, 2.4.56 CondFmt, 2.5.92 DXFN) and of OpenDocument sheets."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from pipelines.model.raw import column_number

from .conditional_rules import Area, Effect, Rule, comparison, expression
from .paper_colour import WHITE
from .texts_beside import elements

CONDITIONS, CONDITION = 0x01B0, 0x01B1
_SIGNS = {1: "between", 2: "notBetween", 3: "=", 4: "<>", 5: ">", 6: "<", 7: ">=", 8: "<="}
_NUMBER_FORMAT, _FONT, _PATTERN = 1 << 25, 1 << 26, 1 << 29
_FONT_SIZE = 118
_FORMAT = re.compile(rb"<calcext:(conditional-format)\s([^>]*)>")
_TARGET = re.compile(rb"""target-range-address=(?:"([^"]*)"|'([^']*)')""")
_CONDITION = re.compile(rb"<calcext:condition\s([^>]*)>")
_STYLE = re.compile(rb"""apply-style-name=["']([^"']*)""")
_VALUE = re.compile(rb"""calcext:value=(?:"([^"]*)"|'([^']*)')""")
_NO_FIGURE = re.compile(rb"""show-value=["']false""")
_PLACE = re.compile(r"\.?\$?([A-Z]{1,3})\$?(\d{1,7})\Z")
_ENCODED = re.compile(rb"_([0-9a-f]{2,4})_")


def xls_rules(stream: bytes, records: Sequence[tuple[int, int, int]]) -> tuple[Rule, ...]:
    """Of the records of a sheet of an xls."""
    found = []
    areas: tuple[Area, ...] = ()
    for kind, at, size in records:
        data = stream[at : at + size]
        if kind == CONDITIONS and size >= 14:
            ranges = min(struct.unpack_from("<H", data, 12)[0], (size - 14) // 8)
            places = [struct.unpack_from("<HHHH", data, 14 + 8 * number) for number in range(ranges)]
            areas = tuple((top + 1, left + 1, bottom + 1, right + 1) for top, bottom, left, right in places)
        elif kind == CONDITION and size >= 12 and areas and (effect := _effect_of(data)) != Effect():
            first = struct.unpack_from("<H", data, 2)[0]
            second = struct.unpack_from("<H", data, 4)[0]
            tokens = data[size - first - second :]
            formulas = [_number(tokens[:first]), _number(tokens[first:])]
            sign, limits, never = comparison(_SIGNS.get(data[1], "") if data[0] == 1 else "", formulas)
            if not never:
                found.append(Rule(areas, effect, sign, limits))
    return tuple(found)


def _number(tokens: bytes) -> str:
    """The constant that a formula is; "?" for any other."""
    if len(tokens) == 3 and tokens[0] == 0x1E:
        return str(struct.unpack_from("<H", tokens, 1)[0])
    if len(tokens) == 9 and tokens[0] == 0x1F:
        return repr(struct.unpack_from("<d", tokens, 1)[0])
    return "?"


def _effect_of(data: bytes) -> Effect:
    """What the format of a rule does; nothing where it is broken."""
    try:
        return _effect(data)
    except (struct.error, IndexError):
        return Effect()


def _effect(data: bytes) -> Effect:
    flags, more = struct.unpack_from("<IH", data, 6)
    at, code = 12, ""
    if flags & _NUMBER_FORMAT:
        if more & 1:
            size = struct.unpack_from("<H", data, at)[0]
            length, wide = struct.unpack_from("<HB", data, at + 2)
            text = data[at + 5 : at + 5 + length * (2 if wide & 1 else 1)]
            code = text.decode("utf-16-le" if wide & 1 else "latin-1", "replace")
            at += max(2, size)
        else:
            at += 2
    if not flags & _FONT or len(data) < at + _FONT_SIZE:
        return Effect(code=code)
    style, colour, changed = (struct.unpack_from("<I", data, at + n)[0] for n in (68, 80, 88))
    struck = bool(style & 0x80) and style != 0xFFFFFFFF and not changed & 0x80
    return Effect(colour in WHITE and not flags & _PATTERN, struck, code)


def opendocument_rules(table: bytes, effects: Mapping[bytes, Effect]) -> tuple[Rule, ...]:
    """Of the XML of one sheet of an OpenDocument; `effects`: name of a cell style → what it does."""
    found = []
    for body in elements(table, _FORMAT):
        target = _TARGET.search(body)
        areas = tuple(_areas(unescape((target[1] or target[2]).decode("utf-8", "replace")))) if target else ()
        if not areas:
            continue
        if _NO_FIGURE.search(body):
            found.append(Rule(areas, Effect(unseen=True)))
        for condition in _CONDITION.findall(body):
            style, value = _STYLE.search(condition), _VALUE.search(condition)
            effect = effects.get(style[1], Effect()) if style else Effect()
            if effect == Effect() or value is None:
                continue
            sign, limits, never = _condition(unescape((value[1] or value[2]).decode("utf-8", "replace")).strip())
            if not never:
                found.append(Rule(areas, effect, sign, limits))
    return tuple(found)


def plain_name(name: bytes) -> bytes:
    """The name of a style as rules write it: ConditionalStyle_5f_1 is ConditionalStyle_1."""
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "ignore"), name)


def _condition(text: str) -> tuple[str, tuple[float, ...], bool]:
    if text.startswith("formula-is("):
        return expression(text[11:-1])
    between = re.match(r"(not-)?between\(([^,;]*)[,;]([^)]*)\)", text)
    if between:
        return comparison("notBetween" if between[1] else "between", [between[2].strip(), between[3].strip()])
    compared = re.match(r"(<=|>=|!=|<|>|=)(.*)", text)
    if compared:
        return comparison(compared[1].replace("!=", "<>"), [compared[2].strip()])
    return "", (), text.startswith(("is-error", "begins-with", "ends-with", "contains-text", "date"))


def _areas(text: str) -> Iterator[Area]:
    """表.J4:表.J6 → an area; names of sheets say nothing, since rules stand in their sheet."""
    for one in text.split(" "):
        ends = [_PLACE.search(end.rpartition(".")[2]) for end in one.split(":")]
        if ends and all(ends):
            (left, top), (right, bottom) = ((column_number(end[1]), int(end[2])) for end in (ends[0], ends[-1]) if end)
            yield top, left, bottom, right
