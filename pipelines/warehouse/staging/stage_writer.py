"""Stages: what a worker validated, as Parquet and JSON in a folder that appears whole or not at all (DESIGN §5)."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import Terminal, Transient
from pipelines.model.loading import ReceiptOutcome, ValidatedSubmission
from pipelines.model.rulings import Explanation

from ..db.column_types import instant_text, storable_text
from ..db.faults import fault_point
from ..db.locking import folder_lock
from . import written_tables
from .stage_tables import stage_tables

MANIFEST = "stage.json"
SUBMISSIONS = "submissions.json"
RECEIPTS = "receipts.json"
EXPLANATIONS = "explanations.json"
_WRITING = ".writing-"
_TRIES = 20
"""Times that somebody else may be quicker with the same name."""


def stage(
    stage_root: Path,
    stage_id: str,
    validated: Sequence[ValidatedSubmission],
    outcomes: Sequence[ReceiptOutcome],
    explanations: Sequence[Explanation] = (),
) -> Path:
    """Writes `stage_root/<stage_id>/` and returns it; a stage of that name is replaced.

    One Parquet file a lake table (without load_id, which the loader knows), the rule runs, `submissions.json` and
    `receipts.json`. What an outcome says of its receipt is in `ReceiptOutcome`; validated submissions without an outcome (one
    form validated again) leave their receipt as it is. `explanations`: what the files say to
    their own queries.
    """
    if not stage_id or "/" in stage_id or stage_id.startswith("."):
        raise Terminal(f"批次名无效：{stage_id!r}", f"not a stage id: {stage_id!r}")
    _refuse_doubles(validated)
    for one in validated:
        _refuse_imbalance(one)
    with _own_folder(stage_root, stage_id) as folder:
        return _write(folder, stage_root / stage_id, validated, outcomes, explanations)


@contextlib.contextmanager
def _own_folder(stage_root: Path, stage_id: str) -> Iterator[Path]:
    """A new folder, held while it is written; another one where a recovery took it for a dead one's before it was held."""
    with contextlib.ExitStack() as locks:
        for _ in range(_TRIES):
            folder = stage_root / f"{_WRITING}{stage_id}-{secrets.token_hex(4)}"
            folder.mkdir(parents=True)
            with contextlib.suppress(FileNotFoundError):
                if locks.enter_context(folder_lock(folder)) and folder.is_dir():
                    break
        else:
            raise Transient(
                f"批次 {stage_id} 未能写入", f"the stage {stage_id} could not be written", "重试 / try again"
            )
        yield folder


def _write(
    folder: Path,
    target: Path,
    validated: Sequence[ValidatedSubmission],
    outcomes: Sequence[ReceiptOutcome],
    explanations: Sequence[Explanation],
) -> Path:
    stage_root, stage_id = target.parent, target.name
    sums: dict[str, str] = {}
    written: dict[str, pa.Table] = {}
    for name, table in stage_tables(validated).items():
        if table.num_rows:
            digest = _write_parquet(folder / f"{name}.parquet", table)
            sums[f"{name}.parquet"], written[digest] = digest, table
    written_tables.remember(written)
    sums[SUBMISSIONS] = _write_json(folder / SUBMISSIONS, [_submission(one) for one in validated])
    sums[RECEIPTS] = _write_json(folder / RECEIPTS, [_outcome(one) for one in outcomes])
    if explanations:
        sums[EXPLANATIONS] = _write_json(folder / EXPLANATIONS, [_explanation(one) for one in explanations])
    _write_json(folder / MANIFEST, {"stage_id": stage_id, "nonce": secrets.token_hex(8), "sha256": sums})
    _sync_folder(folder)
    fault_point("stage.written")
    _put_in_place(folder, target)
    _sync_folder(stage_root)
    fault_point("stage.renamed")
    return target


def _put_in_place(folder: Path, target: Path) -> None:
    """A stage of the same name was left behind, or somebody else stages the same files: then it holds the same verdicts, and stays where
    they are just loading it."""
    for _ in range(_TRIES):
        try:
            folder.rename(target)
        except OSError as taken:
            if taken.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
        with contextlib.suppress(FileNotFoundError), folder_lock(target) as free:
            if not free:
                shutil.rmtree(folder)
                return
            remove_stage(target)
    raise Transient(
        f"批次 {target.name} 同时被他人写入", f"the stage {target.name} is written by others", "重试 / try again"
    )


def staged(stage_root: Path) -> list[Path]:
    """Complete stages that wait for the loader, by name."""
    if not stage_root.is_dir():
        return []
    return sorted(p for p in stage_root.iterdir() if not p.name.startswith(_WRITING) and (p / MANIFEST).is_file())


