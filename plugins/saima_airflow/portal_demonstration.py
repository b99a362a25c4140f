"""The portal and the desk of `make up`: a copy of the home that `make run` filled, in the middle of the month after its last one. Most
units have sent, two have not, nothing is closed; the clock of the pages stands there and runs on. Airflow goes on in its own home."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.flow.runtime.context import Context
    from pipelines.model.periods import Period

FOLDER = "portal"
NOTES = "demonstration.json"
NOT_SENT = ("330481", "330482")
"""Units whose files are left out: their clerks may send them (from `to-send/` of the home)."""
ACCOUNTS = (
    ("haining", "海宁统计员", "unit", "330481"),
    ("pinghu", "平湖统计员", "unit", "330482"),
    ("nanhu", "南湖统计员", "unit", "330402"),
    ("bureau", "市统计局甲", "bureau", None),
    ("bureau2", "市统计局乙", "bureau", None),
    ("dispatch", "市经信局", "dispatch", None),
    ("leader", "市委督查室", "leader", None),
    ("eng", "数据工程师", "engineer", None),
    ("public", "公众", "viewer", None),
)
_LEFT_BEHIND = ("airflow", "sample", "inbox", FOLDER, "stage", "before-rebuild-*", "*.lock", "*.lock.schema")


@dataclass(frozen=True)
class PortalDemonstration:
    """Where it is, from when its clock runs, and the one password of its accounts."""

    home: Path
    now: datetime
    password: str
    accounts: tuple[tuple[str, str, str, str | None], ...] = ACCOUNTS


def prepare_portal(home: Path) -> PortalDemonstration | None:
    """Makes it where it is not there yet (half a minute); None for a home in which no month was published."""
    from pipelines.flow.runtime.context import HOME_FILE, open_context
    from pipelines.settings import Settings

    beside = home / FOLDER
    notes = beside / NOTES
    if notes.is_file():
        kept = json.loads(notes.read_text(encoding="utf-8"))
        return PortalDemonstration(beside, datetime.fromisoformat(kept["now"]), kept["password"])
    if not (home / HOME_FILE).is_file():
        return None
    published = [e.period for e in open_context(Settings(home=home)).warehouse.editions.all() if e.state == "published"]
    if not published:
        return None
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(home, beside, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
    context = open_context(Settings(home=beside))
    form = context.programme.lead_form
    following = [p for p in context.programme.calendar.periods(form) if str(p) > max(published)]
    row = context.programme.calendar.row(form, following[0]) if following else None
    if row is None:
        return None
    made = PortalDemonstration(beside, row.county_due + timedelta(hours=16), f"saima-{secrets.token_urlsafe(6)}")
    _fill(context, following[0], made)
    notes.touch(mode=0o600)
    notes.write_text(json.dumps({"now": made.now.isoformat(), "password": made.password}), encoding="utf-8")
    return made


def sign_airflow_users_up(home: Path) -> None:
    """Accounts in Airflow's own home for those of its users who decide something: the pages inside Airflow know them by name."""
    from pipelines.flow.portal.accounts import add_account
    from pipelines.flow.runtime.context import open_context
    from pipelines.settings import Settings

    context = open_context(Settings(home=home))
    known = {one.username for one in context.warehouse.accounts.all()}
    for username, name, role in (("bureau", "市统计局", "bureau"), ("dispatch", "市经信局", "dispatch")):
        if username not in known:
            add_account(context, username, name, role, None, "all", "demonstration", datetime.now(UTC))
    context.warehouse.close()


def _fill(context: Context, period: Period, made: PortalDemonstration) -> None:
    """The month's files but for two units', through the usual steps; and the accounts."""
    from pipelines.flow.exchange.collect import collect
    from pipelines.flow.feedback.write_feedback import write_due_feedback
    from pipelines.flow.intake.process import process
    from pipelines.flow.notify.send import run_alerts
    from pipelines.flow.portal.accounts import add_account, reset_password
    from pipelines.sample.generate import generate

    simulated, to_send = made.home / "sample", made.home / "to-send"
    generate(context.programme, simulated, [str(period)])
    names = [context.programme.roster.get(code) for code in NOT_SENT]
    withheld = tuple(unit.name[:2] for unit in names if unit is not None)
    for file in sorted((simulated / str(period)).iterdir()):
        if file.is_file():
            target = to_send if file.name.startswith(withheld) else context.settings.inbox / str(period)
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target / file.name)
    collect(context, made.now)
    process(context, made.now)
    write_due_feedback(context)
    run_alerts(context, made.now, scheduled=False)
    copied = {one.username for one in context.warehouse.accounts.all()}
    for username, name, role, unit in made.accounts:
        if username in copied:
            reset_password(context, username, "demonstration", made.now, made.password)
        else:
            add_account(context, username, name, role, unit, "all", "demonstration", made.now, made.password, False)
    context.warehouse.close()
