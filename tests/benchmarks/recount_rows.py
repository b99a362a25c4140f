"""A hundred thousand project rows of a month and of the month before, wrong in known ways at the edges of the formulas, and the row rules
as SQL: what `tests/unit/validate/test_recount.py` recounts by DuckDB and `peers` gives to other validators."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import duckdb
import pyarrow as pa

from pipelines.flow.records.read_submissions import empty_part
from pipelines.model.history import History, UnitHistory
from pipelines.model.programme import Programme
from pipelines.model.submissions import RAW_SCHEMA, FormPart, Problem
from pipelines.model.tables import rows_schema

UNITS = ("330402", "330411", "330421", "330424", "330481", "330482", "330483")
ROWS = 100_000
PERIOD, BEFORE = "2022-06", "2022-05"
FORM = "project_month"
AMOUNTS = ("plan_total", "cum_total", "ytd", "month", "build", "install", "equip", "other")

ERRORS = {
    "B02": "industry_code NOT IN (SELECT code FROM industries)",
    "B07": "count(*) OVER (PARTITION BY unit, stat_project_no) > 1",
    "B14": "project_name IS NULL",
    "C02": "least(plan_total, cum_total, ytd, month, build, install, equip, other) < 0",
    "C03": "plan_total < 500",
    "C04": "abs(ytd - build - install - equip - other) > 2",
    "C05": "cum_total < ytd",
    "C09": "cum_total > 1.3 * plan_total",
    "D02": "ytd < before_ytd",
    "D14": "cum_total < before_cum",
}
"""Rule → the rows it refuses, as SQL over the rows beside those of the month before."""
QUERIES = {
    "C08": "cum_total > plan_total",
    "D01": "abs(ytd - before_ytd - month) > 1",
    "B10": "project_name <> before_name",
}

ProjectRow = dict[str, object]


def rows_of_country(rows: int = ROWS, error_rate: float = 0.02) -> tuple[list[ProjectRow], list[ProjectRow]]:
    """Rows of the month and of the month before; one in fifty is wrong in one way or another, at the edges of the formulas too."""
    r = random.Random(14)
    now, before = [], []
    for n in range(rows):
        plan = r.choice((500, 800, 4000, 30_000)) + r.randint(0, 900)
        earlier, month = plan // 5, plan // 20 + 1
        ytd = earlier + month
        build, install, equip = ytd * 4 // 10, ytd // 10, ytd * 3 // 10
        row: ProjectRow = {
            "row_no": n + 4,
            "unit": UNITS[n % len(UNITS)],
            "stat_project_no": f"{UNITS[n % len(UNITS)]}10021{n:06d}",
            "project_name": f"第{n}号轴承项目",
            "industry_code": r.choice(("3825", "1311", "4320")),
            "plan_total": plan,
            "cum_total": ytd + plan // 4,
            "ytd": ytd,
            "month": month,
            "build": build,
            "install": install,
            "equip": equip,
            "other": ytd - build - install - equip,
        }
        past = {**row, "ytd": earlier, "cum_total": earlier + plan // 4}
        if r.random() < error_rate:
            spoil(row, r)
        now.append(row)
        if n % 9:
            before.append(past)
    return now, before


def spoil(row: ProjectRow, r: random.Random) -> None:
    """Make the row wrong in one way, or nearly wrong."""
    plan, ytd = row["plan_total"], row["ytd"]
    assert isinstance(plan, int)
    assert isinstance(ytd, int)
    changes: list[ProjectRow] = [
        {"industry_code": r.choice(("9999", "5010", "0111"))},
        {"stat_project_no": f"{row['unit']}10021000000"},
        {"project_name": None},
        {"month": -1},
        {"plan_total": r.choice((499, 500))},
        {"equip": row["equip"] + r.choice((2, 3, -2, -3))},  # type: ignore[operator]
        {"cum_total": ytd - r.choice((0, 1))},
        {"cum_total": plan * 13 // 10 + r.choice((0, 1))},
        {"cum_total": plan + r.choice((0, 1))},
        {"ytd": ytd - int(row["month"]) - r.choice((0, 1))},  # type: ignore[call-overload]
        {"month": int(row["month"]) + r.choice((1, 2))},  # type: ignore[call-overload]
        {"project_name": f"{row['project_name']}(改)"},
    ]
    row.update(r.choice(changes))


def industries(programme: Programme) -> list[str]:
    """Codes of manufacturing."""
    return [code for code in programme.codes.industries if 13 <= int(code[:2]) <= 43]


def table_of(rows: list[ProjectRow], schema: pa.Schema) -> pa.Table:
    """Rows as the readers hand them over."""
    given = {name: [row[name] for row in rows] for name in rows[0] if name in schema.names}
    constant = {"status": "1", "nature": "1", "owner_name": "某某有限公司", "start_ym": "2021-03"}
    columns = []
    for field in schema:
        values = given.get(field.name)
        if values is not None:
            values = [Decimal(v) if field.name in AMOUNTS else v for v in values]  # type: ignore[arg-type]
            columns.append(pa.array(values, field.type))
        elif field.name in constant:
            columns.append(pa.array([constant[field.name]] * len(rows), field.type))
        else:
            columns.append(pa.nulls(len(rows), field.type))
    return pa.table(columns, schema=schema)


def sent(rows: list[ProjectRow]) -> pa.Table:
    """Every row once, as the books want it; its cells are not looked at here."""
    same = {"sheet": "项目月报", "row_class": "data", "cells": "[]"}
    return pa.Table.from_pylist([{**same, "row_no": row["row_no"]} for row in rows], schema=RAW_SCHEMA)


def submissions(
    programme: Programme, now: list[ProjectRow], before: list[ProjectRow]
) -> tuple[list[tuple[str, FormPart, tuple[Problem, ...]]], History]:
    """A submission `s<unit>` of every unit, and the history they are compared with."""
    layout = programme.forms[FORM]
    schema = rows_schema(layout.fields)
    parts: list[tuple[str, FormPart, tuple[Problem, ...]]] = []
    histories, earlier = {}, []
    for unit in UNITS:
        own = [row for row in now if row["unit"] == unit]
        columns = {name: chr(65 + at) for at, name in enumerate(("stat_project_no", "project_name", *AMOUNTS))}
        part = replace(
            empty_part(layout, unit, PERIOD),
            measure="wan_yuan",
            sheet="项目月报",
            columns=columns,
            rows=table_of(own, schema),
            raw=sent(own),
        )
        parts.append((f"s{unit}", part, ()))
        histories[unit] = UnitHistory(previous=f"h{unit}", previous_period=BEFORE)
        past = table_of([row for row in before if row["unit"] == unit], schema)
        earlier.append(past.append_column("submission_id", pa.array([f"h{unit}"] * past.num_rows)))
    return parts, History(histories, pa.concat_tables(earlier))


def failing(now: pa.Table, before: pa.Table, codes: Sequence[str], where: str) -> set[tuple[str, int]]:
    """(unit, row) that a formula picks out."""
    with duckdb.connect() as connection:
        connection.register("now", now)
        connection.register("past", before)
        connection.register("codes", pa.table({"code": list(codes)}))
        connection.execute("CREATE VIEW industries AS SELECT code FROM codes")
        found = connection.execute(
            "WITH beside AS (SELECT now.*, past.ytd AS before_ytd, past.cum_total AS before_cum, past.project_name AS before_name "
            "FROM now LEFT JOIN (SELECT * FROM past QUALIFY row_number() OVER (PARTITION BY unit, stat_project_no ORDER BY row_no) = 1) "
            f"past USING (unit, stat_project_no)), marked AS (SELECT unit, row_no, coalesce({where}, false) AS wrong FROM beside) "
            "SELECT unit, row_no FROM marked WHERE wrong"
        ).fetchall()
    return set(found)
