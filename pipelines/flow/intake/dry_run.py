"""Check: the verdict of a file without writing anything; history is read from the home where there is one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ...collect.entries import as_text
from ...collect.folder_source import sidecar_of
from ...errors import Terminal
from ...model.findings import Finding, Verdict
from ...model.history import History, UnitHistory
from ...model.json_documents import CheckDocument, CheckedSubmission, finding_document
from ...model.loading import ValidatedSubmission
from ...model.submissions import ACCEPTED, UNREADABLE_MANIFEST, FormPart, Problem, ReadFile, ReadOptions, Receipt
from ...validate.unreadable_verdicts import unreadable_verdict
from ..records.apply_rulings import apply_rulings
from ..records.read_submissions import is_unreadable, unit_of_folders
from ..runtime.context import Context
from ..runtime.reader_child import FileToRead
from ..runtime.reader_pool import open_reader
from .validate_batch import read_history

_ORDER = ("accepted", "accepted_with_queries", "rejected", "unreadable")


@dataclass(frozen=True)
class CheckedPart:
    """One form found in the file, with its verdict."""

    part: FormPart
    verdict: Verdict


@dataclass(frozen=True)
class CheckedFile:
    """A file's verdict: the worst of its parts', or what kept it from having any."""

    file: str
    sha256: str
    word: str
    parts: tuple[CheckedPart, ...]
    findings: tuple[Finding, ...]
    read: ReadFile

    @property
    def passed(self) -> bool:
        return self.word in ("accepted", "accepted_with_queries") and not self.broken

    @property
    def broken(self) -> tuple[tuple[str, str], ...]:
        """Rules that raised, with their reason: what the others found stands, but the file is not passed (exit 2)."""
        runs = {(r.rule, r.reason) for p in self.parts for r in p.verdict.rule_runs if r.status == "broken"}
        return tuple(sorted(runs))

    def document(self) -> CheckDocument:
        """The JSON of `saima check` (DESIGN §8); `findings` beside `submissions` are those of a file without any."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "verdict": self.word,
            "submissions": [_part_document(p) for p in self.parts],
            "findings": [finding_document(f) for f in self.findings],
            "ignored_sheets": list(self.read.ignored_sheets),
        }


def check(
    context: Context, files: Sequence[Path], unit: str | None, period: str | None, with_history: bool
) -> Iterator[CheckedFile]:
    """Judge each file by itself, as if it had just arrived, with what the sidecar beside it declares."""
    unit_code = _unit_code(context, unit)
    to_read = [_file_to_read(context, n, path, unit_code, period) for n, path in enumerate(files)]
    with open_reader(context.programme, context.settings, len(to_read)) as reader:
        for file, read in reader.read(to_read):
            yield _validate(context, file, read, with_history)


def _unit_code(context: Context, unit: str | None) -> str | None:
    if unit is None:
        return None
    found = context.programme.roster.find(unit)
    if found is None:
        known = "、".join(f"{u.code} {u.name}" for u in context.programme.roster.units[:30])
        raise Terminal(f"没有这个单位：{unit}", f"no such unit: {unit}", f"可用 / known: {known}")
    return found.code


def _file_to_read(context: Context, number: int, path: Path, unit_code: str | None, period: str | None) -> FileToRead:
    try:
        if not path.is_file() and path.exists():  # a pipe would be waited for without end
            raise Terminal(
                f"不是文件：{path}",
                f"not a file: {path}",
                "给出文件而不是文件夹或管道 / name files, not folders or pipes",
            )
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Terminal(
            f"打不开文件 {path}：{error.strerror}",
            f"cannot open {path}: {error.strerror}",
            "检查路径和权限 / check path and rights",
        ) from error
    manifest, unusable = sidecar_of(path)
    if unusable:
        manifest = {UNREADABLE_MANIFEST: unusable}
    folder = None if unit_code else unit_of_folders(_folders(path), context.programme.roster)
    options = ReadOptions(unit_code, period, manifest, folder=folder)
    return FileToRead(str(number), path.absolute(), digest, as_text(str(path)), options)


