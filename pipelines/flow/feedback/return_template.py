"""`saima template`: the workbook of a form for one unit and period, with what the home knows of the unit's last month."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from ...errors import Terminal
from ...model.fields import FIELDS
from ...model.periods import Period
from ...model.programme import Programme
from ...model.scopes import SCOPE_ZH
from ...model.units import Unit
from ...returns.template import LastMonth, template
from ..records.find_unit import unit_of
from ..records.history_rows import history_rows
from ..runtime.context import Context

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Date of workbooks that belong to no moment."""

_GONE_STATUS = "全部投产"
_LEFT = ("退库", "辖区移交")


def make_template(context: Context, form: str, unit: str, period: Period, with_history: bool) -> bytes:
    """The bytes of the workbook. Terminal where the programme has no such form, unit or period."""
    programme = context.programme
    layout = programme.forms.get(form)
    if layout is None:
        raise Terminal(f"没有这张报表：{form}", f"no such form: {form}", f"可用 / known: {', '.join(programme.forms)}")
    found = unit_of(programme, unit)
    known = programme.calendar.periods(form)
    if known and period not in known:
        raise Terminal(
            f"{period} 不在{layout.zh}的报送日历中",
            f"{period} is not in the calendar of {layout.en}",
            f"可用 / known: {known[0]} … {known[-1]}",
        )
    if not layout.may_send(found):
        raise Terminal(f"{layout.zh}不由{found.name}报送", f"{layout.en}: not sent by {found.name_en}")
    last = last_month(context, form, found, period) if with_history else None
    row = programme.calendar.row(form, period)
    made = row.open if row else datetime(period.year, period.month, 1, tzinfo=UTC)
    return template(layout, found, period, programme, made, last)


def last_month(context: Context, form: str, unit: Unit, period: Period) -> LastMonth | None:
    """The unit's last accepted month before `period`: identities, and the cumulative where it is of the same year."""
    history = context.warehouse.histories(form, str(period), [unit.code])[unit.code]
    if history.previous is None or history.previous_period is None:
        return None
    rows = history_rows(context, form, [history.previous])
    same_year = Period.parse(history.previous_period).year == period.year
    layout, names = context.programme.forms[form], _names(context.programme, form)
    kept: list[tuple[dict[str, str], Decimal | None]] = []
    for row in rows.to_pylist():
        if row.get("correction_code") in _LEFT or (not same_year and _finished(context.programme, row.get("status"))):
            continue
        values = {
            field: names.get(field, {}).get(str(row[field]), str(row[field]))
            for field in layout.identity
            if field in row and row[field] is not None
        }
        kept.append((values, row[layout.amount] if same_year and layout.amount else None))
    return LastMonth(history.previous_period, kept)


def _finished(programme: Programme, status: str | None) -> bool:
    return programme.codes.lists.get("status", {}).get(status or "", status) == _GONE_STATUS


def _names(programme: Programme, form: str) -> dict[str, dict[str, str]]:
    """field → stored code → what people write: the drop-downs hold names."""
    layout = programme.forms[form]
    names = {field: dict(codes) for field, codes in programme.codes.lists.items() if field in FIELDS}
    names["indicator"] = {i.code: i.names[0] for i in layout.indicators if i.names}
    names["scope"] = dict(SCOPE_ZH)
    return names
