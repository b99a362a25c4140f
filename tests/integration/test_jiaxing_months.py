"""The simulated Jiaxing from files to published editions, as a bureau would look at it afterwards."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from pipelines.flow.dispatch.documents_of import dispatch_document
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.month.close import closable
from pipelines.flow.month.compose_edition import compose
from pipelines.flow.month.draft import newest_closing
from pipelines.flow.month.unit_contributors import unit_contributors
from pipelines.flow.notify.status_documents import late_document
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.audit_closings import check_expected_units
from pipelines.flow.upkeep.audit_rankings import check_rankings
from pipelines.model.periods import Period
from pipelines.model.publication import DisclosureRule
from pipelines.publish import rank_document
from pipelines.publish.disclosure_control import withheld_in
from pipelines.publish.document import document_hash
from pipelines.settings import Settings

from .conftest import HISTORY, MONTHS, Jiaxing, copy_home

pytestmark = pytest.mark.slow
SHANGHAI = ZoneInfo("Asia/Shanghai")

# Published facts of the first half-year (seed L5) and the golden example of domain.md §4.2: base, YTD in 万元.
JUNE = {
    "330402": (420000, 512400),
    "330411": (455000, 527800),
    "330421": (520000, 598000),
    "330424": (480000, 537600),
    "330481": (760000, 1162800),
    "330482": (610000, 664900),
    "330483": (700000, 861000),
    "330471": (260000, 247000),
    "330472": (146330, 288500),
}


def ranking(jiaxing: Jiaxing, period: str) -> dict[str, Any]:
    edition = jiaxing.context.warehouse.editions.newest(period)
    assert edition is not None
    return dict(edition.document)


def units(jiaxing: Jiaxing, period: str) -> dict[str, dict[str, Any]]:
    return {unit["unit"]: unit for unit in ranking(jiaxing, period)["units"]}


def test_june_carries_the_published_figures(jiaxing: Jiaxing) -> None:
    june = ranking(jiaxing, "2022-06")
    assert Decimal(june["city"]["ytd"]) == 5_400_000
    assert round(june["city"]["growth_official"], 3) == 0.241
    found = {u["unit"]: (Decimal(u["base"]), Decimal(u["ytd"])) for u in june["units"]}
    assert found == {code: (Decimal(b), Decimal(y)) for code, (b, y) in JUNE.items()}


def test_an_edition_carries_the_funnel_of_the_library_and_its_pages_show_it(jiaxing: Jiaxing) -> None:
    """Counts alone: what `saima dispatch stages` said when the month closed."""
    june = ranking(jiaxing, "2022-06")
    closed = jiaxing.context.warehouse.closings.all("2022-06")[-1].closed_at
    board = dispatch_document(jiaxing.context, "stages", Period(2022, 6), closed).model_dump()
    funnel = june["funnel"]
    assert [stage["zh"] for stage in funnel] == ["准入", "供地", "审批", "开工", "竣工", "达产"]
    assert [(s["stage"], s["due"], s["overdue"], s["in_stage"]) for s in funnel] == [
        (s["stage"], s["due"], s["overdue"], s["in_stage"]) for s in board["stages"]
    ]
    assert all(0 <= s["reached"] <= s["projects"] <= board["projects"] for s in funnel)
    assert funnel[0]["reached"] > funnel[3]["reached"] > 0, "more were admitted than have started"
    edition = jiaxing.context.warehouse.editions.newest("2022-06")
    assert edition is not None and edition.published_path is not None
    page = Path(edition.published_path).read_text(encoding="utf-8")
    told = page[page.index("六环节漏斗") :]
    assert all(f'<td class="n">{stage["reached"]}</td>' in told for stage in funnel)


def test_the_printed_table_recomputes_from_its_printed_indicators(jiaxing: Jiaxing) -> None:
    looked_at = 0
    for unit in ranking(jiaxing, "2022-06")["units"]:
        looked_at += 1
        applicable = [i for i in unit["indicators"].values() if i["points"] is not None]
        total = sum(Decimal(i["points"]) * Decimal(i["weight"]) for i in applicable) / 100
        total -= sum(Decimal(d) for d in unit["deductions"].values())
        assert total.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(unit["score"]), unit["name"]
        assert sum(Decimal(i["weight"]) for i in unit["indicators"].values()) == 100
    assert looked_at, "nothing was looked at"


def test_a_month_signed_before_its_hour_waits_for_it(jiaxing: Jiaxing) -> None:
    early, due = jiaxing.before_its_hour, jiaxing.runs["2022-06"]
    assert early is not None and (early.state, early.edition) == ("draft", due.edition) and due.state == "published"
    assert "2022-06 在 2022-07-25 10:00 之前不得发布" in early.reason and early.units == due.units and early.alerts


def test_only_the_development_zone_is_late_in_june(jiaxing: Jiaxing) -> None:
    status = status_document(jiaxing.context, Period(2022, 6), datetime(2022, 7, 18, 12, tzinfo=SHANGHAI))
    assert {u["unit"] for u in status["units"] if u["late"]} == {"330471"}
    assert {u["workdays_late"] for u in status["units"] if u["late"]} == {2}
    assert {u["state"] for u in status["units"]} <= {"accepted", "accepted_with_queries"}
    assert units(jiaxing, "2022-06")["330471"]["deductions"]["late"] in ("1", "1.0")


def test_f10_of_the_port_zone_is_asked_and_answered(jiaxing: Jiaxing) -> None:
    closing = jiaxing.context.warehouse.closings.all("2022-06")[-1]
    found = jiaxing.context.warehouse.closings.findings("2022-06", closing.inputs_hash)
    asked = {(unit, f.rule, f.answered) for unit, f in found if f.severity == "query"}
    assert asked == {("330472", "F10", True)}
    assert units(jiaxing, "2022-06")["330472"]["deductions"]["unanswered_queries"] in ("0", "0.0", "0.00")


def test_missing_and_rejected_units_have_no_rank(jiaxing: Jiaxing) -> None:
    march, april = units(jiaxing, "2022-03"), units(jiaxing, "2022-04")
    assert march["330421"]["rank"] is None and "未报" in march["330421"]["remarks"]
    assert april["330482"]["rank"] is None and "审核未通过" in april["330482"]["remarks"]
    assert sorted(u["rank"] for u in april.values() if u["rank"]) == list(range(1, 9))
    assert ranking(jiaxing, "2022-03")["basis"] == "growth" and ranking(jiaxing, "2022-04")["basis"] == "score"


def test_every_planted_case_ended_as_the_simulation_says(jiaxing: Jiaxing) -> None:
    looked_at = 0
    warehouse = jiaxing.context.warehouse
    for case in jiaxing.truth["planted"]:
        for form, expected in case.get("expected", {}).items():
            if "rules" not in expected:
                continue
            rows = [
                r
                for r in warehouse.submissions(case["period"], form=form)
                if r.unit_code == case["unit"] and r.word == expected["verdict"]
            ]
            rows = [r for r in rows if r.errors]
            assert rows, (case["period"], case["unit"], form, expected)
            rules = set(warehouse.findings([rows[0].submission_id])["rule"].to_pylist())
            assert set(expected["rules"]) <= rules
            assert rows[0].quarantined == expected.get("quarantined", rows[0].quarantined)
            looked_at += 1
    assert looked_at >= 6


def test_every_row_of_every_file_is_in_exactly_one_place(jiaxing: Jiaxing) -> None:
    rows = jiaxing.context.warehouse.submissions()
    assert len(rows) > 100
    assert all(r.received == r.accepted + r.quarantined + r.not_data for r in rows)
    assert sum(r.current for r in rows) == len({(r.unit_code, r.period, r.form) for r in rows if r.current})


def test_late_names_who_is_not_in_as_of_that_moment(jiaxing: Jiaxing) -> None:
    document = late_document(jiaxing.context, None, datetime(2022, 7, 12, 10, tzinfo=SHANGHAI))
    assert document["period"] == "2022-06"
    assert {(u["unit"], u["form"], u["rung"], u["workdays_late"]) for u in document["units"]} == {
        ("330471", form, "T+1", 1) for form in ("unit_month", "project_month", "dispatch_month")
    }
    assert not late_document(jiaxing.context, Period(2022, 6), datetime(2022, 7, 14, 10, tzinfo=SHANGHAI))["units"]


def test_the_older_file_seen_late_does_not_take_over(jiaxing: Jiaxing) -> None:
    context, now = jiaxing.context, datetime(2022, 7, 26, 9, tzinfo=SHANGHAI)
    before = {r.submission_id for r in context.warehouse.submissions("2022-06") if r.current}
    collected = collect(context, now, jiaxing.sample / "2022-06" / "late")
    assert len(collected.receipts) == 1
    process(context, now)
    write_due_feedback(context)
    assert {r.submission_id for r in context.warehouse.submissions("2022-06") if r.current} == before
    assert "2022-06" not in closable(context, now)


def test_running_the_months_again_adds_nothing(jiaxing: Jiaxing) -> None:
    before = state(jiaxing)
    for period in (HISTORY, *MONTHS):
        jiaxing.run(period, jiaxing.context.settings.home / "incoming" / period)
    assert state(jiaxing) == before


def state(jiaxing: Jiaxing) -> dict[str, object]:
    warehouse = jiaxing.context.warehouse
    editions = jiaxing.context.settings.editions
    return {
        "receipts": len(warehouse.receipts()),
        "submissions": sorted((r.submission_id, r.load_id, r.verdict_id) for r in warehouse.submissions()),
        "audit": len(warehouse.audit_entries()),
        "facts": {p: warehouse.current_facts("project_month", p).num_rows for p in MONTHS},
        "editions": {
            str(path.relative_to(editions)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(editions.rglob("*"))
            if path.is_file()
        },
    }


def test_the_published_edition_names_what_it_rests_on(jiaxing: Jiaxing) -> None:
    edition = jiaxing.context.warehouse.editions.newest("2022-06")
    assert edition is not None and edition.state == "published"
    folder = Path(edition.published_path).parent
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["content_hash"] == edition.content_hash
    for name, listed in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == listed["sha256"]
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "模拟数据" in page and "演示签字" in page


def test_every_published_month_verifies_itself(jiaxing: Jiaxing) -> None:
    recomputed = []
    for period in MONTHS:
        edition = jiaxing.context.warehouse.editions.newest(period)
        assert edition is not None and edition.state == "published"
        script = Path(edition.published_path).with_name("verify.py")
        command = [sys.executable, "-I", str(script)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
        assert done.returncode == 0, done.stdout
        recomputed.append(int(done.stdout.partition(" files, ")[2].partition(" ")[0]))
    assert min(recomputed) > 40 and max(recomputed) > 200, recomputed


def published_text(folder: Path) -> str:
    """Everything a published edition says, containers opened."""
    texts = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                texts += [archive.read(name).decode() for name in archive.namelist()]
        elif path.suffix == ".parquet":
            texts.append(pq.read_table(path).to_pandas().to_csv())
        else:
            texts.append(path.read_text(encoding="utf-8"))
    return "\n".join(texts)


def test_no_project_stands_in_a_published_byte(jiaxing: Jiaxing) -> None:
    """Names, codes and amounts of projects of the month, in every file of its edition."""
    edition = jiaxing.context.warehouse.editions.newest("2022-06")
    assert edition is not None
    text = published_text(Path(edition.published_path).parent)
    rows = jiaxing.context.warehouse.current_facts("project_month", "2022-06").to_pylist()
    words = set(re.findall(r"[0-9A-Za-z_.-]+", text))
    for field in ("project_code", "stat_project_no", "uscc"):
        codes = {row[field] for row in rows if row[field]}
        assert len(codes) > 500 and not codes & words, field
    amounts = {f"{row['ytd']:.4f}".rstrip("0").rstrip(".") for row in rows if row["ytd"]}
    # short and round figures may be a unit's as well
    telling = {a for a in amounts if len(a.replace(".", "")) >= 5 and not a.endswith("000")}
    assert len(telling) > 50
    assert telling.isdisjoint(words)
    names = [row["project_name"] for row in rows[::7] if row["project_name"]]
    assert len(names) > 300 and [name for name in names if name in text] == []


def test_a_unit_that_one_enterprise_dominates_is_withheld_with_whoever_would_give_it_away(jiaxing: Jiaxing) -> None:
    period, programme = Period(2022, 6), jiaxing.context.programme
    closing = newest_closing(jiaxing.context, period)
    edition = jiaxing.context.warehouse.editions.newest("2022-06")
    assert edition is not None and edition.document["withheld"] == []
    detail = jiaxing.context.warehouse.current_facts("project_month", "2022-06")
    shares = {code: found.largest / found.total for code, found in unit_contributors(detail).items()}
    first, second = sorted(shares.values(), reverse=True)[:2]
    strict = replace(programme.method, disclosure=DisclosureRule(3, (first + second) / 2))
    context = replace(jiaxing.context, programme=replace(programme, method=strict))
    composed = compose(context, period, closing, "2022-06-e99", closing.closed_at)
    document: Any = rank_document(composed.ranking, composed.edition)
    hidden = [unit for unit in document["units"] if "不予公布" in unit["remarks"]]
    dominated = max(shares, key=lambda code: shares[code])
    assert len(hidden) == 2 and dominated in {unit["unit"] for unit in hidden}
    for unit in hidden:
        assert (unit["rank"], unit["ytd"], unit["base"], unit["growth"], unit["score"]) == (None,) * 5
    assert len(document["withheld"]) == 2 and any("不予公布" in n["zh"] for n in document["notes"])
    left = Decimal(document["city"]["ytd"]) - sum(Decimal(unit["ytd"]) for unit in document["units"] if unit["ytd"])
    assert left > Decimal(JUNE[dominated][1]), "what is left of the city's total is more than the one unit"
    assert withheld_in(document) == {unit["unit"] for unit in hidden} and withheld_in(edition.document) == set()


def test_where_counts_are_required_nothing_unknown_is_published(jiaxing: Jiaxing) -> None:
    """As if no unit had sent projects: whoever stands behind a figure is unknown, and may be one."""
    period, programme = Period(2022, 6), jiaxing.context.programme
    closing = newest_closing(jiaxing.context, period)
    forms = {name: form for name, form in programme.forms.items() if form.role != "detail"}
    method = replace(programme.method, disclosure=DisclosureRule(require_counts=True))
    context = replace(jiaxing.context, programme=replace(programme, forms=forms, method=method))
    composed = compose(context, period, closing, "2022-06-e99", closing.closed_at)
    assert len(composed.edition.told.withheld) == 9 and composed.ranking.ranked_count == 0


def test_a_forged_ranking_and_a_forged_closing_are_found_by_making_both_again(jiaxing: Jiaxing, tmp_path: Path) -> None:
    """Whoever forges an edition with its hash, or who was missing, has not forged the returns they rest on."""
    home = tmp_path / "home"
    copy_home(jiaxing.context.settings.home, home, "incoming", "site", "out")
    with sqlite3.connect(home / "warehouse.db") as ledger:
        (text,) = ledger.execute("SELECT document FROM edition WHERE edition_id = '2022-06-e1'").fetchone()
        document = json.loads(text)
        document["units"][0]["score"], document["units"][1]["score"] = "99.99", "98.00"
        forged = {k: v for k, v in document.items() if k != "content_hash"}
        ledger.execute(
            "UPDATE edition SET document = ?, content_hash = ? WHERE edition_id = '2022-06-e1'",
            (json.dumps({**forged, "content_hash": document_hash(forged)}, ensure_ascii=False), document_hash(forged)),
        )
        ledger.execute("UPDATE month_close SET missing = '[\"330402\"]' WHERE period = '2022-05'")
    ledger.close()
    context = open_context(Settings(home=home))
    for check, check_of, found in (
        ("rankings-recomputed", check_rankings, "2022-06-e1: "),
        ("expected-units", check_expected_units, "2022-05: 330402"),
    ):
        before, after = check_of(jiaxing.context), check_of(context)
        assert before.failed == 0 and before.looked_at > 0, check
        assert after.id == check and after.failed == 1 and after.detail.startswith(found), after
    (manifest,) = home.glob("editions/2022-06/2022-06-e1/published/manifest.json")
    said = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**said, "code_version": "0.0.9+0123456789ab"}), encoding="utf-8")
    upgraded = check_rankings(context)
    assert upgraded.failed == 0 and "由旧版程序生成" in upgraded.detail and "2022-06-e1" in upgraded.detail
    context.warehouse.close()


def test_the_books_agree(jiaxing: Jiaxing) -> None:
    document = audit(jiaxing.context, datetime.now(UTC))
    assert document["ok"], [c for c in document["checks"] if c["failed"]]
    replayed = next(c for c in document["checks"] if c["id"] == "verdicts_replayed")
    assert replayed["looked_at"] == len(jiaxing.context.warehouse.submissions())
