"""One load: what a bureau statistician then finds in the ledger, the lake and the current facts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import sqlalchemy as sa

from pipelines.errors import Terminal, Transient
from pipelines.model.loading import ReceiptOutcome
from pipelines.model.tables import table_register
from pipelines.warehouse.db.locking import folder_lock
from pipelines.warehouse.db.schema import CURRENT_FACTS
from pipelines.warehouse.staging import stage_reader
from pipelines.warehouse.staging.stage_reader import read_stages
from pipelines.warehouse.staging.stage_writer import remove_half_written, remove_stage, stage


def test_accepted_file_counts_everywhere(house, put, cases, books):
    one = cases.judged(cases.receipt("a", 0), amounts=("100.0001", "-200"))
    result = put(house, [one])
    assert result.submissions == (one.submission_id,)
    assert result.changed == (("330481", "2022-06", "unit_month"),)
    row = house.current("2022-06")[("330481", "unit_month")]
    assert (row.version, row.state, row.current, row.latest, row.revision) == (1, "accepted", True, True, False)
    assert (row.received, row.accepted, row.quarantined, row.not_data) == (4, 2, 0, 2)
    assert row.arrived_at == cases.at(0)
    assert row.arrived_at.utcoffset().total_seconds() == 0
    assert house.current_facts("unit_month", "2022-06")["ytd"].to_pylist() == [
        Decimal("100.0001"),
        Decimal("-200.0000"),
    ]
    with house.database.read() as connection:
        assert connection.scalars(sa.select(CURRENT_FACTS["unit_month"].c.ytd)).all() == [1000001, -2000000]
    assert house.pending_receipts() == []
    assert [r.state for r in house.receipts()] == ["processed"]
    assert books(house) == []


def test_rejected_file_is_quarantined_whole_and_does_not_count(house, put, cases, books):
    one = cases.judged(cases.receipt("a", 0), word="rejected")
    put(house, [one])
    row = house.latest("2022-06")[("330481", "unit_month")]
    assert (row.state, row.current, row.errors) == ("rejected", False, 1)
    assert house.current("2022-06") == {}
    assert house.facts("unit_month", [one.submission_id]).num_rows == 0
    assert (
        house.facts("unit_month", [one.submission_id], accepted_only=False)["row_status"].to_pylist()
        == ["quarantined"] * 2
    )
    assert house.quarantined([one.submission_id])["rules"].to_pylist() == ["C01", "C01"]
    assert books(house) == []


def test_partial_file_counts_without_its_broken_row(house, put, cases, books):
    one = cases.judged(cases.receipt("a", 0), form="project_month", amounts=("1", "2", "3"), held=(6,))
    put(house, [one])
    assert house.current_facts("project_month", "2022-06", ["row_no", "ytd"]).to_pydict() == {
        "row_no": [5, 7],
        "ytd": [Decimal(1), Decimal(3)],
    }
    held = house.quarantined([one.submission_id]).to_pylist()
    assert [(r["row_no"], r["rules"], r["cells"]) for r in held] == [(6, "C09", '["2"]')]
    assert books(house) == []


def test_findings_and_rule_runs_of_the_verdict_that_holds(house, put, cases):
    source = cases.receipt("a", 0)
    first = cases.judged(source, word="rejected")
    put(house, [first])
    again = cases.judged(source, word="accepted_with_queries", rules_version="r2", hours=101)
    result = put(house, [again], outcomes=[])
    assert result.changed == (("330481", "2022-06", "unit_month"),)
    assert house.findings([first.submission_id])["rule"].to_pylist() == ["F16", "F17"]
    runs = house.rule_runs([first.submission_id])[first.submission_id]
    assert [(r.rule, r.status, r.rows, r.failed, r.reason) for r in runs] == [
        ("C01", "evaluated", 2, 0, ""),
        ("D01", "not_applicable", 0, 0, "没有上期"),
    ]
    row = house.latest("2022-06")[("330481", "unit_month")]
    assert (row.version, row.word, row.queries, row.open_queries) == (1, "accepted_with_queries", 2, 1)


def test_unreadable_and_unassigned_receipts_are_listed_with_their_reason(house, put, cases):
    broken, stranger = cases.receipt("x", 0, "坏.xlsx"), cases.receipt("y", 1, "../?.csv")
    house.add_receipts([broken, stranger], cases.at(2))
    outcomes = [cases.outcome(broken, "unreadable", "加密"), cases.outcome(stranger, "unassigned", "谁?")]
    result = put(house, [], outcomes=outcomes)
    assert result.submissions == ()
    listed = house.receipts(("unreadable", "unassigned"))
    assert [(r.receipt.name, r.state, r.detail, r.findings[0].rule) for r in listed] == [
        ("坏.xlsx", "unreadable", "加密", "A02"),
        ("../?.csv", "unassigned", "谁?", "A02"),
    ]
    assert house.pending_receipts() == []


def test_receipt_that_turns_out_to_be_another_units_is_withdrawn(house, put, cases, books):
    """A fixed alias: the same bytes are now read as another unit's return; the first reading no longer counts."""
    source = cases.receipt("a", 0)
    wrong, right = cases.judged(source, unit="330481"), cases.judged(source, unit="330482", programme_version="p2")
    put(house, [wrong])
    result = put(house, [right])
    assert set(house.current("2022-06")) == {("330482", "unit_month")}
    assert set(result.changed) == {("330481", "2022-06", "unit_month"), ("330482", "2022-06", "unit_month")}
    assert house.facts("unit_month", [wrong.submission_id], accepted_only=False).num_rows == 0
    assert house.audit_entries()[-1].detail["withdrawn"] == [wrong.submission_id]
    assert books(house) == []


