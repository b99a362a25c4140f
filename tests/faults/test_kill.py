"""Killed at every fault point: nothing lost, nothing twice, and readers see wholly before or wholly after."""

from __future__ import annotations

import pytest

from pipelines.model.loading import DraftEdition
from pipelines.warehouse.db.faults import KILLED, POINTS
from pipelines.warehouse.staging.stage_writer import half_written, stage, staged

LOAD_POINTS = [p for p in POINTS if p.startswith(("stage.", "load."))]
DRAFT_POINTS = [p for p in POINTS if p.startswith("draft.")]
ALERT_POINTS = [p for p in POINTS if p.startswith(("alerts.", "rebuild.", "relocate.", "follow_up.", "batch."))]
"""Tried in test_kill_sender.py, test_kill_rebuild.py and test_kill_follow_ups.py."""
AFTER = {"load.sql_committed", "load.stage_removed"}
"""Points from which on the load has happened."""


def test_every_point_is_tried():
    assert set(POINTS) == {*LOAD_POINTS, *DRAFT_POINTS, *ALERT_POINTS}


@pytest.fixture(scope="module")
def before(cases):
    """A month as it stood: two units accepted, one of them will be corrected by the load that dies."""
    corrected = cases.receipt("a", 1, "甲.xlsx")
    untouched = cases.receipt("b", 1, "乙.xlsx")
    judged = [
        cases.judged(corrected, "330481", amounts=("1", "2")),
        cases.judged(untouched, "330482", amounts=("3", "4", "5")),
    ]
    return ("before", judged, [cases.outcome(one) for one in judged])


@pytest.fixture(scope="module")
def dying(cases, before):
    """Corrects one unit, judges the other again under other rules, and brings a third with held back rows."""
    again = before[1][1]
    judged = [
        cases.judged(cases.receipt("aa", 2, "甲2.xlsx"), "330481", amounts=("10", "20", "30")),
        cases.judged(
            again.receipt, "330482", amounts=("3", "4", "5"), word="accepted_with_queries", rules_version="r2"
        ),
        cases.judged(cases.receipt("c", 2, "丙.xlsx"), "330483", form="project_month", amounts=("7", "8"), held=(6,)),
    ]
    return ("dying", judged, [cases.outcome(one) for one in judged])


def picture(house):
    """Everything a reader can see."""
    rows = house.submissions()
    ids = [r.submission_id for r in rows]
    facts = {
        form: sorted(map(repr, house.facts(form, ids, accepted_only=False).drop_columns(["load_id"]).to_pylist()))
        for form in ("unit_month", "project_month")
    }
    return (
        [(r.submission_id, r.version, r.state, r.current, r.verdict_id) for r in rows],
        facts,
        sorted(map(repr, house.quarantined(ids).drop_columns(["load_id"]).to_pylist())),
        sorted(map(repr, house.findings(ids).drop_columns(["load_id"]).to_pylist())),
        house.inputs_hash("2022-06"),
    )


def load(house, home, work, cases, hours):
    house.add_receipts([one.receipt for one in work[1]], cases.at(hours))
    house.load([stage(home / "stage", *work)], cases.at(hours), {})


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, cases, before, dying, open_at):
    """What readers see before the load that dies, and after one that nobody disturbs."""
    home = tmp_path_factory.mktemp("reference")
    with open_at(home) as house:
        load(house, home, before, cases, 50)
        old = picture(house)
        load(house, home, dying, cases, 60)
        return old, picture(house)


@pytest.mark.slow
@pytest.mark.parametrize("point", LOAD_POINTS)
def test_killed_while_loading(point, tmp_path, cases, before, dying, pictures, run_to_end, open_home):
    home = tmp_path / "home"
    old, new = pictures
    load(open_home(home), home, before, cases, 50)
    assert run_to_end(home, "load", dying, point) == KILLED

    house = open_home(home)
    assert picture(house) == (new if point in AFTER else old)

    house.recover(cases.at(10_000))
    for path in half_written(home / "stage"):
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    if point == "stage.written":
        assert {r.name for r in house.pending_receipts()} == {"甲2.xlsx", "丙.xlsx"}
        stage(home / "stage", *dying)
    house.load(staged(home / "stage"), cases.at(10_000), {})
    assert picture(house) == new
    assert house.pending_receipts() == []
    assert staged(home / "stage") == []
    assert [f"{c.id}: {c.detail}" for c in house.checks(None, cases.at(20_000)) if c.failed] == []
    loads = [entry for entry in house.audit_entries() if entry.action == "load"]
    assert len(loads) == 2


@pytest.mark.slow
def test_killed_and_the_stage_lost_too(tmp_path, cases, before, dying, run_to_end, open_home):
    """Nothing of the half-done load is left over; its receipts are judged from the archive again."""
    import shutil

    home = tmp_path / "home"
    for work, fault in ((before, ""), (dying, "load.lake_committed")):
        assert run_to_end(home, "load", work, fault) == (KILLED if fault else 0)
    house = open_home(home)
    old = picture(house)
    shutil.rmtree(home / "stage")
    result = house.recover(cases.at(10_000))
    assert result.abandoned == ("l000002",)
    assert set(result.reset_tables) >= {"fact_unit_month", "raw_rows", "current_submissions"}
    assert {r.name for r in house.pending_receipts()} == {"甲2.xlsx", "乙.xlsx", "丙.xlsx"}
    assert picture(house) == old
    assert run_to_end(home, "load", dying) == 0
    assert house.pending_receipts() == []
    assert [f"{c.id}: {c.detail}" for c in house.checks(None, cases.at(20_000)) if c.failed] == []


@pytest.mark.slow
@pytest.mark.parametrize("point", DRAFT_POINTS)
def test_killed_while_saving_a_draft(point, tmp_path, cases, before, run_to_end, open_home):
    home = tmp_path / "home"
    assert run_to_end(home, "load", before) == 0
    units = [{"unit": "330481", "name": "海宁市", "rank": 1, "score": "88.10", "ytd": "3.0000", "growth": 0.1}]
    draft = DraftEdition("2022-06-e1", "2022-06", "in", "co", "SAIMA-1", {"units": units}, "x", cases.at(90))
    assert run_to_end(home, "draft", draft, point) == KILLED
    house = open_home(home)
    assert (house.editions.newest("2022-06") is not None) == (point == "draft.sql_committed")
    saved = house.editions.save_draft(draft)
    assert (saved.edition_id, saved.state) == ("2022-06-e1", "draft")
    assert len(house.editions.all("2022-06")) == 1
    assert [f"{c.id}: {c.detail}" for c in house.checks(None, cases.at(20_000)) if c.failed] == []
