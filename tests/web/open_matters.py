"""A small programme in which something is open for every form of the pages, made by the same forms: a month that nobody
sent, one that may be published, one that waits for its signature, one with something to overrule, and one that is being collected."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.flow.portal.accounts import add_account
from pipelines.flow.runtime.context import open_context
from pipelines.model.accounts import ROLES
from pipelines.settings import REPOSITORY, Settings
from pipelines.web.portal_state import PortalState

from .random_requests import Office
from .request_schema import Page

CALLED, SIGNED, UNSIGNED, BLOCKED, COLLECTED = "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"
UNITS = {"unit": "980101", "other": "990101", "third": "990102"}
"""User name → code of the unit."""
SECOND = "bureau2"
"""Who of the bureau has decided before random requests of `bureau` do."""
PASSWORD = "correct horse battery"
START = datetime(2026, 6, 29, 1, tzinfo=UTC)
_CALENDAR = """form,period,open,county_due,city_audit_due,freeze
unit_month,2026-02,2026-06-01 09:00,2026-06-17 18:00,2026-07-09 18:00,2026-07-14 18:00
unit_month,2026-03,2026-06-02 09:00,2026-06-18 18:00,2026-07-10 18:00,2026-07-15 18:00
unit_month,2026-04,2026-06-03 09:00,2026-06-22 18:00,2026-07-11 18:00,2026-07-16 18:00
unit_month,2026-05,2026-06-04 09:00,2026-06-23 18:00,2026-07-12 18:00,2026-07-17 18:00
unit_month,2026-06,2026-06-05 09:00,2026-06-30 18:00,2026-07-13 18:00,2026-07-18 18:00
"""
"""All of them can be sent at START, and closed but for the last; nobody sends the first."""
_CHANNELS = """alerts_from = "2025-07"
default = "mail"
max_attempts = 1

[[channels]]
name = "mail"
kind = "smtp"
host = "127.0.0.1"
port = 9
from_address = "saima@example.invalid"
"""
"""Nothing listens at that port: every message is a dead letter at once."""
_CONTACTS = """unit_code,form,audience,role,channel,address
*,*,county,统计报送岗,,county@example.invalid
*,*,bureau,市统计局,,bureau@example.invalid
"""


def programme_of_open_matters(folder: Path) -> str:
    """The quarters by months, with contacts, a channel that reaches nobody, and a form that the rules for totals of a unit know."""
    made = folder / "quarters"
    shutil.copytree(REPOSITORY / "tests" / "programmes" / "quarters", made)
    for name, text in (("calendar.csv", _CALENDAR), ("channels.toml", _CHANNELS), ("contacts.csv", _CONTACTS)):
        (made / name).write_text(text, encoding="utf-8")
    forms = made / "forms"
    form = (forms / "unit_quarter.toml").read_text(encoding="utf-8")
    form = (
        form.replace('name = "unit_quarter"', 'name = "unit_month"')
        .replace('sign = "any"\n', "")
        .replace('period_kind = "quarter"\n', "")
    )
    (forms / "unit_quarter.toml").unlink()
    (forms / "unit_month.toml").write_text(form, encoding="utf-8")
    return str(made)


def office_of_open_matters(folder: Path) -> Office:
    """The pages of that programme with an account for every role, two more units and a second person of the bureau; nothing is sent."""
    programme, settings, clock = programme_of_open_matters(folder), Settings(home=folder / "home"), [START]

    def tick() -> datetime:
        clock[0] += timedelta(milliseconds=20)
        return clock[0]

    context = open_context(settings, programme)
    for name in (*ROLES, "other", "third", SECOND):
        role = "unit" if name in UNITS else name.rstrip("2")
        add_account(
            context, name, f"{name} 某", role, UNITS.get(name), "all", "setup", START, PASSWORD, must_change=False
        )
    context.warehouse.close()
    names = {name: name for name in (*ROLES, "other", "third", SECOND)}
    return Office(PortalState(settings, tick, programme), names, PASSWORD)


class OpenMatters:
    """`open_again` makes something open for every form, however much of it random requests have settled."""

    PERIOD = COLLECTED

    def __init__(self, office: Office) -> None:
        self.office = office
        self._times = 0

    def open_again(self) -> None:
        """New figures of all, a draft that is signed, one with something to overrule and one that waits for its signature; in the month
        that is being collected queries, an explanation that waits for the bureau, and a waiver that waits for its second signature."""
        self._times += 1
        for who in UNITS:
            for period in (SIGNED, UNSIGNED, BLOCKED, COLLECTED):
                self.office.upload(who, f"{period}.csv", self._return(who, period))
        for period in (SIGNED, UNSIGNED, BLOCKED):
            self._fill(SECOND, f"/ranking?period={period}", "/close")
        for period in (SIGNED, UNSIGNED):  # where an earlier round published them, corrections wait for somebody's word
            self._overrule(period)
        self._fill(SECOND, f"/ranking?period={SIGNED}", "/sign", decision="approved")
        self._fill(
            "other", self.version("other"), "/explain", reason="其他", text=f"第{self._times}次与企业核对，上半年退税"
        )
        page = f"/desk{self.version('third').removeprefix('/unit')}"
        self._fill(SECOND, page, "/waive", rule="C01", row="4", reason="与企业口头核对过")

    def version(self, who: str) -> str:
        """The address of the newest return of a unit of the month that is being collected."""
        rows = self.office.state.context.warehouse.submissions(COLLECTED)
        newest = next(r for r in rows if r.unit_code == UNITS[who] and r.latest)
        return f"/unit/submissions/{newest.submission_id}"

    def _return(self, who: str, period: str) -> bytes:
        """Cumulative figures that grow from month to month, but for one that falls; in the last one two fall and one is a word."""
        month, place = int(period[5:]), [*UNITS].index(who)
        amount = str(1000 * month + 100 * place + self._times)
        if period == BLOCKED and who == "third":
            amount = str(3000 + self._times)
        if period == COLLECTED:
            amount = f"一千零{self._times}左右" if who == "third" else str(700 + 10 * place + self._times)
        head = f"2026年{month}月利润月报\n单位:万元\n区划代码,指标名称,本年累计,上年同期\n"
        return f"{head}{UNITS[who]},利润总额,{amount},{1000 * month}\n".encode()

    def _overrule(self, period: str) -> None:
        page = f"/ranking?period={period}"
        session, _ = self.office.visitor(SECOND)
        text = session.get(self.office.address + page).text
        blocks = re.findall(r'name="block" value="([^"]+)"', text)
        if blocks:
            self._fill(SECOND, page, "/overrule", block=blocks, reason="与企业和区县逐项核对，按现数发布")

    def form(self, who: str, page: str, ending: str) -> tuple[str, dict[str, object]]:
        """(address, hidden fields) of the form of a page whose address ends so."""
        session, _ = self.office.visitor(who)
        forms = Page(session.get(self.office.address + page).text).forms
        action, fields = next((action, fields) for _, action, fields in forms if action.endswith(ending))
        return action, {name: one["values"][0] for name, one in fields.items() if one.get("type") == "hidden"}

    def _fill(self, who: str, page: str, ending: str, **chosen: object) -> None:
        action, hidden = self.form(who, page, ending)
        session, _ = self.office.visitor(who)
        answer = session.post(self.office.address + action, hidden | chosen, allow_redirects=False)
        assert answer.status_code == 303, (who, page, ending, answer.text)
