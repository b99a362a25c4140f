"""What goes back to a county, as a value: the verdict of a file, its forms as they were read, and every finding."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..model.calendar import local_text
from ..model.findings import Finding
from ..model.forms import FormLayout
from ..model.raw import column_number
from ..model.submissions import FormPart

SEVERITIES: Mapping[str, tuple[str, str]] = {
    "error": ("强制性", "error"),
    "query": ("核实性", "query"),
    "information": ("提示", "information"),
}
_CELL = re.compile(r"([A-Z]{1,3})(\d+)\Z", re.ASCII)


@dataclass(frozen=True)
class ReturnedPart:
    """One form of the file with its verdict. `submission_id` is '' where nothing was recorded (`saima check`); `declared` is what
    the sidecar of the file said of unit, period and unit of amount."""

    part: FormPart
    layout: FormLayout
    unit_name: str
    submission_id: str
    version: int | None
    word: str
    received: int
    accepted: int
    quarantined: int
    not_data: int
    findings: tuple[Finding, ...]
    due: datetime | None = None
    audit_due: datetime | None = None
    declared: Mapping[str, str] = field(default_factory=dict)

    def count(self, severity: str) -> int:
        return sum(f.severity == severity for f in self.findings)


@dataclass(frozen=True)
class Returning:
    """A file on its way back. `findings` are those of a file without forms; `moment` dates the workbook (the file's arrival, so
    that writing it again gives the same bytes). `remarks`: what the bureau says besides, such as why it sends the file back. `english`:
    what goes back is in English alone."""

    name: str
    sha256: str
    word: str
    moment: datetime
    rules_version: str
    time_zone: str
    programme: str
    simulated: bool
    parts: tuple[ReturnedPart, ...] = ()
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    english: bool = False

    @property
    def held(self) -> int:
        """Rows of the file that were not accepted."""
        return sum(part.quarantined for part in self.parts)

    @property
    def root_cause(self) -> tuple[Finding | None, int]:
        """(the finding that most of the others follow from, how many others ask for something)."""
        asked = [f for f in self.all_findings if f.severity != "information" and not f.answered]
        return (root_cause(asked), len(asked) - 1) if asked else (None, 0)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        return (*self.findings, *(f for p in self.parts for f in p.findings))


def by_row(part: ReturnedPart) -> dict[int, list[Finding]]:
    """Findings of each row, the worst first."""
    rows: dict[int, list[Finding]] = defaultdict(list)
    for finding in part.findings:
        if finding.row is not None:
            rows[finding.row].append(finding)
    return {row: worst_first(found) for row, found in rows.items()}


def root_cause(asked: Sequence[Finding]) -> Finding | None:
    """Of errors before queries: what could not be read (level 0), then a slipped unit of amount (G), whose consequences fill a list,
    then what is about the whole file, then the rule that found most."""
    if not asked:
        return None
    worst = "error" if any(f.severity == "error" for f in asked) else "query"
    group = [f for f in asked if f.severity == worst]
    count = Counter(f.rule for f in group)

    def order(f: Finding) -> tuple[bool, bool, bool, int]:
        return (not (f.level == 0 and f.rule.startswith("A")), f.rule != "G", f.row is not None, -count[f.rule])

    return min(group, key=order)


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    order = list(SEVERITIES)
    return sorted(findings, key=lambda f: order.index(f.severity))


def position(cell: str) -> tuple[int, int] | None:
    """F12 → (11, 5), both from 0; None for what is no address."""
    match = _CELL.match(cell)
    if not match:
        return None
    return int(match[2]) - 1, column_number(match[1]) - 1


def local(moment: datetime | None, time_zone: str) -> str:
    """An instant as people of the place write it, to the minute."""
    return local_text(moment, time_zone) or "—"
