"""What people do about who is late: acknowledge, snooze, telephone, and log the answer (催报)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from . import output
from .home_options import HomeOptions, home_options
from .late import CsvFile, HtmlFile, write
from .options import local, moment, period_of

UnitArgument = Annotated[str, typer.Argument(metavar="UNIT", help="单位代码或名称 / unit: code or name")]
PeriodOption = Annotated[str, typer.Option("--period", help="报告期 / period, YYYY-MM")]
FormOption = Annotated[str, typer.Option("--form", help="报表，* 为全部 / form, * for every one")]
StepOption = Annotated[str, typer.Option("--rung", help="阶段，缺省为现在所处 / stage (default: where it stands now)")]
Name = Annotated[str, typer.Option("--as", help="经办人 / who does it")]


def register(alerts: typer.Typer) -> None:
    """Add the commands to the group."""
    alerts.command(help="电话催报单 / the call list of a month")(calls)
    alerts.command("log-call", help="登记一次通话 / log a telephone call")(log_call)
    alerts.command(help="知悉一个阶段，不再就它催报 / acknowledge a stage: nothing more is said on it")(ack)
    alerts.command(help="暂缓一个阶段 / snooze a stage, with a reason and an expiry")(snooze)


@home_options()
def calls(
    options: HomeOptions,
    period: Annotated[
        str | None, typer.Argument(metavar="[PERIOD]", help="报告期 / period; default the latest due")
    ] = None,
    csv: CsvFile = None,
    html: HtmlFile = None,
) -> None:
    from ..alerts.pages import calls_csv, calls_page
    from ..flow.notify.escalation_documents import calls_document
    from ..flow.notify.holds import period_or_latest
    from ..flow.records.submission_status import refuse_unknown

    context = options.context()
    if period:
        refuse_unknown(context, period_of(period))
    document = calls_document(
        context,
        period_or_latest(context, period_of(period) if period else None, options.moment(context)),
        options.moment(context),
    )
    write(csv, lambda: calls_csv(document))
    write(html, lambda: calls_page(document, context.programme.time_zone))
    if options.as_json:
        output.print_json(document)
        return
    output.table(
        f"{document['period']} 电话催报单 / call list, {local(document['now'], context)}",
        (
            "单位 unit",
            "名称 name",
            "报表 form",
            "阶段 rung",
            "截止 due",
            "电话 phone",
            "最近通知 last message",
            "已登记 logged",
        ),
        (
            (
                c["unit"],
                c["name"],
                c["form"],
                c["rung"],
                local(c["due"], context),
                "; ".join(p["number"] for p in c["phones"]),
                f"{c['last']['rung'] or ''} {local(c['last']['at'], context)}" if c["last"] else "",
                "; ".join(f"{local(d['called_at'], context)} {d['answer']}" for d in c["logged"]),
            )
            for c in document["calls"]
        ),
    )


@home_options()
def log_call(
    options: HomeOptions,
    unit: UnitArgument,
    period: PeriodOption,
    answer: Annotated[str, typer.Option("--answer", help="答复 / what was answered")],
    name: Name,
    form: FormOption = "*",
    spoke_to: Annotated[str, typer.Option("--spoke-to", help="接听人岗位 / role of who answered")] = "",
    at: Annotated[str | None, typer.Option("--at", help="通话时间，缺省为现在 / when it was, default now")] = None,
) -> None:
    from ..flow.notify.holds import log_call as run
    from ..flow.notify.status_documents import call_document

    context = options.context()
    called_at: datetime = moment(at, context) if at else options.moment(context)
    call = run(context, unit, period_of(period), form, called_at, name, spoke_to, answer, options.moment(context))
    if options.as_json:
        output.print_json({"unit": call.unit_code, "period": call.period, **call_document(call)})
    else:
        output.say(f"已登记 {call.unit_code} {call.period} {call.form} 的通话 / the call is logged")


@home_options()
def ack(
    options: HomeOptions,
    unit: UnitArgument,
    period: PeriodOption,
    name: Name,
    form: FormOption = "*",
    rung: StepOption = "",
    reason: Annotated[str, typer.Option("--reason", help="说明 / note")] = "",
) -> None:
    from ..flow.notify.holds import hold

    context = options.context()
    done = hold(context, "ack", unit, period_of(period), form, rung, reason, None, name, options.moment(context))
    _held(done, options.as_json, "已知悉 / acknowledged")


@home_options()
def snooze(
    options: HomeOptions,
    unit: UnitArgument,
    period: PeriodOption,
    reason: Annotated[str, typer.Option("--reason", help="原因 / why")],
    until: Annotated[str, typer.Option("--until", help="到期时间 / when it ends, e.g. 2022-07-14T09:00")],
    name: Name,
    form: FormOption = "*",
    rung: StepOption = "",
) -> None:
    from ..flow.notify.holds import hold

    context = options.context()
    ends = moment(until, context)
    done = hold(context, "snooze", unit, period_of(period), form, rung, reason, ends, name, options.moment(context))
    _held(done, options.as_json, f"暂缓至 / snoozed until {until}")


def _held(done: list[Any], as_json: bool, text: str) -> None:
    if as_json:
        output.print_json(
            {
                "holds": [
                    {
                        "kind": h.kind,
                        "unit": h.unit_code,
                        "period": h.period,
                        "form": h.form,
                        "rung": h.rung,
                        "reason": h.reason,
                        "until": h.until.isoformat() if h.until else None,
                        "by": h.held_by,
                    }
                    for h in done
                ]
            }
        )
        return
    for h in done:
        output.say(f"{h.unit_code} {h.period} {h.form} {h.rung}: {text}")
