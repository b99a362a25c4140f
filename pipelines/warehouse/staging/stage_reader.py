"""Reading stages back: checked against the sums they were written with, several stages as one batch."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.model.findings import VerdictWord
from pipelines.model.rulings import Explanation, RuledCell
from pipelines.model.tables import TableRegister

from . import written_tables
from .stage_tables import RULE_RUNS, RULE_RUNS_SCHEMA, staged_schema
from .stage_writer import EXPLANATIONS, MANIFEST, RECEIPTS, SUBMISSIONS
from .timeline import Event

Key = tuple[str, str, str]
"""(unit_code, period, form)."""


class BrokenStage(Exception):
    """A stage that is not what was written: torn, truncated or edited. It is redone from the archive."""

    def __init__(self, folder: Path, why: object) -> None:
        super().__init__(f"{folder}: {why}")
        self.folder = folder


@dataclass(frozen=True)
class StagedSubmission:
    """What `submissions.json` says of one judged submission; `fields` as written by staging."""

    fields: dict[str, Any]
    event: Event

    @property
    def submission_id(self) -> str:
        return self.event.submission_id

    @property
    def verdict_id(self) -> str:
        return str(self.fields["verdict_id"])

    @property
    def key(self) -> Key:
        return (self.fields["unit_code"], self.fields["period"], self.fields["form"])


@dataclass(frozen=True)
class StagedBatch:
    """Everything of one load. `tables` hold lake rows without load_id, and the rule runs."""

    stage_keys: tuple[tuple[str, Path], ...]
    submissions: tuple[StagedSubmission, ...]
    outcomes: tuple[dict[str, Any], ...]
    tables: dict[str, pa.Table]
    register: TableRegister
    explanations: tuple[Explanation, ...] = ()

    @property
    def receipts(self) -> list[str]:
        """Receipts the batch speaks about, judged again from the archive when the stage is lost."""
        return sorted({s.event.receipt_id for s in self.submissions} | {o["receipt_id"] for o in self.outcomes})

    def rows(self, table: str) -> pa.Table:
        return self.tables.get(table, _schema(table, self.register).empty_table())

    def rule_runs(self, verdict_ids: Collection[str]) -> pa.Table:
        """How every rule fared in these verdicts."""
        runs = self.rows(RULE_RUNS)
        return runs.filter(pc.is_in(runs["verdict_id"], pa.array(sorted(verdict_ids), pa.string())))


def stage_key(folder: Path) -> str:
    """Identity of one act of staging: the same name staged again is another stage."""
    manifest = _manifest(folder)
    return f"{manifest['stage_id']}:{manifest['nonce']}"


def names_in(folder: Path) -> tuple[list[str], list[str]]:
    """(receipts whose outcome it holds, verdicts) of a stage, without its rows."""
    sums = _manifest(folder)["sha256"]
    receipts, validated = (json.loads(_content(folder / name, sums[name])) for name in (RECEIPTS, SUBMISSIONS))
    return [str(one["receipt_id"]) for one in receipts], [str(one["verdict_id"]) for one in validated]


def read_stages(folders: Sequence[Path], register: TableRegister) -> StagedBatch:
    """Several stages as one batch; a submission or receipt staged twice counts as staged last. Raises BrokenStage."""
    keys: list[tuple[str, Path]] = []
    submissions: dict[str, tuple[int, StagedSubmission]] = {}
    outcomes: dict[str, dict[str, Any]] = {}
    parts: dict[str, list[tuple[int, pa.Table]]] = {}
    explanations: list[Explanation] = []
    for number, folder in enumerate(folders):
        manifest = _manifest(folder)
        keys.append((f"{manifest['stage_id']}:{manifest['nonce']}", folder))
        contents = {name: _content(folder / name, digest) for name, digest in manifest["sha256"].items()}
        for fields in json.loads(contents[SUBMISSIONS]):
            one = StagedSubmission(fields, _event(fields))
            submissions[one.submission_id] = (number, one)
        for outcome in json.loads(contents[RECEIPTS]):
            outcomes[outcome["receipt_id"]] = outcome
        explanations.extend(_explanation(fields) for fields in json.loads(contents.get(EXPLANATIONS, b"[]")))
        for name in (*register.tables, RULE_RUNS):
            file = f"{name}.parquet"
            if file in contents:
                table = written_tables.take(manifest["sha256"][file])
                if table is None:
                    table = pq.read_table(pa.BufferReader(contents[file]))
                parts.setdefault(name, []).append((number, table))
    return StagedBatch(
        stage_keys=tuple(keys),
        submissions=tuple(one for _, one in submissions.values()),
        outcomes=tuple(outcomes.values()),
        tables={name: _merged(name, _schema(name, register), tables, submissions) for name, tables in parts.items()},
        register=register,
        explanations=tuple(explanations),
    )


def _schema(name: str, register: TableRegister) -> pa.Schema:
    return RULE_RUNS_SCHEMA if name == RULE_RUNS else staged_schema(register[name])


def _explanation(fields: dict[str, Any]) -> Explanation:
    cell = RuledCell(**fields.pop("cell"))
    return Explanation(cell, **{**fields, "given_at": datetime.fromisoformat(fields["given_at"])})


def _merged(
    name: str,
    schema: pa.Schema,
    parts: list[tuple[int, pa.Table]],
    submissions: dict[str, tuple[int, StagedSubmission]],
) -> pa.Table:
    """The rows of a table; those of a submission staged again later are left out."""
    column = "verdict_id" if name == RULE_RUNS else "submission_id"
    kept = []
    for number, table in parts:
        owners = [
            one.verdict_id if name == RULE_RUNS else one.submission_id
            for last, one in submissions.values()
            if last == number
        ]
        if len(parts) > 1:
            table = table.filter(pc.is_in(table[column], pa.array(owners, pa.string())))
        kept.append(table.cast(schema))
    return pa.concat_tables(kept)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if not isinstance(manifest, dict) or not {"stage_id", "nonce", "sha256"} <= manifest.keys():
            raise BrokenStage(folder, "not a stage manifest")
    except (OSError, ValueError) as cause:
        raise BrokenStage(folder, cause) from cause
    return manifest


def _content(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as cause:
        raise BrokenStage(path.parent, cause) from cause
    if sha256(content).hexdigest() != digest:
        raise BrokenStage(path.parent, f"{path.name} is not what was staged")
    return content


def _event(fields: dict[str, Any]) -> Event:
    word: VerdictWord = fields["word"]
    return Event(
        submission_id=fields["submission_id"],
        receipt_id=fields["receipt_id"],
        sha256=fields["sha256"],
        arrived_at=datetime.fromisoformat(fields["arrived_at"]),
        seen_at=datetime.fromisoformat(fields["seen_at"]),
        name=fields["name"],
        word=word,
    )
