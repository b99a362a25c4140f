"""成果晾晒 for outside (L31), beside the published ranking: counts for every unit, names of permitted projects alone, no amounts."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

from ...model.periods import Period
from ...model.printed_table import PrintedTable, printed
from ...publish.table_page import PageFrame, table_page
from ..runtime.context import Context
from .dispatch_view import DispatchView
from .documents import Document, json_of
from .documents_of import frame_of, unit_names
from .project_tables import showcase_document
from .table_words import ACHIEVEMENT_ZH, STATE_ZH, Names

FOLDER = "showcase"
RED_FLAG = "red_flag"
KIND_ZH = {**ACHIEVEMENT_ZH, RED_FLAG: "红旗项目"}


class NamedProject(Document):
    """A project that may be named outside. `days` from start to trial production."""

    kind: str
    name: str
    unit: str
    state: str
    days: int | None


class UnitCounts(Document):
    """What a unit achieved, projects by kind, named or not; `on_course`: 三当年 not achieved yet; `new_starts`: ≥ 1 亿元 begun in the
    year."""

    unit: str
    kinds: dict[str, int]
    on_course: int
    new_starts: int


class PublicShowcaseDocument(Document):
    period: str
    as_of: datetime
    projects: list[NamedProject]
    units: list[UnitCounts]
    unnamed: int


def public_showcase(view: DispatchView) -> PublicShowcaseDocument:
    """What of the showcase may leave the house as of the instant."""
    inside = showcase_document(view)
    rows = [(a.kind, a.name, a.unit, a.state, a.days, a.may_be_named) for a in inside.achievements]
    rows += [(RED_FLAG, f.name, f.unit, "achieved", None, f.may_be_named) for f in inside.red_flags]
    started = {row.unit: row.year_projects for row in inside.new_starts}
    counts = Counter((unit, kind) for kind, _, unit, state, *_ in rows if state == "achieved")
    on_course = Counter(unit for _, _, unit, state, *_ in rows if state == "on_course")
    units = sorted({unit for unit, _ in counts} | on_course.keys() | started.keys())
    return PublicShowcaseDocument(
        period=inside.period,
        as_of=inside.as_of,
        projects=[
            NamedProject(kind=kind, name=name, unit=unit, state=state, days=days)
            for kind, name, unit, state, days, permitted in rows
            if permitted
        ],
        units=[
            UnitCounts(
                unit=unit,
                kinds={kind: counts[unit, kind] for kind in KIND_ZH if counts[unit, kind]},
                on_course=on_course[unit],
                new_starts=started.get(unit, 0),
            )
            for unit in units
        ],
        unnamed=sum(not permitted for *_, permitted in rows),
    )


def print_public_showcase(d: PublicShowcaseDocument, units: Names) -> list[PrintedTable]:
    return [
        printed(
            f"{d.period} 成果项目",
            "projects of the month",
            (("成果", "kind"), ("单位", "unit"), ("项目", "project"), ("状态", "state"), ("天数", "days", True)),
            [(KIND_ZH[p.kind], units.get(p.unit, p.unit), p.name, STATE_ZH[p.state], p.days) for p in d.projects],
            f"只列经许可公开的项目，另有 {d.unnamed} 项只计数 / permitted projects alone; {d.unnamed} more are counted",
        ),
        printed(
            "各单位成果数",
            "counts by unit",
            (
                ("单位", "unit"),
                *((zh, kind, True) for kind, zh in KIND_ZH.items()),
                ("三当年在途", "on course", True),
                ("本年新开工", "new starts", True),
            ),
            [
                (units.get(u.unit, u.unit), *(u.kinds.get(kind, 0) for kind in KIND_ZH), u.on_course, u.new_starts)
                for u in d.units
            ],
        ),
    ]


def showcase_page(view: DispatchView, document: PublicShowcaseDocument) -> bytes:
    """The page; unlike the tables inside it carries no marking."""
    frame: PageFrame = frame_of(view.context, f"{view.period} 成果晾晒", view.as_of, marking="")
    return table_page(frame, print_public_showcase(document, unit_names(view.context)))


def publish_showcase(view: DispatchView) -> Path | None:
    """Lays page and JSON beside the month's published editions (`editions/<period>/showcase/`); None where the programme does not
    publish its ranking or nothing of the month is published yet (a newer draft changes nothing). A later call shows what is permitted
    then; the editions themselves never change."""
    programme, context = view.programme, view.context
    published = any(edition.published_at for edition in context.warehouse.edition_heads.of_period(str(view.period)))
    if not programme.method.public_ranking or not published:
        return None
    folder = _folder(context, view.period)
    folder.mkdir(parents=True, exist_ok=True)
    document = public_showcase(view)
    (folder / "index.html").write_bytes(showcase_page(view, document))
    text = json.dumps(json_of(document), ensure_ascii=False, indent=1) + "\n"
    (folder / "showcase.json").write_text(text, encoding="utf-8")
    return folder


def _folder(context: Context, period: Period) -> Path:
    return context.settings.editions / str(period) / FOLDER


def refresh_showcases(context: Context, now: datetime) -> list[Path]:
    """Every showcase that lies there, by the permits of this moment: whose permit ended or was withdrawn is shown no longer."""
    periods = map(Period.parse, context.warehouse.edition_heads.periods(True))
    shown = [period for period in sorted(periods) if (_folder(context, period) / "showcase.json").is_file()]
    return [folder for period in shown if (folder := publish_showcase(DispatchView(context, period, now)))]
