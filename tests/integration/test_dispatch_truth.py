"""The dispatch loop over June to September 2022: the simulated files of all its forms through the ordinary intake, the decisions of
the script one after the other, and every case of the truth file held against the output of the commands."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.sample.deliveries import Month
from pipelines.sample.form_tables import lay_out
from pipelines.sample.generate import generate
from pipelines.sample.injected_faults import plants_of
from pipelines.sample.loop_files import LoopMonth
from pipelines.sample.loop_rows import MEMO_GAPS, LoopRows
from pipelines.sample.published_facts import BUREAU, index_of
from pipelines.sample.shapes import CITY, DISPATCH, SHAPES
from pipelines.sample.world import World
from pipelines.sample.writers import to_xlsx
from pipelines.settings import Settings

pytestmark = pytest.mark.slow
DISPATCH_MONTHS = ("2022-05", "2022-06", "2022-07", "2022-08", "2022-09", "2022-12")
CITY_MONTHS = ("2022-06", "2022-07", "2022-08", "2022-09", "2022-12")
LOOP_MONTHS = ("2022-02", "2022-03", "2022-06", "2022-07", "2022-08", "2022-09")
AFTER_ALL = "2022-11-01T09:00"
UNCOUNTED_LISTS = ("led_projects", "industry_10bn", "industry_100m", "advanced_manufacturing")
KINDS = {
    "light green",
    "light yellow",
    "light red",
    "light None",
    "red flag",
    "snail: progress red",
    "snail: start overdue",
    "snail: no increment",
    "snail: stage overdue",
    "snail: not in statistics",
    "snail exit",
    "warned, with its slip",
    "exemption: force_majeure",
    "exemption: approved_suspension",
    "exemption: public_factor",
    "step inspection",
    "step talk",
    "step exposure",
    "list city_100m",
    "list province_1bn",
    "list newly_found_1bn",
    "list led_projects",
    "list industry_10bn",
    "list industry_100m",
    "target on track",
    "target behind",
    "target met",
    "target missed",
    "target without data",
    "memo complete",
    "memo incomplete",
    "memo late",
    "memo missing",
    "memo of an unknown team",
    "silent leader",
    "no leader",
    "second leader",
    "late helper",
    "roster differs",
    "plan changed after 31 January",
    "晶科 phase two: 三当年",
    "晶科 phase one: a hundred days",
    "赞昇: manual entry, renovation, no land supply",
}
"""What issue 10 asks a case of."""


@dataclass
class Loop:
    """A home with the loop's files and decisions, and the simulated truth."""

    home: Path
    truth: dict[str, Any]
    context: Context
    answers: dict[tuple[str, ...], Any]

    def ask(self, command: tuple[str, ...], period: str, as_of: str) -> Any:
        words = (command[0], period, *command[1:], "--as-of", as_of)
        if words not in self.answers:
            done = CliRunner().invoke(app, ["dispatch", *words, "--home", str(self.home), "--json"])
            assert done.exit_code == 0, (words, done.output, done.exception)
            self.answers[words] = json.loads(done.stdout)
        return self.answers[words]


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    out, home = tmp_path_factory.mktemp("loop_sample"), tmp_path_factory.mktemp("loop") / "home"
    context = open_context(Settings(home=home), "jiaxing")
    generate(context.programme, out, ["2021-02"])
    incoming = out / "incoming"
    _write_monthly(context, incoming)
    now = datetime(2023, 1, 29, tzinfo=UTC)
    collect(context, now, incoming)
    process(context, now)
    done = CliRunner().invoke(
        app,
        [
            "dispatch",
            "decide",
            "from-file",
            str(out / "decisions.csv"),
            "--home",
            str(home),
            "--now",
            AFTER_ALL,
            "--json",
        ],
    )
    assert done.exit_code == 0, (done.output, done.exception)
    truth = json.loads((out / "truth" / "dispatch.json").read_text(encoding="utf-8"))
    assert len(json.loads(done.stdout)["decisions"]) == truth["decisions"]
    return Loop(home, truth, context, {})


def _write_monthly(context: Context, incoming: Path) -> None:
    """The dispatch and city returns alone (the counties' workbooks hold the statistical forms too), and the loop's files; of the
    weekly memos only those of weeks that a case is about."""
    programme, world = context.programme, World(context.programme)
    for form, periods in ((DISPATCH, DISPATCH_MONTHS), (CITY, CITY_MONTHS)):
        for text in periods:
            month = Month(world, programme, text)
            for unit in (BUREAU,) if form == CITY else world.units:
                if any(fault.kind == "never_sent" for fault in plants_of(text, unit)):
                    continue
                rows = world.rows(form, unit, index_of(text))
                shape = replace(SHAPES[unit], titled=True)
                arrived, _ = month.times(unit, {form: rows})
                period = Period.parse(text)
                table = lay_out(form, rows, programme.forms[form], shape, programme.codes, period.year, period.month)
                _put(incoming / f"{text}-{form}-{unit}-模拟.xlsx", to_xlsx([table], datetime(2022, 1, 1)), arrived)
    rows_of = LoopRows(world.units)
    weeks = {week for _, week in MEMO_GAPS}
    for text in LOOP_MONTHS:
        for file in LoopMonth(rows_of, programme, text):
            if file.forms != ("service_memo",) or file.period in weeks:
                _put(incoming / file.name, file.content, file.arrived)


