"""A second, plain evaluation of every expectation the catalogue uses, and every way its formula is broken on purpose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from expectations.codes import valid_uscc
from expectations.edits import linear_edit_holds
from expectations.rule import Check

_EDIT = ("coefficients", "relation", "constant", "tolerance", "blank_is_zero", "any_filled", "where", "given")


def failing(kind: str, kwargs: Mapping[str, Any], frame: pd.DataFrame) -> np.ndarray:
    """Which rows fail, as Great Expectations says on pandas (a test compares the two on every check)."""
    size = len(frame)
    if kind == "always":
        return np.full(size, bool(kwargs["fails"]))
    if kind == "ExpectLinearEditToHold":
        edit = {k: kwargs[k] for k in _EDIT if k in kwargs}
        return ~linear_edit_holds(frame, **edit).to_numpy(dtype=bool)
    if kind == "ExpectColumnPairValuesAToBeGreaterThanB":
        first, second = frame[kwargs["column_A"]], frame[kwargs["column_B"]]
        holds = first >= second if kwargs.get("or_equal") else first > second
        return ~holds.fillna(True).to_numpy(dtype=bool)
    if kind == "ExpectColumnPairValuesToBeEqual":
        return ~(frame[kwargs["column_A"]] == frame[kwargs["column_B"]]).fillna(True).to_numpy(dtype=bool) & (
            frame[[kwargs["column_A"], kwargs["column_B"]]].notna().all(axis=1).to_numpy(dtype=bool)
        )
    if kind == "ExpectCompoundColumnsToBeUnique":
        columns = frame[list(kwargs["column_list"])]
        return columns.duplicated(keep=False).to_numpy() & columns.notna().all(axis=1).to_numpy(dtype=bool)
    column = frame[kwargs["column"]]
    filled = column.notna().to_numpy(dtype=bool)
    if kind == "ExpectColumnValuesToNotBeNull":
        return ~filled
    if kind == "ExpectColumnValuesToBeBetween":
        low, high = kwargs.get("min_value"), kwargs.get("max_value")
        bad = np.zeros(size, dtype=bool)
        if low is not None:
            bad |= (column < low).fillna(False).to_numpy(dtype=bool)
        if high is not None:
            bad |= (column > high).fillna(False).to_numpy(dtype=bool)
        return bad
    if kind == "ExpectColumnValuesToBeInSet":
        return filled & ~column.isin(kwargs["value_set"]).to_numpy(dtype=bool)
    if kind == "ExpectColumnValuesToMatchRegex":
        return filled & ~column.str.contains(kwargs["regex"]).fillna(False).to_numpy(dtype=bool)
    if kind == "ExpectColumnValuesToNotMatchRegex":
        return filled & column.str.contains(kwargs["regex"]).fillna(False).to_numpy(dtype=bool)
    if kind == "ExpectColumnValuesToNotMatchRegexUnless":
        excused = column.str.contains(kwargs["unless"]).fillna(False).to_numpy(dtype=bool)
        return filled & column.str.contains(kwargs["regex"]).fillna(False).to_numpy(dtype=bool) & ~excused
    if kind == "ExpectColumnValuesToBeUnifiedSocialCreditCodes":
        return filled & ~valid_uscc(pa.array(column, pa.large_string(), from_pandas=True))
    raise ValueError(f"no plain evaluation of {kind}")


@dataclass(frozen=True)
class Mutant:
    """A check whose formula was changed; `name` says how and is what SURVIVORS.md lists."""

    check: str
    change: str
    kind: str
    kwargs: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.check}: {self.change}"


def mutants(check: Check) -> Iterator[Mutant]:
    """Every change to the check's formula: dropped, turned round, shifted, a condition or a term left out."""

    def made(change: str, kind: str = check.expectation, **changed: Any) -> Mutant:
        kwargs = {k: v for k, v in {**check.kwargs, **changed}.items() if v is not None}
        return Mutant(check.id, change, kind, kwargs)

    yield made("always passes", "always", fails=False)
    yield made("always fails", "always", fails=True)
    yield from {
        "ExpectLinearEditToHold": _of_edit,
        "ExpectColumnPairValuesAToBeGreaterThanB": _of_order,
        "ExpectColumnPairValuesToBeEqual": _of_nothing,
        "ExpectCompoundColumnsToBeUnique": _of_key,
        "ExpectColumnValuesToNotBeNull": _of_nothing,
        "ExpectColumnValuesToBeBetween": _of_limits,
        "ExpectColumnValuesToBeInSet": _of_set,
        "ExpectColumnValuesToMatchRegex": _of_pattern,
        "ExpectColumnValuesToNotMatchRegex": _of_pattern,
        "ExpectColumnValuesToNotMatchRegexUnless": _of_words,
        "ExpectColumnValuesToBeUnifiedSocialCreditCodes": _of_nothing,
    }[check.expectation](check, made)


