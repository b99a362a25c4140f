"""How a rule fared over one submission as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from ...model.findings import Finding


@dataclass(frozen=True)
class FileOutcome:
    """`reason`: why the rule could not be asked; empty where it was."""

    looked_at: int
    findings: tuple[Finding, ...] = ()
    reason: str = ""
