"""Codes of people and teams: one code is one person, unless units that number their own gave it to different ones. Then each is told
apart by the unit, as `330481:L-01`, in every table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ...dispatch.arrays import Flags, Ints
from ...model.dispatch_decisions import DecisionKind, DispatchDecision
from ...model.text_arrays import text_codes
from ...model.units import name_key

LEADER_LIST = "leader_assignment"
"""The form that says who leads and serves a project."""
NAMED_IN: Mapping[str, Mapping[str, str]] = {
    LEADER_LIST: {"leader_code": "leader_name", "team_code": "team_name"},
    "helper_roster": {"helper_code": "helper_name"},
}
"""List that says whose a code is → column of the code → column of the name."""
CODED_FORMS = frozenset((LEADER_LIST, "helper_roster", "visit_log", "service_memo", "issue_log"))
"""Forms that name people or teams by their codes."""
Shared = Mapping[str, frozenset[str]]
"""Column → codes that several units gave to different people."""
ASSIGNED: DecisionKind = "leader_assigned"
"""The decisions that name people by their codes."""
_APART = ":"


def bare(code: str) -> str:
    """The code as the unit wrote it."""
    return code.rpartition(_APART)[2]


def shared_codes(rows: pa.Table | None, code: str, name: str) -> frozenset[str]:
    """Codes of a list that stand with different names in it and come from several units. One person in the lists of two units (a city's
    leader) has one name and stays one."""
    if rows is None or not {code, name} <= set(rows.column_names):
        return frozenset()
    (coded, texts), (named, names), (sent, _) = (text_codes(rows[column]) for column in (code, name, "unit_code"))
    keys = [name_key(text or "") for text in names]
    distinct = {key: place for place, key in enumerate(dict.fromkeys(("", *keys)))}
    person = np.array([distinct[key] for key in keys], np.int64)[named] if keys else named
    known = (person > 0) & np.isin(coded, [place for place, text in enumerate(texts) if text])
    several = _several(coded[known], person[known], len(texts)) & _several(coded[known], sent[known], len(texts))
    return frozenset(str(texts[place]) for place in np.flatnonzero(several).tolist())


def _several(code: Ints, other: Ints, codes: int) -> Flags:
    """[codes]: the code stands beside more than one of the others."""
    pairs = np.unique(np.stack([code, other], axis=1), axis=0)
    result: Flags = np.bincount(pairs[:, 0], minlength=codes) > 1
    return result


def told_apart(rows: pa.Table, shared: Shared) -> pa.Table:
    """The rows with every shared code under its unit; the same rows where none is shared."""
    for column, codes in shared.items():
        if not codes or column not in rows.column_names:
            continue
        pairs = zip(rows["unit_code"].to_pylist(), rows[column].to_pylist(), strict=True)
        own = [under(unit, code, codes) if code else code for unit, code in pairs]
        place = rows.column_names.index(column)
        rows = rows.set_column(place, column, pa.array(own, pa.string()))
    return rows


def under(unit_code: str, code: str, shared: frozenset[str]) -> str:
    """A code of a unit's list; with the unit before it where others have the same one."""
    return f"{unit_code}{_APART}{code}" if code in shared else code


def decided_apart(decisions: Iterable[DispatchDecision], shared: Shared) -> list[DispatchDecision]:
    """Decisions about leaders with the shared codes under the unit of the project."""
    of_column = {"leader_code": "leader_code", "replaces": "leader_code", "team_code": "team_code"}

    def one(decision: DispatchDecision) -> DispatchDecision:
        own = {
            key: under(decision.unit_code, value, shared[of_column[key]]) if key in of_column else value
            for key, value in decision.detail.items()
        }
        return replace(decision, detail=own)

    return [one(d) if d.kind == ASSIGNED else d for d in decisions]