def test_same_stage_delivered_twice_is_loaded_once(house, put, cases, tmp_path, books):
    import shutil

    one = cases.judged(cases.receipt("a", 0))
    house.add_receipts([one.receipt], cases.at(1))
    folder = stage(tmp_path / "home" / "stage", "b", [one], [cases.outcome(one)])
    shutil.copytree(folder, tmp_path / "kept")
    house.load([folder], cases.at(2), {})
    entries = len(house.audit_entries())
    shutil.copytree(tmp_path / "kept", folder)
    result = house.load([folder], cases.at(3), {})
    assert result.load_id is None
    assert not folder.exists()
    assert len(house.audit_entries()) == entries
    assert books(house) == []


def test_same_submission_again_replaces(house, put, cases, books):
    one = cases.judged(cases.receipt("a", 0))
    put(house, [one])
    result = put(house, [one], hours=101)
    assert result.changed == ()
    assert house.facts("unit_month", [one.submission_id]).num_rows == 2
    assert books(house) == []


def test_torn_stage_is_refused_and_its_receipts_wait(house, cases, tmp_path):
    one = cases.judged(cases.receipt("a", 0))
    house.add_receipts([one.receipt], cases.at(1))
    folder = stage(tmp_path / "home" / "stage", "b", [one], [cases.outcome(one)])
    victim = folder / "raw_rows.parquet"
    victim.write_bytes(victim.read_bytes()[:-7])
    assert house.load([folder], cases.at(2), {}).load_id is None
    assert [r.receipt_id for r in house.pending_receipts()] == [one.receipt.receipt_id]
    assert not folder.exists()


def test_a_stage_that_this_process_wrote_is_loaded_from_memory_and_is_what_its_files_hold(cases, tmp_path, monkeypatch):
    judged = [
        cases.judged(cases.receipt("a", 0), form="project_month", amounts=("1", "2.5", "3"), held=(6,)),
        cases.judged(cases.receipt("b", 1), word="rejected"),
    ]
    folder = stage(tmp_path / "stage", "b1", judged, [cases.outcome(one) for one in judged])
    decode = stage_reader.pq.read_table
    decoded = []
    monkeypatch.setattr(stage_reader.pq, "read_table", lambda source: decoded.append(source) or decode(source))
    here = read_stages([folder], table_register())
    assert not decoded
    files = read_stages([folder], table_register())
    assert len(decoded) == len(files.tables) == len(here.tables) >= 5
    for name, table in files.tables.items():
        assert here.tables[name].equals(table), name


