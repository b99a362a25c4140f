"""Pages that belong to no edition: the method in words, quality, the release calendar, downloads, and the catalogue for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ...model.calendar import local_text
from ...model.periods import Period
from ...model.programme import Programme
from ..edition_context import BilingualText
from ..figures import percent
from ..release_calendar import ReleaseCalendar
from ..scoring_words import COMPARING_METHODS, anchor_head, anchors_used, deduction_texts, points_text, score_text
from .edition_page import EditionPages, file_rows
from .edition_series import newest_of_each
from .indicator_meanings import MEANINGS
from .published_edition import PublishedEdition
from .quality_measures import PeriodQuality, RuleFailures, period_quality
from .quality_measures import points_text as revision_text
from .site_catalogue import CatalogueEdition, SiteCatalogue
from .site_page import PageFrame

AHEAD = 12
"""Months that the release calendar announces."""
RULES_SHOWN = 20
ANNOUNCED, DIARY, FEED = "calendar/calendar.json", "calendar/calendar.ics", "feed.atom"
"""Files of the site, where there are any."""
FILES: Mapping[str, tuple[str, str]] = {
    "index.html": ("签发的版本页", "the page as it was signed"),
    "ranking.csv": ("排名表，UTF-8（带 BOM），可用表格软件打开", "the table as CSV, UTF-8 with BOM"),
    "ranking.json": ("全部数字，机器可读", "every figure, for machines"),
    "ranking.xlsx": ("工作簿：封面、说明、每表一页", "workbook: cover, notes, a sheet a table"),
    "ranking.parquet": ("类型化列，Parquet", "typed columns, Parquet"),
    "ranking.jsonstat.json": ("JSON-stat 2.0", "JSON-stat 2.0"),
    "ranking.sdmx.csv": ("SDMX-CSV 2.0", "SDMX-CSV 2.0"),
    "structure.sdmx.json": ("SDMX 结构定义", "SDMX structure"),
    "datapackage.json": ("Frictionless 数据包描述", "Frictionless data package"),
    "dataset.jsonld": ("schema.org 数据集描述", "schema.org Dataset"),
    "notes.txt": ("发布稿与说明，纯文本", "release text and notes, plain text"),
    "verify.py": ("核对程序：python verify.py", "verifier: python verify.py"),
    "manifest.json": ("清单：每个文件的 SHA-256、方法、签发", "manifest: SHA-256 of every file, method, signatures"),
    "parents.csv": ("上级地区汇总", "areas above the units"),
}
"""What each file of an edition is for."""


class StandingPages:
    """Makes them from the published editions. `rules`: by edition, how the checks fared over the returns it rests on; `files`: those of
    the site that are no pages, by path."""

    def __init__(
        self, pages: EditionPages, rules: Mapping[str, Sequence[RuleFailures]], files: Mapping[str, bytes]
    ) -> None:
        self.pages, self.rules, self.files = pages, rules, files
        self.programme: Programme = pages.programme
        self.newest = newest_of_each(pages.editions)

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Each page by its path."""
        yield "method/index.html", self._method()
        yield "quality/index.html", self._quality()
        yield "calendar/index.html", self._calendar()
        yield "downloads/index.html", self._downloads()
        yield "editions.json", (self._catalogue().model_dump_json(indent=2) + "\n").encode()

    def _render(self, key: str, zh: str, en: str, description: BilingualText, **values: Any) -> bytes:
        frame = PageFrame(key, key, BilingualText(zh, en), f"{description.zh} {description.en}")
        return self.pages.renderer.page(f"{key}.html.j2", frame, lead=description, **values)

    def _method(self) -> bytes:
        newest = self.newest[-1] if self.newest else None
        scored = next((e for e in reversed(self.newest) if e.by_score), None)
        anchors = scored.document["parameters"]["anchors"] if scored else ()
        notes = newest.paragraphs if newest else ()
        method = scored.document["method"] if scored else ""
        return self._render(
            "method",
            "方法",
            "Method",
            BilingualText(
                "名次怎样得来：谁参加、算什么、怎样折成分、并列和迟报怎么办。",
                "How places come about: who takes part, what counts, how it becomes points, ties and lateness.",
            ),
            edition=newest,
            scored=scored,
            anchors=[{**a, "meaning": BilingualText(*MEANINGS.get(a["key"], ("", "")))} for a in anchors],
            parameters=scored.document["parameters"] if scored else None,
            rules=_scoring(scored) if scored else (),
            heads=[anchor_head(method, key) for key in anchors_used(method)],
            anchors_used=anchors_used(method),
            independent=method not in COMPARING_METHODS,
            score_from=self.programme.method.score_from_month,
            notes=notes,
        )

    def _quality(self) -> bytes:
        measured = [
            period_quality(self.programme, [e for e in self.pages.editions if e.period == newest.period], self.rules)
            for newest in reversed(self.newest)
        ]
        return self._render(
            "quality",
            "质量",
            "Quality",
            BilingualText(
                "每一期是否准时、谁迟报未报、更正改了多少、审核拦下多少。",
                "Whether each release was punctual, who was late or missing, what revisions changed, what checks caught.",
            ),
            measured=[(one, _quality_cells(one)) for one in measured],
            disclosure=self._disclosure(),
            rules=_failing(measured),
            first=measured[-1].period if measured else "",
            last=measured[0].period if measured else "",
        )

    def _disclosure(self) -> BilingualText:
        """What is looked at before anything is published, and what cannot be."""
        rule = self.programme.method.disclosure
        zh = f"参与企业少于{rule.min_contributors}家或由一家占绝大部分的地区不予公布，会由合计推算出来的一并不予公布。"
        en = (
            f"A unit with fewer than {rule.min_contributors} contributing enterprises, or one that dominates, is not published, nor what "
            "would give it away by subtraction."
        )
        if not self.programme.form_name("detail"):
            zh = "本方案不收集企业或项目明细，各地区的参与企业数不明，发布前不作参与企业数的检查。"
            en = "No detail by enterprise is collected: how many contribute to a figure is unknown and not checked before publication."
        elif rule.require_counts:
            zh += "没有可采用的明细、参与企业数不明的，同样不予公布。"
            en += " Units whose contributors are unknown are not published either."
        else:
            zh += "没有可采用的明细、参与企业数不明的照常公布，并在该期说明中写明。"
            en += " Units whose contributors are unknown are published, and named in the notes of the release."
        return BilingualText(zh, en)

    def _calendar(self) -> bytes:
        calendar, form = self.programme.calendar, self.programme.lead_form
        announced = self._announced()
        hours = {one.period: one.at for one in announced.releases} if announced else {}
        published = {edition.period: edition for edition in self.newest}
        last = self.newest[-1].period if self.newest else None
        periods = calendar.periods(form)
        coming = [period for period in periods if last is None or period > last][:AHEAD]
        passed = [period for period in periods if period in published]
        return self._render(
            "calendar",
            "发布日历",
            "Release calendar",
            BilingualText(
                "发布时点事先公布，到点才发布；时点改变时在此说明。",
                "Moments of release are announced ahead and kept: nothing appears before its hour.",
            ),
            coming=[self._release(period, None, hours) for period in coming],
            passed=[self._release(period, published[period], hours) for period in reversed(passed)],
            zone=self.programme.time_zone,
            changes=self._changes(),
            diary=DIARY in self.files,
        )

    def _changes(self) -> list[dict[str, str]]:
        """Announced hours that were moved, newest first, with the reason."""
        zone, announced = self.programme.time_zone, self._announced()
        if announced is None:
            return []
        return [
            {
                "period": change.period,
                "before": local_text(change.before, zone),
                "after": local_text(change.after, zone) or "取消 withdrawn",
                "announced": local_text(change.announced_at, zone),
                "reason": change.reason,
            }
            for change in reversed(announced.changes)
        ]

    def _announced(self) -> ReleaseCalendar | None:
        """What was announced; None before the first announcement."""
        file = self.files.get(ANNOUNCED)
        return None if file is None else ReleaseCalendar.model_validate_json(file)

    def _release(
        self, period: Period, edition: PublishedEdition | None, hours: Mapping[str, datetime]
    ) -> dict[str, Any]:
        """A row of the calendar. `hours`: those announced, which hold until another hour is announced with its reason; one that was moved
        says from when."""
        row = self.programme.calendar.row(self.programme.lead_form, period)
        zone = self.programme.time_zone
        moments = [moment for moment in (row.publish, row.official_release) if moment] if row else []
        at = hours.get(str(period)) or max(moments, default=None)
        return {
            "period": period,
            "planned": local_text(at, zone) if at else "",
            "moved_from": next((change["before"] for change in self._changes() if change["period"] == str(period)), ""),
            "due": local_text(row.county_due, zone) if row else "",
            "freeze": local_text(row.freeze, zone) if row else "",
            "edition": edition,
            "published": local_text(edition.published_at, zone) if edition else "",
        }

    def _downloads(self) -> bytes:
        return self._render(
            "downloads",
            "下载",
            "Downloads",
            BilingualText(
                "每一版的全部文件；各种格式的数字相同，地址不变。",
                "All files of every edition; the figures are the same in each format, addresses last.",
            ),
            feed=FEED in self.files,
            editions=[
                {
                    "edition": edition,
                    "published": self.pages.local(edition.published_at),
                    "files": [{**file, "about": BilingualText(*FILES.get(file["name"], ("", "")))} for file in rows],
                }
                for edition in reversed(self.pages.editions)
                for rows in (file_rows(edition),)
            ],
        )

    def _catalogue(self) -> SiteCatalogue:
        p = self.programme
        return SiteCatalogue(
            programme=p.name,
            name=p.zh,
            name_en=p.en,
            editions=[
                CatalogueEdition(
                    period=str(edition.period),
                    revision=edition.revision,
                    edition=edition.edition_id,
                    published_at=edition.document["published_at"],
                    address=f"{edition.address}/",
                    newest=edition in self.newest,
                    content_hash=edition.document["content_hash"],
                    manifest_sha256=edition.manifest_sha256,
                    files={name: facts["sha256"] for name, facts in sorted(edition.manifest["files"].items())},
                )
                for edition in self.pages.editions
            ],
        )


