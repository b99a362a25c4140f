"""One validator in a process of its own, which may be another environment: reads the rows once, then checks them whenever a line comes
on standard input and answers with a line of JSON.

    python peer_process.py CONTENDER FOLDER

FOLDER holds `now.parquet`, `past.parquet` and `codes.json` (`peers.write_rows`). The ids of the bad rows of each rule go to
FOLDER/CONTENDER.json. Every contender begins with the rows in Arrow and ends with the row numbers of each rule in hand."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Ids = dict[str, Iterable[int]]
KEY = ["unit", "stat_project_no"]
AMOUNTS = ("plan_total", "cum_total", "ytd", "month", "build", "install", "equip", "other")
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


class Rows:
    """What is given: rows of the month, of the month before (one a project) and the codes of manufacturing."""

    def __init__(self, folder: Path) -> None:
        import pyarrow.parquet as pq

        self.folder = folder
        self.now = pq.read_table(folder / "now.parquet")
        self.past = pq.read_table(folder / "past.parquet")
        self.codes: list[str] = json.loads((folder / "codes.json").read_text())

    def pandas(self) -> Any:
        """Both months side by side, with the columns that validators without arithmetic are given."""
        past = self.past.select([*KEY, "ytd", "cum_total"]).rename_columns([*KEY, "before_ytd", "before_cum"])
        frame = self.now.to_pandas().merge(past.to_pandas(), on=KEY, how="left")
        frame["gap"] = frame["ytd"] - frame["build"] - frame["install"] - frame["equip"] - frame["other"]
        frame["ten_cum"], frame["thirteen_plan"] = frame["cum_total"] * 10, frame["plan_total"] * 13
        return frame

    def polars(self) -> Any:
        import polars as pl

        now, past = pl.from_arrow(self.now), pl.from_arrow(self.past)
        before = past.select(*KEY, before_ytd="ytd", before_cum="cum_total")
        return now.join(before, on=KEY, how="left", maintain_order="left")


def floor(rows: Rows) -> Ids:
    """Not a validator: the rows written as Parquet and read again."""
    import pyarrow.parquet as pq

    pq.write_table(rows.now, rows.folder / "floor.parquet", compression="zstd")
    pq.read_table(rows.folder / "floor.parquet")
    return {}


def saima_rules(rows: Rows) -> Callable[[], Ids]:
    """The rules asked here alone: the check frame and one Great Expectations run, positions for row numbers."""
    import numpy as np

    from pipelines.flow.runtime.context import load_programme
    from pipelines.validate.batch_run import form_setup, plan
    from pipelines.validate.rows.check_frame import CheckFrame
    from pipelines.validate.rows.gx_run import run
    from pipelines.validate.rows.validation_batch import ValidationBatch
    from tests.benchmarks.recount_rows import ERRORS, FORM, PERIOD, submissions

    programme = load_programme("jiaxing")
    parts, history = submissions(programme, rows.now.to_pylist(), rows.past.to_pylist())
    checks = [(rule, check) for rule, check in plan(form_setup(FORM, programme, PERIOD)).checks if rule.id in ERRORS]
    errors = [(rule, check) for rule, check in checks if (check.severity or rule.severity) == "error"]
    columns = tuple(dict.fromkeys(name for _, check in errors for name in _columns(check)))

    def once() -> Ids:
        names, files = tuple(name for name, _, _ in parts), tuple(part for _, part, _ in parts)
        batch = ValidationBatch(FORM, programme.forms[FORM], names, files, history, programme)
        frame = CheckFrame(batch).build(columns)
        found: dict[str, Any] = {}
        for (rule, _), outcome in zip(errors, run(errors, frame).values(), strict=True):
            assert not outcome.broken, outcome.broken
            at = np.concatenate((found.get(rule.id, outcome.positions[:0]), outcome.positions))
            found[rule.id] = np.unique(at)
        return {rule: batch.row_no[at] for rule, at in found.items()}

    return once


def _columns(check: Any) -> tuple[str, ...]:
    from expectations.plan import columns_of

    return (*columns_of(check), *check.looks_at)


def saima(rows: Rows) -> Callable[[], Ids]:
    """All rules of the form, with findings in two languages and verdicts; the row numbers are those of the findings."""
    from pipelines.flow.runtime.context import load_programme
    from pipelines.validate.engine import validate
    from tests.benchmarks.recount_rows import ERRORS, FORM, submissions

    programme = load_programme("jiaxing")
    parts, history = submissions(programme, rows.now.to_pylist(), rows.past.to_pylist())

    def once() -> Ids:
        found: dict[str, set[int]] = {rule: set() for rule in ERRORS}
        for verdict in validate(FORM, parts, history, programme).values():
            for one in verdict.findings:
                if one.severity == "error" and one.rule in found and one.row is not None:
                    found[one.rule].add(one.row)
        return dict(found)

    return once


def duckdb(rows: Rows) -> Ids:
    """SQL over the Arrow tables."""
    import duckdb as library
    import pyarrow as pa

    wrong = {
        "B02": "industry_code NOT IN (SELECT code FROM codes)",
        "B07": "copies > 1",
        "B14": "project_name IS NULL",
        "C02": f"least({', '.join(AMOUNTS)}) < 0",
        "C03": "plan_total < 500",
        "C04": "abs(ytd - build - install - equip - other) > 2",
        "C05": "cum_total < ytd",
        "C09": "cum_total * 10 > plan_total * 13",
        "D02": "ytd < before_ytd",
        "D14": "cum_total < before_cum",
    }
    with library.connect() as connection:
        connection.execute("SET threads = 2")
        connection.register("now", rows.now)
        connection.register("past", rows.past)
        connection.register("codes", pa.table({"code": rows.codes}))
        marks = ", ".join(f"{where} AS {rule}" for rule, where in wrong.items())
        marked = connection.sql(
            f"SELECT row_no, {marks} FROM (SELECT now.*, past.ytd AS before_ytd, past.cum_total AS before_cum, "
            "count(*) OVER (PARTITION BY unit, stat_project_no) AS copies FROM now LEFT JOIN past USING (unit, stat_project_no))"
        ).to_arrow_table()
    return {rule: marked.filter(marked[rule])["row_no"].to_pylist() for rule in wrong}


def polars(rows: Rows) -> Ids:
    """Plain expressions."""
    import polars as pl

    col = pl.col
    frame = rows.polars()
    wrong = {
        "B02": ~col("industry_code").is_in(rows.codes),
        "B07": pl.len().over(KEY) > 1,
        "B14": col("project_name").is_null(),
        "C02": pl.min_horizontal(*AMOUNTS) < 0,
        "C03": col("plan_total") < 500,
        "C04": (col("ytd") - col("build") - col("install") - col("equip") - col("other")).abs() > 2,
        "C05": col("cum_total") < col("ytd"),
        "C09": col("cum_total") * 10 > col("plan_total") * 13,
        "D02": col("ytd") < col("before_ytd"),
        "D14": col("cum_total") < col("before_cum"),
    }
    marked = frame.select("row_no", **{rule: where.fill_null(False) for rule, where in wrong.items()})
    return {rule: marked.filter(col(rule))["row_no"].to_list() for rule in wrong}


def pandera(rows: Rows) -> Ids:
    """pandera over pandas, lazily: all failure cases."""
    import pandera.pandas as pa

    frame = rows.pandas().set_index("row_no")
    check, column = pa.Check, pa.Column
    schema = pa.DataFrameSchema(
        {
            "industry_code": column(checks=check.isin(rows.codes, error="B02")),
            "project_name": column(nullable=False),
            **{name: column(checks=check.ge(0, error="C02")) for name in AMOUNTS[1:]},
            "plan_total": column(checks=[check.ge(0, error="C02"), check.ge(500, error="C03")]),
            "gap": column(checks=check.in_range(-2, 2, error="C04")),
        },
        checks=[
            check(lambda f: f["cum_total"] >= f["ytd"], error="C05"),
            check(lambda f: f["ten_cum"] <= f["thirteen_plan"], error="C09"),
            check(lambda f: ~(f["ytd"] < f["before_ytd"]), error="D02"),
            check(lambda f: ~(f["cum_total"] < f["before_cum"]), error="D14"),
        ],
        unique=KEY,
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases
    else:
        return {}
    names = {"not_nullable": "B14", "multiple_fields_uniqueness": "B07"}
    rules = cases["check"].map(lambda text: names.get(text, text))
    return {rule: own["index"].unique() for rule, own in cases.groupby(rules)}


def pointblank(rows: Rows) -> Ids:
    """pointblank over polars; the extracts are asked for whole (500 rows by default)."""
    import pointblank as pb
    import polars as pl

    col = pl.col
    frame = rows.polars()
    steps = ["B02", "B07", "B14", *["C02"] * len(AMOUNTS), "C03", "C04", "C05", "C09", "D02", "D14"]
    checked = (
        pb.Validate(frame)
        .col_vals_in_set("industry_code", rows.codes)
        .rows_distinct(KEY)
        .col_vals_not_null("project_name")
        .col_vals_ge(list(AMOUNTS), 0)
        .col_vals_ge("plan_total", 500)
        .col_vals_expr((col("ytd") - col("build") - col("install") - col("equip") - col("other")).abs() <= 2)
        .col_vals_ge("cum_total", pb.col("ytd"))
        .col_vals_expr(col("cum_total") * 10 <= col("plan_total") * 13)
        .col_vals_ge("ytd", pb.col("before_ytd"), na_pass=True)
        .col_vals_ge("cum_total", pb.col("before_cum"), na_pass=True)
        .interrogate(extract_limit=frame.height)
    )
    found: dict[str, set[int]] = {}
    for number, rule in enumerate(steps, 1):
        extract = checked.get_data_extracts(number, frame=True)
        at = [] if extract is None else extract["_row_num_"] - 1
        found.setdefault(rule, set()).update(frame["row_no"].gather(at).to_list())
    return dict(found)


def great_expectations(rows: Rows) -> Ids:
    """Great Expectations as its documentation has it: stock expectations, a validation definition, COMPLETE results with an id column."""
    import great_expectations as gx

    be = gx.expectations
    missing = "either_value_is_missing"
    rules = [
        ("B02", be.ExpectColumnValuesToBeInSet(column="industry_code", value_set=rows.codes)),
        ("B07", be.ExpectCompoundColumnsToBeUnique(column_list=KEY)),
        ("B14", be.ExpectColumnValuesToNotBeNull(column="project_name")),
        *(("C02", be.ExpectColumnValuesToBeBetween(column=name, min_value=0)) for name in AMOUNTS),
        ("C03", be.ExpectColumnValuesToBeBetween(column="plan_total", min_value=500)),
        ("C04", be.ExpectColumnValuesToBeBetween(column="gap", min_value=-2, max_value=2)),
    ]
    pairs = [
        ("C05", "cum_total", "ytd"),
        ("C09", "thirteen_plan", "ten_cum"),
        ("D02", "ytd", "before_ytd"),
        ("D14", "cum_total", "before_cum"),
    ]
    for rule, larger, smaller in pairs:
        greater = be.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=larger, column_B=smaller, or_equal=True, ignore_row_if=missing
        )
        rules.append((rule, greater))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    suite = context.suites.add(gx.ExpectationSuite(name="rules"))
    for rule, expectation in rules:
        expectation.meta = {"rule": rule}
        suite.add_expectation(expectation)
    data = asset.add_batch_definition_whole_dataframe("all")
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="rows", data=data, suite=suite))
    result = definition.run(
        batch_parameters={"dataframe": rows.pandas()},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["row_no"]},
    )
    found: dict[str, set[int]] = {}
    for one in result.results:
        ids = found.setdefault(one.expectation_config.meta["rule"], set())
        ids.update(case["row_no"] for case in one.result.get("unexpected_index_list") or [])
    return dict(found)


CONTENDERS: dict[str, tuple[str, Callable[[Rows], Any]]] = {
    "floor": ("pyarrow", floor),
    "saima": ("", saima),
    "saima_rules": ("", saima_rules),
    "polars": ("polars", polars),
    "duckdb": ("duckdb", duckdb),
    "pandera": ("pandera", pandera),
    "pointblank": ("pointblank", pointblank),
    "great_expectations": ("great_expectations", great_expectations),
}
"""Name → the distribution whose version is told, and the contender: rows → ids, or rows → what is called each time."""


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> int:
    """Of this program; ru_maxrss would begin with what the parent had when it forked."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def main() -> None:
    """See the module."""
    from importlib.metadata import version

    name, folder = sys.argv[1], Path(sys.argv[2])
    distribution, contender = CONTENDERS[name]
    rows = Rows(folder)
    once: Callable[[], Ids] = contender(rows) if name.startswith("saima") else lambda: contender(rows)
    found = once()  # imports and first touches are outside the clock
    ids = {rule: sorted(int(i) for i in own) for rule, own in found.items()}
    (folder / f"{name}.json").write_text(json.dumps(ids))
    told = version(distribution) if distribution else ""
    print(json.dumps({"version": told}), flush=True)
    for _ in sys.stdin:
        gc.collect()
        cpu, started = _cpu(), time.perf_counter()
        once()
        spent = {"seconds": time.perf_counter() - started, "cpu_seconds": _cpu() - cpu}
        print(json.dumps({**spent, "peak_mb": _peak_mb()}), flush=True)


if __name__ == "__main__":
    main()
