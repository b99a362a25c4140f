"""The page of one edition, and what of it the home page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...model.calendar import local_text
from ...model.formulas import arithmetic, round_half_up
from ...model.programme import Programme
from ..differences import LEAD, field_name, shown_value, table_name
from ..edition_context import BilingualText
from ..edition_marks import marks_in
from ..edition_texts import ROLES
from ..figures import ABSENT, amount, display, percent, plain
from ..imprint_lines import imprint_lines
from ..manifest import NAME
from ..scoring_words import scale_text
from .chart_svg import ChartDrawer
from .edition_series import year_until
from .lead_story import tell
from .published_edition import PublishedEdition, amount_of, growth_of
from .ranking_rows import RowCell, explained_remarks, growth_cell, row_columns, row_groups
from .site_figures import FigureMaker
from .site_page import PageFrame, SiteRenderer, data_block

FIGURES = ("growth", "ranks", "season", "gauges", "pull", "stages", "funnel", "tiles")
"""The figures of a page in their order."""


@dataclass(frozen=True)
class EditionPages:
    """What the pages of editions are made from: all published editions of a programme, and how charts are drawn."""

    programme: Programme
    editions: Sequence[PublishedEdition]
    renderer: SiteRenderer
    drawer: ChartDrawer
    tiles: Mapping[str, tuple[int, int]]

    def local(self, moment: datetime) -> str:
        return local_text(moment, self.programme.time_zone)

    def shared(self, edition: PublishedEdition) -> dict[str, Any]:
        """What the page of an edition and the home page both show of it."""
        shown = display(self.programme.measure(edition.document["measure"]))
        indicator = self.indicator(edition)
        past = year_until(edition, self.editions)
        maker = FigureMaker(edition, past, shown, self.renderer.whole, self.drawer, self.tiles)
        made = maker.all()
        return {
            "edition": edition,
            "told": tell(edition, self.before(edition), shown, self.renderer.whole, indicator),
            "published": self.local(edition.published_at),
            "state": marks_in(edition.document).figures,
            "columns": row_columns(edition, shown, indicator),
            "groups": row_groups(edition, past, shown, self.programme.roster),
            "figures": [made[key] for key in FIGURES if key in made],
            "race": race_data(maker),
            "city": self.city(edition, shown),
        }

    def page(self, edition: PublishedEdition, path: str, values: Mapping[str, Any], card: str) -> bytes:
        """The page of one revision under `path`: its permanent address, or the period's, which shows the newest. `card`: site path of
        its picture, '' for none."""
        newer = [e for e in self.editions if e.period == edition.period and e.revision > edition.revision]
        earlier = [e for e in self.editions if e.period < edition.period]
        corrects = edition.document.get("corrects")
        frame = PageFrame(path, "home", edition.title, self.describe(values), edition.address)
        return self.renderer.page(
            "edition.html.j2",
            frame,
            card=card,
            data=dataset(edition, self.programme, self.renderer.site_url),
            newer=newer[-1] if newer else None,
            earlier=earlier[-1] if earlier else None,
            corrected=next((e for e in self.editions if e.edition_id == corrects), None),
            changes=changed_cells(edition),
            remarks=explained_remarks(edition),
            anchors=edition.document["parameters"]["anchors"] if edition.by_score else (),
            scores=score_rows(edition),
            scale=scale_text(edition.document["method"]),
            files=file_rows(edition),
            signatures=self.signatures(edition),
            imprint=imprint_lines(edition.document.get("imprint", {})),
            **values,
        )

    def describe(self, values: Mapping[str, Any]) -> str:
        told = values["told"]
        return f"{told.lead.zh} {told.lead.en}"

    def before(self, edition: PublishedEdition) -> PublishedEdition | None:
        """The edition this one was compared with when it was drafted."""
        compared = edition.document["compared_with"]
        return next((e for e in self.editions if compared and e.edition_id == compared["edition"]), None)

    def indicator(self, edition: PublishedEdition) -> BilingualText:
        code = edition.document["indicator"]
        known = self.programme.indicator(code)
        return BilingualText(known.zh, known.en) if known is not None else BilingualText(code, code)

    def city(self, edition: PublishedEdition, shown: Any) -> dict[str, Any]:
        """The whole as the first row of the table."""
        city = edition.document["city"]
        done = city["schedule_completion"]
        rate = growth_of(city)
        pull = ABSENT if rate is None else f"{round_half_up(rate * 100, 2):+f}"
        cells = {
            "growth": growth_cell(city),
            "ytd": RowCell(amount(amount_of(city, "ytd"), shown)),
            "completion": RowCell(percent(None if done is None else Decimal(str(done)))),
            "pull": RowCell(pull),
        }
        if city.get("coverage"):
            covered = city["coverage"]
            cells["remarks"] = RowCell(
                f"仅{covered['units']}个单位合计（应报{covered['of']}个）",
                f"{covered['units']} of {covered['of']} units",
            )
        return {"name": self.renderer.whole_label, "cells": cells}

    def signatures(self, edition: PublishedEdition) -> list[dict[str, Any]]:
        return [
            {
                **signature,
                "role": BilingualText(*ROLES.get(signature["role"], (signature["role"], signature["role"]))),
                "at": self.local(datetime.fromisoformat(signature["at"])),
            }
            for signature in edition.document["signatures"]
        ]


def race_data(maker: FigureMaker) -> Any:
    """What the race plays: by month the share of the annual target done and the season's, percent; '' where it has no two months."""
    shares = maker.season_shares()
    months = sorted({month for rows in shares.values() for month, _, _ in rows})
    if len(months) < 2 or len(shares) < 2 or len(shares) > 40:
        return ""
    seasons = {month: season for rows in shares.values() for month, _, season in rows}
    units = [
        {"name": unit["name"], "done": [_share({m: d for m, d, _ in shares[unit["unit"]]}.get(x)) for x in months]}
        for unit in maker.edition.units
        if unit["unit"] in shares
    ]
    return data_block({"months": months, "season": [_share(seasons[month]) for month in months], "units": units})


