"""Every file of the simulated months is answered beside its name; what was loaded as history is not."""

from __future__ import annotations

import json

import pytest

from pipelines.flow.feedback.write_feedback import out_path, write_feedback

from .conftest import HISTORY, MONTHS, Jiaxing

pytestmark = pytest.mark.slow


def test_every_file_has_a_receipt_and_only_those_with_findings_a_workbook(jiaxing: Jiaxing) -> None:
    context = jiaxing.context
    by_receipt: dict[str, list] = {}
    for row in context.warehouse.submissions():
        by_receipt.setdefault(row.receipt_id, []).append(row)
    newest = {(r.receipt.source, r.receipt.name): r for r in context.warehouse.receipts()}
    looked_at = {"receipt": 0, "workbook": 0, "history": 0}
    for known in newest.values():
        rows = by_receipt.get(known.receipt.receipt_id, [])
        target = out_path(context, known.receipt.source, known.receipt.name)
        receipt = target.with_name(target.name + ".receipt.json")
        if rows and {r.period for r in rows} == {HISTORY}:
            assert not receipt.exists()
            looked_at["history"] += 1
            continue
        document = json.loads(receipt.read_text(encoding="utf-8"))
        assert document["sha256"] == known.receipt.sha256
        assert {s["submission_id"] for s in document["submissions"]} >= {r.submission_id for r in rows}
        looked_at["receipt"] += 1
        found = any(s["findings"] for s in document["submissions"])
        assert target.with_name(target.name + ".verdict.xlsx").exists() == found, known.receipt.name
        looked_at["workbook"] += found
    assert looked_at["receipt"] > 20 * len(MONTHS) and looked_at["workbook"] >= 4 and looked_at["history"] > 10


def test_answering_again_changes_nothing(jiaxing: Jiaxing) -> None:
    context = jiaxing.context
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in context.settings.out.rglob("*") if p.is_file()}
    done = write_feedback(context, [r.receipt.receipt_id for r in context.warehouse.receipts()])
    assert done.receipts > 100 and not done.failures
    assert before == {
        p: (p.stat().st_mtime_ns, p.stat().st_size) for p in context.settings.out.rglob("*") if p.is_file()
    }
