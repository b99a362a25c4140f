"""Which documents `saima dispatch` knows, by the name of their command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ...dispatch.decision_history import known_at
from ...model.calendar import local_text
from ...model.periods import Period
from ...model.printed_table import PrintedTable
from ...publish.table_page import PageFrame, table_page, tables_csv
from ..runtime.context import Context
from .briefs import Brief, city_brief, leader_brief, team_memo
from .dispatch_view import DispatchView
from .documents import DecisionRow, DecisionsDocument, Document
from .library_table import library_document
from .list_tables import coverage_document, lists_document
from .people_tables import factors_document, helpers_document, inspections_document, leaders_document, teams_document
from .print_tables import print_tables
from .project_tables import flags_document, showcase_document, snails_document, stages_document
from .sql_rows import TableRows, table_rows
from .table_words import named_units
from .target_tables import campaign_document, targets_document

BUILDERS: dict[str, Callable[[DispatchView], Document]] = {
    "library": library_document,
    "stages": stages_document,
    "flags": flags_document,
    "snails": snails_document,
    "inspections": inspections_document,
    "factors": factors_document,
    "leaders": leaders_document,
    "teams": teams_document,
    "helpers": helpers_document,
    "targets": targets_document,
    "lists": lists_document,
    "coverage": coverage_document,
    "campaign": campaign_document,
    "showcase": showcase_document,
}
"""Command → what makes its document."""


def dispatch_document(
    context: Context, name: str, period: Period, as_of: datetime, scope: str | None = None, week: str | None = None
) -> Document:
    """The document of a command for a month as of an instant. Refused where the month has no dispatch return yet."""
    view = DispatchView(context, period, as_of)
    if name == "stages" and scope:
        return stages_document(view, scope)
    if name == "teams" and week:
        return teams_document(view, week)
    return BUILDERS[name](view)


def month_documents(view: DispatchView) -> dict[str, Document]:
    """Every document of a month by the name of its command."""
    return {name: build(view) for name, build in BUILDERS.items()}


def month_tables(view: DispatchView) -> TableRows:
    """Every dispatch table of a month as rows: what SQL, a delivery and a rebuild hold."""
    return table_rows(month_documents(view))


def decisions_document(context: Context, as_of: datetime, subject: str | None = None) -> DecisionsDocument:
    """Every decision that was recorded by the instant, of one subject where it is named; when, in the time of the programme."""
    zone = ZoneInfo(context.programme.time_zone)
    book = context.warehouse.decisions
    known = known_at(book.all(as_of) if subject is None else book.about(subject, as_of), as_of)
    return DecisionsDocument(
        period=None,
        as_of=as_of,
        decisions=[
            DecisionRow(
                decision_id=d.decision_id,
                kind=d.kind,
                subject=d.subject,
                unit=d.unit_code,
                valid_from=d.valid_from,
                valid_to=d.valid_to,
                by=d.decided_by,
                document=d.document,
                reason=d.reason,
                detail=dict(d.detail),
                recorded_at=d.recorded_at.astimezone(zone),
            )
            for d in known
            if subject is None or d.subject == subject or d.detail.get("project_code") == subject
        ],
    )


def decision_tables(context: Context, document: DecisionsDocument) -> list[PrintedTable]:
    """The book as people read it, in the time of the place."""
    zone = ZoneInfo(context.programme.time_zone)
    rows = [row.model_copy(update={"recorded_at": row.recorded_at.astimezone(zone)}) for row in document.decisions]
    return print_tables(document.model_copy(update={"decisions": rows}), unit_names(context))


def unit_names(context: Context) -> dict[str, str]:
    return named_units(context.programme)


def frame_of(context: Context, title: str, as_of: datetime, portrait: bool = False, **more: object) -> PageFrame:
    programme = context.programme
    made = f"截至 {local_text(as_of, programme.time_zone)}"
    return PageFrame(title, programme.zh, made, programme.simulated, portrait=portrait, **more)  # type: ignore[arg-type]


def brief_of(
    context: Context,
    period: Period,
    as_of: datetime,
    leader: str | None = None,
    team: str | None = None,
    week: str | None = None,
) -> Brief:
    """The brief of a leader, the memo of a team, or the city's brief."""
    view = DispatchView(context, period, as_of)
    if leader:
        return leader_brief(view, leader)
    return team_memo(view, team, week) if team else city_brief(view)


def brief_page(context: Context, brief: Brief, as_of: datetime) -> bytes:
    """A4 portrait page."""
    return table_page(frame_of(context, brief.title, as_of, True, paragraphs=brief.paragraphs), brief.tables)


def csv_of(tables: Sequence[PrintedTable]) -> bytes:
    """Printed tables as CSV."""
    return tables_csv(tables)


def page_of(context: Context, title: str, tables: Sequence[PrintedTable], as_of: datetime) -> bytes:
    """Printed tables as a page to print."""
    return table_page(frame_of(context, title, as_of), tables)


def brief_word(context: Context, brief: Brief, as_of: datetime) -> bytes:
    """Word document, A4 portrait."""
    from ...publish.word_document import word_document

    return word_document(frame_of(context, brief.title, as_of, True, paragraphs=brief.paragraphs), brief.tables)


def as_page(context: Context, document: Document, as_of: datetime) -> bytes:
    """The document as a page to print."""
    tables = print_tables(document, unit_names(context))
    return page_of(context, tables[0].zh, tables, as_of)


def as_csv(context: Context, document: Document) -> bytes:
    """The document's tables as CSV."""
    return csv_of(print_tables(document, unit_names(context)))
