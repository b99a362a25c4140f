"""Which checks of the catalogue a form's suite holds, with the programme's lists filled in. No Great Expectations here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .catalogue import rules_of
from .rule import Check, Given, Noted, Rule


@dataclass(frozen=True)
class FormSetup:
    """What a suite takes from a form's layout and its programme.

    `fields`: fields the form's layout has. `required`: fields that must be filled (B14). `conditional`: column of the check
    frame that says whether a cell is there that only some rows must fill → the fields of which one will do. `key`: columns of
    the check frame that are unique together, the submission first (B07). `lists`: value sets by the name a rule asks for.
    `measure`: of the form's amounts. `period`: YYYY-MM, for rules with validity. `amounts`, `counts`: its amount and its
    integer fields. `noted`: the
    kinds of cells it has, for checks that name each cell that could not be read.
    """

    form: str
    fields: Collection[str]
    required: Sequence[str]
    key: Sequence[str]
    lists: Mapping[str, Sequence[str]]
    measure: str
    period: str
    amounts: Sequence[str] = ()
    counts: Sequence[str] = ()
    noted: Collection[Noted] = ("amount", "date", "code")
    conditional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The checks of one run, and the rules that cannot be asked of this form with the reason (Chinese / English)."""

    checks: tuple[tuple[Rule, Check], ...]
    absent: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns the check frame needs, in a stable order."""
        names: dict[str, None] = {}
        for _, check in self.checks:
            for name in (*columns_of(check), *check.looks_at):
                names[name] = None
        return tuple(names)


def columns_of(check: Check) -> tuple[str, ...]:
    """Columns the check's expectation reads."""
    kwargs = check.kwargs
    return tuple(
        dict.fromkeys(
            (*(kwargs[k] for k in ("column", "column_A", "column_B") if k in kwargs), *kwargs.get("column_list", ()))
        )
    )


def plan(setup: FormSetup) -> Plan:
    """Checks of all rules of the form in force; a check whose fields the form lacks, or whose list is empty, is left out."""
    checks: list[tuple[Rule, Check]] = []
    absent: dict[str, str] = {}
    for rule in rules_of(setup.form, setup.period):
        if rule.unavailable:
            absent[rule.id] = rule.unavailable
            continue
        if rule.measure and rule.measure != setup.measure:
            absent[rule.id] = f"阈值按 {rule.measure} 设定，本表为 {setup.measure} / thresholds are in {rule.measure}"
            continue
        if not rule.checks:
            continue
        own = [(rule, c) for check in rule.checks for c in _resolve(rule, check, setup)]
        if not own:
            absent[rule.id] = "本表没有所需的列或代码表 / the form has no such column or code list"
        checks.extend(own)
    return Plan(tuple(checks), absent)


def _required(check: Check, setup: FormSetup) -> Iterator[Check]:
    """The check for every field that must be filled in all rows, and for every column that says so of some rows."""
    for name in setup.required:
        yield _of_field(check, name)
    for column, fields in setup.conditional.items():
        yield replace(
            check,
            id=f"{check.id}.{fields[0]}",
            expectation="ExpectColumnValuesToBeInSet",
            kwargs={"column": column, "value_set": [True]},
            fields=fields,
            looks_at=(column,),
        )


def _resolve(rule: Rule, check: Check, setup: FormSetup) -> list[Check]:
    if check.forms and setup.form not in check.forms:
        return []
    if check.each == "required":
        return [*_required(check, setup)]
    if check.each == "amount":
        named = any(setup.form in other.forms for other in rule.checks)
        return [] if named else [_of_field(check, name) for name in setup.amounts]
    if check.each == "count":
        return [_of_field(check, name) for name in setup.counts]
    if check.noted and check.noted not in setup.noted:
        return []
    if check.fields and not any(name in setup.fields for name in check.fields):
        return []
    kwargs: dict[str, Any] = {}
    for key, value in check.kwargs.items():
        if not isinstance(value, Given):
            kwargs[key] = value
            continue
        given = setup.key if value.name == "key" else setup.lists.get(value.name, ())
        if not given:
            return []
        kwargs[key] = list(given)
    if check.looks_at == ("key",):
        return [replace(check, kwargs=kwargs, fields=tuple(setup.key[1:]), looks_at=tuple(setup.key[1:]))]
    return [replace(check, kwargs=kwargs)]


def _of_field(check: Check, name: str) -> Check:
    """A check that is repeated field by field, for one of them."""
    kwargs = dict(check.kwargs)
    if "column" in kwargs:
        kwargs["column"] = name
    else:
        kwargs |= {"column_list": [name, *kwargs["column_list"][1:]], "coefficients": {name: 1}}
    looks_at = (name,) if check.looks_at else ()
    return replace(check, id=f"{check.id}.{name}", kwargs=kwargs, fields=(name,), looks_at=looks_at)
