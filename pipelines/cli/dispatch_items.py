"""`saima dispatch items`: the to-do list of the 经信局, and plans that were changed after they were frozen."""

from __future__ import annotations

import typer

from . import output
from .home_options import HomeOptions, home_options
from .late import CsvFile, HtmlFile, write
from .options import AsOf, PeriodArgument, period_of


def register(group: typer.Typer) -> None:
    """Add the command to `saima dispatch`."""
    group.command(
        "items",
        help="经信待办：逾期环节、清单门槛、联挂缺失、冻结后的计划改动 / to-do items and plans changed after the freeze",
    )(items)


@home_options()
def items(
    options: HomeOptions, period: PeriodArgument, csv: CsvFile = None, html: HtmlFile = None, as_of: AsOf = None
) -> None:
    from ..flow.dispatch.documents_of import csv_of, page_of
    from ..flow.dispatch.to_do_items import print_to_do, to_do_document

    context = options.context()
    instant = options.moment(context, as_of)
    document = to_do_document(context, period_of(period), instant)
    tables = print_to_do(document)
    write(csv, lambda: csv_of(tables))
    write(html, lambda: page_of(context, f"{period} 经信待办", tables, instant))
    if options.as_json:
        output.print_json(document.model_dump(mode="json"))
        return
    output.tables(tables)
    for rule in document.rules:
        if rule.status != "evaluated":
            output.note(f"{rule.rule}: {rule.reason}")
