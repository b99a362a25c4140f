"""成果晾晒 for outside through the life of a month: drafted, published, corrected in a draft, corrected in an edition."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from expectations.examples import CLEAN
from pipelines.cli.app import app
from pipelines.flow.dispatch import decision_file
from pipelines.flow.dispatch.decision_file import record_file
from pipelines.flow.dispatch.public_showcase import refresh_showcases
from pipelines.flow.dispatch.weekly_look import look_at_the_week, run_dispatch_step
from pipelines.flow.month.release import publish, sign
from pipelines.flow.month.run_month import run_month
from pipelines.flow.runtime.code_version import code_version
from pipelines.flow.runtime.context import open_context
from pipelines.flow.upkeep.audit_dispatch import check_dispatch_folders, check_dispatch_tables
from pipelines.model.dispatch_tables import DISPATCH_TABLES
from pipelines.model.periods import Period
from pipelines.settings import Settings

from .bureau_programme import YTD, Bureau, make_programme

pytestmark = pytest.mark.slow
JUNE = Period(2022, 6)
SENT, AUDIT, DUE = (datetime(2022, 7, day, 3, tzinfo=UTC) for day in (8, 13, 26))
BEGUN, LATER = "2106-330402-04-01-123450", "2106-330402-04-01-123451"
NAMES = {BEGUN: "云雀装配项目", LATER: "百灵电池项目"}
UNTIL = ("--purpose", "showcase", "--as", "经信局", "--document", "嘉经信〔2022〕31号", "--until", "2022-12-31")


def dispatched(unit: str, code: str, begun: bool) -> dict[str, object]:
    """A project that begins in June, or is not begun yet."""
    stages = {
        "admission_actual": "2022-01",
        "land_plan": "2022-02",
        "land_actual": "2022-02",
        "approval_plan": "2022-03",
        "approval_actual": "2022-03",
        "start_plan": "2022-06",
        "start_actual": "2022-06" if begun else None,
        "completion_plan": "2023-06",
        "capacity_plan": "2023-12",
        **dict.fromkeys(("trial_actual", "completion_actual", "commission_actual", "capacity_actual")),
    }
    if not begun:
        stages |= {"actual_ytd": 12_300}  # behind its plan: yellow
    own = {"reported_unit_code": unit, "project_code": code, "project_name": NAMES.get(code, "普通项目")}
    return {**CLEAN["dispatch_month"], "plan_total": 173_519, **stages, **own}


class Month:
    """June 2022 of three counties and its showcase."""

    def __init__(self, root: Path) -> None:
        """In a programme without a freeze: what comes late is counted, and opens a correction."""
        programme, inbox = make_programme(root / "programme", dispatch=True), root / "sent"
        calendar = programme / "calendar.csv"
        lines = calendar.read_text(encoding="utf-8").splitlines()
        lines[1:] = [re.sub(r"^((?:[^,]*,){5})[^,]*", r"\1", line) for line in lines[1:]]
        calendar.write_text("\n".join(lines) + "\n", encoding="utf-8")
        inbox.mkdir()
        self.bureau = Bureau(open_context(Settings(home=root / "home", workers=1), str(programme)), inbox)
        for unit in YTD:
            self.bureau.county(unit, SENT, month="1—6月")
            self.bureau.projects(
                "dispatch_month", unit, SENT, [dispatched(unit, f"2106-{unit}-04-01-12345{n}", n == 0) for n in (0, 1)]
            )
        self.bureau.city(AUDIT, month="1—6月")

    def draft(self, at: datetime) -> None:
        done = run_month(self.bureau.context, JUNE, at, self.bureau.inbox)
        assert done.state == "draft", done.reason

    def publish(self, at: datetime) -> str:
        context = self.bureau.context
        for role in context.programme.method.signatures:
            sign(context, JUNE, role, "演示", at, demonstration=True)
        return publish(context, JUNE, at).edition_id

    def saima(self, *words: str, at: datetime) -> Any:
        tail = ["--home", str(self.bureau.context.settings.home), "--now", at.isoformat(), "--json"]
        done = CliRunner().invoke(app, [*words, *tail], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    @property
    def folder(self) -> Path:
        return self.bureau.context.settings.editions / str(JUNE) / "showcase"

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "showcase.json").read_text(encoding="utf-8"))
        return found

    def page(self) -> str:
        return (self.folder / "index.html").read_text(encoding="utf-8")


def starts(document: dict[str, Any]) -> dict[str, int]:
    return {unit["unit"]: unit["new_starts"] for unit in document["units"]}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    made = Month(tmp_path_factory.mktemp("showcase"))
    yield made
    made.bureau.context.warehouse.close()


def test_the_showcase_shows_what_is_published_and_whom_a_permit_names(month: Month, tmp_path: Path) -> None:
    """One month, step by step: each state is what the next one starts from."""
    context = month.bureau.context
    # drafted: nothing lies outside; the command is a preview that says so
    month.draft(DUE)
    step = run_dispatch_step(context, JUNE, DUE)
    assert step.showcase is None and not month.folder.exists() and step.notices == 3
    told = {row["noticed_on"] for row in context.warehouse.dispatch_rows.tables(str(JUNE))["warned"]}
    looked = check_dispatch_folders(context)
    assert (looked.failed, looked.looked_at) == (0, len(list(Path(step.folder).rglob("*.*")))) and len(step.files) > 20
    (Path(step.folder) / "snails.html").write_text("forged", "utf-8")
    assert "被改动 / changed snails.html" in check_dispatch_folders(context).detail
    assert told == {"2022-07-26"}, "the tables know the slips of their own step"
    preview, file = month.saima("dispatch", "showcase-public", "2022-06", at=DUE), tmp_path / "preview.html"
    month.saima("dispatch", "showcase-public", "2022-06", "--html", str(file), at=DUE)
    assert preview["edition"] is None and starts(preview) == dict.fromkeys(YTD, 1)
    text = file.read_text(encoding="utf-8")
    assert "预览，未发布，不得外传" in text and "内部资料" in text

    # published: it lies beside the edition, and names it
    out = DUE + timedelta(minutes=2)
    assert month.publish(out) == "2022-06-e1"
    assert run_dispatch_step(context, JUNE, out).showcase == str(month.folder)
    assert check_dispatch_folders(context).failed == 0, "the next step laid it down again"
    first = month.shown()
    assert first["edition"] == "2022-06-e1" and starts(first) == dict.fromkeys(YTD, 1) and not first["projects"]
    assert "2022-06-e1" in month.page() and "内部资料" not in month.page() and "预览" not in month.page()

    # a week in which no permit changed: nothing is laid down again
    os.utime(month.folder / "index.html", (1, 1))
    look_at_the_week(context, out + timedelta(days=6))
    assert (month.folder / "index.html").stat().st_mtime == 1 and month.shown() == first

    # corrected in a draft: a start that is not published is not shown, whatever else has the page written again
    sent = out + timedelta(days=7)
    month.bureau.projects(
        "dispatch_month", "330402", sent, [dispatched("330402", code, True) for code in (BEGUN, LATER)]
    )
    drafted = sent + timedelta(hours=2)
    month.draft(drafted)
    inside = month.saima("dispatch", "showcase", "2022-06", at=drafted)
    assert {row["unit"]: row["year_projects"] for row in inside["new_starts"]}["330402"] == 2
    for code in (BEGUN, LATER):
        month.saima("dispatch", "decide", "permit", code, *UNTIL, at=drafted)
    named = month.shown()
    assert {p["name"] for p in named["projects"]} == {NAMES[BEGUN]} and starts(named) == starts(first)
    assert NAMES[LATER] not in month.page() and named["edition"] == "2022-06-e1"
    assert month.saima("dispatch", "showcase-public", "2022-06", at=drafted)["projects"] == named["projects"]

    # the correction is published: now it is out
    blocking = month.saima("close", "2022-06", at=drafted)["blocking"]
    assert "correction_reason" in {block["kind"] for block in blocking}
    why = ("--reason", "南湖区漏报一个开工项目", "--as", "钱七")
    for block in blocking:
        month.saima("overrule", "2022-06", block["id"], *why, at=drafted)
    corrected = month.publish(drafted + timedelta(hours=1))
    assert refresh_showcases(context, drafted + timedelta(hours=2)) == [month.folder], "a newer edition is out"
    second = month.shown()
    assert second["edition"] == corrected != "2022-06-e1"
    assert starts(second)["330402"] == 2 and second["edition"] in month.page()
    assert {p["name"] for p in second["projects"]} == set(NAMES.values())

    # a permit ends without a decision: the Monday after takes the names out, and a second look has nothing to do
    after = datetime(2023, 1, 2, 1, tzinfo=UTC)
    look_at_the_week(context, after)
    assert not month.shown()["projects"] and NAMES[BEGUN] not in month.page()
    assert refresh_showcases(context, after + timedelta(days=7)) == []
    (month.folder / "showcase.json").write_text("{", encoding="utf-8")
    assert refresh_showcases(context, after + timedelta(days=8)) == [month.folder], "a damaged file is mended"


def test_the_audit_counts_the_tables_again_from_the_returns(month: Month) -> None:
    """A row changed together with the hash that the log has of it still differs from what the units sent."""
    context, at = month.bureau.context, datetime(2023, 2, 1, 1, tzinfo=UTC)
    run_dispatch_step(context, JUNE, at)
    whole = check_dispatch_tables(context)
    assert (whole.failed, whole.looked_at) == (0, len(DISPATCH_TABLES)), whole
    rows = context.warehouse.dispatch_rows.tables(str(JUNE))
    rows["stages"][0]["overdue"] = 0 if rows["stages"][0]["overdue"] else 7
    context.warehouse.dispatch_rows.replace(str(JUNE), at, rows, "0.0.9+older")
    older = check_dispatch_tables(context)
    assert older.failed == 0 and "由旧版程序生成" in older.detail and str(JUNE) in older.detail, "no forgery"
    context.warehouse.dispatch_rows.replace(str(JUNE), at, rows, code_version())
    forged = check_dispatch_tables(context)
    assert forged.failed == 1 and "stages 第 1 行与报表算出的不同" in forged.detail, forged
    month.saima("dispatch", "decide", "notice", BEGUN, "--as", "经信局", at=at)
    later = check_dispatch_tables(context)
    assert (later.failed, later.looked_at) == (0, 0) and "1 个月" in later.detail, "recorded as of the same instant"


def test_pages_follow_a_register_whose_first_reading_was_cut_off(
    month: Month, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines stood in the books then, so that the second reading recorded none and left the pages as they were."""
    context, at = month.bureau.context, datetime(2023, 2, 2, 1, tzinfo=UTC)
    run_dispatch_step(context, JUNE, at)
    file = tmp_path / "register.csv"
    head = "kind,subject,decided_by,document,reason,valid_from,valid_to,detail\n"
    line = f"publication_permit,{BEGUN},经信局,嘉经信〔2023〕2号,,2023-02-01,2023-12-31,purpose=showcase\n"
    file.write_text(head + line, encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(decision_file, "refresh_showcases", full)
        with pytest.raises(OSError, match="No space left"):
            record_file(context, file, at + timedelta(minutes=5))
    assert NAMES[BEGUN] not in month.page()
    assert record_file(context, file, at + timedelta(hours=1)) == [] and NAMES[BEGUN] in month.page()
