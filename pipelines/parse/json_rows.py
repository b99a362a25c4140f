"""The rows of a JSON document, in the shapes programs write them: a list of objects or of lists; {"meta": …, "rows": […]}; an answer of
a web service that wraps one list ({"code": 0, "data": {"list": […]}}); the column-wise shapes of data frames. Part of a longer list
(a page of it) is refused: it would pass for the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pipelines.model.raw import Cell

META_KEYS = ("unit", "period", "form", "amount_unit", "nil")
MAX_FIELD = 131_072
# fmt: off
_ENVELOPE = frozenset((
    "code", "msg", "message", "success", "status", "state", "ok", "errcode", "errmsg", "errorcode", "errormsg", "error", "schema",
    "timestamp", "time", "version", "traceid", "requestid", "result", "draw", "index",
    "optimizecountsql", "searchcount", "countid", "maxlimit", "hitcount", "startrow", "endrow",
    "navigatepages", "navigatefirstpage", "navigatelastpage", "empty", "numberofelements", "pageable", "sort",
))
"""What web services write beside a list; none of it is data."""
_COUNTS = frozenset(("total", "count", "totalcount", "recordstotal", "recordsfiltered", "totalelements", "totalrows", "rowcount"))
# fmt: on
_SIZES = frozenset(("pagesize", "limit", "size"))
_PLACES = frozenset(("pageno", "pagenum", "page", "current", "offset", "number"))
_PAGES = frozenset(("pages", "pagecount", "totalpages"))
_MORE = frozenset(
    (
        "hasnext",
        "hasmore",
        "hasnextpage",
        "next",
        "nextpage",
        "previous",
        "prepage",
        "prevpage",
        "hasprevious",
        "haspreviouspage",
    )
)
_ONLY = frozenset(("first", "last", "isfirstpage", "islastpage"))
_LISTS_BESIDE = frozenset(("orders", "sort", "navigatepagenums"))
"""Lists that MyBatis-Plus, Spring and PageHelper write beside the rows of a page."""
Rows = list[dict[str, Cell]] | list[list[Cell]]


class BadJSON(ValueError):
    """What json itself would let pass."""

    def __init__(self, kind: str, **params: str) -> None:
        super().__init__(kind)
        self.params = {"kind": kind, **params}


def meta_and_rows(content: object) -> tuple[Mapping[str, str], Rows]:
    """What the document declares, and its rows; BadJSON where they are none, or a value is neither text, number, truth value nor null."""
    meta: dict[str, str] = {}
    if isinstance(content, dict):
        given = content.get("meta", {})
        if not isinstance(given, dict):
            raise _bad("meta 不是一组键值", "meta is no object")
        meta = _meta(given)
        content = _rows_of({key: value for key, value in content.items() if key != "meta"}, meta)
    if not isinstance(content, list):
        raise _bad("行不是一个列表", "rows are not a list")
    if content and all(isinstance(row, list) for row in content):
        return meta, _lists(content)
    return meta, _objects(content)


def _bad(zh: str, en: str) -> BadJSON:
    return BadJSON("json_shape", reason=f"{zh} / {en}")


def _meta(given: Mapping[str, object]) -> dict[str, str]:
    meta = {}
    for key, value in given.items():
        if isinstance(value, dict | list):
            raise _bad(f"meta 的「{key}」不是单个值", f"meta.{key} is not a plain value")
        if value is not None:
            meta[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return meta


def _rows_of(content: Mapping[str, object], meta: dict[str, str], depth: int = 0) -> object:
    """The one list of an object, or of an object in it; what stands beside is declared, known to be no data, or refused."""
    lists = [key for key, value in content.items() if isinstance(value, list)]
    if len(lists) > 1 and (own := [key for key in lists if _folded(key) not in _LISTS_BESIDE]):
        content = {key: value for key, value in content.items() if key not in lists or key in own}
        lists = own
    if set(lists) >= {"columns", "data"} and set(content) <= {"columns", "data", "index", "schema"}:
        return _split(content["columns"], content["data"])
    objects = [key for key, value in content.items() if isinstance(value, dict)]
    if objects and len(objects) == len(content) and (columns := _column_wise(content)) is not None:
        return columns
    plain = {key: value for key, value in content.items() if key not in lists and key not in objects}
    inside = [
        value for key, value in content.items() if isinstance(value, dict) and key.casefold() not in ("schema", "meta")
    ]
    if len(lists) == 1:
        rows: object = content[lists[0]]
        odd = next((key for key in objects if key.casefold() not in _ENVELOPE), None)
    elif not lists and depth < 2 and len(inside) == 1:
        rows, odd = _rows_of(inside[0], meta, depth + 1), None
    else:
        names = "、".join(lists or objects or list(content)[:5])
        raise _bad(f"找不到唯一的一组行（{names}）", f"not one list of rows ({names})")
    for name, said in _meta({k: v for k, v in plain.items() if k in META_KEYS}).items():
        if _differ(name, first := meta.setdefault(name, said), said):
            raise _bad(
                f"「{name}」写了两处：{first[:40]}、{said[:40]}", f"{name} is given twice: {first[:40]}, {said[:40]}"
            )
    counted = any(_folded(key) in _COUNTS for key in plain)
    for key, value in plain.items():
        if not _is_known(key, value, len(rows) if isinstance(rows, list) else 0, counted):
            odd = odd or key
    if odd is not None:
        raise _bad(f"不认识的键「{odd}」", f"unknown key {odd!r}")
    return rows


def _differ(key: str, first: str, second: str) -> bool:
    """Whether a document declares two things; a unit by its code and by its name, or a month in two spellings, is one."""
    if key == "period":
        months = [re.findall(r"\d+", text) for text in (first, second)]
        return all(months) and len({(one[0][:4], int(one[-1][-2:])) for one in months}) > 1
    return first != second and (key == "amount_unit" or (first.isdecimal() and second.isdecimal()))


def _folded(key: str) -> str:
    return key.casefold().replace("_", "")


def _is_known(key: str, value: object, count: int, counted: bool) -> bool:
    """Whether a plain value beside the rows is none of the return's; BadJSON where it says that there are more of them. `counted`: their
    number stands beside, so that a page as long as it may be is no cut one."""
    name = _folded(key)
    number = (
        int(value)
        if isinstance(value, int) or (isinstance(value, str) and value.isdecimal() and len(value) < 10)
        else None
    )
    goes_on = (
        (name in _COUNTS and number not in (None, count))
        or (name in _PAGES and number not in (None, 0, 1))
        or (name in _PLACES and number not in (None, 0, 1))
        or (name in _SIZES and number == count > 0 and not counted)
        or (name in _MORE and bool(value))
        or (name in _ONLY and value is False)
    )
    if goes_on:
        zh = f"「{key}」为 {value}，这里有 {count} 行，看来只是其中一页，请导出全部"
        raise _bad(zh, f"{key} is {value} and {count} rows are here: a page of them, export all")
    return key in META_KEYS or any(
        name in known for known in (_ENVELOPE, _SIZES, _PLACES, _COUNTS, _PAGES, _MORE, _ONLY)
    )


def _split(columns: object, data: object) -> list[dict[str, object]]:
    """{"columns": […], "data": [[…]]}."""
    assert isinstance(columns, list) and isinstance(data, list)
    if len(set(map(str, columns))) != len(columns) or any(
        not isinstance(row, list) or len(row) != len(columns) for row in data
    ):
        raise _bad("columns 与 data 的宽度不同", "columns and data differ in width")
    return [dict(zip(map(str, columns), row, strict=True)) for row in data]


def _column_wise(content: Mapping[str, object]) -> list[dict[str, object]] | None:
    """{"列": {"0": …, "1": …}}: None where the objects are of another kind."""
    columns = {name: column for name, column in content.items() if isinstance(column, dict)}
    first = next(iter(columns.values()))
    if (
        len(columns) < 2
        or list(first) != [str(n) for n in range(len(first))]
        or any(list(c) != list(first) for c in columns.values())
    ):
        return None
    return [{name: column[index] for name, column in columns.items()} for index in first]


def _lists(rows: Sequence[Sequence[object]]) -> list[list[Cell]]:
    for number, row in enumerate(rows, 1):
        if any(isinstance(value, dict | list) or (value.__class__ is str and len(value) > MAX_FIELD) for value in row):
            raise _bad(f"第 {number} 行的值不是单个值", f"row {number}: a value is not plain")
    return rows  # type: ignore[return-value]


def _objects(rows: Sequence[object]) -> list[dict[str, Cell]]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise _bad(f"第 {number} 行不是对象", f"row {number} is not an object")
        for key, value in row.items():
            if len(key) > MAX_FIELD or (value.__class__ is str and len(value) > MAX_FIELD):
                raise _bad(f"第 {number} 行的「{key[:40]}」过长", f"row {number}: {key[:40]} is too long")
            if value.__class__ is dict or value.__class__ is list:
                raise _bad(
                    f"第 {number} 行的「{key[:40]}」不是单个值", f"row {number}: {key[:40]} is not a plain value"
                )
    return rows  # type: ignore[return-value]
