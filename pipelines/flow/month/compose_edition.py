"""An edition as a value: the ranking of a closed month and everything its page says beside it, from the closing and what people
decided by the moment of drafting. Composing again gives the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from expectations.catalogue import RULES_VERSION

from ...indicators.compute import compute
from ...indicators.dispatch import dispatch_indicators
from ...indicators.plan_baseline import PlanBaseline
from ...indicators.unit_totals import parent_figures
from ...model.loading import Edition, MonthClose
from ...model.periods import Period
from ...model.programme import Programme
from ...model.publication import Block
from ...model.ranking import Ranking, UnitState
from ...publish.disclosure_control import withhold, withhold_months, withhold_totals, without_figures
from ...publish.document import rank_document
from ...publish.edition_context import BilingualText, EditionContext, InputUsed
from ...ranking import rank
from ..records.frozen_plans import plan_baseline
from ..records.frozen_targets import with_frozen_targets
from ..records.history_rows import as_now
from ..records.submission_status import submission_statuses
from ..runtime.code_version import code_version
from ..runtime.context import Context
from .correction_decisions import correction_block, finalised
from .kept_back import Figures, kept_back
from .library_funnel import library_funnel
from .option_counts import with_option_counts
from .plausible_figures import plausibility_blocks
from .previous_edition import compared_edition, previous_places, sources_of_units
from .publication_gate import find_blocks, overrulings
from .readers_facts import told
from .unit_contributors import detail_rows, uncounted_units
from .unit_states import lateness_limit, scoring_moment, unanswered_before, unit_states
from .withheld_reasons import WithheldFigure, withheld_reasons


class Composed:
    """The ranking, the edition's context, all blocks of the gate, those that no decision has lifted, and what disclosure control keeps
    back, for those who sign."""

    def __init__(
        self,
        ranking: Ranking,
        edition: EditionContext,
        blocks: tuple[Block, ...],
        blocking: tuple[Block, ...],
        withheld: tuple[WithheldFigure, ...],
    ) -> None:
        self.ranking, self.edition, self.blocks, self.blocking = ranking, edition, blocks, blocking
        self.withheld = withheld


def compose(
    context: Context,
    period: Period,
    closing: MonthClose,
    edition_id: str,
    drafted_at: datetime,
    compared_with: str | None = None,
) -> Composed:
    """The edition of a closing. `compared_with`: the edition of the month before that it was compared with when it was drafted;
    None: the newest one; '': none."""
    with context.warehouse.one_view():
        return _composed(context, period, closing, edition_id, drafted_at, compared_with)


def _composed(
    context: Context,
    period: Period,
    closing: MonthClose,
    edition_id: str,
    drafted_at: datetime,
    compared_with: str | None,
) -> Composed:
    programme, warehouse, name = context.programme, context.warehouse, str(period)
    found = submission_statuses(context, period, closing.closed_at, lateness_until=lateness_limit(context, period))
    bureau = submission_statuses(context, period, closing.closed_at, bureau=True)
    previous = programme.calendar.previous(programme.lead_form, period)

    def rows(form: str, month: Period | None) -> Any:
        return warehouse.current_facts(form, str(month)) if month and form in programme.forms else None

    dispatch_form, base_form = programme.form_name("dispatch"), programme.form_name("base")
    level, base, dispatch = (rows(f, period) for f in (programme.lead_form, base_form, dispatch_form))
    detail_form = programme.form_name("detail")
    detail = detail_rows(context, detail_form, period) if detail_form else None
    earlier = rows(programme.lead_form, previous)
    if earlier is not None and previous is not None:
        # the month of a merged or renumbered unit is what it has more than those that it continues
        earlier = as_now(context, programme.lead_form, earlier, previous, period)
    scored = programme.method.name == "SAIMA-1" and period.month >= programme.method.score_from_month
    baseline = plan_baseline(context, period, dispatch) if scored else None
    states = unit_states(
        found, programme.lead_form, unanswered_before(context, period, scoring_moment(context, period, closing))
    )

    # the year's first figure is compared with nothing: the one before it is a whole year's
    within = previous if previous is not None and previous.year == period.year else None
    before = compared_edition(context, within, compared_with)
    programmes = (with_frozen_targets(context, period.year), *map(programme.about, programme.method.further))
    found_figures = [
        _figures(
            about, period, level, base, dispatch if dispatch_form in about.forms else None, states, earlier, baseline
        )
        for about in programmes
    ]
    sources = sources_of_units(context, within, period)
    published = _published_before(context, name, edition_id)
    kept = kept_back(
        context, period, programmes, found_figures, detail, (within, before, sources), published, drafted_at
    )
    withheld, contributors = kept.withheld, kept.contributors

    def ranked(place: int) -> Ranking:
        """The ranking without what disclosure control keeps back: the same units in every table."""
        about, (units, city, parents) = programmes[place], found_figures[place]
        if scored:
            units = with_option_counts(context, about.method, period, closing.closed_at, units)
        units = [
            withhold(unit) if unit.unit_code in withheld.units else unit for unit in withhold_months(units, kept.unseen)
        ]
        units = [without_figures(unit) if unit.unit_code in kept.absent else unit for unit in units]
        made = rank(units, city, about.method, about.seasonal.get(period.month), period)
        lost = [total.code for total in withheld.totals if total.ranking == place]
        return withhold_totals(replace(made, parents=parents), lost)

    ranking = ranked(0)
    further = tuple((about, ranked(place)) for place, about in enumerate(programmes) if place)
    deviations = (
        dispatch_indicators(dispatch, period, programme.method.min_library_projects, baseline)[1]
        if dispatch is not None and baseline is not None
        else {}
    )
    inputs = tuple(
        InputUsed(s.current.submission_id, s.unit.code, s.form, s.current.version)
        for s in (*found, *bureau)
        if s.current
    )
    above = {group.code for group in ranking.parents}
    parents = tuple(
        InputUsed(row.submission_id, unit, form, row.version)
        for (unit, form), row in sorted(warehouse.current(name, programme.lead_form).items() if above else ())
        if unit in above
    )
    calendar_row = programme.calendar.row(programme.lead_form, period)
    final = finalised(context, period, drafted_at)
    edition = EditionContext(
        edition_id,
        period,
        programme,
        RULES_VERSION,
        drafted_at,
        number=int(edition_id.rsplit("-e", 1)[1]),
        freeze=calendar_row.freeze if calendar_row else None,
        inputs=(*inputs, *parents),
        previous=previous_places(before, sources),
        previous_edition=before.edition_id if before else None,
        previous_method=(before.method, str(before.document["basis"])) if before else None,
        corrects=(published[-1].edition_id, published[-1].document) if published else None,
        revision=len(published),
        final=final is not None,
        code_version=code_version(),
        further=further,
        funnel=library_funnel(context, period, closing.closed_at),
    )
    own, city, _ = found_figures[0]
    levels = {unit.unit_code: unit.ytd for unit in own if unit.state == "scored" and unit.ytd is not None}
    blocks = find_blocks(context, period, closing, ranking, levels, [*found, *bureau], drafted_at)
    blocks = (*blocks, *plausibility_blocks(programme, ranking, (own, city), before, base))
    if edition.corrects is not None:
        document = rank_document(ranking, edition)
        if document["changes"] or final is None:
            blocks = (*blocks, correction_block(edition.corrects[0], document))
    decided = overrulings(context, period, blocks, drafted_at)
    blocking = tuple(block for block in blocks if block.block_id not in decided)
    decisions = (*decided.values(), *((final,) if final else ()))
    edition = replace(
        edition,
        told=told(
            context,
            found,
            base,
            decisions,
            deviations,
            detail,
            withheld.units,
            uncounted_units((units for units, _, _ in found_figures), contributors, withheld.units)
            if detail_form
            else frozenset(),
        ),
        blocking=tuple(BilingualText(block.zh, block.en) for block in blocking),
    )
    why = withheld_reasons(kept, programme.method.disclosure, programme.roster, programme.city_zh)
    return Composed(ranking, edition, blocks, blocking, why)


def _figures(
    about: Programme,
    period: Period,
    level: Any,
    base: Any,
    dispatch: Any,
    states: Mapping[str, UnitState],
    earlier: Any,
    baseline: PlanBaseline | None,
) -> Figures:
    units, city = compute(period, about, level, base, dispatch, states, earlier, baseline)
    return units, city, parent_figures(period, about, units, level, base)


def _published_before(context: Context, period: str, edition_id: str) -> list[Edition]:
    """The editions of the period that were published before this one."""
    number = int(edition_id.rsplit("-e", 1)[1])
    return [e for e in context.warehouse.editions.all(period) if e.published_at and e.number < number]