def _put(path: Path, content: bytes, arrived: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (arrived.timestamp(), arrived.timestamp()))


def _rows(document: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        document = document[int(part)] if part.isdigit() else document[part]
    return document


def _total(document: Any, path: str) -> int:
    """Sum of a field over the rows that hold it, or of the values of a mapping."""
    name, _, field = path.partition(".")
    held = document[name]
    return sum(held.values()) if isinstance(held, dict) else sum(row[field] for row in held)


CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "has": lambda found, want: all(value in found[name] for name, value in want.items()),
    "at_least": lambda found, want: all(found[name] >= value for name, value in want.items()),
    "sorted": lambda found, want: all(sorted(found[name]) == value for name, value in want.items()),
    "count": lambda found, want: all(len(found[name]) == value for name, value in want.items()),
    "sum": lambda found, want: all(_total(found, name) == value for name, value in want.items()),
}


def _problem(loop: Loop, case: dict[str, Any]) -> str:
    """What is wrong with a case; '' where the command says what the truth says."""
    document = loop.ask(tuple(case["command"]), case["period"], case["as_of"])
    found = _rows(document, case["rows"])
    if case["key"]:
        mine = [row for row in found if all(row[name] == value for name, value in case["key"].items())]
        if case["absent"]:
            return f"there is {mine[0]}" if mine else ""
        if len(mine) != 1:
            return f"{len(mine)} rows"
        found = mine[0]
    wrong = {
        name: found.get(name, "absent") if name not in CHECKS else {key.partition(".")[0]: "…" for key in want}
        for name, want in case["expect"].items()
        if not (CHECKS[name](found, want) if name in CHECKS else found.get(name, "absent") == want)
    }
    return f"{wrong} in {str(found)[:600]}" if wrong else ""


def test_every_case_of_the_truth_file_is_what_the_commands_say(loop: Loop) -> None:
    cases = loop.truth["cases"]
    assert {case["case"] for case in cases} >= KINDS and len(cases) > 150
    problems = [
        f"{case['case']} ({' '.join(case['command'])} {case['period']} {case['as_of']}): {problem}"
        for case in cases
        if (problem := _problem(loop, case))
    ]
    assert not problems, f"{len(problems)} of {len(cases)}:\n" + "\n".join(problems)


CONTRACT: dict[str, dict[str, tuple[str, ...]]] = {
    "targets": {
        "targets": ("id", "metric", "scope", "operator", "value", "actual", "gap", "pace_required", "expected", "state")
    },
    "lists": {"lists": ("code", "name", "projects", "plan_total", "ytd", "expected_count")},
    "flags": {"projects": ("project_code", "unit", "reasons", "since", "exempt"), "units": ("unit", "reasons")},
    "snails": {"projects": ("project_code", "unit", "reasons", "since", "exempt"), "units": ("unit", "reasons")},
    "stages": {
        "stages": ("stage", "due", "overdue", "in_stage", "median_dwell_days"),
        "moves": ("from", "to", "projects"),
    },
    "helpers": {},
    "inspections": {"inspections": ("id", "project_code", "step", "state", "due", "opened_at")},
}
"""Fields of the rows of each document as issue 10 writes them."""
SHAPES_OF_FIELDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("plan_total", "ytd"), lambda v: isinstance(v, str) and Decimal(v) >= 0),
    **dict.fromkeys(("projects", "in_stage"), lambda v: isinstance(v, int)),
    **dict.fromkeys(
        ("id", "metric", "scope", "operator", "state", "code", "name", "unit"), lambda v: isinstance(v, str)
    ),
    **dict.fromkeys(("project_code", "step", "stage", "from", "to"), lambda v: isinstance(v, str) and bool(v)),
    "expected_count": lambda v: v is None or isinstance(v, int),
    "reasons": lambda v: isinstance(v, list) and bool(v) and all(isinstance(reason, str) for reason in v),
    "since": lambda v: bool(re.fullmatch(r"20\d\d-\d\d", v)),
    "exempt": lambda v: isinstance(v, bool),
    "opened_at": lambda v: bool(date.fromisoformat(v)),
    "median_dwell_days": lambda v: v is None or v >= 0,
}


