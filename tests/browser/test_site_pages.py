"""The site as a browser shows it: every page kind at three widths, light and dark, by keyboard, judged by axe-core, with a strict policy
and no request elsewhere."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from pipelines.publish.preview_server import preview_server
from pipelines.publish.site import SiteSource, build_tree, number_revisions, read_published, write_tree
from tests.unit.publish import published_year

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("SAIMA_REQUIRE_SYSTEM_PACKAGES"), reason="no Chromium on this machine"
    ),
]
KINDS = {
    "home": "/",
    "edition": "/2022-06/",
    "corrected": "/2022-06/r0/",
    "early": "/2022-02/",
    "unit": "/units/990002/",
    "units": "/units/",
    "method": "/method/",
    "quality": "/quality/",
    "calendar": "/calendar/",
    "downloads": "/downloads/",
}
IN_THE_DARK = ("home", "edition", "unit", "method")
"""Kinds that axe judges in the dark: all colours occur on them."""


@pytest.fixture(scope="module")
def year() -> Any:
    """The published year of the unit tests."""
    return published_year


@contextmanager
def served(folder: Path, programme: Any) -> Iterator[str]:
    editions = number_revisions(read_published(f) for f in sorted((folder / "editions").glob("*/*/published")))
    write_tree(build_tree(SiteSource(programme, editions)), folder / "site")
    with preview_server(folder / "site", "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site(year: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("browsed")
    with served(home, year.publish_year(home, corrected=6)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


class Watched:
    """A page with what went wrong on it and where it asked for something."""

    def __init__(self, browser: Browser, width: int, scheme: str, **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=False, **options
        )
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda m: self.troubles.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.troubles.append(str(e)))
        self.page.on("request", lambda r: self.asked.append(r.url))

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (768, "dark"), (1440, "light")])
def test_pages_fit_their_width_and_ask_nobody_else(browser: Browser, site: str, width: int, scheme: str) -> None:
    with Watched(browser, width, scheme) as watched:
        for kind, path in KINDS.items():
            watched.page.goto(site + path)
            wide = watched.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{kind} is {wide} wide"
            small = watched.page.evaluate(
                """() => [...document.querySelectorAll('main *')].filter((e) => e.childElementCount === 0 && e.textContent.trim()
                && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) *
                (e.ownerSVGElement ? e.ownerSVGElement.getBoundingClientRect().width / e.ownerSVGElement.viewBox.baseVal.width : 1)
                < 9.5).map((e) => e.textContent)"""
            )
            assert small == [], f"{kind}: tiny text"
        assert watched.troubles == []
        assert len(watched.asked) >= 2 * len(KINDS)
        assert [url for url in watched.asked if not url.startswith(site)] == []


def test_counts_of_the_funnel_stand_beside_its_bars(browser: Browser, site: str) -> None:
    with Watched(browser, 390, "light") as watched:
        watched.page.goto(site + KINDS["edition"])
        edges = watched.page.evaluate(
            """() => { const figure = document.getElementById('figure-funnel').closest('section'), at = (e) => e.getBoundingClientRect();
            const counts = [...figure.querySelectorAll('svg text')].filter((t) => /\\d+\\/\\d+/.test(t.textContent)).map(at);
            const bars = [...figure.querySelectorAll('svg path[fill]')].map(at), svg = at(figure.querySelector('svg'));
            return { counts: counts.length, bars: bars.length, widest: Math.max(...bars.map((b) => b.right)),
            first: Math.min(...counts.map((c) => c.left)), last: Math.max(...counts.map((c) => c.right)), end: svg.right }; }"""
        )
        assert edges["counts"] == edges["bars"] == 6
        assert edges["widest"] <= edges["first"] and edges["last"] <= edges["end"]


@pytest.mark.parametrize("width", [360, 390])
def test_the_menu_is_one_line_on_a_phone_and_no_date_is_broken(browser: Browser, site: str, width: int) -> None:
    with Watched(browser, width, "light") as watched:
        watched.page.goto(site + KINDS["calendar"])
        tops = watched.page.eval_on_selector_all(".bar nav a", "links => links.map((one) => one.offsetTop)")
        assert len(tops) == 6 and len(set(tops)) == 1
        lines = watched.page.eval_on_selector_all(".date", "dates => dates.map((one) => one.getClientRects().length)")
        assert len(lines) > 20 and set(lines) == {1}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: str, scheme: str) -> None:
    axe = Axe().axe_script
    with Watched(browser, 1440, scheme) as watched:
        checked = 0
        for kind in KINDS if scheme == "light" else IN_THE_DARK:
            watched.page.goto(site + KINDS[kind])
            watched.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            watched.page.evaluate(axe)
            found = watched.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            checked += len(found["passes"])
            told = [
                f"{v['id']}: {v['nodes'][0]['target']} {v['nodes'][0].get('failureSummary')}"
                for v in found["violations"]
            ]
            assert told == [], f"{kind}: {told}"
        assert checked > 100


def test_axe_finds_nothing_on_a_phone(browser: Browser, site: str) -> None:
    axe = Axe().axe_script
    with Watched(browser, 390, "light") as watched:
        for kind in ("edition", "unit"):
            watched.page.goto(site + KINDS[kind])
            watched.page.evaluate(axe)
            found = watched.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            assert found["passes"] and [v["id"] for v in found["violations"]] == [], kind


def test_the_table_sorts_by_keyboard_and_says_so(browser: Browser, site: str) -> None:
    with Watched(browser, 1440, "light") as watched:
        page = watched.page
        page.goto(site + KINDS["edition"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        first = "document.querySelector('#ranking tbody:not(.whole) tr .c-{}').textContent.trim()"
        assert page.evaluate(first.format("rank")) == "1"
        page.focus("#ranking th.c-growth button")
        page.keyboard.press("Enter")
        assert page.get_attribute("#ranking th.c-growth", "aria-sort") == "descending"
        rates = page.eval_on_selector_all(
            "#ranking tbody:not(.whole) td.c-growth", "cells => cells.map((cell) => parseFloat(cell.textContent))"
        )
        assert len(rates) == 9 and rates == sorted(rates, reverse=True)
        page.keyboard.press("Space")
        assert page.get_attribute("#ranking th.c-growth", "aria-sort") == "ascending"
        assert page.get_attribute("#ranking th.c-rank", "aria-sort") == "none"
        assert watched.troubles == []


def test_the_race_steps_plays_and_pauses(browser: Browser, site: str) -> None:
    with Watched(browser, 1440, "light", reduced_motion="reduce") as watched:
        page = watched.page
        page.goto(site + KINDS["edition"])
        assert page.is_visible("#race") and page.inner_text("#race output").startswith("6月")
        page.focus("#race [data-do=next]")
        page.keyboard.press("Enter")
        assert page.inner_text("#race output").startswith("2月")
        page.click("#race [data-do=back]")
        assert page.inner_text("#race output").startswith("6月")
        page.click("#race [data-do=play]")
        assert "Pause" in page.inner_text("#race [data-do=play]") and page.inner_text("#race output").startswith("2月")
        page.click("#race [data-do=play]")
        assert "Play" in page.inner_text("#race [data-do=play]")
        moved = page.evaluate("getComputedStyle(document.querySelector('#race rect')).transitionDuration")
        assert moved == "0s"
        assert watched.troubles == []


def test_everything_reads_without_a_script(browser: Browser, site: str) -> None:
    with Watched(browser, 390, "light", java_script_enabled=False) as watched:
        page = watched.page
        page.goto(site + KINDS["edition"])
        assert page.locator("#ranking tbody tr").count() == 10
        assert page.locator("svg.chart").count() >= 6
        assert page.locator("#race").is_hidden() and page.locator(".controls").is_hidden()


def test_hundreds_of_units_are_paged_found_and_grouped(
    browser: Browser, year: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("many")
    names = tuple(f"{n}号县" for n in range(250))
    programme = year.publish_year(home, (3,), names)
    with served(home, programme) as site, Watched(browser, 1440, "light") as watched:
        page = watched.page
        page.goto(site + "/2022-03/")
        assert page.locator("#ranking tbody:not(.whole) tr").count() == 100
        assert page.inner_text(".pager .page") == "1 / 3"
        page.click(".pager [data-step='1']")
        assert page.inner_text(".pager .page") == "2 / 3"
        page.fill(".controls input", "249号")
        assert page.locator("#ranking tbody:not(.whole) tr").count() == 1
        assert page.is_hidden(".pager") and "1 个地区" in page.inner_text(".count")
        assert watched.troubles == []


def test_print_is_landscape_with_repeated_heads(browser: Browser, site: str) -> None:
    with Watched(browser, 1440, "light") as watched:
        page = watched.page
        page.goto(site + KINDS["edition"])
        page.emulate_media(media="print")
        assert (
            page.evaluate("getComputedStyle(document.querySelector('#ranking thead')).display") == "table-header-group"
        )
        assert page.is_hidden(".bar nav") and page.is_hidden("#race")
        assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
