"""concordance.csv: whose figures a unit continues from a period on; loaded whole and checked against units.csv."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from ..model.concordance import Concordance, Succession
from ..model.periods import Period
from ..model.units import UnitRoster
from .csv_lines import Lines, read_csv
from .error_list import ErrorList
from .file_types import Code, Key, Month, Share, Strict, Text

FILE = "concordance.csv"


class SuccessionRow(Strict):
    """`share` of what the old unit reported goes to the new one; `basis` is the document of the change."""

    old_code: Annotated[Code, Key("原单位", "the old unit", "330103", refers="units.csv code")]
    new_code: Annotated[Code, Key("新单位", "the new unit", "330105", refers="units.csv code")]
    valid_from: Annotated[Month, Key("自此报告期起", "from this period on", "2021-04")]
    share: Annotated[Share, Key("归入的份额", "share that goes over", "0.7", "份额 / fraction")] = Decimal(1)
    basis: Annotated[Text, Key("依据文件", "document of the change", "浙政函〔2021〕…号")]


def read_concordance(path: Path, roster: UnitRoster, errors: ErrorList) -> Concordance:
    """The file of a programme folder, empty where there is none. Errors with their line: unknown units, a new unit that is not
    valid yet, an old one that goes on undeclared, shares of one old unit that do not sum to 1."""
    if not path.exists():
        return Concordance()
    lines = read_csv(path, SuccessionRow, errors)
    parts: dict[tuple[str, Period], list[int]] = {}
    rows = dict(lines)
    for line, row in lines:
        for column, code in (("old_code", row.old_code), ("new_code", row.new_code)):
            unit = roster.get(code)
            if unit is None:
                allowed = tuple(u.code for u in roster.units[:30])
                lines.refuse(line, f"{column}：没有单位 {code}", f"{column}: no unit {code}", allowed, code)
        new = roster.get(row.new_code)
        if new is not None and not new.valid_at(row.valid_from):
            lines.refuse(
                line,
                f"{row.new_code} 在 {row.valid_from} 尚未生效或已撤销",
                f"{row.new_code} is not valid in {row.valid_from}",
                value=row.valid_from,
            )
        same = parts.setdefault((row.old_code, row.valid_from), [])
        if any(rows[other].new_code == row.new_code for other in same):
            lines.refuse(line, f"{row.old_code} → {row.new_code} 重复", f"{row.old_code} → {row.new_code} given twice")
        same.append(line)
    for (old, since), own in parts.items() if lines.complete else ():
        _check_parts(lines, rows, old, since, own, roster)
    return Concordance(tuple(Succession(r.old_code, r.new_code, r.valid_from, r.share) for _, r in lines))


def _check_parts(
    lines: Lines[SuccessionRow],
    rows: Mapping[int, SuccessionRow],
    old: str,
    since: Period,
    own: list[int],
    roster: UnitRoster,
) -> None:
    total = sum((rows[line].share for line in own), Decimal(0))
    if total != 1:
        lines.refuse(
            own[-1],
            f"{old} 自 {since} 的各份额合计为 {total}，应为 1",
            f"the shares of {old} from {since} sum to {total}, not 1",
            value=total,
        )
    unit = roster.get(old)
    goes_on = any(rows[line].new_code == old for line in own)
    if unit is not None and unit.valid_at(since) and not goes_on:
        lines.refuse(
            own[0],
            f"{old} 在 {since} 仍有效：请在 units.csv 写明 valid_to，或另加一行 {old} → {old} 及其保留份额",
            f"{old} is still valid in {since}: give its valid_to in units.csv, or add a line {old} → {old} with the share it keeps",
        )
