"""Rules over a whole submission, outside Great Expectations: A08 (totals), A13 (rows that must be there), B01 (the unit
itself), D07 (silent drop), F01 (detail = total)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from itertools import permutations

import pyarrow as pa
import pyarrow.compute as pc

from expectations.catalogue import RULES
from expectations.rule import Severity

from ...model.concordance import is_split
from ...model.fields import FIELDS
from ...model.movements import LEFT
from ...model.periods import Period
from ...model.scopes import same_scope
from ...model.submissions import PIECE_ROWS, FormPart
from ..explanations import names_rule
from ..finding_texts import FindingLocation, finding, plain, unit_of
from ..rows.check_frame import CheckFrame
from ..rows.unit_scale import COUNT
from ..rows.validation_batch import UNREADABLE, Note, ValidationBatch
from .file_counts import FileCounts
from .outcome import FileOutcome
from .required_rows import missing_rows

_QUERY_SHARE = Decimal("0.001")
"""A08: a difference of at most this share of the total is a query (domain_decisions §2)."""
FAR = 3
"""F01: figures this many times above or below what last month lets expect do not continue it."""
NEAR = Decimal("0.02")
"""F01: a total that differs from its detail by a factor between units of amount does so within 2 %."""
_FINISHED = "全部投产"
_LEFT = frozenset({"退库", "辖区移交"})


def tolerance(rows: int, least: int) -> Decimal:
    """Half a unit a row for rounding, at least `least` (domain.md §2.7 A08, F01)."""
    return max(Decimal(least), Decimal(rows) / 2)


class FileRules:
    """Asks the rules of one batch, a submission at a time; `by_rule` names the rules evaluated here."""

    def __init__(self, batch: ValidationBatch, frame: CheckFrame) -> None:
        self._batch = batch
        self._lookback = frame.history_index
        self.by_rule: dict[str, Callable[[int], FileOutcome]] = {
            "A08": self._totals,
            "A13": lambda ordinal: missing_rows(self._batch, ordinal),
            "B01": self._unit,
            "D07": self._dropped,
            "F01": self._detail,
            "F21": self._count,
            **FileCounts(batch, frame).by_rule,
        }

    def _totals(self, ordinal: int) -> FileOutcome:
        part, rule = self._batch.parts[ordinal], RULES["A08"]
        if not part.totals.num_rows:
            return FileOutcome(0, reason="没有合计行 / no total row")
        lost = {n.field for n in self._notes(ordinal) if n.code in UNREADABLE}
        explained = any(names_rule(text, "A08") for text in part.rows["explanation"].to_pylist())
        found, looked_at = [], 0
        for total in part.totals.to_pylist():
            field, stated = total["field"], total["value"]
            if field in lost or stated is None or not _is_decimal(self._batch, field):
                continue
            looked_at += 1
            own = self._closed_by(part, total["row_no"])
            rows = own.num_rows
            added = pc.sum(own[field]).as_py() or Decimal(0)
            difference = abs(stated - added)
            if difference <= tolerance(rows, 1):
                continue
            query = difference <= _QUERY_SHARE * abs(stated)
            units = self._units_of(part, own, field)
            templates = rule.kinds["query"] if query else (rule.message_zh, rule.message_en)
            place = FindingLocation(
                part.sheet_of(total["row_no"]), total["cell"] or "", total["row_no"], field, plain(stated)
            )
            zh = {
                "total": plain(stated),
                "sum": plain(added),
                "difference": plain(difference),
                "rows": rows,
                "unit": units[0],
            }
            en = {"unit": units[1]}
            severity: Severity | None = "query" if query else None
            found.append(finding(rule, templates, place, zh, en, severity=severity, answered=query and explained))
        return FileOutcome(looked_at, tuple(found), "" if looked_at else "合计行没有可比的数 / no total to compare")

    def _units_of(self, part: FormPart, rows: pa.Table, field: str) -> tuple[str, str]:
        """Unit of a column's total, Chinese and English: rows of a long form carry a measure of their own."""
        if FIELDS[field].type == "quantity":
            return FIELDS[field].unit, FIELDS[field].unit
        own = pc.unique(rows["measure"]).to_pylist() if "measure" in rows.column_names else []
        measure = own[0] if len(own) == 1 and own[0] else part.measure or self._batch.layout.measure
        return unit_of(measure), unit_of(measure, english=True)

    def _closed_by(self, part: FormPart, row: int) -> pa.Table:
        """The rows that a totals row adds up: of a wide table those of the indicator whose columns it stands in."""
        if not self._batch.layout.wide or not part.pieces:
            return part.rows
        piece = pc.divide(part.rows["row_no"], PIECE_ROWS)
        return part.rows.filter(pc.equal(piece, row // PIECE_ROWS))

    def _unit(self, ordinal: int) -> FileOutcome:
        part, rule = self._batch.parts[ordinal], RULES["B01"]
        unit = self._batch.programme.roster.get(part.unit_code or "")
        if unit is not None and unit.valid_at(self._batch.period(ordinal)):
            return FileOutcome(1)
        names = {"unit_code": part.unit_code, "period": part.period}
        return FileOutcome(1, (finding(rule, rule.kinds["unit"], FindingLocation(part.sheet), names),))

    def _dropped(self, ordinal: int) -> FileOutcome:
        history = self._batch.unit_history(ordinal)
        rows = self._batch.history.rows
        if history.previous is None or rows is None or not self._batch.layout.key:
            return FileOutcome(0, reason="本单位没有更早的已接受数据 / no earlier accepted month of the unit")
        if is_split(history.previous):
            return FileOutcome(
                0, reason="区划调整：原单位的项目已分到几个单位 / the old unit's projects went to several units"
            )
        part, rule = self._batch.parts[ordinal], RULES["D07"]
        found = []
        for at in self._lookback.gone(ordinal).tolist():
            if self._may_leave(rows, at):
                continue
            key = " ".join(str(rows[name][at].as_py()) for name in self._batch.layout.key)
            if any(line.kind in LEFT for line in self._batch.moved.get((ordinal, key), ())):
                continue
            names = {
                "project_no": key,
                "project_name": rows["project_name"][at].as_py() or "",
                "previous_period": history.previous_period or "",
            }
            place = FindingLocation(part.sheet, field=self._batch.layout.key[0], value=key)
            if part.form == "dispatch_month":
                decided = any(names_rule(text, "D07") for text in part.rows["explanation"].to_pylist())
                asked = finding(rule, rule.kinds["library"], place, names, severity="query", answered=decided)
                found.append(asked)
            else:
                found.append(finding(rule, (rule.message_zh, rule.message_en), place, names))
        return FileOutcome(self._lookback.earlier_count(ordinal), tuple(found))

    def _may_leave(self, rows: pa.Table, at: int) -> bool:
        """A finished project, or one whose last row says that it left; in the dispatch library, one that had reached capacity."""
        if "status" not in rows.schema.names:
            return rows["capacity_actual"][at].as_py() is not None
        return rows["status"][at].as_py() in self._finished or rows["correction_code"][at].as_py() in _LEFT

    @cached_property
    def _finished(self) -> frozenset[str]:
        names = self._batch.programme.codes.lists.get("status", {})
        return frozenset({_FINISHED, *(code for code, name in names.items() if name == _FINISHED)})

    def unit_total(self, ordinal: int) -> Decimal | None:
        """The unit's own total of the ranked indicator in the sibling unit_month; None where there is none."""
        sibling = self._batch.unit_history(ordinal).sibling
        return self._totals_of_siblings.get(sibling) if sibling else None

    @cached_property
    def _totals_of_siblings(self) -> dict[str, Decimal]:
        return self._figures_of_siblings(self._batch.programme.method.indicator)

    def _figures_of_siblings(self, indicator: str) -> dict[str, Decimal]:
        """unit_month → its figure of the indicator in the ranked scope."""
        rows, method = self._batch.history.sibling_rows, self._batch.programme.method
        found: dict[str, Decimal] = {}
        if rows is None or "indicator" not in rows.schema.names:
            return found
        chosen = rows.filter(pc.equal(rows["indicator"], indicator))
        for row in chosen.select(["submission_id", "scope", "ytd"]).to_pylist():
            if row["ytd"] is not None and same_scope(row["scope"], method.unit_scope):
                found.setdefault(row["submission_id"], row["ytd"])
        return found

    def _detail(self, ordinal: int) -> FileOutcome:
        part, rule = self._batch.parts[ordinal], RULES["F01"]
        total = self.unit_total(ordinal)
        if total is None:
            return FileOutcome(0, reason="没有同期汇总月报的总数 / no total of the same period in unit_month")
        rows = part.rows.num_rows
        if self.unreadable_ytd(ordinal):
            return FileOutcome(rows)
        added = pc.sum(part.rows["ytd"]).as_py() or Decimal(0)
        allowed = tolerance(rows, 5)
        difference = abs(total - added)
        if difference <= allowed:
            return FileOutcome(rows)
        indicator = self._batch.programme.method.indicator
        form = self._batch.programme.form_of("level")
        known = next((i for i in form.indicators if i.code == indicator), None) if form else None
        zh = {
            "rows": rows,
            "sum": plain(added),
            "total": plain(total),
            "difference": plain(difference),
            "tolerance": plain(allowed),
            "indicator": known.zh if known else indicator,
            "unit": unit_of(part.measure or self._batch.layout.measure),
        }
        english_unit = unit_of(part.measure or self._batch.layout.measure, english=True)
        place = FindingLocation(part.sheet, field="ytd", value=plain(added))
        en = {"indicator": known.en if known else indicator, "unit": english_unit}
        if self.total_slipped(ordinal, added, total):
            return FileOutcome(rows, (finding(rule, rule.kinds["total"], place, zh, en, severity="query"),))
        return FileOutcome(rows, (finding(rule, (rule.message_zh, rule.message_en), place, zh, en),))

    def _count(self, ordinal: int) -> FileOutcome:
        """F21: rows against the number of projects in the sibling unit_month."""
        part, rule = self._batch.parts[ordinal], RULES["F21"]
        sibling = self._batch.unit_history(ordinal).sibling
        total = self._counts_of_siblings.get(sibling) if sibling else None
        if total is None:
            return FileOutcome(
                0, reason="没有同期汇总月报的项目个数 / no number of projects of the same period in unit_month"
            )
        rows = part.rows.num_rows
        if total == rows:
            return FileOutcome(rows)
        form = self._batch.programme.forms.get(self._batch.programme.lead_form)
        known = next((i for i in form.indicators if i.code == COUNT), None) if form else None
        names = {
            "rows": rows,
            "total": plain(total),
            "difference": plain(abs(total - rows)),
            "indicator": known.zh if known else COUNT,
        }
        answered = any(names_rule(text, "F21") for text in part.rows["explanation"].to_pylist())
        place = FindingLocation(part.sheet, value=str(rows))
        en = {"indicator": known.en if known else COUNT}
        made = finding(rule, (rule.message_zh, rule.message_en), place, names, en, answered=answered)
        return FileOutcome(rows, (made,))

    @cached_property
    def _counts_of_siblings(self) -> dict[str, Decimal]:
        return self._figures_of_siblings(COUNT)

    def total_slipped(self, ordinal: int, added: Decimal, total: Decimal) -> bool:
        """Whether the difference lies with the unit's total: the projects continue last month's figures and the total does not, or
        the two differ by a factor between units of amount and nothing speaks against the projects."""
        if added <= 0 or total <= 0:
            return False
        expected = self._expected(ordinal)
        if expected is not None and not expected / FAR <= added <= expected * FAR:
            return False
        units = [Decimal(v) for v in self._batch.layout.amount_units.values()]
        ratio = total / added
        factor = any(abs(ratio * b / a - 1) <= NEAR for a, b in permutations(units, 2) if a != b)
        return factor or (expected is not None and not expected / FAR <= total <= expected * FAR)

    def _expected(self, ordinal: int) -> Decimal | None:
        """Last month's sum of the unit's projects carried forward by the seasonal shares; None across years and without history."""
        history = self._batch.unit_history(ordinal)
        if history.previous is None or history.previous_period is None or self._batch.history.rows is None:
            return None
        if not self._lookback.same_year(ordinal):
            return None
        before = pc.sum(self._batch.history.rows_of(history.previous, ["ytd"])["ytd"]).as_py()
        shares = self._batch.programme.seasonal
        now, then = (
            shares.get(self._batch.period(ordinal).month),
            shares.get(Period.parse(history.previous_period).month),
        )
        if not before or before <= 0:
            return None
        return Decimal(before) * (now / then if now and then else 1)

    def unreadable_ytd(self, ordinal: int) -> bool:
        """Some cumulative figure of the submission could not be read, or is missing where the form wants it: the sum is not known."""
        column = self._batch.layout.column("ytd")
        rows = self._batch.parts[ordinal].rows
        if column is not None and column.non_empty and not column.marks and rows["ytd"].null_count:
            return True
        return any(n.field == "ytd" and n.code in UNREADABLE for n in self._notes(ordinal))

    def _notes(self, ordinal: int) -> list[Note]:
        start, end = self._batch.start[ordinal], self._batch.start[ordinal + 1]
        return self._batch.notes_between(int(start), int(end))


def _is_decimal(batch: ValidationBatch, field: str) -> bool:
    return field in batch.rows.schema.names and str(batch.rows[field].type).startswith("decimal")
