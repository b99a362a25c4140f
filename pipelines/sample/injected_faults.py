"""What is wrong on purpose: late arrivals and planted faults, each with what should become of it. 2021 is clean.

In June 2022 everything wrong is put right before the due hour and only 经开 is late; other months keep the uncorrected cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from .returns import Row
from .shapes import DISPATCH, PROJECT, UNIT
from .totals import INDUSTRY, MANAGED, MANUFACTURING, TERRITORIAL, TOTAL

Kind = Literal[
    "amount_column_in_yi",
    "broken_rows",
    "sent_twice",
    "corrected_and_resubmitted",
    "older_after_newer",
    "never_sent",
    "contradicting_totals",
]

LATE: dict[tuple[str, str], tuple[int, str]] = {
    ("2022-03", "330471"): (0, "20:15"),
    ("2022-05", "330411"): (1, "09:40"),
    ("2022-06", "330471"): (2, "10:12"),
    ("2022-07", "330424"): (1, "16:05"),
    ("2022-08", "330471"): (5, "09:30"),
    ("2022-10", "330482"): (1, "11:20"),
}
"""(period, unit) → working days after the due date, local time: the same evening, a day, two days, after the freeze."""

Files = Mapping[str, list[Row]]
"""Rows by form of everything a unit sends for a month."""


@dataclass(frozen=True)
class InjectedFault:
    """A planted fault: `forms` it is in, `spoil` what it does to the rows, `corrected` whether a right version follows in time,
    `expected` by form: verdict, rules among its errors, quarantined rows, whether it makes a version and ends as the current one."""

    period: str
    unit: str
    kind: Kind
    zh: str
    en: str
    forms: tuple[str, ...]
    spoil: Callable[[Files], Files] | None = None
    corrected: bool = False
    expected: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def amount_column_in_yi(files: Files) -> Files:
    """计划总投资 copied in 亿元 into a column of 万元; the title still says 万元."""
    return {
        **files,
        PROJECT: [{**row, "plan_total": Decimal(int(str(row["plan_total"]))).scaleb(-4)} for row in files[PROJECT]],
    }


def broken_rows(files: Files) -> Files:
    """The three smallest projects get an industry that does not exist, parts that do not sum, and a month that is no number."""
    rows = [dict(row) for row in files[PROJECT]]
    smallest = sorted(range(len(rows)), key=lambda i: (int(str(rows[i]["ytd"])), str(rows[i]["stat_project_no"])))[:3]
    rows[smallest[0]]["industry_code"] = "9999"
    rows[smallest[1]]["equip"] = int(str(rows[smallest[1]]["equip"])) + 500
    rows[smallest[2]]["month"] = "待核"
    return {**files, PROJECT: rows}


def contradicting_totals(files: Files) -> Files:
    """plan_total in 亿元, and in the summary industry below manufacturing, which it contains."""
    below = {INDUSTRY: int(str(files[UNIT][0]["ytd"])) - 5000}
    summary = [{**row, "ytd": below.get(str(row["indicator"]), row["ytd"])} for row in files[UNIT]]
    return {**amount_column_in_yi(files), UNIT: summary}


def draft(files: Files) -> Files:
    """An earlier state: 1 % of the largest project's month not yet booked; consistent in itself."""
    rows = [dict(row) for row in files[PROJECT]]
    largest = max(rows, key=lambda row: (int(str(row["month"])), str(row["stat_project_no"])))
    less = int(str(largest["month"])) // 100
    for name in ("cum_total", "ytd", "month", "other"):
        largest[name] = int(str(largest[name])) - less
    if int(str(largest["other"])) < int(str(largest["land_fee"])):
        largest["land_fee"] = largest["other"]
    touched = {(code, scope) for code in (MANUFACTURING, INDUSTRY, TOTAL) for scope in (MANAGED, TERRITORIAL)}
    summary = [
        {**row, "ytd": int(str(row["ytd"])) - less} if (row["indicator"], row["scope"]) in touched else row
        for row in files[UNIT]
    ]
    return {**files, PROJECT: rows, UNIT: summary}