def half_written(stage_root: Path) -> list[Path]:
    """What killed workers left behind: never read, safe to delete when no worker runs. A stage has its manifest before it has its name;
    one without it was being removed."""
    if not stage_root.is_dir():
        return []
    folders = [p for p in stage_root.iterdir() if p.is_dir()]
    return sorted(p for p in folders if p.name.startswith(_WRITING) or not (p / MANIFEST).is_file())


def remove_stage(folder: Path) -> None:
    """Takes its name away first: a process that dies in between leaves nothing that could be taken for a stage. Nothing to do where
    somebody else removes it."""
    gone = folder.with_name(f"{_WRITING}{folder.name}-removed-{secrets.token_hex(4)}")
    with contextlib.suppress(FileNotFoundError):
        folder.rename(gone)
        with folder_lock(gone):
            shutil.rmtree(gone)


def remove_half_written(stage_root: Path) -> list[Path]:
    """Removes what killed workers left behind; a folder that is being written is held by its writer and stays."""
    removed = []
    for folder in half_written(stage_root):
        with contextlib.suppress(FileNotFoundError), folder_lock(folder) as held:
            if held:
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed


def _refuse_doubles(validated: Sequence[ValidatedSubmission]) -> None:
    counted = Counter(one.submission_id for one in validated)
    doubles = sorted(submission for submission, count in counted.items() if count > 1)
    if doubles:
        raise Terminal(f"同一批中重复：{', '.join(doubles)}", f"twice in one stage: {', '.join(doubles)}")


def _refuse_imbalance(validated: ValidatedSubmission) -> None:
    verdict = validated.verdict
    if verdict.received != verdict.accepted + verdict.quarantined + verdict.not_data:
        counts = f"{verdict.received} ≠ {verdict.accepted} + {verdict.quarantined} + {verdict.not_data}"
        raise Terminal(
            f"{validated.submission_id} 行数不平：{counts}",
            f"the rows of {validated.submission_id} do not add up: {counts}",
        )
    rules = [run.rule for run in verdict.rule_runs]
    if len(rules) != len(set(rules)):
        raise Terminal(
            f"{validated.submission_id} 有规则报告两次", f"{validated.submission_id}: a rule is reported more than once"
        )


def _submission(validated: ValidatedSubmission) -> dict[str, Any]:
    verdict, receipt = validated.verdict, validated.receipt
    summary: dict[tuple[str, str], list[int]] = {}
    for finding in verdict.findings:
        found = summary.setdefault((finding.rule, finding.severity), [0, 0])
        found[0] += 1
        found[1] += finding.answered
    return {
        "submission_id": validated.submission_id,
        "verdict_id": validated.verdict_id,
        "receipt_id": receipt.receipt_id,
        "sha256": receipt.sha256,
        "arrived_at": instant_text(receipt.arrived_at),
        "seen_at": instant_text(receipt.seen_at),
        "name": receipt.name,
        "form": validated.form,
        "unit_code": validated.unit_code,
        "period": validated.period,
        "measure": validated.measure,
        "history": asdict(validated.history),
        "history_id": validated.history.history_id,
        "rules_version": validated.rules_version,
        "programme_version": validated.programme_version,
        "judged_at": instant_text(validated.judged_at),
        "word": verdict.word,
        "received": verdict.received,
        "accepted": verdict.accepted,
        "quarantined": verdict.quarantined,
        "not_data": verdict.not_data,
        "errors": verdict.errors,
        "queries": verdict.queries,
        "open_queries": verdict.open_queries,
        "findings": len(verdict.findings),
        "passes_a_rules": verdict.passes_a_rules,
        "summary": [[rule, severity, *found] for (rule, severity), found in sorted(summary.items())],
    }


def _outcome(outcome: ReceiptOutcome) -> dict[str, Any]:
    return {
        "receipt_id": outcome.receipt_id,
        "state": outcome.state,
        "detail": storable_text(outcome.detail),
        "findings": [asdict(finding) for finding in outcome.findings],
        "submissions": outcome.submissions if outcome.state == "processed" else (),
    }


def _explanation(one: Explanation) -> dict[str, Any]:
    return {**asdict(one), "given_at": instant_text(one.given_at)}


def _write_parquet(path: Path, table: pa.Table) -> str:
    # read once, a moment later: quickly written is worth more than small
    pq.write_table(table, path, compression="lz4", use_dictionary=False)
    return _sync_file(path)


def _write_json(path: Path, value: Sequence[Any] | Mapping[str, Any]) -> str:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")
    return _sync_file(path)


def _sync_file(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read()
        os.fsync(file.fileno())
    return sha256(content).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
