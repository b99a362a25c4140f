"""units.csv and what hangs on it: codes, names, parents, members."""

from __future__ import annotations

from ..model.periods import Period
from ..model.units import RANKED_KINDS, name_key
from .checks import check_validity, known_name
from .csv_lines import Lines
from .files import EnglishRow, MemberRow, NameRow, TileRow, UnitRow
from .value_errors import MOST_LISTED, close_to


def check_units(lines: Lines[UnitRow], city_code: str | None) -> None:
    """Codes are unique; an alias identifies one unit (a name need not: several states have a Washington County); parents exist and
    never lead back to the unit."""
    first: dict[str, int] = {}
    names: dict[str, list[int]] = {}
    for line, row in lines:
        if row.code in first:
            lines.refuse(
                line,
                f"单位代码 {row.code} 重复（已在第 {first[row.code]} 行）",
                f"unit code {row.code} given twice (already in line {first[row.code]})",
                value=row.code,
            )
        first.setdefault(row.code, line)
        check_validity(lines, line, row.valid_from, row.valid_to)
        names.setdefault(name_key(row.name), []).append(line)
        if row.kind == "bureau" and row.ranked:
            lines.refuse(line, "bureau 不参评", "a bureau is not ranked", ("false",), "true")
    taken: dict[str, int] = {}
    for line, row in lines:
        for alias in row.aliases:
            key = name_key(alias)
            others = [n for n in (*names.get(key, ()), taken.setdefault(key, line)) if n != line]
            if others:
                lines.refuse(
                    line,
                    f"别名“{alias}”也是第 {others[0]} 行的单位",
                    f"alias {alias!r} also names the unit in line {others[0]}",
                    value=alias,
                )
    if lines.complete:
        _check_parents(lines, city_code)
        if not any(_is_ranked(row) for _, row in lines):
            lines.refuse(
                1, "没有参评单位（county、zone 或 ranked = true）", "no ranking unit (county, zone or ranked = true)"
            )


def _is_ranked(row: UnitRow) -> bool:
    return row.kind in RANKED_KINDS if row.ranked is None else row.ranked


def check_english(lines: Lines[EnglishRow], units: set[str]) -> None:
    """Units exist."""
    for line, row in lines:
        known_name(lines, line, "code", row.code, units)


def check_tiles(lines: Lines[TileRow], units: set[str]) -> None:
    """Units exist; a square holds one unit, a unit stands in one square."""
    taken: dict[tuple[int, int], str] = {}
    placed: set[str] = set()
    for line, row in lines:
        known_name(lines, line, "code", row.code, units)
        square = (row.column, row.line)
        if square in taken or row.code in placed:
            other = taken.get(square, row.code)
            zh, en = (
                f"方格 {square} 或单位 {row.code} 已用（{other}）",
                f"square {square} or unit {row.code} is taken ({other})",
            )
            lines.refuse(line, zh, en, value=row.code)
        taken[square] = row.code
        placed.add(row.code)


def check_names(lines: Lines[NameRow], units: Lines[UnitRow]) -> None:
    """Units exist; a unit bears one name at a time; a name of another month identifies one unit, as an alias does."""
    owners: dict[str, set[str]] = {}
    for _, unit in units:
        for name in (unit.name, *unit.aliases):
            owners.setdefault(name_key(name), set()).add(unit.code)
    codes = {unit.code for _, unit in units}
    taken: dict[str, list[tuple[int, NameRow]]] = {}
    for line, row in lines:
        known_name(lines, line, "code", row.code, codes)
        check_validity(lines, line, row.valid_from, row.valid_to)
        others = owners.setdefault(name_key(row.name), {row.code}) - {row.code}
        if others:
            other = sorted(others)[0]
            zh, en = f"“{row.name}”是单位 {other} 的名称", f"{row.name!r} is a name of unit {other}"
            lines.refuse(line, zh, en, value=row.name)
        for earlier, before in taken.setdefault(row.code, []):
            if _starts(row) <= _ends(before) and _starts(before) <= _ends(row):
                lines.refuse(
                    line,
                    f"{row.code} 在第 {earlier} 行的名称与此同时有效",
                    f"{row.code} bears the name in line {earlier} at the same time",
                    value=row.name,
                )
        taken[row.code].append((line, row))


def check_city(lines: Lines[UnitRow], city_code: str | None) -> None:
    """The whole area is not one of the units that are ranked."""
    for line, row in lines:
        if row.code == city_code and _is_ranked(row):
            lines.refuse(
                line,
                f"{row.code} 是 programme.toml 的 city_code（全域），不能又是参评单位",
                f"{row.code} is the city_code of programme.toml (the whole area) and cannot be a ranking unit as well",
                ("bureau",),
                row.code,
            )


def _check_parents(lines: Lines[UnitRow], city_code: str | None) -> None:
    parents = {row.code: row.parent for _, row in lines}
    known = dict.fromkeys([*([city_code] if city_code else []), *parents])
    for line, row in lines:
        parent = row.parent
        if parent is None:
            continue
        if parent == row.code and row.kind == "bureau":
            continue
        if parent not in known and not row.code.startswith(parent):
            near = close_to(parent, known)
            lines.refuse(
                line,
                f"parent 未知：{parent}{near[0]}",
                f"unknown parent: {parent}{near[1]}; a unit, the city_code, or the beginning of the unit's own code",
                tuple(known) if len(known) <= MOST_LISTED else (),
                parent,
            )
            continue
        seen = [row.code]
        above: str | None = parent
        while above is not None and above not in seen and above != city_code:
            seen.append(above)
            above = parents.get(above)
        if above == row.code:
            circle = " → ".join((*seen, row.code))
            lines.refuse(line, f"上级互相循环：{circle}", f"parents in a circle: {circle}", value=parent)


def check_members(lines: Lines[MemberRow], units: set[str]) -> None:
    """Units exist; at any time a township or enterprise is taken into one unit only (F05)."""
    taken: dict[str, list[tuple[int, MemberRow]]] = {}
    for line, row in lines:
        known_name(lines, line, "unit_code", row.unit_code, units)
        check_validity(lines, line, row.valid_from, row.valid_to)
        member = row.member_code or row.member_name
        earlier = taken.setdefault(member if row.sign == "1" else f"{member} − {row.unit_code}", [])
        for other, before in earlier:
            if _starts(row) <= _ends(before) and _starts(before) <= _ends(row):
                lines.refuse(
                    line,
                    f"{row.member_name} 在第 {other} 行已划入{'一个单位' if row.sign == '1' else '本单位之外'}",
                    f"{row.member_name} is taken {'into a' if row.sign == '1' else 'out of the'} unit in line {other} already",
                    value=member,
                )
                break
        earlier.append((line, row))


def _starts(row: MemberRow | NameRow) -> Period:
    return row.valid_from or Period(1, 1)


def _ends(row: MemberRow | NameRow) -> Period:
    return row.valid_to or Period(9999, 12)
