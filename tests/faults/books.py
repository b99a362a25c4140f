"""A small home with everything in it that people decide, and what an insider with its files can do to it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from pipelines.alerts.channels.local import FileChannel
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.portal.accounts import add_account
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.deliver import deliver_month
from pipelines.model.dispatch_decisions import DispatchDecision
from pipelines.model.findings import Finding, RuleRun
from pipelines.model.loading import DraftEdition, MonthClose
from pipelines.model.notifications import Call, Ending, Hold, MessageText, Notification, SeenDeadline
from pipelines.model.periods import Period
from pipelines.model.rulings import Explanation, Return, RuledCell, Waiver
from pipelines.publish.document import document_hash
from pipelines.settings import Settings
from pipelines.warehouse.db.audit_log import GENESIS, link_hash
from pipelines.warehouse.notifications.notification_store import Decided

NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)
PERIOD = "2022-02"
CSV = """2022年2月制造业投资完成情况(单位:万元)
指标名称,统计口径,本年累计,上年同期
制造业投资,管理,{amount},1100
"""


def opened(home: Path) -> Context:
    return open_context(Settings(home=home), "jiaxing")


def send(context: Context, number: int, unit: str, amount: str) -> None:
    file = context.settings.inbox / f"{unit}-{number}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CSV.format(amount=amount), encoding="utf-8")
    manifest = {"unit": unit, "period": PERIOD, "form": "unit_month"}
    file.with_name(file.name + ".manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    os.utime(file, (NOW.timestamp() - 9000 + number * 60,) * 2)


def build(home: Path) -> None:
    """The home with a month in it: loaded, returned, ruled on, reminded of, closed, signed, published, delivered."""
    context = opened(home)
    warehouse = context.warehouse
    for number, (unit, amount) in enumerate((("330481", "1234.5"), ("330482", "900"), ("330481", "1300.25"))):
        send(context, number, unit, amount)
        collect(context, NOW)
        process(context, NOW)
    at = NOW + timedelta(hours=1)
    first = warehouse.submissions(PERIOD)[0]
    cell = RuledCell("330482", "unit_month", "F17", "", "ytd", "900")
    warehouse.rulings.put_waiver(Waiver(cell, PERIOD, "2022-06", "批文", first.submission_id, "甲", at))
    warehouse.rulings.put_waiver(Waiver(cell, PERIOD, "2022-06", "批文", first.submission_id, "乙", at))
    told = Explanation(cell, PERIOD, PERIOD, "其他", "设备到厂", "desk", first.submission_id, "县", at)
    warehouse.rulings.put_explanations([told])
    warehouse.rulings.decide([told.explanation_id], "accepted", "甲", at)
    warehouse.rulings.add_return(Return(first.submission_id, "缺文号", at, "甲", at))
    process(context, at)
    notice = Notification(
        **{"key": "k1", "kind": "reminder", "channel": "outbox", "address": "a@example.invalid", "audience": "county"},
        **{"text": MessageText("题", "请于今日报送"), "created_at": at, "not_before": at, "unit_code": "330483"},
        **{"period": PERIOD, "form": "unit_month", "rung": "T-1"},
    )
    deadline = SeenDeadline("unit_month", PERIOD, 1, at, None, None, at)
    warehouse.alerts.decide(Decided(notices=[notice], deadlines=[deadline]), at)
    warehouse.alerts.decide(Decided(notices=[replace(notice, key="k2")]), at)  # as most looks: no deadline is new
    warehouse.alerts.hold(Hold("ack", "330483", PERIOD, "unit_month", "T", "知道", None, "甲", at), {}, {})
    warehouse.alerts.log_call(Call("330483", PERIOD, "unit_month", at, "甲", "乙", "明日报", at))
    found = Finding("F10", 3, "query", "增速异常", "unusual growth")
    runs = [RuleRun("F10", "evaluated", 2, 1)]
    warehouse.closings.close(MonthClose(PERIOD, "in1", at, "冻结", ("330483",), tuple(runs)), [("330481", found)])
    decided = DispatchDecision("exemption", "P1", "经信局", at, at.date(), reason="停工")
    warehouse.decisions.record(lambda known: [decided])
    warehouse.dispatch_rows.replace(PERIOD, at, {"library": [{"project": "P1", "stage": "开工"}]}, "0.1.0")
    add_account(context, "clerk", "县报表员", "unit", "330481", "all", "setup", at, "correct horse battery", False)
    leased = warehouse.alerts.lease(at + timedelta(minutes=1), timedelta(minutes=5), "host:1:me", 1, ())
    tried = [one.notice.message_id for one in leased]
    warehouse.alerts.start(tried, "host:1:me", at + timedelta(minutes=1), timedelta(minutes=5))
    file = FileChannel("outbox", context.settings.home / "alerts" / "outbox.jsonl")
    said = file.send_many([one.notice for one in leased], at + timedelta(minutes=1))
    warehouse.alerts.end([Ending(i, 1, said[0], at + timedelta(minutes=2)) for i in tried])
    publish(context, at)
    deliver_month(context, Period.parse(PERIOD), NOW + timedelta(hours=3), "王")
    warehouse.close()


def publish(context: Context, at: datetime) -> None:
    """An edition with its folder, signed and published as the program does it."""
    warehouse = context.warehouse
    unit = {"unit": "330481", "name": "海宁市", "rank": 1, "score": "88.1", "ytd": "1300.25", "base": "1100"}
    unit |= {"growth": 0.18, "growth_official": None, "indicators": {}}
    document = {"period": PERIOD, "measure": "wan_yuan", "compared_with": None, "units": [unit]}
    content = document_hash(document)
    name = f"{PERIOD}-e1"
    draft = str(context.settings.editions / PERIOD / name / "draft" / "index.html")
    warehouse.editions.save_draft(
        DraftEdition(name, PERIOD, "in1", content, "S", {**document, "content_hash": content}, draft, at)
    )
    warehouse.editions.sign(name, "statistics", "王", content, "approved", at, demonstration=True)
    newest = warehouse.audit_entries(limit=1)[-1]
    folder = context.settings.editions / PERIOD / name / "published"
    folder.mkdir(parents=True)
    (folder / "ranking.csv").write_text("x")
    manifest = {
        "content_hash": content,
        "audit_log": {"seq": newest.seq, "hash": newest.hash},
        "files": {"ranking.csv": {"sha256": sha256(b"x").hexdigest(), "bytes": 1}},
    }
    text = json.dumps(manifest)
    (folder / "manifest.json").write_text(text)
    digest = sha256(text.encode()).hexdigest()
    warehouse.editions.publish(name, content, at + timedelta(hours=1), str(folder / "index.html"), digest)


def failing(home: Path, anchors: tuple[Path, ...] = (), programme: str = "jiaxing") -> dict[str, str]:
    context = open_context(Settings(home=home), programme)
    try:
        checks = audit(context, NOW + timedelta(hours=5), anchors=anchors)["checks"]
    finally:
        context.warehouse.close()
    return {c["id"]: c["detail"] for c in checks if c["failed"]}


def tamper(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "warehouse.db")) as connection, connection:
        triggers = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        changed = sum(connection.execute(statement).rowcount for statement in statements)
        for (statement,) in triggers:
            connection.execute(statement)
    assert changed > 0, "the tampering changed nothing"


def forge_chain(home: Path, change: Callable[[dict], None]) -> None:
    """Every entry changed as wanted and the whole chain of hashes computed anew, as an insider with the program at hand can."""
    with closing(sqlite3.connect(home / "warehouse.db")) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.row_factory = sqlite3.Row
        previous = GENESIS
        for row in connection.execute("SELECT * FROM audit_log ORDER BY seq").fetchall():
            entry = {**dict(row), "detail": json.loads(row["detail"])}
            change(entry)
            at = datetime.fromisoformat(entry["at"])
            link = link_hash(
                entry["seq"], at, entry["actor"], entry["action"], entry["subject"], entry["detail"], previous
            )
            text = json.dumps(entry["detail"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            values = (
                entry["at"],
                entry["actor"],
                entry["action"],
                entry["subject"],
                text,
                previous,
                link,
                entry["seq"],
            )
            columns = ("at", "actor", "action", "subject", "detail", "previous_hash", "hash")
            statement = f"UPDATE audit_log SET {', '.join(f'{name} = ?' for name in columns)} WHERE seq = ?"
            connection.execute(statement, values)
            previous = link
        for _, trigger in triggers:
            connection.execute(trigger)