def test_rows_that_do_not_add_up_are_refused_before_anything_is_written(cases, tmp_path):
    one = cases.judged(cases.receipt("a", 0))
    object.__setattr__(one.verdict, "accepted", 1)
    with pytest.raises(Terminal, match="do not add up: 4 ≠ 1 \\+ 0 \\+ 2"):
        stage(tmp_path, "b", [one], [])
    assert list(tmp_path.iterdir()) == []


def test_text_no_database_can_hold_stops_nobody(house, put, cases):
    """Half a surrogate pair (a JSON file may carry one) and NUL."""
    from pipelines.model.findings import Finding

    one = cases.judged(cases.receipt("a", 0))
    object.__setattr__(one.verdict, "findings", (Finding("C01", 1, "query", "\ud800", "x\x00", value="\ud800"),))
    outcome = ReceiptOutcome(one.receipt.receipt_id, "processed", one.verdict.findings, "\ud800")
    put(house, [one], outcomes=[outcome])
    assert house.findings([one.submission_id])["value"].to_pylist() == ["\\ud800"]
    assert house.receipts()[0].state == "processed"


def test_file_with_several_forms_is_done_when_the_last_one_is_loaded(house, put, cases, books):
    """Forms of one file may come in several loads; dying between them must not lose the later ones."""
    source = cases.receipt("a", 0)
    forms = [cases.judged(source, form=form) for form in ("unit_month", "project_month")]
    stated = cases.outcome(forms[0], submissions=tuple(one.submission_id for one in forms))
    put(house, [forms[0]], outcomes=[stated])
    assert [r.receipt_id for r in house.pending_receipts()] == [source.receipt_id]
    put(house, [forms[1]], outcomes=[])
    assert house.pending_receipts() == []
    assert set(house.current("2022-06")) == {("330481", "unit_month"), ("330481", "project_month")}
    assert books(house) == []


def test_judging_one_form_again_leaves_the_others_of_the_file_alone(house, put, cases, books):
    source = cases.receipt("a", 0)
    forms = [cases.judged(source, form=form) for form in ("unit_month", "project_month")]
    stated = cases.outcome(forms[0], submissions=tuple(one.submission_id for one in forms))
    put(house, forms, outcomes=[stated])
    again = cases.judged(source, form="project_month", rules_version="r2")
    for outcomes in ([], [stated], [cases.outcome(source)]):
        put(house, [again], outcomes=outcomes)
        assert set(house.current("2022-06")) == {("330481", "unit_month"), ("330481", "project_month")}
    assert books(house) == []


def test_file_that_can_no_longer_be_read_as_before_is_withdrawn(house, put, cases, books):
    source = cases.receipt("a", 0)
    put(house, [cases.judged(source)])
    put(house, [], outcomes=[cases.outcome(source, "unassigned")])
    assert house.current("2022-06") == {}
    assert house.submissions("2022-06") == []
    assert [r.state for r in house.receipts()] == ["unassigned"]
    assert books(house) == []


def test_submission_twice_in_one_stage_is_refused(cases, tmp_path):
    one = cases.judged(cases.receipt("a", 0))
    with pytest.raises(Terminal, match="twice in one stage"):
        stage(tmp_path, "b", [one, one], [])