def test_the_contract_for_machines_holds_field_by_field(loop: Loop) -> None:
    looked_at = 0
    for command, blocks in CONTRACT.items():
        for period, as_of in (("2022-06", "2022-07-29T18:00"), ("2022-09", "2022-10-28T18:00")):
            document = loop.ask((command,), period, as_of)
            assert document["period"] == period
            for block, fields in blocks.items():
                assert isinstance(document[block], list) and (document[block] or block == "units"), (command, block)
                for row in document[block]:
                    assert set(fields) <= set(row), (command, block, set(fields) - set(row))
                    wrong = [f for f in fields if f in SHAPES_OF_FIELDS and not SHAPES_OF_FIELDS[f](row[f])]
                    assert not wrong, (command, block, {name: row[name] for name in wrong})
                    looked_at += len(fields)
    assert looked_at > 500
    lists = {row["code"]: row["expected_count"] for row in loop.ask(("lists",), "2022-06", "2022-07-29T18:00")["lists"]}
    assert lists == {"city_100m": 724, "province_1bn": 78, "newly_found_1bn": 5} | dict.fromkeys(UNCOUNTED_LISTS)
    targets = {row["id"]: row for row in loop.ask(("targets",), "2022-06", "2022-07-29T18:00")["targets"]}
    assert set(targets) == {"T1", "T2", "T3", "T4"}
    for name in ("value", "actual", "gap", "expected"):
        assert all(isinstance(targets[t][name], float) for t in ("T1", "T2")), "rates are fractions"
        assert all(isinstance(targets[t][name], str) and Decimal(targets[t][name]) for t in ("T3", "T4")), (
            "amounts are strings"
        )
    assert Decimal(targets["T3"]["pace_required"]) == 600_000 and targets["T1"]["pace_required"] is None
    stages = loop.ask(("stages",), "2022-06", "2022-07-29T18:00")
    assert stages["weakest"] in {row["stage"] for row in stages["stages"]}
    helpers = loop.ask(("helpers",), "2022-06", "2022-07-29T18:00")
    assert {name: helpers[name] for name in ("total", "by_level")} == {
        "total": 1674,
        "by_level": {"city": 174, "county": 600, "township": 900},
    }
    assert all(
        isinstance(helpers[name], int) and helpers[name] > 0 for name in ("visits", "cases", "closed", "overdue")
    )


def test_the_showcase_names_outside_who_is_permitted_alone(loop: Loop) -> None:
    done = CliRunner().invoke(
        app,
        ["dispatch", "showcase-public", "2022-07", "--as-of", "2022-08-30T18:00", "--home", str(loop.home), "--json"],
    )
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert {p["name"] for p in shown["projects"]} == {"晶科高效电池组件生产线二期项目"} and shown["unnamed"] > 10
    counted = sum(sum(u["kinds"].values()) + u["on_course"] for u in shown["units"])
    assert counted == len(shown["projects"]) + shown["unnamed"]
    inside = loop.ask(("showcase",), "2022-07", "2022-08-30T18:00")["achievements"]
    won = [a for a in inside if a["kind"] == "three_in_one_year" and a["state"] == "achieved"]
    waiting = [a for a in inside if a["state"] == "on_course"]
    assert sum(u["kinds"].get("three_in_one_year", 0) for u in shown["units"]) == len(won), (
        "what is on course is no achievement"
    )
    assert sum(u["on_course"] for u in shown["units"]) == len(waiting) > 0


STATES = {
    "2022-06": {"T1": "on_track", "T2": "on_track", "T3": "on_track", "T4": "behind"},
    "2022-07": {"T1": "on_track", "T2": "on_track", "T3": "on_track", "T4": "behind"},
    "2022-08": {"T1": "on_track", "T2": "on_track", "T3": "on_track", "T4": "on_track"},
    "2022-09": {"T1": "met", "T2": "met", "T3": "on_track", "T4": "met"},
}


def test_every_target_has_its_state_in_every_month_of_the_campaign(loop: Loop) -> None:
    asked = dict(zip(STATES, ("2022-07-29", "2022-08-30", "2022-09-29", "2022-10-28"), strict=True))
    found = {
        period: {t["id"]: t["state"] for t in loop.ask(("targets",), period, f"{day}T18:00")["targets"]}
        for period, day in asked.items()
    }
    assert found == STATES


