"""From read files to candidates: which form of which unit and period each part is, and what becomes of each receipt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from ...model.forms import FormLayout
from ...model.loading import ReceiptOutcome
from ...model.programme import Programme
from ...model.submissions import (
    NOTES_SCHEMA,
    RAW_SCHEMA,
    TOTALS_SCHEMA,
    FormPart,
    Problem,
    ReadFile,
    ReadOptions,
    Receipt,
    submission_id,
)
from ...model.tables import rows_schema
from ...model.units import UnitRoster
from ...validate.unreadable_verdicts import unreadable_verdict
from ..runtime.context import Context
from ..runtime.reader_child import FileToRead
from ..runtime.reader_pool import Reader, Reading
from .past_periods import period_in_hand

_PARTS = re.compile(r"[\s_—–·.()()+-]+")


@dataclass(frozen=True)
class Candidate:
    """One form of one unit and period of one receipt, not yet judged. `problems` are those of the file as a whole."""

    submission_id: str
    receipt: Receipt
    unit_code: str
    period: str
    part: FormPart
    problems: tuple[Problem, ...]
    unreadable: bool = False


def read_receipts(context: Context, receipts: Iterable[Receipt], reader: Reader) -> Iterator[tuple[Receipt, ReadFile]]:
    """Each receipt's stored bytes through the child readers, in order."""
    wanted = list(receipts)
    return finish_reading(wanted, start_reading(context, wanted, reader), reader)


def start_reading(context: Context, receipts: Iterable[Receipt], reader: Reader) -> Reading:
    """Hand the receipts' stored bytes to the child readers and go on."""
    return reader.start(
        [
            FileToRead(r.receipt_id, context.archive.path(r.sha256), r.sha256, r.name, options_of(r, context.programme))
            for r in {r.receipt_id: r for r in receipts}.values()
        ]
    )


def finish_reading(receipts: Iterable[Receipt], begun: Reading, reader: Reader) -> Iterator[tuple[Receipt, ReadFile]]:
    """What was begun, in order."""
    by_key = {r.receipt_id: r for r in receipts}
    for file, read in reader.finish(begun):
        yield by_key[file.key], read


def options_of(receipt: Receipt, programme: Programme) -> ReadOptions:
    """What is known of a file from where it came: its sidecar, the account it was sent by, the folder it lay in, and when."""
    source = next((source for source in programme.sources if source.name == receipt.source), None)
    account = source.options.get("unit") if source else None
    in_hand = period_in_hand(programme.calendar, programme.lead_form, receipt.arrived_at)
    return ReadOptions(
        manifest=dict(receipt.manifest),
        account=account,
        folder=unit_of_folders(receipt.name.split("/")[:-1], programme.roster),
        in_hand=str(in_hand) if in_hand else None,
    )


def unit_of_folders(folders: Sequence[str], roster: UnitRoster) -> str | None:
    """The unit that the innermost of these folders that names one is named after."""
    return next((code for text in reversed(folders) if (code := _unit_of_folder(text, roster))), None)


def _unit_of_folder(text: str, roster: UnitRoster) -> str | None:
    """The unit that a folder is named after: by code or name, or both (`330481 海宁市`, `330481_海宁`)."""
    units = {unit.code for part in (text, *_PARTS.split(text)) if part and (unit := roster.find(part))}
    return units.pop() if len(units) == 1 else None


def sort_out(
    read: Iterable[tuple[Receipt, ReadFile]], programme: Programme
) -> tuple[list[Candidate], list[ReceiptOutcome]]:
    """Candidates of every receipt, and each receipt's outcome: processed, unreadable or unassigned."""
    candidates: list[Candidate] = []
    outcomes: list[ReceiptOutcome] = []
    for receipt, file in read:
        own = list(_candidates(receipt, file, programme))
        candidates.extend(own)
        if own:
            outcomes.append(
                ReceiptOutcome(receipt.receipt_id, "processed", submissions=tuple(c.submission_id for c in own))
            )
            continue
        problems = file.problems + tuple(p for part in file.parts for p in part.problems)
        state = "unreadable" if is_unreadable(file) else "unassigned"
        verdict = unreadable_verdict(problems)
        outcomes.append(ReceiptOutcome(receipt.receipt_id, state, verdict.findings))  # type: ignore[arg-type]
    return candidates, outcomes


def is_unreadable(file: ReadFile) -> bool:
    """Nothing could be read: no part, and a structural problem A01 or A02."""
    return not file.parts and any(p.rule in ("A01", "A02") for p in file.problems)


def _candidates(receipt: Receipt, file: ReadFile, programme: Programme) -> Iterator[Candidate]:
    for part in file.parts or _declared(receipt, programme):
        if part.unit_code and part.period:
            yield Candidate(
                submission_id(receipt.receipt_id, part.form, part.unit_code, part.period),
                receipt,
                part.unit_code,
                part.period,
                part,
                file.problems,
                not file.parts,
            )


def _declared(receipt: Receipt, programme: Programme) -> Iterator[FormPart]:
    """A file that gave nothing still counts for the unit, period and form its manifest declares."""
    unit = programme.roster.find(receipt.manifest.get("unit", ""))
    form = receipt.manifest.get("form", programme.lead_form)
    period = receipt.manifest.get("period")
    if unit and period and form in programme.forms:
        yield empty_part(programme.forms[form], unit.code, period)


def empty_part(layout: FormLayout, unit_code: str, period: str) -> FormPart:
    """A part without a single row."""
    schemas = (rows_schema(layout.fields), NOTES_SCHEMA, RAW_SCHEMA, TOTALS_SCHEMA)
    return FormPart(layout.name, unit_code, period, None, "", {}, 0, *map(_no_rows, schemas))


@cache
def _no_rows(schema: pa.Schema) -> pa.Table:
    """Made once: an answer without a workbook names its parts, and a country has thousands of them."""
    return schema.empty_table()


def fact_rows(candidate: Candidate) -> pa.Table:
    """The candidate's rows with `submission_id`, `period` and `unit_code`, as history of its siblings sees them."""
    rows = candidate.part.rows
    count = rows.num_rows
    for name, value in (
        ("unit_code", candidate.unit_code),
        ("period", candidate.period),
        ("submission_id", candidate.submission_id),
    ):
        rows = rows.add_column(0, name, pa.array([value] * count, pa.string()))
    return rows
