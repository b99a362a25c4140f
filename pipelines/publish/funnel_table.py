"""The six stages of the dispatch library as a table of an edition's page: counts of projects, no project is named."""

from __future__ import annotations

from decimal import Decimal

from ..model.lifecycle import STAGE_EN, STAGE_ZH
from .edition_context import BilingualText, EditionContext
from .edition_figures import FIGURE_NAMES
from .edition_tables import TableCell, TableColumn
from .figures import ABSENT, percent

TITLE = BilingualText("调度项目库六环节漏斗（项目数）", "Six-stage funnel of the dispatch library, projects")
_COUNTS = ("projects", "reached", "due", "overdue", "in_stage")


def funnel_columns() -> tuple[TableColumn, ...]:
    """Stage, the five counts, and the share that came through."""
    counts = [TableColumn(key, FIGURE_NAMES[key].zh, FIGURE_NAMES[key].en) for key in _COUNTS]
    share = TableColumn("share", "完成占比", "Share through", "%")
    return (TableColumn("name", "环节", "Stage", numeric=False), *counts[:2], share, *counts[2:])


def funnel_rows(edition: EditionContext) -> tuple[dict[str, TableCell], ...]:
    """One row a stage, in their order."""
    return tuple(
        {
            "name": TableCell(STAGE_ZH[one.stage], STAGE_EN[one.stage]),
            "share": TableCell(percent(Decimal(one.reached) / one.projects) if one.projects else ABSENT),
            **{key: TableCell(str(getattr(one, key))) for key in _COUNTS},
        }
        for one in edition.funnel
    )
