"""A month of the ladder in a real home: arrivals, rejections, a return, the bureau's digest, holds, calls; read back from the file
that the default channel writes, as a receiver would."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.alerts.channels import open_channels
from pipelines.alerts.pages import calls_csv, calls_page, late_csv, late_page
from pipelines.errors import Refused, Terminal
from pipelines.flow.feedback.return_submission import return_submission
from pipelines.flow.intake.stage_and_load import freezes
from pipelines.flow.notify.escalation_documents import calls_document, escalation_document, outbox_document
from pipelines.flow.notify.holds import hold, log_call
from pipelines.flow.notify.load_notifications import notify_of_loads
from pipelines.flow.notify.reminder_cases import cases as owed_cases
from pipelines.flow.notify.send import Clock, deliver, problems, run_alerts
from pipelines.flow.notify.status_documents import late_document
from pipelines.flow.notify.watch import report_sources, watch_deadlines
from pipelines.flow.runtime.context import Context, load_programme, open_context
from pipelines.model.loading import MonthClose, ReceiptOutcome
from pipelines.model.notifications import DeliveryResult
from pipelines.model.periods import Period
from pipelines.settings import Settings
from pipelines.warehouse.opening import stage

SHANGHAI = ZoneInfo("Asia/Shanghai")
JUNE = Period(2022, 6)
UNITS = ("330402", "330411", "330421", "330424", "330471", "330472", "330481", "330482", "330483")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _cases():
    path = Path(__file__).parents[1] / "unit" / "warehouse" / "cases.py"
    spec = importlib.util.spec_from_file_location("warehouse_cases", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["warehouse_cases"] = module
    spec.loader.exec_module(module)
    return module


CASES = _cases()


class House:
    """A home of the Jiaxing programme whose counties send the three monthly forms when told to."""

    def __init__(self, home: Path, programme: Path | None = None) -> None:
        self.context: Context = open_context(Settings.load(home), str(programme) if programme else "jiaxing")
        self.home = home
        self._read = 0

    def send(self, units: str | tuple[str, ...], moment: str, word: str = "accepted", period: str = "2022-06") -> None:
        """The three forms of units arrive and are loaded at once."""
        now = at(moment)
        hours = (now - CASES.T0).total_seconds() / 3600
        judged = []
        for unit in (units,) if isinstance(units, str) else units:
            for form in ("unit_month", "project_month", "dispatch_month"):
                receipt = CASES.receipt(f"{unit}{form}{moment}", hours, f"{unit}-{form}-{moment}.xlsx")
                judged.append(CASES.judged(receipt, unit, period, form, ("7654321.25",), word))
        warehouse = self.context.warehouse
        warehouse.add_receipts([one.receipt for one in judged], now)
        outcomes = [ReceiptOutcome(j.receipt.receipt_id, "processed", submissions=(j.submission_id,)) for j in judged]
        folder = stage(
            self.context.settings.stage, f"{judged[0].unit_code}-{moment}".replace(":", ""), judged, outcomes
        )
        warehouse.load([folder], now, freezes(self.context), follow_up=True)
        notify_of_loads(self.context)

    def look(self, moment: str) -> list[dict]:
        """Plan and send; the messages that came out."""
        run_alerts(self.context, at(moment))
        return self.new()

    def new(self) -> list[dict]:
        """Messages the receiver has got since it was last asked."""
        files = list((self.home / "alerts").glob("*"))
        lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        fresh, self._read = lines[self._read :], len(lines)
        return fresh

    def decided(self) -> list[str]:
        return [row.notice.key for row in self.context.warehouse.alerts.rows()]


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path / "home")
    yield made
    made.context.warehouse.close()


def told(messages, **wanted) -> list[dict]:
    return [m for m in messages if all(m[name] == value for name, value in wanted.items())]


def everybody_but(house: House, *missing: str) -> None:
    house.send(tuple(unit for unit in UNITS if unit not in missing), "2022-07-08T15:00")
    house.look("2022-07-08T15:10")


def test_a_month_is_climbed_once_and_read_back(house: House) -> None:
    first = house.look("2022-07-06T09:00")
    assert Counter(m["rung"] for m in first if m["form"] != "city_month") == {"T-3": 27}
    assert house.look("2022-07-06T09:10") == [], "looked at again, nothing is said again"
    everybody_but(house, "330471")
    receipts = [r for r in house.context.warehouse.alerts.rows() if r.notice.kind == "receipt"]
    assert len(receipts) == 24 and {r.state for r in receipts} == {"delivered"}
    assert [m["rung"] for m in house.look("2022-07-11T14:00") if m["unit"] == "330471"] == ["T-4h"] * 3
    assert [m["rung"] for m in house.look("2022-07-11T18:00") if m["unit"] == "330471"] == ["T"] * 3
    morning = house.look("2022-07-12T09:00")
    assert {(m["kind"], m["audience"]) for m in morning} == {("escalation", "leader"), ("digest", "bureau")}
    assert len(told(morning, kind="escalation", unit="330471")) == 3
    digest = next(m for m in morning if m["kind"] == "digest" and "T+1" in m["text"])
    assert "经开区" in digest["text"] and "南湖区" not in digest["text"]
    house.send("330471", "2022-07-12T16:00")
    after = house.look("2022-07-12T16:10")
    assert Counter((m["kind"], m["audience"]) for m in after) == {
        ("receipt", "county"): 3,
        ("recovery", "county"): 3,
        ("recovery", "leader"): 3,
    }
    assert "已补报" in next(m for m in house.look("2022-07-13T09:00") if m["kind"] == "digest")["text"]
    keys = house.decided()
    assert len(keys) == len(set(keys))
    assert [c.id for c in house.context.warehouse.checks(None, at("2022-08-01T09:00")) if c.failed] == []
    texts = " ".join(r.notice.text.subject + r.notice.text.body for r in house.context.warehouse.alerts.rows())
    assert "7654321" not in texts and "7,654,321" not in texts


def test_a_system_that_was_down_says_the_latest_rung_alone_and_the_engineer_hears_why(house: House) -> None:
    everybody_but(house, "330471")
    late = house.look("2022-07-13T10:00")
    assert {(m["rung"], m["audience"]) for m in told(late, unit="330471")} == {("T+2", "county"), ("T+2", "leader")}
    passed = [r for r in house.context.warehouse.alerts.rows(states=("passed",)) if r.notice.unit_code == "330471"]
    assert Counter(r.notice.rung for r in passed) == {"T-3": 3, "T-4h": 3, "T": 3, "T+1": 6}
    assert [m["kind"] for m in late if m["audience"] == "engineer"] == ["engineer"]
    assert told(house.look("2022-07-13T10:10"), audience="engineer") == []


def test_a_rejected_file_reopens_the_ladder_and_a_waiting_message_is_withdrawn(house: House) -> None:
    everybody_but(house, "330471")
    house.send("330471", "2022-07-11T15:00", "rejected")
    assert told(house.look("2022-07-11T18:00"), unit="330471", kind="reminder") == [], "退改 is not late"
    revising = told(house.look("2022-07-13T09:00"), unit="330471", kind="reminder")
    assert [m["rung"] for m in revising] == ["T-1"] * 3 and all("更正" in m["subject"] for m in revising)
    house.look("2022-07-14T14:00")
    assert {m["rung"] for m in told(house.look("2022-07-14T18:00"), unit="330471")} == {"T"}
    document = late_document(house.context, JUNE, at("2022-07-15T08:00"))
    assert {(u["unit"], u["rung"], u["workdays_late"]) for u in document["units"]} == {("330471", "T", 1)}
    assert document["units"][0]["owed_by"] == at("2022-07-14T18:00").astimezone(ZoneInfo("UTC")).isoformat()
    watch_deadlines(house.context, at("2022-07-14T22:00"))
    house.send("330471", "2022-07-14T22:30")
    late_at_night = house.context.warehouse.alerts.rows(states=("pending",))
    assert {r.notice.not_before for r in late_at_night} == {at("2022-07-15T08:00")}, (
        "receipts and recoveries wait for the morning"
    )
    assert house.look("2022-07-14T22:40") == []
    assert Counter(m["kind"] for m in house.look("2022-07-15T08:00")) == {"receipt": 3, "recovery": 3}


def test_a_reminder_that_waits_is_withdrawn_when_the_file_comes(house: House) -> None:
    everybody_but(house, "330471", "330472")
    house.look("2022-07-11T14:00")
    watch_deadlines(house.context, at("2022-07-11T21:30"))  # T had been missed and is now deferred over the night
    waiting = house.context.warehouse.alerts.rows(states=("pending",), kinds=("reminder",))
    assert {(r.notice.rung, r.notice.not_before) for r in waiting} == {("T", at("2022-07-12T08:00"))}
    house.send("330471", "2022-07-11T22:00")
    rows = [r for r in house.context.warehouse.alerts.rows() if r.notice.unit_code == "330471" and r.notice.rung == "T"]
    assert {(r.state, r.reason) for r in rows} == {("withdrawn", "文件已到 / the file is in")}
    sent = house.look("2022-07-12T08:00")
    assert {m["unit"] for m in told(sent, rung="T")} == {"330472"}
    assert told(sent, kind="recovery") == [], "nobody had been told that it was late"


def test_a_return_tells_the_county_in_its_own_transaction_and_opens_the_ladder_until_its_deadline(house: House) -> None:
    everybody_but(house)
    version = next(
        v for v in house.context.warehouse.submissions("2022-06", form="dispatch_month") if v.unit_code == "330481"
    )
    return_submission(
        house.context, version.submission_id, "缺附件", at("2022-07-13T18:00"), "甲", at("2022-07-11T09:30")
    )
    (back,) = told(house.look("2022-07-11T09:40"), unit="330481")
    assert (back["kind"], back["form"]) == ("return", "dispatch_month")
    assert [m["rung"] for m in told(house.look("2022-07-12T09:00"), unit="330481")] == ["T-1"]
    with pytest.raises(Refused):
        return_submission(house.context, version.submission_id, "再退", None, "甲", at("2022-07-12T10:00"))
    assert sum(key.startswith("return|") for key in house.decided()) == 1


def test_one_digest_a_working_day_whatever_happens(house: House) -> None:
    everybody_but(house, "330471", "330472", "330481")
    digests: Counter[str] = Counter()
    moment = at("2022-07-14T00:00")
    while moment < at("2022-07-19T23:00"):
        for m in house.look(moment.replace(tzinfo=None).isoformat()):
            if m["kind"] == "digest":
                digests[f"{moment:%m-%d} {m['to']}"] += 1
        moment += timedelta(hours=4)
    assert set(digests.values()) == {1}
    days = {key.split()[0] for key in digests}
    assert days == {"07-14", "07-15", "07-18", "07-19"}, "16 and 17 July are a week-end"


def test_an_acknowledged_stage_is_marked_a_snoozed_one_waits_and_both_stop_only_themselves(house: House) -> None:
    everybody_but(house, "330471")
    house.look("2022-07-11T18:00")
    now = at("2022-07-12T08:30")
    with pytest.raises(Terminal):
        hold(house.context, "snooze", "经开区", JUNE, "*", "T+1", " ", at("2022-07-12T15:00"), "甲", now)
    hold(house.context, "snooze", "经开区", JUNE, "unit_month", "T+1", "系统迁移", at("2022-07-12T15:00"), "甲", now)
    hold(house.context, "ack", "330471", JUNE, "dispatch_month", "T+1", "", None, "甲", now)
    morning = told(house.look("2022-07-12T09:00"), kind="escalation")
    assert [m["form"] for m in morning] == ["project_month"]
    afternoon = told(house.look("2022-07-12T15:00"), kind="escalation")
    assert [m["form"] for m in afternoon] == ["unit_month"], "the snooze ended, the acknowledgement did not"
    assert len(told(house.look("2022-07-13T09:00"), kind="public_mark", audience="county")) == 3
    with pytest.raises(Refused):
        hold(house.context, "ack", "330402", JUNE, "*", "", "", None, "甲", now)
    people = [e.action for e in house.context.warehouse.audit_entries() if e.action.startswith("alert-")]
    assert [action for action in people if action != "alert-sent"] == ["alert-snooze", "alert-ack"]


def test_the_record_of_chasing_as_of_any_moment(house: House) -> None:
    everybody_but(house, "330471")
    for moment in ("2022-07-11T14:00", "2022-07-11T18:00", "2022-07-12T09:00"):
        house.look(moment)
    log_call(
        house.context, "经开区", JUNE, "*", at("2022-07-12T10:00"), "甲", "值班", "<b>午后</b>", at("2022-07-12T10:05")
    )
    document = late_document(house.context, JUNE, at("2022-07-12T11:00"))
    entry = next(u for u in document["units"] if u["form"] == "unit_month")
    assert entry["rung"] == "T+1" and entry["due"] == "2022-07-11T10:00:00+00:00"
    assert [(n["rung"], n["audience"], n["state"]) for n in entry["notices"] if n["state"] != "passed"] == [
        ("T-1", "county", "delivered"),
        ("T-4h", "county", "delivered"),
        ("T", "county", "delivered"),
        ("T+1", "leader", "delivered"),
        ("T+1", "bureau", "delivered"),
    ]
    assert entry["notices"][-1]["in_digest"] and entry["notices"][-1]["sent_at"] == "2022-07-12T01:00:00+00:00"
    assert [c["answer"] for c in entry["calls"]] == ["<b>午后</b>"]
    earlier = late_document(house.context, JUNE, at("2022-07-11T16:00"))["units"][0]
    assert {n["rung"] for n in earlier["notices"] if n["state"] == "delivered"} == {"T-1", "T-4h"}
    assert earlier["calls"] == []
    page = late_page(document, "嘉兴", True, "Asia/Shanghai").decode()
    assert "&lt;b&gt;午后" in page and "<b>午后" not in page and "<script" not in page
    lines = late_csv(document).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + sum(len(u["notices"]) for u in (*document["units"], *document["bureau"]))
    calls = calls_document(house.context, JUNE, at("2022-07-12T11:00"))
    assert [(c["unit"], c["rung"]) for c in calls["calls"]] == [("330471", "T+1")] * 3
    assert all(c["phones"] and c["last"]["rung"] == "T+1" for c in calls["calls"])
    assert "0573" in calls_page(calls, "Asia/Shanghai").decode()
    assert calls_csv(calls).decode("utf-8-sig").count("330471") == 6


def test_the_ladder_of_a_month_as_a_table(house: House) -> None:
    everybody_but(house, "330471")
    document = escalation_document(house.context, JUNE, at("2022-07-12T08:00"))
    own = [r for r in document["rungs"] if r["form"] == "unit_month"]
    assert [r["rung"] for r in own] == ["T-3", "T-1", "T-4h", "T", "T+1", "T+2"]
    assert [len(r["not_in"]) if r["not_in"] is not None else None for r in own] == [9, 9, 1, 1, None, None]
    assert {r["deferral"] for r in own} == {None}
    with pytest.raises(Refused):
        escalation_document(house.context, Period(2031, 1), at("2022-07-12T08:00"))


def test_a_moved_deadline_is_announced_once_to_whoever_has_not_finished(tmp_path) -> None:
    from shutil import copytree

    folder = tmp_path / "jiaxing"
    copytree(load_programme("jiaxing").path, folder)
    house = House(tmp_path / "home", folder)
    everybody_but(house, "330471", "330472")
    calendar = folder / "calendar.csv"
    text = calendar.read_text(encoding="utf-8")
    old = next(line for line in text.splitlines() if line.startswith("unit_month,2022-06"))
    calendar.write_text(text.replace(old, old.replace("2022-07-11 18:00", "2022-07-12 18:00")), encoding="utf-8")
    moved = House(tmp_path / "home", folder)
    moved.new()
    said = told(moved.look("2022-07-11T09:00"), kind="deadline_change")
    assert {m["to"] for m in said} == {"tongji-330471@example.invalid", "tongji-330472@example.invalid"}
    assert told(moved.look("2022-07-11T09:10"), kind="deadline_change") == []
    assert told(moved.look("2022-07-11T18:00"), rung="T", form="unit_month") == []
    assert len(told(moved.look("2022-07-12T18:00"), rung="T", form="unit_month")) == 2
    for one in (house, moved):
        one.context.warehouse.close()


def test_history_and_months_before_alerts_from_write_to_nobody(house: House) -> None:
    house.send("330481", "2022-01-10T10:00", period="2021-12")
    assert house.context.warehouse.alerts.rows() == []
    house.context.warehouse.closings.close(MonthClose("2022-05", "x", at("2022-06-30T09:00"), "history", ()))
    house.send("330481", "2022-07-01T10:00", period="2022-05")
    assert [r for r in house.context.warehouse.alerts.rows() if r.notice.period == "2022-05"] == []
    assert not [c for c in owed_cases(house.context, at("2022-06-13T10:00")) if c.period == "2022-05"]


def test_a_channel_that_fails_backs_off_dies_and_pages_once(house: House) -> None:
    everybody_but(house, "330471")

    class Refusing:
        name, per_minute, asked = "outbox", None, 0

        def send(self, notice, now):
            self.asked += 1
            return DeliveryResult(False, "503", retry_after=30 if self.asked == 1 else None)

    channel = Refusing()
    clock = Clock(at("2022-07-11T14:00"))
    watch_deadlines(house.context, clock.now())
    first = deliver(house.context, clock.now(), clock, channels={"outbox": channel}, jitter=lambda: 0.5)
    assert (first.retried, list(first.left_alone)) == (1, ["outbox"]), "asked to wait, the channel is left alone"
    for _ in range(60):
        clock.sleep(3600)
        deliver(house.context, clock.now(), clock, channels={"outbox": channel}, jitter=lambda: 0.5)
    rows = [
        r for r in house.context.warehouse.alerts.rows() if r.notice.unit_code == "330471" and r.notice.rung == "T-4h"
    ]
    limit = house.context.programme.alerting.max_attempts
    attempts = house.context.warehouse.alerts.attempts([r.notice.message_id for r in rows])
    assert {len(attempts[r.notice.message_id]) for r in rows if r.state == "dead"} == {limit}
    assert any(r.state == "dead" for r in rows)
    behind = [r for r in rows if r.state == "pending"]
    assert all(len(attempts.get(r.notice.message_id, [])) < limit for r in behind), "what follows waits for its turn"
    pages = [r.notice.facts["problem"] for r in house.context.warehouse.alerts.rows(kinds=("engineer",))]
    assert Counter(pages)["dead_letter"] == 1 and "outbox_stuck" in pages
    assert {p["problem"] for p in problems(house.context, clock.now())} >= {"dead_letter"}


def test_a_rate_is_kept_over_senders_and_a_source_that_is_down_pages_once_a_day(house: House) -> None:
    house.look("2022-07-05T09:00")
    watch_deadlines(house.context, at("2022-07-06T09:00"))

    class Slow:
        name, per_minute = "outbox", 5
        moments: list[datetime] = []

        def send(self, notice, now):
            self.moments.append(now)
            return DeliveryResult(True)

    deliver(house.context, at("2022-07-06T09:00"), patience=3600, channels={"outbox": Slow()})
    for n, moment in enumerate(Slow.moments):
        assert sum(moment - timedelta(minutes=1) < m <= moment for m in Slow.moments[: n + 1]) <= 5
    assert len(Slow.moments) >= 27
    now = at("2022-07-06T10:00")
    assert report_sources(house.context, [], ["inbox"], now) == []
    assert report_sources(house.context, [("inbox", "refused")], [], now + timedelta(minutes=30)) == []
    assert len(report_sources(house.context, [("inbox", "refused")], [], now + timedelta(hours=2))) == 1
    assert report_sources(house.context, [("inbox", "refused")], [], now + timedelta(hours=3)) == []


@pytest.mark.parametrize("vendor", ["dingtalk", "feishu"])
def test_the_vendors_own_limits_are_never_met(house: House, receivers, tmp_path, vendor: str) -> None:
    """27 messages through the outbox to a robot that blocks as the vendor does: 20 a minute, or 5 a second."""
    house.look("2022-07-05T09:00")
    now = at("2022-07-06T09:00")
    watch_deadlines(house.context, now)
    clock = Clock(now)
    with receivers.Robots(clock=lambda: clock.now()) as robots:
        specs, environment = robots.channels()
        robot = open_channels(specs, environment, tmp_path)[vendor]
        robot.name = "outbox"
        done = deliver(house.context, now, clock, patience=600, channels={"outbox": robot})
        assert done.delivered == len(robots.taken[vendor]) == len(set(robots.ids(vendor))) >= 27
        assert done.retried == 0, robots.seen
    assert clock.now() - now >= timedelta(seconds=60 if vendor == "dingtalk" else 5)


def test_a_silent_scheduler_is_found_from_outside(house: House) -> None:
    house.look("2022-07-06T09:00")
    assert problems(house.context, at("2022-07-06T09:30")) == []
    assert {p["problem"] for p in problems(house.context, at("2022-07-06T11:00"))} == {"scheduler_silent"}


def test_the_outbox_can_be_read_as_of_a_moment(house: House) -> None:
    house.look("2022-07-06T09:00")
    assert outbox_document(house.context, at("2022-07-06T08:59"))["messages"] == []
    messages = outbox_document(house.context, at("2022-07-06T09:00"), ["delivered"])["messages"]
    assert len(messages) == len([m for m in messages if m["sent_at"]]) >= 27
