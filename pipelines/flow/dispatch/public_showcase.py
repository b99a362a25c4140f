"""成果晾晒 for outside (L31), beside the published ranking: counts for every unit, names of permitted projects alone, no amounts.

What it shows is the dispatch data that the newest published edition was made from; what arrived or was drafted since is not out. Who
may be named is asked of the decisions at the moment. A month of which nothing is published has a preview for inside alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ...dispatch.decision_history import PublicationPermit, known_at, permits
from ...model.calendar import local_text
from ...model.dispatch_decisions import PERMITS, DispatchDecision
from ...model.periods import Period
from ...model.printed_table import PrintedTable, Words, printed
from ...publish.atomic_file import write_whole
from ...publish.table_page import INTERNAL, PageFrame, table_page
from ...warehouse.editions.edition_heads import EditionHead
from ..records.noted_files import SHOWCASE, differing, logged_files, note_files
from ..runtime.context import Context
from .dispatch_view import DispatchView
from .documents import Document, json_of
from .documents_of import frame_of, unit_names
from .project_tables import showcase_document
from .table_words import ACHIEVEMENTS, STATES, Names

FOLDER = "showcase"
FILE = "showcase.json"
PREVIEW = "预览，未发布，不得外传"
RED_FLAG = "red_flag"
KIND_ZH = {**ACHIEVEMENTS, RED_FLAG: Words("红旗项目", "red-flag projects")}


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
    """`as_of`: when the permits were looked at; `edition`: the published edition whose data are shown, as they were known at `data_as_of`;
    null where the month has none yet (a preview, not for outside)."""

    period: str
    as_of: datetime
    edition: str | None
    data_as_of: datetime
    projects: list[NamedProject]
    units: list[UnitCounts]
    unnamed: int


def public_showcase(context: Context, period: Period, now: datetime) -> PublicShowcaseDocument:
    """What of the month's showcase may leave the house as of the instant."""
    edition = _published(context, period, now)
    view = DispatchView(context, period, edition.created_at if edition else now)
    inside = showcase_document(
        view, _permitted(context, context.warehouse.decisions.holding(_day(context, now), now), now)
    )
    rows = [(a.kind, a.name, a.unit, a.state, a.days, a.may_be_named) for a in inside.achievements]
    rows += [(RED_FLAG, f.name, f.unit, "achieved", None, f.may_be_named) for f in inside.red_flags]
    started = {row.unit: row.year_projects for row in inside.new_starts}
    counts = Counter((unit, kind) for kind, _, unit, state, *_ in rows if state == "achieved")
    on_course = Counter(unit for _, _, unit, state, *_ in rows if state == "on_course")
    units = sorted({unit for unit, _ in counts} | on_course.keys() | started.keys())
    return PublicShowcaseDocument(
        period=inside.period,
        as_of=now,
        edition=edition.edition_id if edition else None,
        data_as_of=view.as_of,
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


def _published(context: Context, period: Period, now: datetime) -> EditionHead | None:
    """The newest edition of the month that was out at the instant."""
    heads = context.warehouse.edition_heads.of_period(str(period))
    out = [head for head in heads if head.published_at is not None and head.published_at <= now]
    return out[-1] if out else None


def _permitted(
    context: Context, decisions: Sequence[DispatchDecision], at: datetime
) -> Mapping[str, PublicationPermit]:
    """Project → the permit that holds on the local day of the instant, of what was recorded by then."""
    return permits(known_at(decisions, at), _day(context, at), FOLDER)


def _day(context: Context, at: datetime) -> date:
    return at.astimezone(ZoneInfo(context.programme.time_zone)).date()


def print_public_showcase(d: PublicShowcaseDocument, units: Names) -> list[PrintedTable]:
    title = f"{d.period} 成果项目" if d.edition else f"{d.period} 成果项目（{PREVIEW}）"
    return [
        printed(
            title,
            "projects of the month",
            (("成果", "kind"), ("单位", "unit"), ("项目", "project"), ("状态", "state"), ("天数", "days", True)),
            [(KIND_ZH[p.kind], units.get(p.unit, p.unit), p.name, STATES[p.state], p.days) for p in d.projects],
            f"只列经许可公开的项目，另有 {d.unnamed} 项只计数 / permitted projects alone; {d.unnamed} more are counted",
        ),
        printed(
            "各单位成果数",
            "counts by unit",
            (
                ("单位", "unit"),
                *((zh, zh.en, True) for zh in KIND_ZH.values()),
                ("三当年在途", "on course", True),
                ("本年新开工", "new starts", True),
            ),
            [
                (units.get(u.unit, u.unit), *(u.kinds.get(kind, 0) for kind in KIND_ZH), u.on_course, u.new_starts)
                for u in d.units
            ],
        ),
    ]


def showcase_page(context: Context, document: PublicShowcaseDocument) -> bytes:
    """The page; unlike the tables inside it carries no marking, but where nothing is published yet."""
    data = local_text(document.data_as_of, context.programme.time_zone)
    source = f"已发布的 {document.edition}" if document.edition else PREVIEW
    frame: PageFrame = frame_of(
        context,
        f"{document.period} 成果晾晒",
        document.as_of,
        marking="" if document.edition else INTERNAL,
        paragraphs=(f"依据：{source}，调度数据截至 {data}；公开许可以“截至”时刻为准。",),
    )
    return table_page(frame, print_public_showcase(document, unit_names(context)))


def publish_showcase(context: Context, period: Period, now: datetime) -> Path | None:
    """Lays page and JSON beside the month's published editions (`editions/<period>/showcase/`); None where the programme does not
    publish its ranking or nothing of the month is published yet (a newer draft changes nothing). A later call shows what is permitted
    then; the editions themselves never change."""
    if not context.programme.method.public_ranking or _published(context, period, now) is None:
        return None
    folder = _folder(context, period)
    document = public_showcase(context, period, now)
    text = json.dumps(json_of(document), ensure_ascii=False, indent=1) + "\n"
    files = {"index.html": showcase_page(context, document), FILE: text.encode()}
    # noted before: a process that dies in between leaves the older ones, which the next look lays down again
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    note_files(context, SHOWCASE, str(period), digests, now)
    for name, content in files.items():
        write_whole(folder / name, content)
    return folder


def _folder(context: Context, period: Period) -> Path:
    return context.settings.editions / str(period) / FOLDER


def refresh_showcases(context: Context, now: datetime) -> list[Path]:
    """The showcases that say what no longer holds at this moment: other projects may be named than at their instant (a permit was given,
    ended or withdrawn), or a newer edition is out; and those that are gone or are not as they were laid down. The others stay as they
    are. Of every published month its small files are looked into, since a permit that ended must leave all of them; the book gives its
    permits alone, and once."""
    decisions = context.warehouse.decisions.of_kinds(PERMITS, now)
    heads = context.warehouse.edition_heads.published()
    out = {head.period: head.edition_id for head in heads if head.published_at and head.published_at <= now}
    allowed: dict[datetime, frozenset[str]] = {}
    logged = logged_files(context, SHOWCASE)
    fresh = []
    for period in sorted(map(Period.parse, {head.period for head in heads})):
        file = _folder(context, period) / FILE
        as_laid_down = logged.get(str(period), {})
        if not file.is_file() and not as_laid_down:
            continue
        shown = _laid_down(file)
        whole = not any(differing(file.parent, as_laid_down)) if as_laid_down else True
        if whole and shown and shown.edition == out.get(str(period)) and shown.as_of <= now:
            for at in {now, shown.as_of} - allowed.keys():
                allowed[at] = frozenset(_permitted(context, decisions, at))
            if allowed[shown.as_of] == allowed[now]:
                continue
        folder = publish_showcase(context, period, now)
        fresh += [folder] if folder else []
    return fresh


def _laid_down(file: Path) -> PublicShowcaseDocument | None:
    """What the file says; None where it is of an older version of the program or damaged."""
    try:
        return PublicShowcaseDocument.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
