"""A whole month of a small programme, step by step, as a process that may be killed at any moment does it: collect, process, a second
collection with a correction, process, close, rank, sign, publish, alerts."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path

from pipelines.errors import Refused, Transient
from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.month.close import close
from pipelines.flow.month.draft import draft
from pipelines.flow.month.release import outstanding, publish, sign
from pipelines.flow.notify.send import run_alerts
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.settings import Settings
from tests.integration import other_programmes

JUNE = Period(2024, 6)
ARRIVED, NOW = other_programmes.ARRIVED, other_programmes.NOW
UNITS = {"330100": "杭州市", "330200": "宁波市", "330300": "温州市", "330400": "嘉兴市"}
"""The last one sends nothing: it is reminded of."""
SENT = {"330100": "5.1", "330200": "6.4", "330300": "5.5"}
CORRECTED = {"330200": "7.4", "330300": "不详"}
"""Arrives later; one of the two is rejected, so that its first version goes on counting."""
PROGRAMME = {
    "programme.toml": other_programmes.PROGRAMME.format(
        name="growths",
        zh="全省工业",
        en="Industry",
        city_zh="浙江省",
        city_en="Zhejiang",
        more='whole_zh = "全省"\nwhole_en = "the province"\n',
    ),
    "method.toml": other_programmes.METHOD.format(
        indicator="value_added", levels="true", more='rank_by = "official_growth"\n'
    ),
    "sources.toml": other_programmes.SOURCES,
    "calendar.csv": "form,period,open,county_due\nunit_month,2024-06,2024-07-01 09:00,2024-07-12 18:00\n",
    "units.csv": "\n".join(["code,name,kind", *(f"{code},{name},county" for code, name in UNITS.items()), ""]),
    "channels.toml": 'alerts_from = "2024-06"\ndefault = "outbox"\n\n[[channels]]\nname = "outbox"\nkind = "file"\n'
    'path = "alerts/outbox.jsonl"\n',
    "contacts.csv": "unit_code,form,audience,role,channel,address\n"
    + "".join(f"{code},unit_month,county,统计报送岗,,tj-{code}@example.invalid\n" for code in UNITS)
    + "*,*,bureau,市局,,bureau@example.invalid\n",
    "forms/unit_month.toml": other_programmes.GROWTH_FORM,
}


def write_programme(folder: Path) -> Path:
    return other_programmes.write(folder, PROGRAMME)


def write_files(folder: Path, growths: dict[str, str], arrived: datetime) -> None:
    """A file a unit, named alike in both collections."""
    folder.mkdir(parents=True, exist_ok=True)
    for code, growth in growths.items():
        name = UNITS[code]
        lines = [f"{name}2024年1-6月规上工业增加值", "地区,指标,同比增长(%)", f"{name},规上工业增加值,{growth}", ""]
        half = folder.parent / f".{os.getpid()}.{code}.partial"  # whoever puts it there may be killed as well
        half.write_text("\n".join(lines), encoding="utf-8")
        os.utime(half, (arrived.timestamp(),) * 2)
        half.replace(folder / f"{name}-{arrived:%d%H}.csv")


def opened(home: Path, server: str) -> Context:
    """The home; `server`: URL of the PostgreSQL database that holds its ledger and its catalog."""
    settings = Settings(home=home, database_url=server, catalog_url=server, workers=1)
    return open_context(settings, None if (home / "home.json").exists() else str(home.parent / "programme"))


def collect_first(context: Context) -> None:
    collect(context, NOW)


def read_and_load(context: Context) -> None:
    process(context, NOW)


def collect_corrections(context: Context) -> None:
    write_files(context.settings.inbox, CORRECTED, ARRIVED + timedelta(hours=3))
    collect(context, NOW)


def answer(context: Context) -> None:
    write_due_feedback(context)


def close_month(context: Context) -> None:
    assert close(context, JUNE, NOW).closed


def rank(context: Context) -> None:
    draft(context, JUNE, NOW)


def sign_off(context: Context) -> None:
    for role in outstanding(context, context.warehouse.editions.all(str(JUNE))[-1]):
        sign(context, JUNE, role, "王", NOW, demonstration=True)


def release(context: Context) -> None:
    publish(context, JUNE, NOW)


def alert(context: Context) -> None:
    run_alerts(context, NOW, scheduled=False)


STEPS: dict[str, Callable[[Context], None]] = {
    "collect": collect_first,
    "process": read_and_load,
    "collect-corrections": collect_corrections,
    "process-corrections": read_and_load,
    "feedback": answer,
    "close": close_month,
    "rank": rank,
    "sign-off": sign_off,
    "publish": release,
    "alerts": alert,
}
"""What a person or the DAGs do in a month, in this order."""


def run(home: Path, server: str, told: Connection) -> None:
    """All of it in a process of its own; says at which step it is, as somebody looking over its shoulder would see."""
    context = opened(home, server)
    for _ in steps(context, lambda name: told.send(name)):
        pass
    told.send("")
    os._exit(0)  # the pool of readers would keep a forked process from ending


def steps(context: Context, begins: Callable[[str], None]) -> Iterator[str]:
    """Every step to its end. Of racers one is first; the others are told so (Refused, Transient) and go on with the next step."""
    for name, step in STEPS.items():
        begins(name)
        try:
            step(context)
        except (Refused, Transient) as overtaken:
            print(f"{name}: {overtaken}", flush=True)
        yield name


_LOAD = re.compile(r"(?<=\|)l\d+")
"""The load in the key of a receipt: which of the racers' it was is luck."""


def picture(context: Context) -> dict[str, object]:
    """Everything a reader can see, but for the order in which racers were loaded."""
    warehouse, home = context.warehouse, context.settings.home
    rows = warehouse.submissions()
    ids = [r.submission_id for r in rows]
    tables = {}
    for table in ("fact_unit_month", "quarantined_rows", "raw_rows", "findings"):
        found = warehouse.rows_of(table, ids) if table != "findings" else warehouse.findings(ids)
        tables[table] = sorted(map(repr, found.drop_columns(["load_id"]).to_pylist()))
    editions = warehouse.editions.all()
    published = {
        str(p.relative_to(home)): p.read_bytes()
        for p in sorted((home / "editions").rglob("published/*"))
        if p.suffix in (".csv", ".txt")
    }
    sent = Counter(line for p in (home / "alerts").glob("*") for line in p.read_text("utf-8").splitlines())
    return {
        "versions": sorted((r.submission_id, r.version, r.state, r.current, r.verdict_id) for r in rows),
        "lake": tables,
        "receipts": sorted((r.receipt.name, r.state) for r in warehouse.receipts()),
        "editions": [(e.edition_id, e.state, e.content_hash) for e in editions],
        "signatures": [(s.role, s.name) for e in editions for s in warehouse.editions.signatures(e.edition_id)],
        "published": published,
        "inputs": warehouse.inputs_hash(str(JUNE)),
        "notifications": sorted((_LOAD.sub("", r.notice.key), r.state) for r in warehouse.alerts.rows()),
        "sent twice": [line for line, count in sent.items() if count > 1],
        "sent": sum(sent.values()),
        "answers": sorted(
            f"{p.relative_to(home)} {sha256(p.read_bytes()).hexdigest()[:12]}"
            for p in (home / "out").rglob("*")
            if p.is_file()
        ),
        "due": warehouse.follow_ups.open_items(),
    }
