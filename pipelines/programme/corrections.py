"""corrections.yml: documented known errors in what providers send: a header, a name or a code that is wrong in a known way. Each
with reason, provider, status and an `expect` that fails when it is no longer true. There is no kind for amounts and no
key to put one in: nobody but the county changes a county's figure (domain_decisions §6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from ..errors import ConfigError
from ..model.forms import FormLayout
from ..model.header_text import header_key
from ..model.units import Unit, name_key
from .error_list import ErrorList
from .file_types import Key, Strict, Text
from .value_errors import faults_of
from .yaml_lines import LineOf, read_yaml

FILE = "corrections.yml"
_NUMBER = re.compile(r"[-+]?[\d,.]+\s*(?:%|[十百千万亿]*元|USD)?", re.IGNORECASE)
_CODE = re.compile(r"\d{6}(?:\d{3}|\d{6})?")


class Correction(Strict):
    """One known error.

    `kind`: header (`wrong` is a header text of `form`, `right` the field it means), alias (`wrong` names the unit `right`), code
    (the unit `right` may write the code `wrong` in its rows). `expect`: what `right` is called today: the first header
    of the field, the name of the unit. `status`: open corrections apply, closed ones are kept as a record.
    """

    kind: Annotated[
        Literal["header", "alias", "code"], Key("表头、单位名称或代码", "a header, a unit's name, or a code", "header")
    ]
    wrong: Annotated[Text, Key("文件中的写法", "what the files write", "投资总盘子")]
    right: Annotated[Text, Key("应为：字段或单位代码", "what it means: a field, or a unit", "plan_total")]
    expect: Annotated[
        Text, Key("现在的名称；变化时须重审", "what that is called today; a change asks for a review", "计划总投资")
    ]
    reason: Annotated[
        str, Field(min_length=8), Key("理由，至少 8 个字", "why, at least 8 characters", "桐乡市旧模板的列名")
    ]
    provider: Annotated[Text, Key("谁这样写", "who writes it so", "330483")]
    status: Annotated[
        Literal["open", "closed"], Key("open 生效，closed 仅留档", "open applies, closed is a record", "open")
    ]
    since: Annotated[date, Key("自何日起", "since when", "2022-02-10")]
    form: Annotated[
        str, Key("报表（kind = header）", "the form (kind = header)", "project_month", refers="forms/*.toml")
    ] = ""


class CorrectionsFile(Strict):
    """corrections.yml."""

    corrections: Annotated[tuple[Correction, ...], Key("已知差错", "the known errors", "")] = ()


class Corrections:
    """The open corrections of a programme, checked and applied to layouts and units."""

    def __init__(self, path: Path, line: LineOf, entries: Sequence[Correction], errors: ErrorList) -> None:
        self._path, self._line, self._errors = path, line, errors
        self._open = [(n, c) for n, c in enumerate(entries) if c.status == "open"]
        for number, one in self._open:
            if one.kind != "code" and _NUMBER.fullmatch(one.wrong.strip()):
                self._refuse(
                    number,
                    "wrong",
                    f"更正只针对表头、名称和代码，不得涉及数值：{one.wrong}",
                    f"a correction is about headers, names and codes, never an amount: {one.wrong}",
                )
            if one.kind == "code" and not _CODE.fullmatch(one.wrong):
                self._refuse(
                    number,
                    "wrong",
                    f"不是行政区划代码（6、9 或 12 位数字）：{one.wrong}",
                    f"not an area code: {one.wrong}",
                )

    def forms(self, forms: Mapping[str, FormLayout], names: Collection[str]) -> dict[str, FormLayout]:
        """The layouts with the wrong headers as further aliases of the fields they mean. `names`: all forms of the folder; one that did
        not load is passed over."""
        done = dict(forms)
        for number, one in self._open:
            if one.kind != "header":
                continue
            layout = done.get(one.form)
            if layout is None and one.form in names:
                continue
            if layout is None:
                self._refuse(number, "form", f"没有报表 {one.form}", f"no form {one.form}", tuple(names))
                continue
            column = layout.column(one.right)
            if column is None:
                known = tuple(c.field for c in layout.columns)
                self._refuse(number, "right", f"报表没有列 {one.right}", f"the form has no column {one.right}", known)
                continue
            self._expected(number, one, column.aliases[0] if column.aliases else "")
            key = header_key(one.wrong)
            owner = next((c.field for c in layout.columns if key in map(header_key, (c.field, *c.aliases))), None)
            if owner is not None:
                self._needless(number, one, owner)
                continue
            wider = replace(column, aliases=(*column.aliases, one.wrong))
            columns = tuple(wider if c is column else c for c in layout.columns)
            done[one.form] = replace(layout, columns=columns)
        return done

    def units(self, units: Sequence[Unit]) -> tuple[Unit, ...]:
        """The units with the wrong names as aliases and the wrong codes as accepted ones."""
        done = {unit.code: unit for unit in units}
        for number, one in self._open:
            if one.kind == "header":
                continue
            unit = done.get(one.right)
            if unit is None:
                self._refuse(number, "right", f"没有单位 {one.right}", f"no unit {one.right}", tuple(done)[:30])
                continue
            self._expected(number, one, unit.name)
            if one.kind == "alias":
                key = name_key(one.wrong)
                owner = next((u for u in done.values() if key in {name_key(n) for n in (u.name, *u.aliases)}), None)
                if owner is not None:
                    self._needless(number, one, owner.name)
                    continue
                done[unit.code] = replace(unit, aliases=(*unit.aliases, one.wrong))
            elif one.wrong == unit.code or one.wrong in unit.accepted_codes:
                self._needless(number, one, unit.name)
            else:
                done[unit.code] = replace(unit, accepted_codes=(*unit.accepted_codes, one.wrong))
        return tuple(done.values())

    def _expected(self, number: int, one: Correction, today: str) -> None:
        if one.expect != today:
            self._refuse(
                number,
                "expect",
                f"前提已不成立：{one.right} 现为“{today}”，不是“{one.expect}”。请核对后改写或关闭本条更正",
                f"no longer true: {one.right} is {today!r} today, not {one.expect!r}; review this correction or close it",
            )

    def _needless(self, number: int, one: Correction, owner: str) -> None:
        self._refuse(
            number,
            "wrong",
            f"“{one.wrong}”已属于 {owner}，本条更正不再需要或有冲突，请关闭",
            f"{one.wrong!r} belongs to {owner} already: this correction is needless or contradicts it; close it",
        )

    def _refuse(self, number: int, key: str, zh: str, en: str, allowed: tuple[str, ...] = ()) -> None:
        value = getattr(dict(self._open)[number], key, None)
        self._errors.add(ConfigError(self._path, self._line(("corrections", number, key)), zh, en, allowed, value))


def load_corrections(path: Path, errors: ErrorList) -> Corrections:
    """The corrections of a folder, none where it has no such file; what is wrong goes into the list."""

    def nothing() -> Corrections:
        return Corrections(path, lambda _: None, (), errors)

    read = errors.attempt(lambda: read_yaml(path)) if path.exists() else None
    if read is None:
        return nothing()
    content, line = read
    try:
        file = CorrectionsFile.model_validate(content)
    except ValidationError as error:
        for fault in faults_of(error, CorrectionsFile):
            errors.add(ConfigError(path, line(fault.location) or 1, fault.zh, fault.en, fault.allowed, fault.value))
        return nothing()
    return Corrections(path, line, file.corrections, errors)
