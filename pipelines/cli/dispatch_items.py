"""`saima dispatch items`: the to-do list of the 经信局, and plans that were changed after they were frozen."""

from __future__ import annotations

import typer

from ..model.fields import FIELDS
from . import output
from .home_options import HomeOptions, home_options
from .options import PeriodArgument, period_of


def register(group: typer.Typer) -> None:
    """Add the command to `saima dispatch`."""
    group.command(
        "items",
        help="经信待办：逾期环节、清单门槛、联挂缺失、冻结后的计划改动 / to-do items and plans changed after the freeze",
    )(items)


@home_options("now")
def items(options: HomeOptions, period: PeriodArgument) -> None:
    from ..flow.dispatch.to_do_items import to_do_document

    document = to_do_document(options.context(), period_of(period))
    if options.as_json:
        output.print_json(document.model_dump())
        return
    output.table(
        f"{period} 经信待办 / to-do items",
        ("单位 unit", "规则 rule", "行 row", "事项 item"),
        ((one.name, one.rule, one.row, one.message_zh) for one in document.items),
    )
    if document.plan_changes:
        output.table(
            f"{period} 冻结后改动的计划，不计分 / plans changed after the freeze, not scored",
            ("单位 unit", "项目 project", "指标 field", "冻结 frozen", "现报 now"),
            (
                (one.name, one.project_name or one.project_code, _field(one.field), one.frozen or "—", one.now or "—")
                for one in document.plan_changes
            ),
        )
    for rule in document.rules:
        if rule.status != "evaluated":
            output.note(f"{rule.rule}: {rule.reason}")


def _field(name: str) -> str:
    return FIELDS[name].zh if name in FIELDS else name
