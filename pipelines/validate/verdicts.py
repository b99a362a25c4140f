"""From findings to a verdict: any error rejects, unless the form says partial; queries never reject (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pyarrow.compute as pc

from expectations.catalogue import RULES
from expectations.rule import Rule, Severity

from ..errors import Terminal
from ..model.fields import FIELDS
from ..model.findings import Finding, RuleRun, Verdict, VerdictWord
from ..model.forms import FormLayout
from ..model.submissions import FormPart, Problem
from .finding_texts import FindingLocation, finding, unit_of

QUARANTINED_AMOUNT_LIMIT = Decimal("0.005")
"""F01: quarantined rows may hold at most this share of the unit's cumulative investment (domain_decisions §2)."""


_SOURCES = {
    "options": "命令参数",
    "account": "报送账号",
    "folder": "所在文件夹",
    "manifest": "随附的 manifest",
    "package": "压缩包内的 manifest",
    "meta": "文件内的 meta",
    "title": "标题",
    "header": "表头",
    "rows": "表内各行",
}
"""Where a contradicting statement stands, as a Chinese reader says it."""

_LISTS = frozenset({"allowed", "cells", "fields", "rows", "sheets"})
"""Lists that the readers name, as a Chinese reader sets them."""


def problem_finding(problem: Problem) -> Finding:
    """The finding of something the readers saw; its kind chooses the text."""
    rule = RULES.get(problem.rule)
    if rule is None:
        raise Terminal(
            f"规则目录没有 {problem.rule}",
            f"the rule catalogue has no {problem.rule}",
            "请报告工程师 / tell the engineers",
        )
    templates = rule.kinds.get(problem.params.get("kind", ""), (rule.message_zh, rule.message_en))
    place = FindingLocation(problem.sheet, problem.cell, problem.row, "", problem.value)
    named = {"value": problem.value, "row": problem.row, **problem.params}
    chinese = {
        key: _SOURCES.get(str(value), value) if key.endswith("source") else value for key, value in named.items()
    }
    for key in _LISTS & problem.params.keys():
        entries = problem.params[key].split(", ")
        chinese[key] = "、".join(FIELDS[one].zh if key == "fields" and one in FIELDS else one for one in entries)
    english = named
    if problem.params.get("kind") == "measure_mismatch":
        measure = problem.params["expected"]
        chinese = {**chinese, "expected": unit_of(measure)}
        english = {**named, "expected": unit_of(measure, english=True) or measure}
    made = finding(rule, templates, place, chinese, english)
    return Finding(
        made.rule,
        made.level,
        _severity(problem, rule),
        made.message_zh,
        made.message_en,
        made.sheet,
        made.cell,
        made.row,
        problem.field,
        made.value,
    )


def _severity(problem: Problem, rule: Rule) -> Severity:
    """The rule's own, unless the reader only asks or wants something to be known."""
    lesser: Mapping[str | None, Severity] = {"information": "information", "query": "query"}
    return lesser.get(problem.params.get("severity"), rule.severity)


def refused(part: FormPart, findings: Sequence[Finding], rules: Sequence[Rule]) -> Verdict:
    """The verdict of a part that fails the A-rules: nothing else was asked, all its data rows are held back."""
    data, not_data = count_rows(part)
    failed = {f.rule for f in findings}
    runs = tuple(
        RuleRun(r.id, "evaluated", data + not_data, sum(f.rule == r.id for f in findings))
        if r.id in failed or (r.level == 0 and r.scope == "file")
        else RuleRun(r.id, "not_applicable", reason="结构审核未通过，未审 / not asked: the structure was refused")
        for r in rules
    )
    return Verdict("rejected", data + not_data, 0, data, not_data, tuple(findings), runs, _data_rows(part))


def count_rows(part: FormPart) -> tuple[int, int]:
    """(data rows, other rows) of the part as received."""
    data = int(pc.sum(pc.equal(part.raw["row_class"], "data")).as_py() or 0)
    return data, part.raw.num_rows - data


def verdict(
    part: FormPart,
    layout: FormLayout,
    findings: Sequence[Finding],
    failing_rows: Sequence[int],
    runs: Sequence[RuleRun],
) -> Verdict:
    """The verdict of a judged part. `failing_rows`: row numbers with an error, ascending, each once."""
    data, not_data = count_rows(part)
    if data != part.rows.num_rows:
        raise Terminal(
            f"数据行数不一致：原始 {data}，标准化 {part.rows.num_rows}",
            f"{data} raw data rows but {part.rows.num_rows} canonical ones",
            "请报告工程师 / tell the engineers",
        )
    file_error = any(f.severity == "error" and f.row is None for f in findings)
    total_error = any(f.severity == "error" and f.rule == "A08" for f in findings)
    share = Decimal(len(failing_rows)) / data if data else Decimal(0)
    held = tuple(failing_rows)
    if file_error or total_error or (held and not (layout.partial and share <= layout.partial_max_share)):
        return Verdict("rejected", data + not_data, 0, data, not_data, tuple(findings), tuple(runs), _data_rows(part))
    queries = any(f.severity == "query" for f in findings)
    word: VerdictWord = "accepted_with_queries" if queries else "accepted"
    return Verdict(word, data + not_data, data - len(held), len(held), not_data, tuple(findings), tuple(runs), held)


def _data_rows(part: FormPart) -> tuple[int, ...]:
    return tuple(part.raw.filter(pc.equal(part.raw["row_class"], "data"))["row_no"].to_pylist())
