"""How the checks fared over the returns an edition rests on, recorded once beside the edition when the site first shows it: versions may be
judged again by later rules, what was said of a published edition stays."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ValidationError

from ...publish.atomic_file import write_whole
from ...publish.site.published_edition import PublishedEdition
from ...publish.site.quality_measures import RuleFailures
from ..records.noted_files import RULE_FAILURES, logged_files, note_files
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


def rule_failures(
    context: Context, editions: Iterable[PublishedEdition], now: datetime
) -> dict[str, tuple[RuleFailures, ...]]:
    """Edition → its record, made from the verdicts of its inputs where there is none yet, and where it is not the one that was
    noted. Noted once it lies there: of a process that dies in between nothing is said to be false."""
    noted = logged_files(context, RULE_FAILURES)
    found = {}
    for edition in editions:
        file = edition.folder.parent / FILE
        known = noted.get(edition.edition_id, {}).get(FILE)
        recorded = _read(file, known)
        if recorded is None:
            recorded = _totals(context, edition)
            write_whole(file, (recorded.model_dump_json(indent=2) + "\n").encode())
        digest = sha256(file.read_bytes()).hexdigest()
        if digest != known:
            note_files(context, RULE_FAILURES, edition.edition_id, {FILE: digest}, now)
        found[edition.edition_id] = tuple(RuleFailures(one.rule, one.rows, one.failed) for one in recorded.rules)
    return found


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


def _read(file: Path, noted: str | None) -> RuleFailuresDocument | None:
    """What was recorded; None where nothing was, where it cannot be read, or where another content was noted."""
    try:
        text = file.read_bytes()
        known = noted in (None, sha256(text).hexdigest())
        return RuleFailuresDocument.model_validate(json.loads(text)) if known else None
    except (OSError, ValueError, ValidationError):
        return None
