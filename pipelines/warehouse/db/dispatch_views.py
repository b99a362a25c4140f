"""One view a table of the dispatch loop, over the rows that the step after publication lays down (`bureau.dispatch_library` …)."""

from __future__ import annotations

from pipelines.model.dispatch_tables import DISPATCH_TABLES, ColumnKind, DispatchColumn, DispatchTable
from pipelines.model.tables import AMOUNT_SCALE

from .views import Kind, View, ViewColumn

PREFIX = "dispatch_"
_KINDS: dict[ColumnKind, Kind] = {
    "text": "text",
    "integer": "integer",
    "number": "rate",
    "amount": "amount",
    "date": "date",
    "flag": "flag",
}
_POSTGRES: dict[ColumnKind, str] = {
    "text": "text",
    "integer": "bigint",
    "number": "numeric",
    "amount": "numeric",
    "date": "date",
    "flag": "boolean",
}
_SQLITE: dict[ColumnKind, str] = {"number": "REAL", "amount": "REAL", "integer": "INTEGER"}


def _view(table: DispatchTable) -> View:
    columns = (
        ViewColumn("period", "d.period", "text", "报告期", "reporting period"),
        ViewColumn("as_of", "d.as_of", "instant", "数据截至时刻", "instant as of which the table stands"),
        ViewColumn("row_no", "d.row_no", "integer", "行次", "place in the table"),
        *(ViewColumn(c.name, _expression(c), _KINDS[c.kind], c.zh, c.en, _unit(c)) for c in table.columns),
    )
    return View(
        f"{PREFIX}{table.name}",
        f"{table.zh}：每期发布后的状态",
        f"{table.en}, as of each publication",
        columns,
        _source(table, sqlite=False),
        _source(table, sqlite=True),
    )


def _expression(column: DispatchColumn) -> str:
    """Views divide amounts by the scale of the tables; these rows hold them in 万元."""
    return f'(d."{column.name}" * {AMOUNT_SCALE})' if column.kind == "amount" else f'd."{column.name}"'


def _unit(column: DispatchColumn) -> str:
    return "万元" if column.kind == "amount" else ""


def _source(table: DispatchTable, sqlite: bool) -> str:
    taken = ", ".join(_taken(column, sqlite) for column in table.columns)
    return f"(SELECT period, as_of, row_no, {taken} FROM dispatch_table_row WHERE table_name = '{table.name}') AS d"


def _taken(column: DispatchColumn, sqlite: bool) -> str:
    if not sqlite:
        return f"(content::jsonb ->> '{column.name}')::{_POSTGRES[column.kind]} AS \"{column.name}\""
    value = f"json_extract(content, '$.{column.name}')"
    kind = _SQLITE.get(column.kind)
    return f'{f"CAST({value} AS {kind})" if kind else value} AS "{column.name}"'


DISPATCH_VIEWS: tuple[View, ...] = tuple(_view(table) for table in DISPATCH_TABLES)