def test_a_permit_that_is_withdrawn_takes_the_project_out_of_the_showcase(loop: Loop) -> None:
    project = next(case["key"]["project_code"] for case in loop.truth["cases"] if case["case"] == "showcase permit")

    def saima(*words: str, at: str = "2022-11-02T09:00") -> Any:
        tail = ["--home", str(loop.home), "--now", at, "--json"]
        return CliRunner().invoke(app, ["dispatch", *words, *tail])

    def named(at: str) -> set[str]:
        return {p["name"] for p in json.loads(saima("showcase-public", "2022-07", at=at).stdout)["projects"]}

    withdraw = ("decide", "withdraw-permit", project, "--purpose", "showcase", "--as", "市经信局")
    assert len(named("2022-11-02T08:00")) == 1
    assert "a reason is needed" in str(saima(*withdraw).exception)
    assert saima(*withdraw, "--reason", "企业申请不再公开").exit_code == 0
    assert named("2022-11-02T10:00") == set() and len(named("2022-11-02T08:00")) == 1
    assert "no permit" in str(saima(*withdraw, "--reason", "再撤").exception)


def test_files_of_the_loop_end_as_arranged(loop: Loop) -> None:
    """Everything is accepted, but the list of leaders that names a second one, which the right one follows."""
    rows = [row for row in loop.context.warehouse.submissions(None) if row.form not in (DISPATCH, CITY)]
    assert {row.form for row in rows} == {
        "project_plan",
        "issue_log",
        "service_memo",
        "helper_roster",
        "visit_log",
        "leader_assignment",
        "approval_list",
        "inspection_reply",
    }
    rejected = [row for row in rows if row.word == "rejected"]
    assert [(row.form, row.unit_code) for row in rejected] == [("leader_assignment", "330483")]
    findings = loop.context.warehouse.findings([rejected[0].submission_id]).to_pylist()
    assert {finding["rule"] for finding in findings} == {"H04"}
    assert {(row.form, row.unit_code) for row in rows if row.queries} == {("issue_log", "330482")}
    plans = [row for row in rows if row.form == "project_plan" and row.unit_code == "330482"]
    assert [(row.current, row.revision) for row in sorted(plans, key=lambda r: r.arrived_at)] == [
        (True, False),
        (False, True),
    ]


def test_a_register_recorded_twice_adds_nothing_and_real_people_write_no_instants(loop: Loop, tmp_path: Path) -> None:
    from pipelines.errors import Refused, Terminal
    from pipelines.flow.dispatch.decision_file import read_decisions, record_file

    now = datetime(2022, 11, 1, 2, tzinfo=UTC)
    before = len(loop.context.warehouse.decisions.all())
    head = "recorded_at,kind,subject,decided_by,document,reason,valid_from,valid_to,detail\n"
    register = tmp_path / "register.csv"
    budget = (
        "2022-10-31T09:00,factor_budget,land,市自然资源和规划局,嘉要素〔2022〕9号,,2022-10-01,2022-10-31,amount=200\n"
    )
    register.write_text(head + budget, encoding="utf-8")
    assert [d.kind for d in record_file(loop.context, register, now)] == ["factor_budget"]
    assert record_file(loop.context, register, now) == []
    assert len(loop.context.warehouse.decisions.all()) == before + 1
    variants = budget.replace("factor_budget,land", "ｆａｃｔｏｒ_budget, ｌａｎｄ　").replace(
        "amount=200", "ａｍｏｕｎｔ＝２００；"
    )
    variants = variants.replace("嘉要素〔2022〕9号", "嘉要素〔2022〕 ９ 号")
    register.write_text(head + variants, encoding="utf-8")
    assert record_file(loop.context, register, now) == [], "full-width signs and spaces make no other decision"
    twice = budget.replace("land", "energy").replace("amount=200", "amount=30000")
    spaced = twice.replace("energy", " ｅｎｅｒｇｙ").replace("2022-10-31T09:00", "2022-10-31T09:30")
    register.write_text(head + twice + twice + spaced, encoding="utf-8")
    assert [d.subject for d in record_file(loop.context, register, now)] == ["energy"], (
        "once, however often it stands there"
    )
    assert len(loop.context.warehouse.decisions.all()) == before + 2
    real = replace(loop.context, programme=replace(loop.context.programme, simulated=False))
    with pytest.raises(Terminal, match="unknown columns recorded_at"):
        read_decisions(real, register, now)
    for line, said in (
        (",library_exit,9999,市经信局,文,理由,,,\n", "no such project"),
        (",notice,9999,市经信局,文,理由,,,,多\n", "more cells"),
        ("2022-10-31T10:00,factor_accepted,9999,市经信局,文,,,,factor=land;period=2022-13\n", "no such project"),
        (",party,9999,市经信局,文,,,,\n", "no such decision"),
        (",notice,9999,市经信局,文,,31.8.2022,,\n", "days are written"),
        ("2022-10-31T10:00,inspection_closed,DC202201-x,督查室,文,,,,\n", "no such inspection"),
    ):
        register.write_text(head + line, encoding="utf-8")
        with pytest.raises((Refused, Terminal), match=f"line 2.*{said}"):
            record_file(loop.context, register, now)
