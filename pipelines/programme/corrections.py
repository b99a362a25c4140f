"""corrections.yml: documented known errors in what providers send: a header, a name or a code that is wrong in a known way. Each
with reason, provider, status and an `expect` that fails when it is no longer true. There is no kind for amounts and no
key to put one in: nobody but the county changes a county's figure (domain_decisions §6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..errors import ConfigError
from ..model.forms import FormLayout
from ..model.units import Unit, name_key
from .yaml_lines import LineOf

FILE = "corrections.yml"
Text = Annotated[str, Field(min_length=1)]
_NUMBER = re.compile(r"[-+]?[\d,.]+\s*(?:%|[十百千万亿]*元|USD)?", re.IGNORECASE)
_CODE = re.compile(r"\d{6}(?:\d{3}|\d{6})?")


class Correction(BaseModel):
    """One known error.

    `kind`: header (`wrong` is a header text of `form`, `right` the field it means), alias (`wrong` names the unit `right`), code
    (the unit `right` may write the code `wrong` in its rows). `expect`: what `right` is called today: the first header
    of the field, the name of the unit. `status`: open corrections apply, closed ones are kept as a record.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["header", "alias", "code"]
    wrong: Text
    right: Text
    expect: Text
    reason: Annotated[str, Field(min_length=8)]
    provider: Text
    status: Literal["open", "closed"]
    since: date
    form: str = ""


class CorrectionsFile(BaseModel):
    """corrections.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    corrections: tuple[Correction, ...] = ()


class Corrections:
    """The open corrections of a programme, checked and applied to layouts and units."""

    def __init__(self, path: Path, line: LineOf, entries: Sequence[Correction]) -> None:
        self._path, self._line = path, line
        self._open = [(n, c) for n, c in enumerate(entries) if c.status == "open"]
        for number, one in self._open:
            if one.kind != "code" and _NUMBER.fullmatch(one.wrong.strip()):
                raise self._wrong(
                    number,
                    "wrong",
                    f"更正只针对表头、名称和代码,不得涉及数值:{one.wrong}",
                    f"a correction is about headers, names and codes, never an amount: {one.wrong}",
                )
            if one.kind == "code" and not _CODE.fullmatch(one.wrong):
                raise self._wrong(
                    number,
                    "wrong",
                    f"不是行政区划代码(6、9 或 12 位数字):{one.wrong}",
                    f"not an area code: {one.wrong}",
                )

    def forms(self, forms: Mapping[str, FormLayout]) -> dict[str, FormLayout]:
        """The layouts with the wrong headers as further aliases of the fields they mean."""
        done = dict(forms)
        for number, one in self._open:
            if one.kind != "header":
                continue
            layout = done.get(one.form)
            if layout is None:
                raise self._wrong(number, "form", f"没有报表 {one.form}", f"no form {one.form}", tuple(forms))
            column = layout.column(one.right)
            if column is None:
                known = tuple(c.field for c in layout.columns)
                raise self._wrong(
                    number, "right", f"报表没有列 {one.right}", f"the form has no column {one.right}", known
                )
            self._expected(number, one, column.aliases[0] if column.aliases else "")
            owner = next((c.field for c in layout.columns if one.wrong in c.aliases), None)
            if owner is not None:
                raise self._needless(number, one, owner)
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
                raise self._wrong(number, "right", f"没有单位 {one.right}", f"no unit {one.right}", tuple(done)[:30])
            self._expected(number, one, unit.name)
            if one.kind == "alias":
                key = name_key(one.wrong)
                owner = next((u for u in done.values() if key in {name_key(n) for n in (u.name, *u.aliases)}), None)
                if owner is not None:
                    raise self._needless(number, one, owner.name)
                done[unit.code] = replace(unit, aliases=(*unit.aliases, one.wrong))
            elif one.wrong == unit.code or one.wrong in unit.accepted_codes:
                raise self._needless(number, one, unit.name)
            else:
                done[unit.code] = replace(unit, accepted_codes=(*unit.accepted_codes, one.wrong))
        return tuple(done.values())

    def _expected(self, number: int, one: Correction, today: str) -> None:
        if one.expect != today:
            raise self._wrong(
                number,
                "expect",
                f"前提已不成立:{one.right} 现为“{today}”,不是“{one.expect}”。请核对后改写或关闭本条更正",
                f"no longer true: {one.right} is {today!r} today, not {one.expect!r}; review this correction or close it",
            )

    def _needless(self, number: int, one: Correction, owner: str) -> ConfigError:
        return self._wrong(
            number,
            "wrong",
            f"“{one.wrong}”已属于 {owner},本条更正不再需要或有冲突,请关闭",
            f"{one.wrong!r} belongs to {owner} already: this correction is needless or contradicts it; close it",
        )

    def _wrong(self, number: int, key: str, zh: str, en: str, allowed: tuple[str, ...] = ()) -> ConfigError:
        return ConfigError(self._path, self._line(("corrections", number, key)), zh, en, allowed)
