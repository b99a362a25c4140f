"""Another city than the bundled one: four units, a dispatch return without January, other thresholds; its files as CSV. The rows that
are written are returned, so that a test counts them anew without the program."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from expectations.examples import CLEAN
from pipelines.flow.exchange.collect import collect
from pipelines.flow.intake.process import process
from pipelines.flow.runtime.context import Context, open_context
from pipelines.settings import REPOSITORY, Settings

UNITS = {"331002": "椒江区", "331003": "黄岩区", "331021": "玉环市", "331081": "温岭市"}
MONTHS = ("2022-12", "2023-02", "2023-03", "2023-04")
STAGES = ("admission", "land", "approval", "start", "completion", "capacity")
FORMS = ("dispatch_month", "leader_assignment", "issue_log", "service_memo", "visit_log", "helper_roster")
WEEK = "2023-W17"
POLICY = """
[library]
min_plan_wan_yuan = "80000"

[lights]
green = "0.95"
red = "0.60"

[snails]
idle_months = 2
stage_overdue_days = 45

[cadence]
leader_silent_days = 20
helper_contact_days = 15

[[lists]]
code = "big"
zh = "十亿以上"
en = "1bn"
min_plan_wan_yuan = "100000"
by_rule = true

[[lists]]
code = "named"
zh = "点名项目"
en = "named"
names = ["点名"]
"""
Row = dict[str, Any]


def make_programme(folder: Path) -> Path:
    """The folder: forms of the bundled city, everything else its own."""
    bundled = REPOSITORY / "pipelines" / "programmes" / "jiaxing"
    (folder / "forms").mkdir(parents=True)
    for form in (*FORMS, "unit_month"):
        shutil.copy(bundled / "forms" / f"{form}.toml", folder / "forms")
    (folder / "programme.toml").write_text(
        'name = "second"\nzh = "台州市投资调度"\nen = "Second city"\ncity_code = "331000"\ncity_zh = "台州市"\n'
        'city_en = "Taizhou"\ntime_zone = "Asia/Shanghai"\nsimulated = true\n',
        encoding="utf-8",
    )
    (folder / "method.toml").write_text(
        'name = "growth_rank"\nindicator = "manufacturing_investment"\nunit_scope = "管理"\nbase_source = "submission"\n'
        'signatures = ["dispatch"]\npublic_ranking = false\nshow_levels = true\n',
        encoding="utf-8",
    )
    (folder / "sources.toml").write_text('[[sources]]\nname = "in"\nkind = "folder"\nlocation = "inbox"\n', "utf-8")
    (folder / "dispatch.toml").write_text(POLICY, encoding="utf-8")
    units = [f"{code},{name},,331000,county,331000,,,true" for code, name in UNITS.items()]
    units.append("331000,台州市统计局,台州市,,bureau,,,,false")
    heads = "code,name,aliases,accepted_codes,kind,parent,valid_from,valid_to,official"
    (folder / "units.csv").write_text("\n".join((heads, *units)) + "\n", encoding="utf-8")
    lines = ["form,period,open,county_due,city_audit_due,freeze,publish,official_release"]
    for form in ("unit_month", "dispatch_month", "issue_log", "visit_log"):
        for text in ("2022-12", *(f"2023-{month:02d}" for month in range(2, 13))):
            year, month = map(int, text.split("-"))
            after = f"{year + month // 12}-{month % 12 + 1:02d}"
            lines.append(f"{form},{text},{after}-02 08:00,{after}-14 12:00,{after}-20 12:00,,,")
    (folder / "calendar.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def population(seed: int) -> dict[str, dict[str, list[Row]]]:
    """Form → period → rows. Projects begin, go on and stand still; some go over to another unit, leave or come."""
    draw = Random(seed)
    told: dict[str, dict[str, list[Row]]] = {form: {} for form in FORMS}
    for number in range(60):
        project = _project(draw, number)
        came, left = draw.choice([0, 0, 0, 1, 2]), draw.choice([4, 4, 4, 4, 3])
        moves = number % 10 == 0
        for place, month in enumerate(MONTHS):
            if came <= place < left:
                row = _month(draw, project, month)
                if moves and place >= 2:
                    row["reported_unit_code"] = list(UNITS)[(list(UNITS).index(project["unit"]) + 1) % 4]
                told["dispatch_month"].setdefault(month, []).append(row)
    codes = sorted({r["project_code"] for rows in told["dispatch_month"].values() for r in rows})
    of_code = {r["project_code"]: r["reported_unit_code"] for r in told["dispatch_month"][MONTHS[-1]]}
    for number, code in enumerate(codes[:45]):
        if code in of_code:
            own = {"reported_unit_code": of_code[code], "project_code": code, "leader_code": f"L-{number % 7:02d}"}
            own |= {"leader_name": f"领导{number % 7}", "team_code": f"T-{number % 9:02d}{of_code[code][-2:]}"}
            row = {
                **CLEAN["leader_assignment"],
                **own,
                "team_name": f"专班{number % 9}",
                "valid_from": date(2023, 3, 1),
            }
            told["leader_assignment"].setdefault("2023-04-10", []).append(row)
    for number in range(40):
        told["issue_log"].setdefault("2023-04", []).append(_issue(draw, number, draw.choice(sorted(of_code)), of_code))
    for team, unit in sorted(
        {(r["team_code"], r["reported_unit_code"]) for r in told["leader_assignment"]["2023-04-10"]}
    ):
        if draw.random() < 0.8:
            told["service_memo"].setdefault(WEEK, []).append(_memo(draw, team, unit))
    for number in range(25):
        unit = list(UNITS)[number % 4]
        level = draw.choice(["city", "county", "township"])
        row = {**CLEAN["helper_roster"], "reported_unit_code": unit, "helper_code": f"F-{number:03d}"}
        row |= {"helper_name": f"服务员{number}", "helper_level": level, "valid_from": date(2023, 1, 1)}
        told["helper_roster"].setdefault("2023-04-10", []).append(row)
        if draw.random() < 0.7:
            on = {"visit_no": f"Z-{number:03d}", "visited_on": date(2023, 4, draw.randint(1, 28))}
            seen = {**CLEAN["visit_log"], **on, "reported_unit_code": unit, "helper_code": f"F-{number:03d}"}
            told["visit_log"].setdefault("2023-04", []).append(seen)
    return told


def _project(draw: Random, number: int) -> Row:
    begin = draw.randint(0, 11)
    plans = [f"2022-{begin + 1:02d}"]
    for _ in STAGES[1:]:
        year, month = map(int, plans[-1].split("-"))
        month += draw.randint(0, 4)
        plans.append(f"{year + (month - 1) // 12}-{(month - 1) % 12 + 1:02d}")
    return {
        "unit": draw.choice(list(UNITS)),
        "code": f"2201-331000-04-01-{100000 + number}",
        "plan_total": draw.choice([9_000, 40_000, 79_999, 80_000, 90_000, 100_000, 150_000, 400_000]),
        "plans": plans,
        "lag": [draw.choice([0, 0, 0, 1, 2, 5, 99]) for _ in STAGES],
        "listed": draw.choice(["点名", "", ""]),
        "speed": draw.choice([0.0, 0.5, 0.8, 0.97, 1.0, 1.2]),
    }


def end_of(month: str) -> date:
    """The last day of a month."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def apart(earlier: str, later: str) -> int:
    """Months from one to the other."""
    return _index(later) - _index(earlier)


