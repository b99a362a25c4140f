"""Commands between bureau and counties: template, return, explain, explanation, waive, waivers, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import output
from .options import AsJson, Home, ProgrammeName, period_of, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="生成一张报表的填报模板 / the workbook of a form to fill in")(template)


def context_for(home: Path | None, programme: str | None) -> tuple[Any, bool]:
    """(context, whether it is a home with a warehouse): commands that need no home still read history where there is one."""
    from ..flow.context import HOME_FILE, Context, load_programme, open_context, recorded_programme

    settings = settings_of(home)
    known = (settings.home / HOME_FILE).exists() and programme in (None, recorded_programme(settings.home))
    return (open_context(settings) if known else Context(settings, load_programme(programme or "jiaxing"))), known


def template(
    form: Annotated[str, typer.Argument(metavar="FORM", help="报表 / form, e.g. project_month")],
    unit: Annotated[str, typer.Option("--unit", help="单位代码或名称 / unit")],
    period: Annotated[str, typer.Option("--period", help="报告期 / period, YYYY-MM")],
    out: Annotated[
        Path | None, typer.Option("--out", help="写到 / file to write (default: FORM_UNIT_PERIOD.xlsx)")
    ] = None,
    home: Home = None,
    programme: ProgrammeName = None,
    as_json: AsJson = False,
) -> None:
    from ..flow.template import make_template, unit_of

    context, known = context_for(home, programme)
    content = make_template(context, form, unit, period_of(period), known)
    target = out or Path(f"{form}_{unit_of(context.programme, unit).code}_{period}.xlsx")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if as_json:
        output.print_json({"path": str(target.resolve()), "form": form, "unit": unit, "period": period})
    else:
        output.say(f"模板已写到 / template written to {target}")
