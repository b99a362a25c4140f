"""Which units sent nothing stands under the tables that count their projects all the same."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from pipelines.flow.dispatch.documents import DistinctTotal, LibraryDocument, ListsDocument
from pipelines.flow.dispatch.print_tables import print_tables
from pipelines.flow.dispatch.table_words import missing_note

UNITS = {"330424": "海盐县", "330481": "海宁市"}
AS_OF = datetime(2022, 10, 28, tzinfo=UTC)


def test_units_are_named_and_nothing_is_said_where_all_sent() -> None:
    assert missing_note([], UNITS) == ""
    told = missing_note(["330424", "339999"], UNITS)
    assert "：海盐县、339999 / " in told and "没有采用的调度月报" in told and "no accepted return" in told


def test_the_note_stands_under_library_and_lists() -> None:
    library = LibraryDocument(
        period="2022-09",
        as_of=AS_OF,
        total=0,
        plan_total=Decimal(0),
        actual_ytd=Decimal(0),
        left_by_decision=[],
        entered_without_return=[],
        missing_units=["330424"],
        projects=[],
    )
    none = DistinctTotal(projects=0, plan_total=Decimal(0), ytd=Decimal(0))
    lists = ListsDocument(period="2022-09", as_of=AS_OF, lists=[], distinct=none, missing_units=["330424"])
    for document in (library, lists):
        notes = [table.note for table in print_tables(document, UNITS)]
        assert any("海盐县" in (note or "") for note in notes), type(document).__name__
