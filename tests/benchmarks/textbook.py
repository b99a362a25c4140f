"""The textbook stack on the same files: pandas.read_excel, a Great Expectations checkpoint a file, DataFrame.to_sql into SQLite.

    python -m tests.benchmarks.textbook FILES HOME COUNT

COUNT workbooks of FILES, evenly spread; stock expectations for six of the row rules. HOME is that of the month that Saima ran over these files:
the rows that both refuse, rule by rule, are compared. Prints one JSON object."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from .country_files import MONTH
from .recount_rows import industries

RULES = ("B02", "B14", "C03", "C04", "C05", "C09")
FIRST_ROW = 4
"""Of the data, as the sheet counts: title, unit, header stand before."""
NAMES = {
    "项目名称": "project_name",
    "行业代码": "industry_code",
    "计划总投资": "plan_total",
    "自开始建设累计完成投资": "cum_total",
    "本年完成投资": "ytd",
    "建筑工程": "build",
    "安装工程": "install",
    "设备工器具购置": "equip",
    "其他费用": "other",
}

Row = tuple[str, int]


def run(files: Sequence[Path], database: Path, codes: Sequence[str]) -> dict[str, set[Row]]:
    """Everything, file by file; (unit, row) by rule."""
    import great_expectations as gx
    import pandas as pd
    import sqlalchemy as sa

    expect = gx.expectations
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    data = (
        context.data_sources.add_pandas("files").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    )
    suite = context.suites.add(gx.ExpectationSuite(name="rows"))
    for rule, one in (
        ("B02", expect.ExpectColumnValuesToBeInSet(column="industry_code", value_set=list(codes))),
        ("B14", expect.ExpectColumnValuesToNotBeNull(column="project_name")),
        ("C03", expect.ExpectColumnValuesToBeBetween(column="plan_total", min_value=500)),
        ("C04", expect.ExpectColumnValuesToBeBetween(column="gap", min_value=-2, max_value=2)),
        ("C05", expect.ExpectColumnPairValuesAToBeGreaterThanB(column_A="cum_total", column_B="ytd", or_equal=True)),
        ("C09", expect.ExpectColumnPairValuesAToBeGreaterThanB(column_A="limit", column_B="ten_cum", or_equal=True)),
    ):
        one.meta = {"rule": rule}
        suite.add_expectation(one)
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="rows", data=data, suite=suite))
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="file", validation_definitions=[definition], result_format={"result_format": "COMPLETE"})
    )
    engine = sa.create_engine(f"sqlite:///{database}")
    found: dict[str, set[Row]] = {rule: set() for rule in RULES}
    for file in files:
        frame = pd.read_excel(file, sheet_name="项目月报", header=FIRST_ROW - 2, dtype={"行业代码": str})
        frame = frame.rename(columns=NAMES)
        frame["gap"] = frame["ytd"] - frame["build"] - frame["install"] - frame["equip"] - frame["other"]
        frame["ten_cum"], frame["limit"] = frame["cum_total"] * 10, frame["plan_total"] * 13
        result = checkpoint.run(batch_parameters={"dataframe": frame})
        for validated in result.run_results.values():
            for one in validated.results:
                rows = one.result.get("unexpected_index_list") or []
                found[one.expectation_config.meta["rule"]].update((file.stem, int(n) + FIRST_ROW) for n in rows)
        frame.assign(unit=file.stem).to_sql("rows", engine, if_exists="append", index=False)
    engine.dispose()
    return found


def by_saima(home: Path, units: Sequence[str]) -> dict[str, set[Row]]:
    """The same of the month that Saima judged: errors of the versions that count or were refused."""
    from pipelines.flow.runtime.context import open_context
    from pipelines.settings import Settings

    context = open_context(Settings(home=home))
    try:
        sent = {
            row.submission_id: row.unit_code
            for row in context.warehouse.submissions(MONTH)
            if row.form == "project_month" and row.unit_code in units
        }
        found: dict[str, set[Row]] = {rule: set() for rule in RULES}
        for one in context.warehouse.findings(list(sent)).to_pylist():
            if one["rule"] in found and one["severity"] == "error" and one["row_no"] is not None:
                found[one["rule"]].add((sent[one["submission_id"]], one["row_no"]))
    finally:
        context.warehouse.close()
    return found


def main() -> None:
    """See the module."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    from pipelines.flow.runtime.context import load_programme

    folder, home, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    there = sorted(folder.glob("*.xlsx"))
    files = there[:: max(1, len(there) // count)][:count]
    codes = industries(load_programme("jiaxing"))
    with tempfile.TemporaryDirectory() as place:
        run(files[:1], Path(place) / "warm.db", codes)  # imports are outside the clock
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        found = run(files, Path(place) / "rows.db", codes)
        seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
        with sqlite3.connect(Path(place) / "rows.db") as connection:
            (rows,) = connection.execute("SELECT count(*) FROM rows").fetchone()
    wanted = by_saima(home, [file.stem for file in files])
    wrong = {
        rule: {"missing": sorted(wanted[rule] - found[rule])[:3], "more": sorted(found[rule] - wanted[rule])[:3]}
        for rule in RULES
        if wanted[rule] != found[rule]
    }
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = {
        "files": len(files),
        "rows": rows,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 3),
        "bad_rows": sum(map(len, wanted.values())),
        "state": "disqualified: other rows"
        if wrong
        else "same rows"
        if any(wanted.values())
        else "no bad row to compare",
        "differences": wrong,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
