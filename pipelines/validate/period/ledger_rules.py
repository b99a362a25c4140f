"""Rules that look at versions and their arrival when the month closes: A10 (nothing changed), F15 (late), F18 (raised after the
due hour)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from expectations.rule import Rule

from ...model.loading import SubmissionRow
from ...model.periods import Period
from ...model.programme import Programme
from ...model.scopes import scope_key, scope_zh
from ...model.submissions import ACCEPTED
from ..finding_texts import FindingLocation, finding, plain
from .closing_rules import Closing, NotApplicable, PeriodFinding

_NO_LEDGER = "没有报送台账 / there is no ledger"


def _versions(closing: Closing) -> dict[tuple[str, str], list[SubmissionRow]]:
    """(unit, form) → versions in order of arrival."""
    if closing.beside.versions is None:
        raise NotApplicable(_NO_LEDGER)
    found: dict[tuple[str, str], list[SubmissionRow]] = {}
    for row in sorted(closing.beside.versions, key=lambda r: (r.arrived_at, r.seen_at, r.name)):
        found.setdefault((row.unit_code, row.form), []).append(row)
    return found


def unchanged_versions(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """A10: a later version whose bytes are those of an earlier one."""
    looked_at, found = 0, []
    for (unit, form), versions in _versions(closing).items():
        looked_at += len(versions)
        first: dict[str, int] = {}
        for row in versions:
            if row.sha256 in first:
                names = {"form_name": closing.form_name(form), "version": row.version, "same": first[row.sha256]}
                english = {"form_name": closing.form_name(form, True)}
                found.append(_about_version(rule, unit, row, names, english))
            first.setdefault(row.sha256, row.version)
    if not looked_at:
        raise NotApplicable("本期没有报送 / nothing was sent for the period")
    return looked_at, found


def late_arrivals(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F15: the first readable version came after the due hour (the ladder and the deduction are the business of lateness)."""
    calendar = closing.programme.calendar
    zone = ZoneInfo(closing.programme.time_zone)
    looked_at, found = 0, []
    for (unit, form), versions in _versions(closing).items():
        row = calendar.row(form, closing.period)
        readable = next((v for v in versions if v.passes_a_rules), None)
        if row is None or readable is None or not closing.programme.forms[form].scored:
            continue
        looked_at += 1
        if readable.arrived_at > row.county_due:
            arrived, due = (f"{m.astimezone(zone):%Y-%m-%d %H:%M}" for m in (readable.arrived_at, row.county_due))
            names = {"form_name": closing.form_name(form), "arrived": arrived, "due": due}
            found.append(_about_version(rule, unit, readable, names, {"form_name": closing.form_name(form, True)}))
    if not looked_at:
        raise NotApplicable("本期没有可读的报送 / nothing readable was sent for the period")
    return looked_at, found


def _about_version(
    rule: Rule, unit: str, row: SubmissionRow, names: Mapping[str, object], english: Mapping[str, object]
) -> PeriodFinding:
    made = finding(rule, (rule.message_zh, rule.message_en), FindingLocation(value=row.name), names, english)
    return PeriodFinding(unit, row.submission_id, made)


def versions_at_due(
    programme: Programme, period: Period, versions: Sequence[SubmissionRow]
) -> dict[str, SubmissionRow]:
    """unit → the accepted unit_month that stood at the due hour, where a later one counts now and no return asked for it."""
    row = programme.calendar.row(programme.lead_form, period)
    found: dict[str, SubmissionRow] = {}
    if row is None:
        return found
    own = [v for v in versions if v.form == programme.lead_form]
    for unit in sorted({v.unit_code for v in own}):
        mine = sorted((v for v in own if v.unit_code == unit), key=lambda v: (v.arrived_at, v.seen_at, v.name))
        then = [v for v in mine if v.arrived_at <= row.county_due and v.word in ACCEPTED]
        now = next((v for v in mine if v.current), None)
        returned = any(v.state == "returned" for v in mine)
        if then and now is not None and not returned and now.arrived_at > row.county_due:
            found[unit] = then[-1]
    return found


def raised_after_due(rule: Rule, closing: Closing) -> tuple[int, list[PeriodFinding]]:
    """F18: every figure of the current unit_month against the one that stood at the due hour."""
    versions = _versions(closing)
    before = closing.figures_of(closing.beside.at_due.get(closing.level))
    then = {(f.area, f.indicator, f.scope): f for f in before}
    looked_at, found = 0, []
    for figure in closing.reported:
        version = next((v for v in versions.get((figure.area, closing.level), ()) if v.current), None)
        earlier = then.get((figure.area, figure.indicator, figure.scope))
        looked_at += 1
        if version is None or earlier is None or earlier.ytd is None or figure.ytd is None or figure.ytd <= earlier.ytd:
            continue
        names = {
            "scope": scope_zh(figure.scope),
            "before": plain(earlier.ytd),
            "after": plain(figure.ytd),
            "version": version.version,
        }
        found.append(closing.about(rule, figure, "ytd", names, {**names, "scope": scope_key(figure.scope) or "—"}))
    if not looked_at:
        raise NotApplicable("没有汇总月报 / there is no unit_month")
    return looked_at, found
