"""How the checks fared over the returns an edition rests on, recorded once beside the edition when the site first shows it: versions may be
judged again by later rules, what was said of a published edition stays."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from pydantic import BaseModel, ValidationError

from ...publish.atomic_file import write_whole
from ...publish.site.published_edition import PublishedEdition
from ...publish.site.quality_measures import RuleFailures
from ..runtime.context import Context

FILE = "rule_failures.json"


class RuleFailure(BaseModel):
    """One rule: rows or cells it looked at, and of them failed."""

    rule: str
    rows: int
    failed: int


class RuleFailuresDocument(BaseModel):
    """`rule_failures.json` beside a published edition: totals over all units, no unit and no project."""

    edition: str
    rules_version: str
    rules: list[RuleFailure]


def rule_failures(context: Context, edition: PublishedEdition) -> tuple[RuleFailures, ...]:
    """The record of an edition, made from the verdicts of its inputs where there is none yet."""
    file = edition.folder.parent / FILE
    recorded = _read(file)
    if recorded is None:
        recorded = _totals(context, edition)
        write_whole(file, (recorded.model_dump_json(indent=2) + "\n").encode())
    return tuple(RuleFailures(one.rule, one.rows, one.failed) for one in recorded.rules)


def _totals(context: Context, edition: PublishedEdition) -> RuleFailuresDocument:
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    inputs = [str(one["submission"]) for one in edition.manifest["inputs"]]
    for total in context.warehouse.verdict_history.rule_totals(inputs):
        if total.status == "evaluated":
            tally[total.rule][0] += total.rows
            tally[total.rule][1] += total.failed
    return RuleFailuresDocument(
        edition=edition.edition_id,
        rules_version=str(edition.manifest["rules_version"]),
        rules=[RuleFailure(rule=rule, rows=rows, failed=failed) for rule, (rows, failed) in sorted(tally.items())],
    )


def _read(file: Path) -> RuleFailuresDocument | None:
    """What was recorded; None where nothing was, or where it cannot be read."""
    try:
        return RuleFailuresDocument.model_validate(json.loads(file.read_bytes()))
    except (OSError, ValueError, ValidationError):
        return None
