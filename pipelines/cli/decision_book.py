"""The book of decisions of the dispatch loop: shown, and filled from a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import output
from .home_options import HomeOptions, home_options
from .late import CsvFile, HtmlFile, write
from .options import AsOf


def register(group: typer.Typer, decide: typer.Typer) -> None:
    """Add `decisions` to `saima dispatch` and `from-file` to `saima dispatch decide`."""
    group.command(help="决定登记簿 / the book of decisions")(decisions)
    decide.command("from-file", help="从登记表登记决定（CSV） / record the decisions of a table")(from_file)


@home_options()
def decisions(
    options: HomeOptions,
    subject: Annotated[
        str | None, typer.Argument(metavar="[SUBJECT]", help="项目、督查单、要素 / project, id, factor")
    ] = None,
    csv: CsvFile = None,
    html: HtmlFile = None,
    as_of: AsOf = None,
) -> None:
    from ..flow.dispatch.documents import json_of
    from ..flow.dispatch.documents_of import csv_of, decision_tables, decisions_document, page_of

    context = options.context()
    instant = options.moment(context, as_of)
    document = decisions_document(context, instant, subject)
    tables = decision_tables(context, document)
    write(csv, lambda: csv_of(tables))
    write(html, lambda: page_of(context, "决定登记簿", tables, instant))
    if options.as_json:
        output.print_json(json_of(document))
    else:
        output.tables(tables)


@home_options()
def from_file(
    options: HomeOptions,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV，一行一项决定 / CSV, a line a decision")],
) -> None:
    from ..flow.dispatch.decision_file import record_file
    from ..flow.dispatch.documents import json_of
    from ..flow.dispatch.documents_of import decisions_document

    context = options.context()
    at = options.moment(context)
    ids = {one.decision_id for one in record_file(context, file, at)}
    if options.as_json:
        known = decisions_document(context, at)
        output.print_json(
            json_of(known.model_copy(update={"decisions": [row for row in known.decisions if row.decision_id in ids]}))
        )
    else:
        output.say(f"新登记 {len(ids)} 项决定 / {len(ids)} decisions recorded")
