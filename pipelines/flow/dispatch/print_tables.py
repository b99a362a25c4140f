"""Documents as tables for people: what terminal, CSV, page and Word show."""

from __future__ import annotations

from collections.abc import Callable

from ...model.printed_table import PrintedTable
from .documents import (
    CampaignDocument,
    CoverageDocument,
    DecisionsDocument,
    Document,
    FactorsDocument,
    FlagsDocument,
    HelpersDocument,
    InspectionsDocument,
    LeadersDocument,
    LibraryDocument,
    ListsDocument,
    ShowcaseDocument,
    SnailsDocument,
    StagesDocument,
    TargetsDocument,
    TeamsDocument,
)
from .print_people import print_decisions, print_factors, print_helpers, print_inspections, print_leaders, print_teams
from .print_projects import print_flags, print_library, print_showcase, print_snails, print_stages
from .print_targets import print_campaign, print_coverage, print_lists, print_targets
from .table_words import Names

_PRINTERS: dict[type[Document], Callable[..., list[PrintedTable]]] = {
    LibraryDocument: print_library,
    StagesDocument: print_stages,
    FlagsDocument: print_flags,
    SnailsDocument: print_snails,
    InspectionsDocument: print_inspections,
    FactorsDocument: print_factors,
    LeadersDocument: print_leaders,
    TeamsDocument: print_teams,
    HelpersDocument: print_helpers,
    TargetsDocument: print_targets,
    ListsDocument: print_lists,
    CoverageDocument: print_coverage,
    CampaignDocument: print_campaign,
    ShowcaseDocument: print_showcase,
    DecisionsDocument: print_decisions,
}


def print_tables(document: Document, units: Names) -> list[PrintedTable]:
    """The tables of a document; unit codes become names."""
    return _PRINTERS[type(document)](document, units)