def _share(value: Decimal | None) -> float | None:
    return None if value is None else float(round_half_up(value * 100, 1))


def changed_cells(edition: PublishedEdition) -> list[dict[str, Any]]:
    """What a correction changed, ready to print; empty for a first edition."""
    return [
        {
            "name": change["name"],
            "table": table_name(change.get("table", LEAD)),
            "field": field_name(change["field"], edition.document),
            "before": shown_value(change["field"], change["before"]),
            "after": shown_value(change["field"], change["after"]),
        }
        for change in edition.document.get("changes", ())
    ]


def score_rows(edition: PublishedEdition) -> list[dict[str, Any]]:
    """Points of every indicator and what they bring into the score, the best of each marked; empty where nothing is scored."""
    if not edition.by_score:
        return []
    keys = [anchor["key"] for anchor in edition.document["parameters"]["anchors"]]
    best = {
        key: max((Decimal(p) for u in edition.units if (p := u["indicators"].get(key, {}).get("points"))), default=None)
        for key in keys
    }
    rows = []
    for unit in edition.units:
        cells = []
        for key in keys:
            score = unit["indicators"].get(key, {"points": None, "weight": "0"})
            points = None if score["points"] is None else Decimal(score["points"])
            with arithmetic():
                brought = None if points is None else points * Decimal(score["weight"]) / 100
            cells.append(
                {
                    "points": ABSENT if points is None else f"{round_half_up(points, 1):f}",
                    "brought": "" if brought is None else f"{round_half_up(brought, 2):f}",
                    "top": points is not None and points == best[key],
                }
            )
        deducted = sum((Decimal(value) for value in unit["deductions"].values() if value is not None), Decimal(0))
        rows.append(
            {"name": unit["name"], "cells": cells, "deducted": plain(deducted) or "0", "score": unit["score"] or ABSENT}
        )
    return rows


def file_rows(edition: PublishedEdition) -> list[dict[str, Any]]:
    """The files of the edition with sizes and hashes, the manifest last."""
    listed = [{"name": name, **facts} for name, facts in sorted(edition.manifest["files"].items())]
    return [*listed, {"name": NAME, "bytes": len(edition.files[NAME]), "sha256": edition.manifest_sha256}]


def dataset(edition: PublishedEdition, programme: Programme, site_url: str) -> dict[str, Any]:
    """schema.org Dataset of one edition."""
    base = f"{site_url}/{edition.address}/" if site_url else ""
    kinds = {"csv": "text/csv", "json": "application/json"}
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": edition.title.zh,
        "alternateName": edition.title.en,
        "identifier": edition.edition_id,
        "version": f"r{edition.revision}",
        "datePublished": edition.published_at.isoformat(),
        "temporalCoverage": f"{edition.period.year}-01/{edition.period.year}-{edition.period.month:02d}",
        "spatialCoverage": programme.city_zh,
        "inLanguage": ["zh-CN", "en"],
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": programme.zh, "alternateName": programme.en},
        **({"url": base} if base else {}),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": name,
                "encodingFormat": kinds.get(name.rpartition(".")[2], "application/octet-stream"),
                "contentUrl": f"{base}files/{name}",
                "sha256": facts["sha256"],
            }
            for name, facts in sorted(edition.manifest["files"].items())
        ],
    }
