"""A13: the rows a long form must hold, as its layout declares them (`required_rows`), and always the row of the ranked indicator;
what the unit reported last month is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from expectations.catalogue import RULES

from ...model.concordance import is_split
from ...model.findings import Finding
from ...model.forms import RequiredRow
from ...model.programme import Programme
from ...model.scopes import same_scope, scope_key
from ..explanations import names_rule
from ..finding_texts import FindingLocation, finding
from ..rows.validation_batch import ValidationBatch
from .outcome import FileOutcome

_SHOWN = 10


def required_rows(form: str, programme: Programme) -> tuple[RequiredRow, ...]:
    """What the layout declares, and before it the ranked indicator of the form that the ranking's level comes from."""
    declared = programme.forms[form].required_rows
    method = programme.method
    ranked = any(
        row.indicator == method.indicator and same_scope(row.scope, method.unit_scope) and row.severity == "error"
        for row in declared
    )
    if form != programme.lead_form or ranked:
        return declared
    return (RequiredRow(method.indicator, method.unit_scope), *declared)


def missing_rows(batch: ValidationBatch, ordinal: int) -> FileOutcome:
    """Asks A13 of one submission."""
    wanted = required_rows(batch.form, batch.programme)
    part, before = batch.parts[ordinal], _rows_before(batch, ordinal)
    if not wanted and before is None:
        return FileOutcome(0, reason="本表没有必报行 / the form declares no rows that must be there")
    if not part.rows.num_rows:
        return FileOutcome(0, reason="零报送 / nil return")
    names = [n for n in ("indicator", "scope", "area_code") if n in part.rows.schema.names]
    rows = part.rows.select(names).to_pylist()
    found = [made for row in wanted for made in _missing(batch, ordinal, row, rows)]
    return FileOutcome(part.rows.num_rows, (*found, *_left_out(batch, ordinal, before or {}, rows)))


def _rows_before(batch: ValidationBatch, ordinal: int) -> dict[tuple[str, str], None] | None:
    """(indicator, scope) of the rows that the unit's last accepted month had, in their order; None where there is none to compare."""
    history = batch.unit_history(ordinal)
    if (
        batch.layout.role != "level"
        or history.previous is None
        or batch.history.rows is None
        or is_split(history.previous)
    ):
        return None
    own = batch.history.rows_of(history.previous, ["indicator", "scope"])
    return {(row["indicator"], scope_key(row["scope"])): None for row in own.to_pylist() if row["indicator"]}


def _left_out(
    batch: ValidationBatch, ordinal: int, before: Iterable[tuple[str, str]], rows: list[dict[str, str | None]]
) -> Iterator[Finding]:
    """One query about what was reported last time and is not in this file: a row deleted silences the rules that compare it."""
    rule, part = RULES["A13"], batch.parts[ordinal]
    there = {(row["indicator"], scope_key(row.get("scope"))) for row in rows}
    asked = required_rows(batch.form, batch.programme)
    gone = [
        (code, scope)
        for code, scope in before
        if (code, scope) not in there and not any(r.indicator == code and same_scope(scope, r.scope) for r in asked)
    ]
    if not gone:
        return
    known = {indicator.code: indicator for indicator in batch.layout.indicators}
    scopes = {"managed": ("（管理）", " (managed)"), "territorial": ("（属地）", " (territorial)")}
    texts = [
        ((known[code].zh, known[code].en) if code in known else (code, code), scopes.get(scope, ("", "")))
        for code, scope in gone[:_SHOWN]
    ]
    shared = {"previous_period": batch.unit_history(ordinal).previous_period or "", "count": len(gone)}
    zh = {**shared, "indicators": "、".join(f"{name[0]}{scope[0]}" for name, scope in texts)}
    en = {"indicators": ", ".join(f"{name[1]}{scope[1]}" for name, scope in texts)}
    answered = any(names_rule(text, rule.id) for text in part.rows["explanation"].to_pylist())
    place = FindingLocation(part.sheet, field="indicator", value=gone[0][0])
    yield finding(rule, rule.kinds["left_out"], place, zh, en, severity="query", answered=answered)


def _missing(
    batch: ValidationBatch, ordinal: int, wanted: RequiredRow, rows: list[dict[str, str | None]]
) -> Iterator[Finding]:
    rule, part = RULES["A13"], batch.parts[ordinal]
    own = [
        row
        for row in rows
        if row["indicator"] == wanted.indicator and (not wanted.scope or same_scope(row.get("scope"), wanted.scope))
    ]
    known = next((i for i in batch.layout.indicators if i.code == wanted.indicator), None)
    zh: dict[str, object] = {
        "indicator": known.zh if known else wanted.indicator,
        "scope": f"、口径「{wanted.scope}」" if wanted.scope else "",
    }
    en: dict[str, object] = {
        "indicator": known.en if known else wanted.indicator,
        "scope": f", scope {wanted.scope}," if wanted.scope else "",
    }
    templates = (rule.message_zh, rule.message_en)
    if wanted.areas:
        absent = _absent_areas(batch, ordinal, wanted, {row.get("area_code") for row in own})
        if not absent:
            return
        shown = "、".join(absent[:_SHOWN]) + (" …" if len(absent) > _SHOWN else "")
        zh |= {"count": len(absent), "areas": shown}
        en |= {"count": len(absent), "areas": shown}
        templates = rule.kinds["areas"]
    elif own:
        return
    place = FindingLocation(part.sheet, field="indicator", value=wanted.indicator)
    yield finding(rule, templates, place, zh, en, severity=wanted.severity)


def _absent_areas(batch: ValidationBatch, ordinal: int, wanted: RequiredRow, there: set[str | None]) -> list[str]:
    programme = batch.programme
    if wanted.areas == "city":
        whole = programme.city_code
        return [] if whole is None or whole in there else [programme.city_zh or whole]
    period = batch.period(ordinal)
    return [unit.name for unit in programme.roster.ranked_at(period) if unit.code not in there]