def _folders(path: Path) -> tuple[str, ...]:
    """Folders that may name the sender, as in a drop folder: those that were typed, of a path from the root the file's own."""
    folders = path.parent.parts
    return folders[-1:] if path.is_absolute() else folders


def _validate(context: Context, file: FileToRead, read: ReadFile, with_history: bool) -> CheckedFile:
    if not read.parts:
        verdict = unreadable_verdict(read.problems)
        word = "unreadable" if is_unreadable(read) else "rejected"
        return CheckedFile(file.name, file.sha256, word, (), verdict.findings, read)
    done: list[ValidatedSubmission] = []
    checked: list[CheckedPart] = []
    forms = context.programme.forms_in_order
    for part in sorted(read.parts, key=lambda p: forms.index(p.form)):
        verdict = _validate_part(context, part, read.problems, done, with_history)
        checked.append(CheckedPart(part, verdict))
        done.append(_as_validated(part, verdict, file))
    word = max((c.verdict.word for c in checked), key=_ORDER.index)
    return CheckedFile(file.name, file.sha256, word, tuple(checked), (), read)


def _validate_part(
    context: Context,
    part: FormPart,
    problems: tuple[Problem, ...],
    done: Sequence[ValidatedSubmission],
    with_history: bool,
) -> Verdict:
    history = History()
    if part.unit_code and part.period:
        own = UnitHistory()
        if with_history:
            own = context.warehouse.histories(part.form, part.period, [part.unit_code])[part.unit_code]
            versions = context.warehouse.replaceable(part.form, part.period, [part.unit_code]).get(part.unit_code, [])
            own = replace(own, replaces=versions[-1][1] if versions else None)
        same_file = {
            j.unit_code: j
            for j in done
            if j.form == context.programme.forms[part.form].history.sibling
            and j.verdict.word in ACCEPTED
            and j.unit_code == part.unit_code
            and j.period == part.period
        }
        if part.unit_code in same_file:
            own = replace(own, sibling=same_file[part.unit_code].submission_id)
        if with_history or same_file:
            history = read_history(context, part.form, {part.unit_code: own}, same_file)
    from ...validate.engine import validate  # pandas comes with it: not before there is something to validate

    verdicts = validate(part.form, [(part.form, part, problems)], history, context.programme)
    return apply_rulings(context, part, verdicts[part.form], history.of(part.unit_code or ""))


def _as_validated(part: FormPart, verdict: Verdict, file: FileToRead) -> ValidatedSubmission:
    moment = datetime.fromtimestamp(0, UTC)
    receipt = Receipt(file.sha256, "check", file.name, moment, moment, 0)
    return ValidatedSubmission(
        f"check-{part.form}-{part.unit_code}-{part.period}",
        receipt,
        part.form,
        part.unit_code or "",
        part.period or "",
        part.measure,
        UnitHistory(),
        verdict,
        part,
        "",
        "",
        moment,
    )


def _part_document(checked: CheckedPart) -> CheckedSubmission:
    part, verdict = checked.part, checked.verdict
    runs = verdict.rule_runs
    return {
        "form": part.form,
        "unit": part.unit_code,
        "period": part.period,
        "measure": part.measure,
        "verdict": verdict.word,
        "rows": {
            "received": verdict.received,
            "accepted": verdict.accepted,
            "quarantined": verdict.quarantined,
            "not_data": verdict.not_data,
        },
        "findings": [finding_document(f) for f in verdict.findings],
        "rules": {
            "evaluated": [{"id": r.rule, "rows": r.rows, "failed": r.failed} for r in runs if r.status == "evaluated"],
            "not_applicable": [{"id": r.rule, "reason": r.reason} for r in runs if r.status == "not_applicable"],
            "broken": [{"id": r.rule, "reason": r.reason} for r in runs if r.status == "broken"],
        },
        "columns": part.columns,
        "headers": part.headers,
    }