def test_compaction_holds_one_month_at_a_time_and_takes_nothing_where_somebody_loaded(house, put, cases, books):
    for number, period in enumerate(("2022-05", "2022-06", "2022-05", "2022-06")):
        put(house, [cases.judged(cases.receipt("a" * (number + 1), number, f"{number}"), period=period)])
    before = sorted(map(repr, house.rows_of("raw_rows", [s.submission_id for s in house.submissions()]).to_pylist()))
    table = ("saima", "raw_rows")
    known = {s.snapshot_id for s in house.lake.catalog.load_table(table).metadata.snapshots}
    moved = "CREATE TRIGGER moved AFTER UPDATE OF state ON load BEGIN UPDATE lake_pin SET snapshot_id = snapshot_id + 1; END"
    with house.database.write() as connection:
        connection.exec_driver_sql(moved)
    with pytest.raises(Transient, match="was loaded into while it was compacted"):
        house.lake_upkeep.compact(cases.at(200), dry_run=False)
    with house.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER moved")
    done = {one.table: one for one in house.lake_upkeep.compact(cases.at(201), dry_run=False).tables}
    assert done["raw_rows"].periods == ("2022-05", "2022-06") and done["raw_rows"].files == 4
    written = [s for s in house.lake.catalog.load_table(table).metadata.snapshots if s.snapshot_id not in known]
    largest = max(int(s.summary["added-records"] or 0) for s in written)
    assert 0 < largest < len(before), "a month of one table is written at a time"
    after = house.rows_of("raw_rows", [s.submission_id for s in house.submissions()])
    assert sorted(map(repr, after.to_pylist())) == before
    assert house.lake_upkeep.compact(cases.at(202), dry_run=True).tables == ()
    assert books(house) == []


def test_a_stage_whose_files_came_with_another_load_goes_and_one_that_says_more_waits(open_home, tmp_path, cases):
    """Its process failed between staging and planning; the next one staged the same files among others."""
    house, stages = open_home(tmp_path / "home"), tmp_path / "home" / "stage"
    first, second = cases.judged(cases.receipt("a", 1)), cases.judged(cases.receipt("b", 2), "330482")
    house.add_receipts([first.receipt, second.receipt], cases.at(3))
    overtaken = stage(stages, "x", [first], [cases.outcome(first)])
    again = cases.judged(first.receipt, word="accepted_with_queries", rules_version="r2")
    more = stage(stages, "y", [again], [])
    both = stage(stages, "z", [first, second], [cases.outcome(first), cases.outcome(second)])
    house.recover(cases.at(4))
    assert overtaken.exists() and more.exists(), "their files wait"
    house.load([both], cases.at(5), {})
    (stages / "half").mkdir()
    (stages / "half" / "rule_runs.parquet").write_bytes(b"of a stage that was being removed")
    house.recover(cases.at(6))
    assert list(stages.iterdir()) == [more]


def test_a_stage_that_is_being_loaded_stays_where_somebody_stages_the_same_files(tmp_path, cases):
    one = cases.judged(cases.receipt("a", 0))
    folder = stage(tmp_path, "b", [one], [cases.outcome(one)])
    before = (folder / "stage.json").read_bytes()
    with folder_lock(folder):
        assert stage(tmp_path, "b", [one], [cases.outcome(one)]) == folder
    assert (folder / "stage.json").read_bytes() == before, "the other one was not needed"
    stage(tmp_path, "b", [one], [cases.outcome(one)])
    assert (folder / "stage.json").read_bytes() != before, "left behind, it is written anew"
    assert list(tmp_path.iterdir()) == [folder]


def test_many_who_stage_the_same_files_at_once_leave_one_whole_stage(tmp_path, cases):
    one = cases.judged(cases.receipt("a", 0))

    def again(turn: int) -> None:
        folder = stage(tmp_path, "b", [one], [cases.outcome(one)])
        if turn % 3 == 0:
            remove_stage(folder)
        remove_half_written(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(again, range(120)))
    folder = stage(tmp_path, "b", [one], [cases.outcome(one)])
    assert list(tmp_path.iterdir()) == [folder]
    assert len(read_stages([folder], table_register()).submissions) == 1
