"""The whole site as path → bytes, and the folder that holds it. The same editions give the same bytes; no clock is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from ...model.programme import Programme
from ..atomic_file import write_whole
from ..edition_context import BilingualText
from .chart_svg import ChartDrawer
from .edition_page import EditionPages
from .edition_series import newest_of_each
from .kept_drawings import KeptDrawings
from .published_edition import PublishedEdition
from .quality_measures import RuleFailures
from .share_card import share_card
from .site_page import PageFrame, SiteRenderer
from .standing_pages import StandingPages
from .unit_page import mean_points, unit_page

HOME_FIGURES = ("growth", "ranks")
HOME_ROWS = 40
_WRITERS = 4
_AT_ONCE = 64
"""Pages that threads write while the next ones are made."""


@dataclass(frozen=True)
class SiteSource:
    """What a site is made of. `editions`: every published one, numbered by revision; `site_url`: where it will stand, '' unknown;
    `drawings`: charts and pictures drawn before; `rules`: by edition, how the checks fared."""

    programme: Programme
    editions: tuple[PublishedEdition, ...]
    site_url: str = ""
    drawings: KeptDrawings | None = None
    rules: Mapping[str, Sequence[RuleFailures]] = field(default_factory=dict)
    more_files: Mapping[str, bytes] = field(default_factory=dict)
    """Files of the site that are no pages: the feed, the calendar for diaries and programs."""


def build_tree(source: SiteSource) -> Iterator[tuple[str, bytes]]:
    """Every file of the site by its path."""
    p = source.programme
    renderer = SiteRenderer(BilingualText(p.zh, p.en), BilingualText(*p.whole), source.site_url)
    pages = EditionPages(p, source.editions, renderer, ChartDrawer(source.drawings), p.tiles)
    newest = newest_of_each(source.editions)
    for name, content in renderer.assets.items():
        yield f"assets/{name}", content
    shared: dict[str, Any] = {}
    card = ""
    for edition in source.editions:
        shared = pages.shared(edition)
        picture = share_card(edition, shared["told"], renderer.home.zh, source.drawings)
        card = f"{edition.address}/card.png" if picture else ""
        if picture:
            yield card, picture
        yield f"{edition.address}/index.html", pages.page(edition, edition.address, shared, card)
        if edition in newest:
            yield f"{edition.period}/index.html", pages.page(edition, str(edition.period), shared, card)
        for name, content in edition.files.items():
            yield f"{edition.address}/files/{name}", content
    yield "index.html", _home(renderer, pages, source.editions, newest, shared, card)
    yield from _units(renderer, pages, newest)
    yield from StandingPages(pages, source.rules, source.more_files).all()
    yield from source.more_files.items()


def _home(
    renderer: SiteRenderer,
    pages: EditionPages,
    editions: Sequence[PublishedEdition],
    newest: Sequence[PublishedEdition],
    shared: Mapping[str, Any],
    card: str,
) -> bytes:
    years: dict[int, list[dict[str, Any]]] = {}
    for edition in reversed(newest):
        years.setdefault(edition.period.year, []).append(
            {
                "newest": edition,
                "all": [e for e in editions if e.period == edition.period],
                "leader": "、".join(unit["name"] for unit in edition.units if unit["rank"] == 1),
                "published": pages.local(edition.published_at),
            }
        )
    values: dict[str, Any] = {"edition": None, "figures": [], "groups": (), "city": None, **shared}
    values["figures"] = [figure for figure in values["figures"] if figure.key in HOME_FIGURES]
    if sum(len(group.rows) for group in values["groups"]) > HOME_ROWS:
        values["groups"] = ()
    description = pages.describe(shared) if shared else renderer.home.zh
    frame = PageFrame("", "home", renderer.home, description)
    return renderer.page("home.html.j2", frame, card=card, years=list(years.items()), **values)


def _units(
    renderer: SiteRenderer, pages: EditionPages, newest: Sequence[PublishedEdition]
) -> Iterator[tuple[str, bytes]]:
    known: dict[str, Mapping[str, Any]] = {}
    for edition in newest:
        known |= edition.by_code
    means = {edition.edition_id: mean_points(edition) for edition in newest}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    roster = pages.programme.roster
    for code in sorted(known):
        own = [edition for edition in newest if code in edition.by_code]
        indicator = pages.indicator(own[-1])
        yield (
            f"units/{code}/index.html",
            unit_page(renderer, pages.programme, code, own, means[own[-1].edition_id], indicator),
        )
        unit = roster.get(code)
        above = roster.get(unit.parent) if unit is not None and unit.parent else None
        groups.setdefault(above.name if above is not None else "", []).append(known[code])
    frame = PageFrame("units", "units", BilingualText("地区", "Units"), "地区 Units")
    named = [(name if len(groups) > 1 else "", units) for name, units in sorted(groups.items())]
    yield "units/index.html", renderer.page("units.html.j2", frame, groups=named)


def write_tree(files: Iterator[tuple[str, bytes]], folder: Path) -> tuple[dict[str, str], int]:
    """Writes the files into the folder and takes away what is no longer part of it: (path → SHA-256, how many were written). A file
    whose bytes are there already is not touched; each other one is replaced in one step, so that a reader never sees half a page. Some
    are written while the next are made."""
    kept: set[Path] = set()
    digests: dict[str, str] = {}
    begun: list[Future[bool]] = []
    written = 0

    def put(target: Path, content: bytes) -> bool:
        if target.is_file() and target.read_bytes() == content:
            return False
        write_whole(target, content)
        return True

    with ThreadPoolExecutor(_WRITERS) as writers:  # a country has thousands of pages
        while some := list(islice(files, _AT_ONCE)):
            targets = [folder / path for path, _ in some]
            kept.update(targets)
            digests.update({path: sha256(content).hexdigest() for path, content in some})
            written += sum(one.result() for one in begun)
            begun = [writers.submit(put, target, content) for target, (_, content) in zip(targets, some, strict=True)]
        written += sum(one.result() for one in begun)
    for stale in sorted(folder.rglob("*"), reverse=True):
        if stale.is_dir() and not stale.is_symlink():
            if not any(stale.iterdir()):
                stale.rmdir()
        elif stale not in kept:
            stale.unlink()
    return digests, written
