"""What people do about who is late: acknowledge, snooze, telephone, and log the answer (催报)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from . import output
from .late import CsvFile, HtmlFile, write
from .options import AsJson, Home, Now, ProgrammeName, context_of, local, moment, period_of

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


def calls(
    period: Annotated[
        str | None, typer.Argument(metavar="[PERIOD]", help="报告期 / period; default the latest due")
    ] = None,
    csv: CsvFile = None,
    html: HtmlFile = None,
    home: Home = None,
    programme: ProgrammeName = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    from ..alerts.pages import calls_csv, calls_page
    from ..flow.notify.escalation_documents import calls_document
    from ..flow.notify.holds import period_or_latest

    context = context_of(home, programme)
    document = calls_document(
        context,
        period_or_latest(context, period_of(period) if period else None, moment(now, context)),
        moment(now, context),
    )
    write(csv, lambda: calls_csv(document))
    write(html, lambda: calls_page(document, context.programme.time_zone))
    if as_json:
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


def log_call(
    unit: UnitArgument,
    period: PeriodOption,
    answer: Annotated[str, typer.Option("--answer", help="答复 / what was answered")],
    name: Name,
    form: FormOption = "*",
    spoke_to: Annotated[str, typer.Option("--spoke-to", help="接听人岗位 / role of who answered")] = "",
    at: Annotated[str | None, typer.Option("--at", help="通话时间，缺省为现在 / when it was, default now")] = None,
    home: Home = None,
    programme: ProgrammeName = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    from ..flow.notify.holds import log_call as run
    from ..flow.notify.status_documents import call_document

    context = context_of(home, programme)
    called_at: datetime = moment(at, context) if at else moment(now, context)
    call = run(context, unit, period_of(period), form, called_at, name, spoke_to, answer, moment(now, context))
    if as_json:
        output.print_json({"unit": call.unit_code, "period": call.period, **call_document(call)})
    else:
        output.say(f"已登记 {call.unit_code} {call.period} {call.form} 的通话 / the call is logged")


def ack(
    unit: UnitArgument,
    period: PeriodOption,
    name: Name,
    form: FormOption = "*",
    rung: StepOption = "",
    reason: Annotated[str, typer.Option("--reason", help="说明 / note")] = "",
    home: Home = None,
    programme: ProgrammeName = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    from ..flow.notify.holds import hold

    context = context_of(home, programme)
    done = hold(context, "ack", unit, period_of(period), form, rung, reason, None, name, moment(now, context))
    _held(done, as_json, "已知悉 / acknowledged")


def snooze(
    unit: UnitArgument,
    period: PeriodOption,
    reason: Annotated[str, typer.Option("--reason", help="原因 / why")],
    until: Annotated[str, typer.Option("--until", help="到期时间 / when it ends, e.g. 2022-07-14T09:00")],
    name: Name,
    form: FormOption = "*",
    rung: StepOption = "",
    home: Home = None,
    programme: ProgrammeName = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    from ..flow.notify.holds import hold

    context = context_of(home, programme)
    ends = moment(until, context)
    done = hold(context, "snooze", unit, period_of(period), form, rung, reason, ends, name, moment(now, context))
    _held(done, as_json, f"暂缓至 / snoozed until {until}")


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
