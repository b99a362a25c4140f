"""All rules over a country: 770,000 project rows of 2,850 units in one process, with their history, and the rules across units.

    python tests/benchmarks/bench_rules.py [--units 2850] [--rows 270]

The rows are the simulated city's, dealt out to as many units with their own codes; about one row in a hundred breaks an edit
or carries a query. They are made before the clock starts. The clock covers the check frame, Great Expectations, findings, the
rules over files, verdicts and the rules across units: the seconds of each and the share of Great Expectations. Exit 1 above
60 s or 4 GB."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.flow.intake.validate_batch import BATCH_ROWS
from pipelines.flow.runtime.context import load_programme
from pipelines.model.history import History, UnitHistory
from pipelines.model.programme import Programme
from pipelines.model.submissions import NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA, FormPart
from pipelines.model.tables import AMOUNT, FORM_FIELDS, fact_table, rows_schema
from pipelines.model.units import Unit, UnitRoster
from pipelines.sample.published_facts import index_of
from pipelines.sample.world import World
from pipelines.validate import engine
from pipelines.validate.period.validate_period import validate_period
from pipelines.validate.rows import gx_run

PERIOD = "2022-06"
EARLIER = ("2022-05", "2022-04", "2022-03", "2022-02", "2021-12", "2021-11")
COMPARED = ("2022-05", "2021-12")
"""Months whose whole rows the rules read: the last accepted one and the annual final."""
SECONDS, MEGABYTES = 60, 4096
FIRST_CODE = 700_000
_AMOUNTS = [
    f.name for f in rows_schema(FORM_FIELDS["project_month"]) if f.type == AMOUNT and not f.name.startswith("floor")
]


@dataclass(frozen=True)
class Deal:
    """Which rows of the city a unit gets, and the factor of its amounts."""

    code: str
    first: int
    factor: int


class Country:
    """Units and their rows of any month, made from the simulated city's projects that stand in all months used."""

    def __init__(self, city: Programme, units: int, rows: int) -> None:
        world, months = World(city), [index_of(p) for p in (PERIOD, *EARLIER)]
        by_month = [
            {row["stat_project_no"]: row for code in world.units for row in world.rows("project_month", code, month)}
            for month in months
        ]
        common = sorted(set.intersection(*(set(rows) for rows in by_month)))
        self.rows = min(rows, len(common))
        self._months = {
            period: _table([{**found[number], "stat_project_no": f"{at:08d}"} for at, number in enumerate(common)])
            for period, found in zip((PERIOD, *EARLIER), by_month, strict=True)
        }
        self.deals = [Deal(f"{FIRST_CODE + n:06d}", n * 97 % len(common), 1 + n // len(common)) for n in range(units)]
        bureau = city.roster.bureaus()[0]
        roster = UnitRoster((bureau, *(Unit(d.code, f"第{d.code}县", "county") for d in self.deals)))
        self.programme = replace(city, roster=roster, members=(), targets=())

    def rows_of(self, period: str, deals: list[Deal], spoil: bool = False) -> pa.Table:
        """Canonical rows of these units, one after another."""
        month, size = self._months[period], self._months[period].num_rows
        at = np.concatenate([np.arange(d.first, d.first + self.rows) % size for d in deals])
        code = pa.array(np.repeat([d.code for d in deals], self.rows))
        factor = np.repeat([d.factor for d in deals], self.rows)
        table = month.take(pa.array(at))
        new: dict[str, Any] = {
            "reported_unit_code": code,
            "reported_unit_name": pc.binary_join_element_wise("第", code, "县", ""),
            "site_code": pc.binary_join_element_wise(code, "100", ""),
            "stat_project_no": pc.binary_join_element_wise(code, table["stat_project_no"].combine_chunks(), ""),
            "project_code": _region(table["project_code"].combine_chunks(), code),
            "row_no": pa.array(np.tile(np.arange(4, 4 + self.rows), len(deals))),
        }
        for name in _AMOUNTS:
            new[name] = pc.multiply(table[name], pa.array(factor, pa.int16()).cast(pa.decimal128(5, 0))).cast(AMOUNT)
        if spoil:
            odd = np.arange(len(at)) % 97 == 0
            new["equip"] = pc.if_else(pa.array(odd), pc.add(new["equip"], Decimal(100)).cast(AMOUNT), new["equip"])
            low = pa.array(np.arange(len(at)) % 101 == 0)
            new["plan_total"] = pc.if_else(low, pc.divide(new["cum_total"], Decimal(2)).cast(AMOUNT), new["plan_total"])
        return pa.table({n: new.get(n, table[n]) for n in table.schema.names}, schema=table.schema)


def _region(project_code: pa.Array, unit: pa.Array) -> pa.Array:
    head = pc.find_substring(project_code, "-")
    year = pc.if_else(
        pc.equal(head, 2), pc.utf8_slice_codeunits(project_code, 0, 3), pc.utf8_slice_codeunits(project_code, 0, 5)
    )
    rest = pc.if_else(
        pc.equal(head, 2), pc.utf8_slice_codeunits(project_code, 9), pc.utf8_slice_codeunits(project_code, 11)
    )
    return pc.binary_join_element_wise(year, unit, rest, "")


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    schema = rows_schema(FORM_FIELDS["project_month"])
    return pa.table({f.name: _array([row.get(f.name) for row in rows], f) for f in schema}, schema=schema)


def _array(values: list[Any], field: pa.Field) -> pa.Array:
    if field.name == "sheet":
        return pa.array(["项目月报"] * len(values))
    if pa.types.is_decimal(field.type):
        return pa.array([None if v is None else Decimal(v) for v in values], field.type)
    return pa.array(values, field.type)


def as_facts(form: str, rows: pa.Table, period: str, units: pa.Array, submission: str) -> pa.Table:
    """Rows as the lake gives them: submission `<unit>-<name>`, unit and period beside them."""
    size, schema = rows.num_rows, fact_table(form).schema
    more = {
        "submission_id": pc.binary_join_element_wise(units, submission, "-"),
        "unit_code": units,
        "period": pa.array([period]).take(pa.array(np.zeros(size, dtype=np.int64))),
        "row_status": pa.array(["accepted"]).take(pa.array(np.zeros(size, dtype=np.int64))),
    }
    return pa.table(
        {
            f.name: more[f.name]
            if f.name in more
            else rows[f.name]
            if f.name in rows.schema.names
            else pa.nulls(size, f.type)
            for f in schema
        }
    )


@cache
def _raw(rows: int) -> pa.Table:
    return pa.table(
        {
            "sheet": ["项目月报"] * rows,
            "row_no": list(range(4, 4 + rows)),
            "row_class": ["data"] * rows,
            "cells": ["[]"] * rows,
        },
        schema=RAW_SCHEMA,
    )


def part_of(form: str, code: str, rows: pa.Table) -> FormPart:
    letters = {name: chr(65 + n // 26) + chr(65 + n % 26) for n, name in enumerate(rows.schema.names[3:])}
    return FormPart(
        form,
        code,
        PERIOD,
        "wan_yuan",
        "项目月报",
        letters,
        3,
        rows,
        NOTES_SCHEMA.empty_table(),
        _raw(rows.num_rows),
        TOTALS_SCHEMA.empty_table(),
    )


def project_batches(country: Country) -> Iterator[tuple[list[engine.Candidate], History]]:
    """Batches as `saima process` makes them, each with the history that the warehouse would give."""
    size = max(1, BATCH_ROWS // country.rows)
    for first in range(0, len(country.deals), size):
        deals = country.deals[first : first + size]
        rows = country.rows_of(PERIOD, deals, spoil=True)
        units = rows["reported_unit_code"].combine_chunks()
        earlier = {p: as_facts("project_month", country.rows_of(p, deals), p, units, p) for p in COMPARED}
        needed = ("submission_id", "period", *country.programme.forms["project_month"].history.recent_columns)
        recent = [as_facts("project_month", country.rows_of(p, deals), p, units, p).select(needed) for p in EARLIER]
        totals = unit_rows(country, deals)
        history = History(
            {
                d.code: UnitHistory(
                    f"{d.code}-2022-05",
                    "2022-05",
                    f"{d.code}-2021-12",
                    f"{d.code}-now",
                    tuple(f"{d.code}-{p}" for p in EARLIER),
                )
                for d in deals
            },
            pa.concat_tables([earlier[p] for p in COMPARED]),
            as_facts("unit_month", totals, PERIOD, totals["reported_unit_code"].combine_chunks(), "now"),
            pa.concat_tables(recent),
        )
        parts = [
            (f"{d.code}-now", part_of("project_month", d.code, rows.slice(n * country.rows, country.rows)), ())
            for n, d in enumerate(deals)
        ]
        yield parts, history


def unit_rows(country: Country, deals: list[Deal]) -> pa.Table:
    """unit_month of these units: the sum of their projects."""
    rows = country.rows_of(PERIOD, deals)
    added = rows.group_by("reported_unit_code").aggregate([("ytd", "sum")])
    schema, size, ytd = rows_schema(FORM_FIELDS["unit_month"]), len(deals), added["ytd_sum"].cast(AMOUNT)
    known = {
        "sheet": ["汇总月报"] * size,
        "row_no": [4] * size,
        "reported_unit_code": added["reported_unit_code"],
        "indicator": [country.programme.method.indicator] * size,
        "scope": ["managed"] * size,
        "ytd": ytd,
        "measure": ["wan_yuan"] * size,
        "ytd_last_year": pc.divide(ytd, Decimal("1.25")).cast(AMOUNT),
    }
    return pa.table({f.name: known.get(f.name, pa.nulls(size, f.type)) for f in schema}, schema=schema)


def city_rows(country: Country, totals: pa.Table) -> pa.Table:
    """city_month of the bureau: every unit's base."""
    schema, size = rows_schema(FORM_FIELDS["city_month"]), totals.num_rows
    known = {
        "sheet": ["市局"] * size,
        "row_no": list(range(4, 4 + size)),
        "area_code": totals["reported_unit_code"],
        "indicator": totals["indicator"],
        "scope": totals["scope"],
        "ytd": totals["ytd"],
        "base": totals["ytd_last_year"],
        "growth_official": [0.25] * size,
        "measure": totals["measure"],
    }
    return pa.table({f.name: known.get(f.name, pa.nulls(size, f.type)) for f in schema}, schema=schema)


class Clock:
    """Seconds by name; `gx` is what Great Expectations took within the others."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._validate = gx_run.validate

    def __enter__(self) -> Clock:
        gx_run.validate = lambda *args: self.timed("gx", self._validate, *args)
        return self

    def __exit__(self, *_: object) -> None:
        gx_run.validate = self._validate

    def timed(self, name: str, work: Any, *args: Any) -> Any:
        started = time.perf_counter()
        done = work(*args)
        self.seconds[name] += time.perf_counter() - started
        return done


def run(units: int, rows: int) -> dict[str, Any]:
    """Judge everything; figures of the run."""
    country = Country(load_programme("jiaxing"), units, rows)
    programme = country.programme
    tally: Counter[str] = Counter()
    current: dict[str, pa.Table] = {}
    warm, history = next(project_batches(replace_deals(country, country.deals[:2])))
    engine.validate("project_month", warm, history, programme)  # imports are paid outside the clock
    with Clock() as clock:
        cpu = time.process_time()
        made = 0.0
        accepted = []
        batches = project_batches(country)
        while True:
            before = time.process_time()
            batch = next(batches, None)
            made += time.process_time() - before
            if batch is None:
                break
            verdicts = clock.timed("project_month", engine.validate, "project_month", batch[0], batch[1], programme)
            for verdict in verdicts.values():
                tally[verdict.word] += 1
                tally["rows"] += verdict.received
                tally.update(f.severity for f in verdict.findings)
                assert not [r for r in verdict.rule_runs if r.status == "broken"]
            before = time.process_time()
            table = pa.concat_tables([part.rows for _, part, _ in batch[0]])
            accepted.append(
                as_facts("project_month", table, PERIOD, table["reported_unit_code"].combine_chunks(), "now")
            )
            made += time.process_time() - before
        before = time.process_time()
        totals = unit_rows(country, country.deals)
        parts = [(d.code, part_of("unit_month", d.code, totals.slice(n, 1)), ()) for n, d in enumerate(country.deals)]
        official = city_rows(country, totals)
        bureau = programme.roster.bureaus()[0].code
        current["project_month"] = pa.concat_tables(accepted)
        current["unit_month"] = as_facts(
            "unit_month", totals, PERIOD, totals["reported_unit_code"].combine_chunks(), "now"
        )
        current["city_month"] = as_facts("city_month", official, PERIOD, pa.array([bureau] * official.num_rows), "now")
        made += time.process_time() - before
        clock.timed("unit_month", engine.validate, "unit_month", parts, History(), programme)
        found, runs = clock.timed("across units", validate_period, PERIOD, programme, current)
        cpu = time.process_time() - cpu - made
    assert not [r for r in runs if r.status == "broken"], runs
    tally["across units"] = len(found)
    total = sum(s for name, s in clock.seconds.items() if name != "gx")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "units": units,
        "rows": tally.pop("rows"),
        "seconds": round(total, 1),
        "cpu_seconds": round(cpu, 1),
        **{f"{name} s": round(s, 1) for name, s in clock.seconds.items()},
        "gx_share": round(clock.seconds["gx"] / total, 3),
        "peak_mb": round(peak),
        **tally,
    }


def replace_deals(country: Country, deals: list[Deal]) -> Country:
    small = object.__new__(Country)
    small.__dict__.update(country.__dict__, deals=deals)
    return small


def main() -> None:
    """Print one JSON object; exit 1 where time or memory is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=2850)
    parser.add_argument("--rows", type=int, default=271)
    given = parser.parse_args()
    found = run(given.units, given.rows)
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    sys.exit(0 if found["seconds"] <= SECONDS and found["peak_mb"] <= MEGABYTES else 1)


if __name__ == "__main__":
    main()
