"""Rules over a submission as a whole that count rows and cells: A09, A11, A12, A14, B06, D08, D10, E13, and G over the file."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.catalogue import RULES
from expectations.catalogue.drift import CARRIED_SHARE, STALE_SHARE
from expectations.catalogue.names import SITES_FEWEST
from expectations.catalogue.whole import CLEANED_SHARE, ROWS_CHANGE

from ...model.concordance import is_split
from ..explanations import names_rule
from ..finding_texts import FindingLocation, finding, label, percent, place_text
from ..rows.unit_scale import factor_text
from ..rows.validation_batch import Flags, ValidationBatch
from .outcome import FileOutcome
from .replaced_version import rows_replaced
from .submission_counts import LOST, SubmissionCounts

if TYPE_CHECKING:
    from ..rows.check_frame import CheckFrame

_LEFT = ("退库", "辖区移交")
_NO_PAST = FileOutcome(0, reason="本单位没有更早的已接受数据 / no earlier accepted month of the unit")
_SHOWN = 5
_COPIED = 5
"""Non-zero figures that must all be last month's before a return is taken for its copy."""


class FileCounts:
    """Asks them of one batch, a submission at a time."""

    def __init__(self, batch: ValidationBatch, frame: CheckFrame) -> None:
        self._batch = batch
        self._frame = frame
        self._counts = SubmissionCounts(batch, frame)
        self.by_rule: dict[str, Callable[[int], FileOutcome]] = {
            "A09": self._rows_lost,
            "B06": self._elsewhere,
            "A11": self._cleaned,
            "A14": self._unreadable_explanations,
            "A12": lambda ordinal: rows_replaced(batch, ordinal),
            "D08": self._stale,
            "D10": self._carried,
            "E13": self._conversions,
            "G": self._unit_scale_error,
        }

    def _slice(self, ordinal: int) -> slice:
        return slice(int(self._batch.start[ordinal]), int(self._batch.start[ordinal + 1]))

    def _explained(self, ordinal: int, rule: str) -> bool:
        return any(names_rule(text, rule) for text in self._batch.parts[ordinal].rows["explanation"].to_pylist())

    @cached_property
    def _left_before(self) -> Flags:
        """Rows of the history that were fully commissioned or left: they need not be reported again."""
        rows = self._batch.history.rows
        assert rows is not None
        finished = pa.array(self._frame.own.codes_of("status", "全部投产"))
        left = pa.array(_LEFT)
        return np.asarray(
            pc.or_(
                pc.is_in(rows["status"], value_set=finished), pc.is_in(rows["correction_code"], value_set=left)
            ).to_numpy(),
            dtype=bool,
        )

    def _rows_lost(self, ordinal: int) -> FileOutcome:
        history, part = self._batch.unit_history(ordinal), self._batch.parts[ordinal]
        if history.previous is None or self._batch.history.rows is None:
            return _NO_PAST
        if is_split(history.previous):
            return FileOutcome(
                0, reason="区划调整：原单位的项目已分到几个单位 / the old unit's projects went to several units"
            )
        earlier = self._frame.history_index.rows_of(history.previous)
        before = int(np.count_nonzero(~self._left_before[earlier]))
        if not before:
            return FileOutcome(0, reason="上次没有未投产的项目 / no unfinished project last time")
        at = self._frame.at_previous[self._slice(ordinal)]
        now = int(part.rows.num_rows - np.count_nonzero(self._left_before[at[at >= 0]]))
        share = Decimal(abs(now - before)) / before
        if share <= Decimal(str(ROWS_CHANGE)):
            return FileOutcome(part.rows.num_rows)
        names = {"rows": now, "before": before, "share": percent(share)}
        return self._found("A09", ordinal, part.rows.num_rows, names)

    def _found(
        self,
        rule_id: str,
        ordinal: int,
        looked_at: int,
        names: dict[str, object],
        field: str = "",
        en: dict[str, object] | None = None,
        kind: str = "",
    ) -> FileOutcome:
        rule = RULES[rule_id]
        templates = rule.kinds[kind] if kind else (rule.message_zh, rule.message_en)
        severity = "query" if kind == "query" else rule.severity
        shared = {"previous_period": self._batch.unit_history(ordinal).previous_period or "", **names}
        answered = severity == "query" and self._explained(ordinal, rule_id)
        place = FindingLocation(self._batch.parts[ordinal].sheet, field=field)
        made = finding(rule, templates, place, shared, en, severity=severity, answered=answered)
        return FileOutcome(looked_at, (made,))

    def _elsewhere(self, ordinal: int) -> FileOutcome:
        """B06 over the file: most sites lie in another county, so the table is perhaps another's."""
        part, here = self._batch.parts[ordinal], self._slice(ordinal)
        if "site_code" not in part.columns or not part.rows.num_rows:
            return FileOutcome(0, reason="没有建设地址区划 / no area code of the sites")
        elsewhere, known = self._counts.sites
        rows, found = part.rows.num_rows, int(self._counts.sites_elsewhere[ordinal])
        if found < SITES_FEWEST or 2 * found <= rows:
            return FileOutcome(int(known[ordinal]) or rows)
        outside = np.flatnonzero(elsewhere[here])
        unit = self._batch.programme.roster.get(part.unit_code or "")
        numbers = part.rows["row_no"].take(pa.array(outside[:_SHOWN])).to_pylist()
        cells = [part.cell_of(number, "site_code") for number in numbers]
        names: dict[str, object] = {
            "rows": rows,
            "elsewhere": len(outside),
            "unit_name": unit.name if unit else "",
            "unit_code": part.unit_code or "",
        }
        zh, en = {"cells": "、".join(cells)}, {"cells": ", ".join(cells)}
        rule = RULES["B06"]
        place = FindingLocation(part.sheet, field="site_code")
        made = finding(rule, rule.kinds["most"], place, {**names, **zh}, en, severity="error")
        return FileOutcome(rows, (made,))

    def _cleaned(self, ordinal: int) -> FileOutcome:
        cells, changed = self._counts.cells[ordinal], int(self._counts.converted[ordinal])
        if not cells:
            return FileOutcome(0, reason="没有数据单元格 / no data cells")
        share = Decimal(changed) / cells
        if share <= Decimal(str(CLEANED_SHARE)):
            return FileOutcome(cells)
        return self._found("A11", ordinal, cells, {"cells": cells, "changed": changed, "share": percent(share)})

    def _conversions(self, ordinal: int) -> FileOutcome:
        part = self._batch.parts[ordinal]
        if not part.rows.num_rows:
            return FileOutcome(0, reason="零报送 / nil return")
        if not self._counts.converted_dates[ordinal]:
            return FileOutcome(part.rows.num_rows)
        dates = pa.array(self._counts.dates)
        converted = part.notes.filter(
            pc.and_(pc.equal(part.notes["code"], "converted"), pc.is_in(part.notes["field"], value_set=dates))
        )
        shown = converted.slice(0, _SHOWN).to_pylist()
        zh = "、".join(f"{place_text(n['cell'], n['row_no'], n['field'], False)}“{n['raw']}”" for n in shown)
        en = ", ".join(f"{n['cell']} ({label(n['field'], True)}) {n['raw']!r}" for n in shown)
        names: dict[str, object] = {"count": converted.num_rows, "cells": zh}
        return self._found("E13", ordinal, part.rows.num_rows, names, shown[0]["field"], {"cells": en})

    def _unreadable_explanations(self, ordinal: int) -> FileOutcome:
        part = self._batch.parts[ordinal]
        if not part.rows.num_rows:
            return FileOutcome(0, reason="零报送 / nil return")
        if not self._counts.lost_explanations[ordinal]:
            return FileOutcome(part.rows.num_rows)
        lost = part.notes.filter(
            pc.and_(pc.is_in(part.notes["code"], value_set=LOST), pc.equal(part.notes["field"], "explanation"))
        )
        shown = lost.slice(0, _SHOWN).to_pylist()
        zh, en = (
            (", " if english else "、").join(place_text(n["cell"], n["row_no"], n["field"], english) for n in shown)
            for english in (False, True)
        )
        names: dict[str, object] = {"count": lost.num_rows, "cells": zh}
        return self._found("A14", ordinal, part.rows.num_rows, names, "explanation", {"cells": en})

    def _stale(self, ordinal: int) -> FileOutcome:
        if self._batch.unit_history(ordinal).previous is None:
            return _NO_PAST
        if self._batch.layout.grain == "indicator":
            return self._copied(ordinal)
        if not self._frame.history_index.same_year(ordinal):
            return FileOutcome(0, reason="本年首次报送 / first accepted month of the year")
        rows, same = (int(counts[ordinal]) for counts in self._counts.building)
        if not rows:
            return FileOutcome(0, reason="没有在建项目 / no project under construction")
        if Decimal(same) <= Decimal(str(STALE_SHARE)) * rows:
            return FileOutcome(rows)
        return self._found("D08", ordinal, rows, {"rows": rows, "same": same}, "ytd")

    def _copied(self, ordinal: int) -> FileOutcome:
        """Cumulative figures and those of last year that are all those of the month before. A month without any change has fewer than
        _COPIED figures (of 3,000 counties with two indicators a dozen a month): then nothing can be told."""
        compared = 0
        for asked, changed in self._counts.compared:
            if changed[ordinal]:
                return FileOutcome(int(asked[ordinal]))
            compared += int(asked[ordinal])
        if compared < _COPIED:
            return FileOutcome(0, reason="可对照的数太少 / too few figures to compare")
        return self._found("D08", ordinal, compared, {"rows": compared}, "ytd", kind="unit")

    def _carried(self, ordinal: int) -> FileOutcome:
        period = self._batch.period(ordinal)
        if not self._batch.programme.calendar.is_first_of_year(self._batch.form, period):
            return FileOutcome(0, reason="只问本年首期 / asked of the first period of a year only")
        if self._batch.unit_history(ordinal).annual_final is None:
            return FileOutcome(0, reason="没有上年 12 月或年报定案数据 / no annual final of last year")
        rows = self._batch.parts[ordinal].rows.num_rows
        if not rows:
            return FileOutcome(0, reason="零报送 / nil return")
        same = int(self._counts.carried_over[ordinal])
        if Decimal(same) <= Decimal(str(CARRIED_SHARE)) * rows:
            return FileOutcome(rows)
        return self._found("D10", ordinal, rows, {"rows": rows, "same": same}, "ytd")

    def _unit_scale_error(self, ordinal: int) -> FileOutcome:
        compared = self._frame.unit_scale_errors.compared(ordinal)
        if not compared:
            return FileOutcome(0, reason="没有可对照的更早数据 / nothing earlier to compare with")
        unit_scale_error = self._frame.unit_scale_errors.of_file(ordinal)
        if unit_scale_error is None:
            return FileOutcome(compared)
        texts = {
            english: ("; " if english else "、").join(
                f"{label(field, english)}{' ratio ' if english else '之比中位数为 '}{factor_text(round(ratio, 6))}"
                for field, ratio in unit_scale_error.signals.items()
            )
            for english in (False, True)
        }
        names: dict[str, object] = {"signals": texts[False], "factor": factor_text(unit_scale_error.factor)}
        kind = "" if unit_scale_error.certain else "query"
        field = "plan_total" if "plan_total" in unit_scale_error.signals else next(iter(unit_scale_error.signals))
        return self._found("G", ordinal, compared, names, field, {"signals": texts[True]}, kind)