def _index(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def _month(draw: Random, project: Row, month: str) -> Row:
    now = _index(month)
    planned = 500 * int(month[5:7])
    row: Row = {
        "reported_unit_code": project["unit"],
        "project_code": project["code"],
        "project_name": f"项目{project['code'][-3:]}",
        "plan_total": project["plan_total"],
        "annual_plan": 6_000,
        "planned_ytd": planned if draw.random() < 0.9 else planned // 2,
        "actual_ytd": int(planned * project["speed"]),
        "lists": project["listed"],
        "issues_due": 2,
        "issues_closed": draw.randint(0, 2),
    }
    last = -1
    for stage, plan, lag in zip(STAGES, project["plans"], project["lag"], strict=True):
        row[f"{stage}_plan"] = plan
        reached = max(_index(plan) + lag, last)
        last = reached
        if reached <= now:
            row[f"{stage}_actual"] = f"{reached // 12}-{reached % 12 + 1:02d}"
    if draw.random() < 0.5 and row.get("start_actual"):
        row["stat_entry_ym"] = row["start_actual"]
    return row


def _issue(draw: Random, number: int, code: str, units: Mapping[str, str]) -> Row:
    raised = date(2023, 4, draw.randint(1, 20))
    row = {"reported_unit_code": units[code], "issue_no": f"W-{number:03d}", "project_code": code}
    row |= {"issue_class": draw.choice(["land", "energy"]), "issue_scale": "minor", "issue_text": "事项"}
    row |= {"owner_kind": "unit", "raised_on": raised, "due_on": raised + timedelta(days=draw.randint(1, 12))}
    if draw.random() < 0.6:
        row |= {key: raised + timedelta(days=n) for n, key in enumerate(("accepted_on", "handled_on", "closed_on"), 1)}
        row |= {"assessed_on": raised + timedelta(days=4), "assessment": "satisfied"}
    return row


def _memo(draw: Random, team: str, unit: str) -> Row:
    row = {**CLEAN["service_memo"], "reported_unit_code": unit, "team_code": team, "team_name": team}
    for day, part in enumerate(("meeting", "site", "review", "memo")):
        row[f"{part}_on"] = date(2023, 4, 24 + day)
        if part in ("site", "review") and draw.random() < 0.3:
            row[f"{part}_on"], row[f"{part}_note"] = None, None
    return row


def send(context: Context, folder: Path, told: Mapping[str, Mapping[str, Sequence[Row]]]) -> None:
    """One file a unit, form and period, as it would have arrived; the memos of 温岭市 a day late."""
    folder.mkdir()
    for form, periods in told.items():
        layout, codes = context.programme.forms[form], context.programme.codes.lists
        for period, rows in periods.items():
            for unit, name in {**UNITS, "331000": "台州市统计局"}.items():
                own = [row for row in rows if row["reported_unit_code"] == unit]
                if own:
                    _write(folder / f"{form}-{unit}-{period}.csv", layout, codes, name, period, own)
    collect(context, datetime(2023, 5, 15, tzinfo=UTC), folder)
    process(context, datetime(2023, 5, 15, tzinfo=UTC))


def _write(path: Path, layout: Any, codes: Any, name: str, period: str, rows: Sequence[Row]) -> None:
    used = {field for row in rows for field, value in row.items() if value not in (None, "")}
    fields = [c for c in layout.columns if c.field in used or c.required]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"{name}{layout.zh}"])
        writer.writerow([f"报告期:{period}", "", "单位:万元"])
        writer.writerow([c.aliases[0] for c in fields])
        for row in rows:
            cells = [codes.get(c.field, {}).get(str(row.get(c.field)), row.get(c.field)) for c in fields]
            writer.writerow(["" if cell is None else cell for cell in cells])
    late = name == "温岭市"
    arrived = datetime(2023, 5, 2 if late else 1, 0, tzinfo=UTC)
    if "-" in period and "W" not in period and len(period) == 7:
        year, month = map(int, period.split("-"))
        arrived = datetime(year + month // 12, month % 12 + 1, 10, tzinfo=UTC)
    elif len(period) == 10:
        arrived = datetime.fromisoformat(f"{period}T03:00+00:00")
    os.utime(path, (arrived.timestamp(), arrived.timestamp()))


def opened(root: Path) -> Context:
    """A home of this city."""
    return open_context(Settings(home=root / "home", workers=1), str(make_programme(root / "programme")))
