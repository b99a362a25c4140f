"""Judge candidates: history is read once per form and period, Great Expectations runs once per form and batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

import pyarrow as pa

from expectations.catalogue import RULES_VERSION

from ...errors import Terminal
from ...model.findings import RuleRun, Verdict
from ...model.history import History, UnitHistory
from ...model.loading import ValidatedSubmission
from ...model.submissions import ACCEPTED
from ...validate.rows.past_fields import past_fields
from ...validate.unreadable_verdicts import unreadable_verdict
from ...warehouse.ledger.replaced_versions import replaced
from ..records.apply_rulings import apply_rulings
from ..records.history_rows import Facts, history_rows
from ..records.read_submissions import Candidate, fact_rows
from ..runtime.context import Context

NONE_UNSAVED: Mapping[str, ValidatedSubmission] = {}
"""Of a replay: every version that a verdict looked at is in the ledger."""
BATCH_ROWS = 200_000
"""One GX run takes at most this many data rows; its fixed price is paid once per run (faults.md §1)."""


def validate_all(
    context: Context, candidates: Sequence[Candidate], now: datetime, facts: Facts | None = None
) -> Iterator[list[ValidatedSubmission]]:
    """Judge period by period, oldest first; yields the judged submissions of each period, to be staged and loaded
    before the next so that they are its history. `facts`: where earlier rows are read, the lake unless told otherwise."""
    ordered = sorted(candidates, key=lambda c: c.period)
    for period, group in groupby(ordered, key=lambda c: c.period):
        yield validate_period_files(context, period, list(group), now, facts)


def import_rules() -> None:
    """What the first batch would import: paid while the first files are read, where there is time for it."""
    from ...validate import engine  # noqa: F401  # the engine of the rules, with pandas
    from ...validate.rows import gx_run

    gx_run.prepare()


def validate_period_files(
    context: Context, period: str, candidates: Sequence[Candidate], now: datetime, facts: Facts | None = None
) -> list[ValidatedSubmission]:
    """All candidates of one period, form by form in the order of the programme: detail after the total it is compared with."""
    validated: list[ValidatedSubmission] = []
    for form in context.programme.forms_in_order:
        own = [c for c in candidates if c.part.form == form]
        validated.extend(_validate_form(context, form, period, own, validated, now, facts))
    return validated


def _validate_form(
    context: Context,
    form: str,
    period: str,
    candidates: Sequence[Candidate],
    before: Sequence[ValidatedSubmission],
    now: datetime,
    facts: Facts | None,
) -> Iterator[ValidatedSubmission]:
    if not candidates:
        return
    units = sorted({c.unit_code for c in candidates})
    recorded = context.warehouse.histories(form, period, units)
    fresh = _fresh_siblings(context.programme.forms[form].history.sibling, before)
    histories = {
        unit: replace(history, sibling=fresh[unit].submission_id) if unit in fresh else history
        for unit, history in recorded.items()
    }
    versions = context.warehouse.replaceable(form, period, units)
    done: dict[str, ValidatedSubmission] = {}
    for group in _one_version_each(candidates):
        own = {
            c.unit_code: replace(
                histories[c.unit_code],
                replaces=replaced(sorted(versions.get(c.unit_code, ())), (*c.receipt.order, c.receipt.receipt_id)),
            )
            for c in group
        }
        for batch in _batches(group):
            for validated in validate_batch(context, form, batch, own, now, fresh, done, facts):
                if validated.verdict.word in ACCEPTED:
                    order = (*validated.receipt.order, validated.receipt.receipt_id)
                    versions.setdefault(validated.unit_code, []).append((order, validated.submission_id))
                    done[validated.submission_id] = validated
                yield validated


def _one_version_each(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """The candidates in groups with one version a unit, oldest first: a version is judged beside the one that it replaces."""
    rest = sorted(candidates, key=lambda c: (c.receipt.order, c.submission_id))
    while rest:
        first: dict[str, Candidate] = {}
        later = [c for c in rest if first.setdefault(c.unit_code, c) is not c]
        yield list(first.values())
        rest = later


def _fresh_siblings(form: str, before: Sequence[ValidatedSubmission]) -> dict[str, ValidatedSubmission]:
    """The newest accepted sibling of each unit among what this very run has judged already."""
    found: dict[str, ValidatedSubmission] = {}
    for validated in sorted(before, key=lambda j: j.receipt.order):
        if validated.form == form and validated.verdict.word.startswith("accepted"):
            found[validated.unit_code] = validated
    return found


def validate_batch(
    context: Context,
    form: str,
    batch: Sequence[Candidate],
    histories: Mapping[str, UnitHistory],
    now: datetime,
    fresh: Mapping[str, ValidatedSubmission] | None = None,
    unsaved: Mapping[str, ValidatedSubmission] = NONE_UNSAVED,
    facts: Facts | None = None,
) -> Iterator[ValidatedSubmission]:
    """One batch of one form and period against the given histories (recorded ones when audit replays). `unsaved`: earlier versions
    of the same run, by submission, which the ledger does not have yet."""
    units = {c.unit_code for c in batch}
    own_histories = {unit: history for unit, history in histories.items() if unit in units}
    own_fresh = {unit: validated for unit, validated in (fresh or {}).items() if unit in units}
    history = read_history(context, form, own_histories, own_fresh, unsaved, facts)
    readable = [c for c in batch if not c.unreadable]
    verdicts: dict[str, Verdict] = {}
    if readable:
        from ...validate.engine import validate  # pandas comes with it: not before there is something to validate

        verdicts = validate(form, [(c.submission_id, c.part, c.problems) for c in readable], history, context.programme)
        stop_on_broken_rules(verdicts)
    for c in batch:
        own = history.of(c.unit_code)
        verdict = unreadable_verdict(c.problems) if c.unreadable else verdicts[c.submission_id]
        verdict = verdict if c.unreadable else apply_rulings(context, c.part, verdict, own)
        yield ValidatedSubmission(
            c.submission_id,
            c.receipt,
            form,
            c.unit_code,
            c.period,
            c.part.measure,
            own,
            verdict,
            c.part,
            RULES_VERSION,
            context.programme.version,
            now,
        )


def read_history(
    context: Context,
    form: str,
    histories: Mapping[str, UnitHistory],
    fresh: Mapping[str, ValidatedSubmission],
    unsaved: Mapping[str, ValidatedSubmission] = NONE_UNSAVED,
    facts: Facts | None = None,
) -> History:
    """The rows behind the histories, read once for all units of the batch."""
    named = (i for h in histories.values() for i in (h.previous, h.annual_final, h.year_ago, h.replaces) if i)
    wanted = sorted(set(named))
    own = [i for i in wanted if i not in unsaved]
    recent = sorted({i for h in histories.values() for i in h.recent} - set(wanted))
    fresh_ids = {j.submission_id for j in fresh.values()}
    stored = sorted({h.sibling for h in histories.values() if h.sibling} - fresh_ids)
    earlier = []
    if own:  # `saima check` without a home has no warehouse to ask
        looked_at = past_fields(context.programme.forms[form])
        columns = [name for name in context.warehouse.lake.register.fact(form).columns if name in looked_at]
        earlier.append(history_rows(context, form, own, columns, facts))
    earlier += [_accepted_rows(unsaved[i]) for i in wanted if i in unsaved]
    rows = pa.concat_tables(earlier, promote_options="default") if earlier else None
    siblings: list[pa.Table] = []
    needs = context.programme.forms[form].history
    sibling_form = needs.sibling
    if sibling_form and stored:
        siblings.append(context.warehouse.facts(sibling_form, stored))
    siblings.extend(_accepted_rows(j) for j in fresh.values())
    together = pa.concat_tables(siblings, promote_options="default") if siblings else None
    last = ("submission_id", "period", *needs.recent_columns)
    months = history_rows(context, form, recent, last, facts) if recent else None
    return History(histories, rows, together, months)


def _accepted_rows(validated: ValidatedSubmission) -> pa.Table:
    held = set(validated.verdict.quarantined_rows)
    candidate = Candidate(
        validated.submission_id, validated.receipt, validated.unit_code, validated.period, validated.part, ()
    )
    rows = fact_rows(candidate)
    return rows.filter(pa.array([n not in held for n in rows["row_no"].to_pylist()])) if held else rows


def _batches(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    batch: list[Candidate] = []
    rows = 0
    for candidate in sorted(candidates, key=lambda c: (c.receipt.order, c.submission_id)):
        if batch and rows + candidate.part.rows.num_rows > BATCH_ROWS:
            yield batch
            batch, rows = [], 0
        batch.append(candidate)
        rows += candidate.part.rows.num_rows
    if batch:
        yield batch


def stop_on_broken_rules(verdicts: Mapping[str, Verdict]) -> None:
    """A rule that could not run fails the run: passing a file it never looked at would be the worst answer."""
    stop_on_broken(run for verdict in verdicts.values() for run in verdict.rule_runs)


def stop_on_broken(runs: Iterable[RuleRun]) -> None:
    """Terminal when any rule is broken, naming each with its reason."""
    broken = {(run.rule, run.reason) for run in runs if run.status == "broken"}
    if broken:
        names = "; ".join(f"{rule}: {reason}" for rule, reason in sorted(broken))
        raise Terminal(
            f"审核规则无法执行，未入库：{names}",
            f"rules could not run, nothing was loaded: {names}",
            "这是程序或规则目录的故障，请报告工程师 / a fault of the house, tell the engineers",
        )
