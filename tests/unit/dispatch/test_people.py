"""Inspections, leaders, service teams, helpers, decisions as of an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dispatch.decision_history import exemptions, known_at, notices, permits
from pipelines.dispatch.enterprise_helpers import helpers_table
from pipelines.dispatch.inspections import MOVES, Reply, check_move, inspection_id, inspection_queue, inspections
from pipelines.dispatch.leaders import assignments, check_leader, last_actions, leader_lines
from pipelines.dispatch.service_teams import issue_counts, issue_lines, memo_lines, open_issues, week_due
from pipelines.errors import Refused
from pipelines.model.calendar import Workdays
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.dispatch_policy import DEFAULT_POLICY, DispatchPolicy, IssueClass
from pipelines.model.dispatch_states import MOVE_NAMES, STATE_NAMES

WEEKDAYS = Workdays({})
DAY = date(2022, 7, 20)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def decision(kind: Any, subject: str, day: date = DAY, **more: Any) -> DispatchDecision:
    detail = more.pop("detail", {})
    return DispatchDecision(
        kind, subject, "督查室", at(day), day, document=more.pop("document", "文1"), detail=detail, **more
    )


ID = inspection_id(DAY, "P1")


def opened(day: date = DAY) -> DispatchDecision:
    return decision(
        "inspection_opened", ID, day, unit_code="330481", detail={"project_code": "P1", "step": "inspection"}, ordinal=1
    )


def run(*later: DispatchDecision, replies: tuple[Reply, ...] = ()) -> Any:
    return inspections([opened(), *later], DEFAULT_POLICY, WEEKDAYS, replies)[ID]


def test_an_inspection_is_due_in_working_days_and_escalates_step_by_step() -> None:
    one = run()
    assert (one.id, one.step, one.state, one.due) == ("DC202207-P1", "inspection", "open", date(2022, 8, 3))
    assert not one.overdue(date(2022, 8, 3)) and one.overdue(date(2022, 8, 4))
    talk = run(decision("inspection_escalated", ID, date(2022, 8, 4), ordinal=2))
    assert (talk.step, talk.state, talk.due) == ("talk", "open", date(2022, 8, 11))
    closed = run(
        decision("inspection_answered", ID, date(2022, 7, 25), ordinal=2),
        decision("inspection_rectified", ID, date(2022, 7, 27), ordinal=3),
        decision("inspection_closed", ID, date(2022, 7, 29), ordinal=4),
    )
    assert closed.state == "closed" and [e.kind for e in closed.events][-1] == "inspection_closed"
    assert not closed.overdue(date(2023, 1, 1))


def test_a_reply_through_the_intake_moves_it_as_a_decision_does() -> None:
    assert run(replies=(Reply(ID, date(2022, 7, 22), "rectifying"),)).state == "answered"
    assert (
        run(replies=(Reply(ID, date(2022, 7, 22), "rectified"), Reply(ID, date(2022, 7, 23), "rectifying"))).state
        == "rectified"
    )
    assert inspections([opened()], DEFAULT_POLICY, WEEKDAYS, [Reply("other", DAY, "rectified")])[ID].state == "open"
    early = inspections(
        [opened()], DEFAULT_POLICY, WEEKDAYS, [Reply(ID, date(2022, 7, 22), "rectified")], date(2022, 7, 21)
    )
    assert early[ID].state == "open"


def test_what_is_decided_ahead_has_not_happened_before_its_day() -> None:
    ahead = [opened(), decision("inspection_closed", ID, DAY + timedelta(days=40), ordinal=2)]

    def on(days: int) -> dict[str, Any]:
        return inspections(ahead, DEFAULT_POLICY, WEEKDAYS, (), DAY + timedelta(days=days))

    assert on(-1) == {}, "it is not opened yet"
    assert on(39)[ID].state == "open" and on(39)[ID].overdue(DAY + timedelta(days=39))
    assert on(40)[ID].state == "closed"


KINDS = ["inspection_answered", "inspection_rectified", "inspection_closed", "inspection_escalated"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(KINDS), max_size=8))
def test_the_machine_never_leaves_its_states_and_the_check_is_what_it_does(kinds: list[str]) -> None:
    decisions = [opened()]
    for n, kind in enumerate(kinds):
        day = DAY + timedelta(days=30 * (n + 1))
        found = inspections(decisions, DEFAULT_POLICY, WEEKDAYS)
        one = found[ID]
        following = decision(kind, ID, day, reason="理由", ordinal=n + 2)
        may = kind in MOVES[one.state] and not (kind == "inspection_escalated" and one.step == "exposure")
        if may:
            check_move(found, following, DEFAULT_POLICY, day)
        else:
            with pytest.raises(Refused):
                check_move(found, following, DEFAULT_POLICY, day)
        decisions.append(following)
        after = inspections(decisions, DEFAULT_POLICY, WEEKDAYS)[ID]
        assert (len(after.events) == len(one.events) + 1) == may
        if one.state == "closed":
            assert after == one
    assert inspections(decisions[:1], DEFAULT_POLICY, WEEKDAYS)[ID] == run()


def test_what_the_machine_refuses_says_what_is_possible() -> None:
    found = {ID: run()}
    with pytest.raises(Refused, match="no such inspection") as unknown:
        check_move(found, decision("inspection_closed", "DC1-x"), DEFAULT_POLICY, DAY)
    assert "saima dispatch inspections" in str(unknown.value)
    with pytest.raises(Refused, match="already"):
        check_move(
            found, decision("inspection_opened", "DC202208-P1", detail={"project_code": "P1"}), DEFAULT_POLICY, DAY
        )
    with pytest.raises(Refused, match="needs a reason"):
        check_move(found, decision("inspection_escalated", ID), DEFAULT_POLICY, DAY)
    check_move(found, decision("inspection_escalated", ID), DEFAULT_POLICY, date(2022, 8, 4))


STEPS = [step.key for step in DEFAULT_POLICY.steps]


@pytest.mark.parametrize(
    ("found", "following", "said"),
    [
        (
            lambda: {ID: replace(run(), state="closed")},
            decision("inspection_answered", ID),
            f"督查单 {ID} 已销号，不能再登记答复 / inspection {ID} is closed: answer is not possible — 可以— / possible: —",
        ),
        (
            lambda: {ID: replace(run(), state="rectified")},
            decision("inspection_answered", ID),
            f"督查单 {ID} 已整改，不能再登记答复 / inspection {ID} is rectified: answer is not possible — 可以销号、升级 / "
            "possible: close, escalate",
        ),
        (
            lambda: {ID: run()},
            decision("inspection_opened", "DC202208-P1", detail={"project_code": "P1"}),
            f"项目 P1 已有督查单 {ID}（待答复） / project P1 has the inspection {ID} already (open)",
        ),
        (
            lambda: {ID: replace(run(), step=STEPS[-1])},
            decision("inspection_escalated", ID),
            f"{ID} 已在最后一级（曝光） / {ID} stands at the last step (public exposure, factors paused)",
        ),
    ],
    ids=["closed", "rectified", "opened twice", "last step"],
)
def test_a_refusal_speaks_one_language_at_a_time(found: Any, following: DispatchDecision, said: str) -> None:
    with pytest.raises(Refused) as refused:
        check_move(found(), following, DEFAULT_POLICY, date(2022, 8, 4))
    assert str(refused.value).startswith(said)


def test_every_state_and_move_of_an_inspection_has_a_name() -> None:
    assert MOVES.keys() <= STATE_NAMES.keys()
    assert {kind for kinds in MOVES.values() for kind in kinds} <= MOVE_NAMES.keys()
    for zh, en in (*STATE_NAMES.values(), *MOVE_NAMES.values()):
        assert zh and not zh.isascii() and en.isascii()


def test_the_queue_follows_the_snails() -> None:
    found = {ID: run()}
    snails = {("330481", "P1"): 1, ("330402", "P2"): 1}
    assert [(q.project_code, q.proposal, q.step) for q in inspection_queue(snails, found, DEFAULT_POLICY, DAY)] == [
        ("P2", "open", "inspection")
    ]
    snails[("330481", "P1")] = 2
    queue = inspection_queue(snails, found, DEFAULT_POLICY, DAY)
    assert [(q.project_code, q.proposal, q.step) for q in queue] == [
        ("P1", "escalate", "talk"),
        ("P2", "open", "inspection"),
    ]
    late = inspection_queue({("330481", "P1"): 1}, found, DEFAULT_POLICY, date(2022, 8, 4))
    assert [(q.proposal, q.inspection_id) for q in late] == [("escalate", ID)]


# decisions


def test_an_earlier_instant_knows_nothing_of_what_came_later() -> None:
    early = decision("exemption", "P1", date(2022, 7, 1), valid_to=date(2022, 8, 1), detail={"cause": "force_majeure"})
    late = decision(
        "exemption",
        "P1",
        date(2022, 7, 2),
        valid_to=date(2022, 9, 1),
        detail={"cause": "public_factor", "department": "供电"},
    )
    both = [late, early]
    assert exemptions(known_at(both, at(date(2022, 7, 1))), date(2022, 7, 15))["P1"].cause == "force_majeure"
    assert exemptions(known_at(both, at(date(2022, 7, 2))), date(2022, 7, 15))["P1"].department == "供电"
    assert exemptions(known_at(both, at(date(2022, 6, 30))), date(2022, 7, 15)) == {}
    assert exemptions(both, date(2022, 9, 2)) == {}
    twice = [decision("notice", "P1", date(2022, 8, 1)), decision("notice", "P1", date(2022, 7, 1))]
    assert notices(twice) == {"P1": [date(2022, 7, 1), date(2022, 8, 1)]}


def test_a_snail_is_named_outside_only_with_document_notice_reply_and_expiry() -> None:
    full = {"purpose": "snail", "notified_on": "2022-07-01", "reply": "已收到,正在整改"}
    whole = decision("publication_permit", "P1", valid_to=date(2022, 12, 31), detail=full)
    assert set(permits([whole], date(2022, 12, 31), "snail")) == {"P1"}
    assert permits([whole], date(2023, 1, 1), "snail") == {}
    assert permits([whole], DAY, "showcase") == {}
    for missing in ("notified_on", "reply"):
        assert (
            permits(
                [decision("publication_permit", "P1", valid_to=date(2022, 12, 31), detail={**full, missing: ""})],
                DAY,
                "snail",
            )
            == {}
        )
    assert permits([decision("publication_permit", "P1", detail=full)], DAY, "snail") == {}
    assert (
        permits(
            [decision("publication_permit", "P1", valid_to=date(2022, 12, 31), detail=full, document="")], DAY, "snail"
        )
        == {}
    )
    praise = decision("publication_permit", "P1", valid_to=date(2022, 12, 31), detail={"purpose": "showcase"})
    assert set(permits([praise], DAY, "showcase")) == {"P1"}


def test_a_permit_that_is_withdrawn_permits_no_longer_until_another_is_given() -> None:
    praise = decision("publication_permit", "P1", valid_to=date(2022, 12, 31), detail={"purpose": "showcase"})
    ended = decision("permit_withdrawn", "P1", date(2022, 8, 10), detail={"purpose": "showcase"})
    other = decision("permit_withdrawn", "P1", date(2022, 8, 10), detail={"purpose": "snail"})
    assert set(permits([praise, ended], date(2022, 8, 9), "showcase")) == {"P1"}, "from its day on"
    assert permits([praise, ended], date(2022, 8, 10), "showcase") == {}
    assert set(permits([praise, other], date(2022, 8, 10), "showcase")) == {"P1"}, "of another purpose"
    assert set(permits([praise, ended, praise], date(2022, 8, 10), "showcase")) == {"P1"}


# leaders


def led(code: str, leader: str, begins: date = date(2022, 1, 1), ends: date | None = None) -> dict[str, Any]:
    return {
        "project_code": code,
        "leader_code": leader,
        "leader_name": leader,
        "unit_code": "330481",
        "valid_from": begins,
        "valid_to": ends,
    }


def test_every_library_project_has_one_leader_who_is_not_silent() -> None:
    rows = pa.Table.from_pylist(
        [led("A", "L1"), led("B", "L1"), led("B", "L2"), led("D", "L3", ends=date(2022, 7, 1)), led("E", "L4")]
    )
    visits = pa.table(
        {
            "leader_code": ["L1", "L4", "L4", None],
            "visited_on": [date(2022, 7, 10), date(2022, 6, 19), date(2022, 8, 1), DAY],
        }
    )
    actions = last_actions(visits, "leader_code", DAY)
    lines = list(leader_lines([(c, "330481") for c in "ABCDE"], assignments(rows), actions, DEFAULT_POLICY, DAY))
    assert [(line.project_code, line.problem) for line in lines] == [
        ("A", ""),
        ("B", "several"),
        ("C", "none"),
        ("D", "none"),
        ("E", "silent"),
    ]
    assert (lines[0].last_action, lines[0].silent_days, lines[4].silent_days) == (date(2022, 7, 10), 10, 31)


def test_a_second_leader_is_refused_and_a_replacement_ends_the_first() -> None:
    known = assignments(pa.Table.from_pylist([led("A", "L1")]))
    second = decision("leader_assigned", "A", detail={"leader_code": "L2"})
    with pytest.raises(Refused, match="one at a time") as refused:
        check_leader(known, second)
    assert "--replaces L1" in str(refused.value)
    instead = decision("leader_assigned", "A", detail={"leader_code": "L2", "replaces": "L1"})
    check_leader(known, instead)
    after = assignments(pa.Table.from_pylist([led("A", "L1")]), [instead])
    assert [(a.leader_code, a.holds_on(DAY), a.holds_on(DAY - timedelta(days=1))) for a in after] == [
        ("L1", False, True),
        ("L2", True, False),
    ]
    check_leader(known, decision("leader_assigned", "A", detail={"leader_code": "L1"}))


# teams


def memo(code: str, **more: Any) -> dict[str, Any]:
    parts = {
        f"{p}_{k}": date(2022, 6, 30) if k == "on" else "内容"
        for p in ("meeting", "site", "review", "memo")
        for k in ("on", "note")
    }
    return {"team_code": code, "issues_raised": 2, "issues_solved": 1, **parts, **more}


def test_a_memo_has_four_parts_and_an_hour() -> None:
    due = week_due(date(2022, 6, 27), 9, "Asia/Shanghai")
    assert due.isoformat() == "2022-07-04T09:00:00+08:00"
    teams = {code: (f"专班{code}", unit) for code, unit in (("T1", "a"), ("T2", "a"), ("T3", "b"), ("T4", "c"))}
    rows = [memo("T1"), memo("T2", site_note=" ", review_on=None), memo("T3"), memo("TX")]
    schema = pa.schema(
        [
            (k, pa.date32() if k.endswith("_on") else pa.int64() if k.startswith("issues") else pa.string())
            for k in memo("T1")
        ]
    )
    lines, unknown = memo_lines(
        teams, pa.Table.from_pylist(rows, schema=schema), {"a": due, "b": due + timedelta(minutes=1)}, due
    )
    assert [(m.team_code, m.parts, m.state) for m in lines] == [
        ("T1", 4, "complete"),
        ("T2", 2, "incomplete"),
        ("T3", 4, "late"),
        ("T4", 0, "missing"),
    ]
    assert lines[1].missing == ("site", "review") and unknown == ["TX"]


def test_issues_have_a_state_and_a_deadline_as_of_a_day() -> None:
    policy = DispatchPolicy(issue_classes=(IssueClass(code="land", zh="土地", en="land", sla_workdays=5),))
    base = {"unit_code": "a", "issue_class": "land", "raised_on": date(2022, 7, 1), "accepted_on": date(2022, 7, 4)}
    rows = pa.Table.from_pylist(
        [
            {**base, "issue_no": "1", "handled_on": None, "closed_on": None, "assessed_on": None, "due_on": None},
            {
                **base,
                "issue_no": "2",
                "handled_on": date(2022, 7, 5),
                "closed_on": date(2022, 7, 12),
                "assessed_on": date(2022, 7, 13),
                "due_on": None,
            },
            {
                **base,
                "issue_no": "3",
                "handled_on": None,
                "closed_on": None,
                "assessed_on": None,
                "due_on": date(2022, 8, 1),
            },
            {**base, "issue_no": "4", "raised_on": date(2022, 9, 1), "accepted_on": None, "due_on": None},
        ],
        schema=pa.schema(
            [(n, pa.string()) for n in ("unit_code", "issue_class", "issue_no")]
            + [(f"{n}_on", pa.date32()) for n in ("raised", "accepted", "handled", "closed", "assessed", "due")]
        ),
    )
    lines = issue_lines(rows, policy, WEEKDAYS, date(2022, 7, 12))
    assert [(i.issue_no, i.state, i.due, i.overdue) for i in lines] == [
        ("1", "accepted", date(2022, 7, 11), True),
        ("2", "closed", date(2022, 7, 11), False),
        ("3", "accepted", date(2022, 8, 1), False),
    ]
    assert [i.issue_no for i in open_issues(lines)] == ["1", "3"]
    assert issue_counts(lines, ["land", "funds"]) == {"land": (2, 1, 1), "funds": (0, 0, 0)}
    assert issue_lines(rows, policy, WEEKDAYS, date(2022, 7, 11))[1].state == "handled"
    assert issue_lines(None, policy, WEEKDAYS, DAY) == []


# helpers


def test_the_roster_adds_up_and_who_does_not_go_is_named() -> None:
    def helper(code: str, level: str, unit: str = "a", **more: Any) -> dict[str, Any]:
        return {
            "helper_code": code,
            "helper_level": level,
            "unit_code": unit,
            "uscc": "x",
            "valid_from": None,
            "valid_to": None,
            **more,
        }

    roster = pa.Table.from_pylist(
        [
            helper("H1", "city"),
            helper("H1", "city", uscc="y"),
            helper("H2", "county"),
            helper("H3", "township", "b"),
            helper("H4", "county", valid_to=date(2022, 7, 1)),
            helper("H5", "county", valid_from=DAY),  # nobody is late on the first day
            helper("H6", "county", valid_from=DAY - timedelta(days=32)),
            helper("H6", "county", valid_from=DAY, uscc="y"),
        ],
        schema=pa.schema(
            [(n, pa.string()) for n in ("helper_code", "helper_level", "unit_code", "uscc")]
            + [("valid_from", pa.date32()), ("valid_to", pa.date32())]
        ),
    )
    visits = pa.table(
        {
            "helper_code": ["H1", "H1", "H2", "H3", None],
            "visit_kind": ["visit", "contact", "contact", "visit", "visit"],
            "visited_on": [date(2022, 6, 1), DAY, DAY, date(2022, 5, 1), DAY],
        }
    )
    july = visits.slice(1)
    table = helpers_table(roster, visits, july, [], DEFAULT_POLICY, DAY, published=6)
    assert (table.total, dict(table.by_level), table.difference) == (5, {"city": 1, "county": 3, "township": 1}, -1)
    assert (table.visits, table.contacts) == (1, 2)
    assert [(h.helper_code, h.days_since_contact, h.days_since_visit) for h in table.late] == [
        ("H2", 0, None),
        ("H3", 80, 80),
        ("H6", None, None),
    ]
    assert table.by_unit["b"]["township"] == 1
    empty = helpers_table(None, None, None, [], DEFAULT_POLICY, DAY)
    assert (empty.total, empty.late, empty.difference) == (0, (), None)
