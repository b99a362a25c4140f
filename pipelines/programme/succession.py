"""concordance.csv: whose figures a unit continues from a period on; loaded whole and checked against units.csv."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from ..model.concordance import Concordance, Succession
from ..model.periods import Period
from ..model.units import UnitRoster
from .csv_lines import Lines, read_csv
from .files import Code, Month, Share, Strict, Text

FILE = "concordance.csv"


class SuccessionRow(Strict):
    """`share` of what the old unit reported goes to the new one; `basis` is the document of the change."""

    old_code: Code
    new_code: Code
    valid_from: Month
    share: Share = Decimal(1)
    basis: Text


def read_concordance(path: Path, roster: UnitRoster) -> Concordance:
    """The file of a programme folder, empty where there is none. ConfigError with its line: unknown units, a new unit that is not
    valid yet, an old one that goes on undeclared, shares of one old unit that do not sum to 1."""
    if not path.exists():
        return Concordance()
    lines = read_csv(path, SuccessionRow)
    parts: dict[tuple[str, Period], list[int]] = {}
    rows = dict(lines)
    for line, row in lines:
        for column, code in (("old_code", row.old_code), ("new_code", row.new_code)):
            unit = roster.get(code)
            if unit is None:
                allowed = tuple(u.code for u in roster.units[:30])
                raise lines.wrong(line, f"{column}:没有单位 {code}", f"{column}: no unit {code}", allowed)
        new = roster.get(row.new_code)
        if new is not None and not new.valid_at(row.valid_from):
            raise lines.wrong(
                line,
                f"{row.new_code} 在 {row.valid_from} 尚未生效或已撤销",
                f"{row.new_code} is not valid in {row.valid_from}",
            )
        same = parts.setdefault((row.old_code, row.valid_from), [])
        if any(rows[other].new_code == row.new_code for other in same):
            raise lines.wrong(
                line, f"{row.old_code} → {row.new_code} 重复", f"{row.old_code} → {row.new_code} given twice"
            )
        same.append(line)
    for (old, since), own in parts.items():
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
        raise lines.wrong(
            own[-1],
            f"{old} 自 {since} 的各份额合计为 {total},应为 1",
            f"the shares of {old} from {since} sum to {total}, not 1",
        )
    unit = roster.get(old)
    goes_on = any(rows[line].new_code == old for line in own)
    if unit is not None and unit.valid_at(since) and not goes_on:
        raise lines.wrong(
            own[0],
            f"{old} 在 {since} 仍有效:请在 units.csv 写明 valid_to,或另加一行 {old} → {old} 及其保留份额",
            f"{old} is still valid in {since}: give its valid_to in units.csv, or add a line {old} → {old} with the share it keeps",
        )
