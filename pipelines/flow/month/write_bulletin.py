"""`saima bulletin`: the bulletin of an edition as Word, from the files of the edition as they lie there."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from ...model.loading import Edition
from ...model.periods import Period
from ...model.publication import FINAL
from ...model.ranking import CityFigures
from ...publish.atomic_file import write_asked_for
from ...publish.bulletin import BulletinFrame, bulletin
from ...publish.bulletin_charts import bulletin_charts
from ...publish.bulletin_text import BulletinNames, BulletinText, bulletin_text, summary_rows
from ...publish.edition_context import BilingualText, EditionContext
from ...publish.imprint_lines import imprint_lines
from ...publish.older_documents import completed
from ..runtime.context import Context


class BulletinDocument(BaseModel):
    """`saima bulletin --json`: the file, and the paragraph to copy."""

    period: str
    edition: str
    state: str
    path: str
    paragraph_zh: str
    paragraph_en: str
    charts: int


def write_bulletin(context: Context, edition: Edition, out: Path | None, now: datetime) -> BulletinDocument:
    """Write the bulletin of a draft or published edition; levels stand in it only where the edition prints them."""
    folder = Path(edition.published_path or edition.path).parent
    document: Any = completed(json.loads((folder / "ranking.json").read_bytes()))
    heading = (folder / "notes.txt").read_text(encoding="utf-8").partition("\n")[0]
    names, period = _names(context, edition), Period.parse(edition.period)
    text = bulletin_text(document, period, names)
    head, rows = summary_rows(document, names.display)
    charts = bulletin_charts(document, names.whole.zh)
    target = out or context.settings.home / "bulletins" / f"{edition.edition_id}.docx"
    frame = _frame(context, edition, document, heading, edition.published_at or now)
    write_asked_for(target, bulletin(frame, text, head, rows, charts))
    return _said(edition, target, text, len(charts))


def _names(context: Context, edition: Edition) -> BulletinNames:
    programme = context.programme
    about = EditionContext(edition.edition_id, Period.parse(edition.period), programme, "", edition.created_at)
    city = CityFigures(
        programme.city_code, programme.city_zh, programme.city_en, None, None, None, whole=programme.whole
    )
    return BulletinNames(
        BilingualText(*about.indicator_names),
        BilingualText(*city.whole_name),
        BilingualText(programme.above_zh, programme.above_en),
        about.display,
    )


def _frame(context: Context, edition: Edition, document: Any, heading: str, at: datetime) -> BulletinFrame:
    programme = context.programme
    day = at.astimezone(ZoneInfo(programme.time_zone))
    marks = [
        text
        for text, shown in (
            ("草稿：未经签发，不得对外提供", edition.state == "draft"),
            ("模拟数据：不是统计数据", programme.simulated),
            ("演示签字", document["demonstration"]),
            ("初步数：以后期核定为准", document["figures"] != FINAL),
        )
        if shown
    ]
    return BulletinFrame(
        title=f"关于{heading}情况的通报",
        addressed_to="各有关单位：",
        marks=tuple(marks),
        signed=(programme.zh, f"{day.year}年{day.month}月{day.day}日"),
        source=f"数据来源：{edition.edition_id} ranking.json，内容 SHA-256 {edition.content_hash[:16]}…",
        imprint=tuple(line.said for line in imprint_lines(document.get("imprint", {}))),
    )


def _said(edition: Edition, target: Path, text: BulletinText, charts: int) -> BulletinDocument:
    return BulletinDocument(
        period=edition.period,
        edition=edition.edition_id,
        state=edition.state,
        path=str(target),
        paragraph_zh=text.summary.zh,
        paragraph_en=text.summary.en,
        charts=charts,
    )
