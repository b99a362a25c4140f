"""What the rules of scope unit-history may look at: accepted rows of earlier months and of sibling forms, as they stood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from hashlib import sha256

import pyarrow as pa

SIBLINGS: Mapping[str, str] = {"project_month": "unit_month"}
"""Detail is compared with the unit's total of the same period (F01), never the other way round: one direction, so that
arrival order settles nothing and no two verdicts wait for each other."""


@dataclass(frozen=True)
class UnitHistory:
    """The submissions one (unit, form, period) is judged against. Ids are None where there is no accepted one.

    `previous`: the unit's last accepted month before the period, and `previous_period` which month that is;
    `annual_final`: December of the year before; `sibling`: the accepted submission of the form in SIBLINGS, same unit
    and period. `rulings`: tokens, parted by spaces, of the waivers and of the decisions on explanations that hold for the
    unit, form and period; granting one makes another history, so the file is judged again.
    """

    previous: str | None = None
    previous_period: str | None = None
    annual_final: str | None = None
    sibling: str | None = None
    rulings: str = ""

    @property
    def history_id(self) -> str:
        """Identity of the snapshot; recorded with the verdict and replayed by audit and rebuild."""
        parts = [self.previous, self.previous_period, self.annual_final, self.sibling]
        text = json.dumps([*parts, self.rulings] if self.rulings else parts, separators=(",", ":"))
        return "h" + sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class History:
    """History of a whole batch of one form: which submissions per unit, and their accepted rows, read once.

    `rows` has the columns of the form's fact table (several submissions together, told apart by `submission_id`);
    `sibling_rows` those of the sibling form's. Both None where nothing is known (no home: history rules do not apply).
    """

    units: Mapping[str, UnitHistory] = dataclass_field(default_factory=dict)
    rows: pa.Table | None = None
    sibling_rows: pa.Table | None = None

    def of(self, unit_code: str) -> UnitHistory:
        return self.units.get(unit_code, UnitHistory())