def _scoring(edition: PublishedEdition) -> list[BilingualText]:
    """From values to points to the score, with the numbers of the edition."""
    document = edition.document
    parameters = document["parameters"]
    return [points_text(document["method"], parameters), score_text(), *deduction_texts(parameters)]


def _quality_cells(one: PeriodQuality) -> tuple[str, ...]:
    return (
        f"{one.ranked}/{one.expected}",
        percent(one.in_time_share),
        str(one.late),
        str(one.missing),
        str(one.rejected),
        "—" if one.unanswered is None else str(one.unanswered),
        str(one.lag_days),
        "—" if one.delay_minutes is None else str(one.delay_minutes),
        str(one.revisions),
        revision_text(one.mean_revision_pp),
    )


def _failing(measured: Sequence[PeriodQuality]) -> tuple[dict[str, Any], ...]:
    """The rules that failed most often over these periods, by share of what they looked at."""
    tally: dict[str, tuple[int, int]] = {}
    for rule in (rule for one in measured for rule in one.rules):
        rows, failed = tally.get(rule.rule, (0, 0))
        tally[rule.rule] = (rows + rule.rows, failed + rule.failed)
    whole = [RuleFailures(rule, rows, failed) for rule, (rows, failed) in tally.items() if failed]
    return tuple(
        {"rule": rule.rule, "rows": f"{rule.rows:,}", "failed": f"{rule.failed:,}", "rate": percent(rule.rate, 2)}
        for rule in sorted(whole, key=lambda rule: (-rule.rate, rule.rule))[:RULES_SHOWN]
    )