def _of_nothing(check: Check, made: Any) -> Iterator[Mutant]:
    yield from ()


def _of_order(check: Check, made: Any) -> Iterator[Mutant]:
    kwargs = check.kwargs
    yield made("≥ becomes >", or_equal=False)
    yield made("≥ becomes ≤", column_A=kwargs["column_B"], column_B=kwargs["column_A"])
    yield made("≥ becomes =", "ExpectColumnPairValuesToBeEqual")


def _of_key(check: Check, made: Any) -> Iterator[Mutant]:
    for name in check.kwargs["column_list"]:
        yield made(f"key without {name}", column_list=[c for c in check.kwargs["column_list"] if c != name])


def _of_limits(check: Check, made: Any) -> Iterator[Mutant]:
    for end in ("min_value", "max_value"):
        if end in check.kwargs:
            for step in (1, -1):
                yield made(f"{end} {step:+d}", **{end: check.kwargs[end] + step})
            other = "max_value" if end == "min_value" else "min_value"
            yield made(f"{end} becomes {other}", **{end: None, other: check.kwargs[end]})


def _of_set(check: Check, made: Any) -> Iterator[Mutant]:
    values = check.kwargs["value_set"]
    if values == [True]:
        yield made("true becomes false", value_set=[False])
        return
    for n, part in enumerate((values[: len(values) // 2], values[len(values) // 2 :]), 1):
        yield made(f"half {n} of the list left out", value_set=[v for v in values if v not in set(part)])


def _of_pattern(check: Check, made: Any) -> Iterator[Mutant]:
    regex = check.kwargs["regex"]
    for token in (r"\A", r"\Z"):
        if token in regex:
            yield made(f"without {token}", regex=regex.replace(token, ""))
    for group in re.findall(r"(?<=\(\?:)[^()]*(?=\))", regex):
        for word in group.split("|"):
            rest = "|".join(w for w in group.split("|") if w != word)
            if rest:
                yield made(f"without {word}", regex=regex.replace(f"(?:{group})", f"(?:{rest})"))


def _of_words(check: Check, made: Any) -> Iterator[Mutant]:
    yield made("without the words that excuse", unless=r"\A\Z.")
    for argument in ("regex", "unless"):
        words = check.kwargs[argument].split("|")
        for word in words:
            yield made(f"without {word}", **{argument: "|".join(w for w in words if w != word)})


def _of_edit(check: Check, made: Any) -> Iterator[Mutant]:
    kwargs = check.kwargs
    for relation in {">=", "<=", "=="} - {kwargs["relation"]}:
        yield made(f"{kwargs['relation']} becomes {relation}", relation=relation)
    for name in ("constant", "tolerance"):
        for step in (1, -1):
            if name == "constant" or kwargs.get("tolerance", 0) + step >= 0:
                yield made(f"{name} {step:+d}", **{name: kwargs.get(name, 0) + step})
    for column, coefficient in kwargs["coefficients"].items():
        rest = {c: n for c, n in kwargs["coefficients"].items() if c != column}
        yield made(f"{column} turned round", coefficients={**kwargs["coefficients"], column: -coefficient})
        if rest:
            yield made(f"without {column}", coefficients=rest)
        if abs(coefficient) > 1:
            nearer = coefficient - (1 if coefficient > 0 else -1)
            yield made(f"{column} · {nearer}", coefficients={**kwargs["coefficients"], column: nearer})
    for name in ("blank_is_zero", "any_filled"):
        for column in kwargs.get(name, ()):
            yield made(f"{name} without {column}", **{name: [c for c in kwargs[name] if c != column] or None})
    if kwargs.get("any_filled"):
        yield made("any_filled dropped", any_filled=None)
    for flag, wanted in kwargs.get("where", {}).items():
        yield made(f"where without {flag}", where={f: w for f, w in kwargs["where"].items() if f != flag})
        yield made(f"where {flag} turned round", where={**kwargs["where"], flag: not wanted})
    for n, edit in enumerate(kwargs.get("given", ())):
        others = [*kwargs["given"][:n], *kwargs["given"][n + 1 :]]
        what = f"{n + 1} ({' + '.join(edit['coefficients'])})"
        yield made(f"given {what} dropped", given=others)
        for step in (1, -1):
            shifted = {**edit, "constant": edit.get("constant", 0) + step}
            yield made(f"given {what} {step:+d}", given=[*others, shifted])
        yield made(f"given {what} turned round", given=[*others, {**edit, "relation": "<="}])
