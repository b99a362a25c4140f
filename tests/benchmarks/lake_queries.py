"""Questions to the lake of a home by DuckDB, and to its ledger by sqlite3, as a person at the bureau asks them.

    python -m tests.benchmarks.lake_queries NAME HOME PERIOD

The files are those that `saima lake locate --json` names (`located.json` beside the home). DuckDB gets 1 GB and two threads. Prints one JSON object: what was
counted, so that a query which looked at nothing fails."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from .years_home import parameters_of

MEMORY = "1GB"


def opened(located: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """A view a table over the files of the committed snapshots."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute("SET threads = 2")
    for one in located["tables"]:
        if one["files"]:
            connection.execute(f"CREATE VIEW {one['table']} AS SELECT * FROM read_parquet({list(one['files'])})")
    return connection


def rank(located: dict[str, Any], home: Path, period: str) -> dict[str, Any]:
    """The units of a month by growth, from the unit rows that count, beside the projects' total."""
    with opened(located) as connection:
        found = connection.execute(
            "WITH counting AS (SELECT submission_id FROM current_submissions WHERE period = ?), "
            "told AS (SELECT unit_code, ytd, ytd_last_year FROM fact_unit_month JOIN counting USING (submission_id) "
            "WHERE period = ? AND indicator = 'manufacturing_investment' AND scope = 'managed'), "
            "added AS (SELECT unit_code, sum(ytd) AS projects FROM fact_project_month JOIN counting USING (submission_id) "
            "WHERE period = ? AND row_status = 'accepted' GROUP BY unit_code) "
            "SELECT rank() OVER (ORDER BY ytd / ytd_last_year DESC), unit_code, ytd, projects FROM told JOIN added USING (unit_code)",
            [period] * 3,
        ).fetchall()
    return {"units": len(found)}


def series(located: dict[str, Any], home: Path, period: str) -> dict[str, Any]:
    """Ten years: projects and investment of every month, and of every industry in it."""
    with opened(located) as connection:
        found = connection.execute(
            "SELECT period, substr(industry_code, 1, 2) AS industry, count(*), sum(ytd) FROM fact_project_month "
            "WHERE row_status = 'accepted' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return {"rows": sum(row[2] for row in found), "months": len({row[0] for row in found}), "cells": len(found)}


def as_of(located: dict[str, Any], home: Path, period: str) -> dict[str, Any]:
    """A month as it was known at an instant: the versions from the ledger, their rows from the lake."""
    versions = [row["submission_id"] for row in _asked(home, "submissions_as_of", period) if row["current"]]
    with opened(located) as connection:
        connection.execute("CREATE TABLE counting (submission_id TEXT)")
        connection.executemany("INSERT INTO counting VALUES (?)", [(one,) for one in versions])
        (rows, units) = connection.execute(
            "SELECT count(*), count(DISTINCT unit_code) FROM fact_project_month JOIN counting USING (submission_id) "
            "WHERE period = ? AND row_status = 'accepted'",
            [period],
        ).fetchall()[0]
    return {"versions": len(versions), "rows": rows, "units": units}


def ledger(located: dict[str, Any], home: Path, period: str) -> dict[str, Any]:
    """The statement of `saima db as-of` alone."""
    return {"versions": len(_asked(home, "submissions_as_of", period))}


def _asked(home: Path, name: str, period: str) -> list[dict[str, Any]]:
    from pipelines.warehouse.db.as_of_queries import query_as_of

    with sqlite3.connect(f"file:{home / 'warehouse.db'}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query_as_of(name, sqlite=True), parameters_of(period))]


QUERIES: dict[str, Callable[[dict[str, Any], Path, str], dict[str, Any]]] = {
    "rank": rank,
    "series": series,
    "as_of": as_of,
    "ledger": ledger,
}

if __name__ == "__main__":
    _, name, home, period = sys.argv
    located = json.loads((Path(home).parent / "located.json").read_text())
    counted = QUERIES[name](located, Path(home), period)
    assert all(counted.values()), counted
    sys.stdout.write(json.dumps(counted) + "\n")