_ALL = (PROJECT, UNIT, DISPATCH)
_REJECTED_YI = {"verdict": "rejected", "rules": ["C03", "C09"]}
_PARTIAL = {"verdict": "accepted", "rules": ["B02", "C01", "C04"], "quarantined": 3}
_TWICE = ("同一文件隔日改名重发,字节相同", "the same bytes again a day later under another name")
_RECEIPT_ONLY: Mapping[str, object] = {"new_version": False}
_MISSING: Mapping[str, object] = {"state": "missing"}
_OLD = {form: {"verdict": "accepted", "current": False} for form in _ALL}

INJECTED_FAULTS: tuple[InjectedFault, ...] = (
    InjectedFault("2022-02", "330411", "sent_twice", *_TWICE, (PROJECT,), expected={PROJECT: _RECEIPT_ONLY}),
    InjectedFault(
        "2022-03",
        "330421",
        "never_sent",
        "整月未报",
        "sends nothing for the month",
        _ALL,
        expected=dict.fromkeys(_ALL, _MISSING),
    ),
    InjectedFault(
        "2022-04",
        "330482",
        "contradicting_totals",
        "计划总投资误填亿元,汇总表工业小于制造业,一直未更正",
        "planned totals in 亿元 and industry below manufacturing, never corrected",
        (PROJECT, UNIT),
        contradicting_totals,
        expected={PROJECT: _REJECTED_YI, UNIT: {"verdict": "rejected", "rules": ["F03"]}},
    ),
    InjectedFault(
        "2022-05",
        "330424",
        "broken_rows",
        "三行有误,部分入库",
        "three broken rows, the others are accepted",
        (PROJECT,),
        broken_rows,
        expected={PROJECT: _PARTIAL},
    ),
    InjectedFault(
        "2022-05",
        "330402",
        "older_after_newer",
        "定稿之后收到更早的初稿",
        "an earlier draft turns up after the final file",
        _ALL,
        draft,
        expected=_OLD,
    ),
    InjectedFault(
        "2022-06",
        "330483",
        "amount_column_in_yi",
        "标题写万元,计划总投资一列是亿元,截止前更正",
        "title says 万元, one column is in 亿元; corrected before the due hour",
        (PROJECT,),
        amount_column_in_yi,
        True,
        expected={PROJECT: _REJECTED_YI},
    ),
    InjectedFault(
        "2022-06",
        "330421",
        "broken_rows",
        "三行有误,部分入库,截止前更正重报",
        "three broken rows, accepted in part, then resubmitted right before the due hour",
        (PROJECT,),
        broken_rows,
        True,
        expected={PROJECT: {**_PARTIAL, "current": False}},
    ),
    InjectedFault(
        "2022-06",
        "330411",
        "corrected_and_resubmitted",
        "汇总表工业小于制造业,被退回,截止前更正重报",
        "industry below manufacturing, rejected, corrected and resubmitted before the due hour",
        (UNIT,),
        lambda files: {**files, UNIT: contradicting_totals(files)[UNIT]},
        True,
        expected={UNIT: {"verdict": "rejected", "rules": ["F03"]}},
    ),
    InjectedFault("2022-06", "330481", "sent_twice", *_TWICE, _ALL, expected=dict.fromkeys(_ALL, _RECEIPT_ONLY)),
    InjectedFault(
        "2022-06",
        "330402",
        "older_after_newer",
        "定稿之后收到更早的初稿",
        "an earlier draft turns up after the final file",
        _ALL,
        draft,
        expected=_OLD,
    ),
    InjectedFault(
        "2022-07",
        "330482",
        "corrected_and_resubmitted",
        "计划总投资误填亿元,截止前更正重报",
        "planned totals in 亿元, corrected and resubmitted before the due hour",
        (PROJECT,),
        amount_column_in_yi,
        True,
        expected={PROJECT: _REJECTED_YI},
    ),
    InjectedFault(
        "2022-09",
        "330424",
        "never_sent",
        "整月未报",
        "sends nothing for the month",
        _ALL,
        expected=dict.fromkeys(_ALL, _MISSING),
    ),
)


def plants_of(period: str, unit: str) -> Sequence[InjectedFault]:
    return [p for p in INJECTED_FAULTS if (p.period, p.unit) == (period, unit)]
