"""Editions that the program of 25 November 2026 published: their documents say less, and are shown with what they say."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipelines.model.periods import Period
from pipelines.publish.bulletin_text import BulletinNames, bulletin_text, summary_rows
from pipelines.publish.differences import changes
from pipelines.publish.edition_context import BilingualText
from pipelines.publish.figures import display
from pipelines.publish.older_documents import completed
from pipelines.publish.site import KeptDrawings, SiteSource, build_tree, number_revisions, read_published

from . import published_year

THEN = {
    "edition": "basis city content_hash demonstration drafted_at edition edition_number findings indicator measure method method_version "
    "parameters period programme published_at scope signatures simulated state units",
    "city": "base growth growth_official name name_en rank_growth_province rank_level_province total_investment_growth unit ytd",
    "unit": "annual_target base contribution deductions growth growth_official growth_rank indicators month name pull_pp rank remarks "
    "schedule_completion score shrunk_growth state unit workdays_late ytd",
}
"""Fields of a document as that version wrote them."""


def as_then(document: dict[str, Any]) -> dict[str, Any]:
    def kept(row: dict[str, Any], kind: str) -> dict[str, Any]:
        return {name: row[name] for name in THEN[kind].split() if name in row}

    old = kept(document, "edition")
    return {**old, "city": kept(document["city"], "city"), "units": [kept(unit, "unit") for unit in document["units"]]}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[Path]]:
    """The programme, and the folders of three months: two of then (the later scored), one of today."""
    home = tmp_path_factory.mktemp("older")
    made = published_year.publish_year(home, months=(3, 4, 5))
    folders = sorted((home / "editions").glob("*/*/published"))
    for folder in folders[:2]:
        text = json.dumps(as_then(json.loads((folder / "ranking.json").read_bytes())), ensure_ascii=False).encode()
        (folder / "ranking.json").write_bytes(text)
        manifest = json.loads((folder / "manifest.json").read_bytes())
        manifest["files"]["ranking.json"] = {"sha256": sha256(text).hexdigest(), "bytes": len(text)}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return made, folders


@pytest.mark.parametrize("months", [1, 2, 3])
def test_the_site_shows_them(year: tuple[Any, list[Path]], tmp_path: Path, months: int) -> None:
    made, folders = year
    editions = number_revisions(read_published(folder) for folder in folders[:months])
    tree = dict(build_tree(SiteSource(made, editions, drawings=KeptDrawings(tmp_path, {}))))
    page = tree["2022-03/index.html"].decode()
    assert "东县" in page and "KeyError" not in page
    assert tree["2022-03/r0/files/ranking.json"] == (folders[0] / "ranking.json").read_bytes(), "as it was signed"
    assert f"units/{published_year.code_of(0)}/index.html" in tree


def test_what_they_do_not_say_is_not_known(year: tuple[Any, list[Path]]) -> None:
    old = read_published(year[1][0]).document
    assert {unit["name_en"] for unit in old["units"]} == set(published_year.NAMES)
    assert {unit["unanswered"]["queries"] for unit in old["units"]} == {None}
    today = json.loads((year[1][2] / "ranking.json").read_bytes())
    assert completed(today) is today


def test_bulletin_and_comparison_are_made_of_them(year: tuple[Any, list[Path]]) -> None:
    made, folders = year
    old, new = (read_published(folder).document for folder in folders[1:])
    whole, above = BilingualText("全市", "the city"), BilingualText("全省", "the province")
    names = BulletinNames(BilingualText("投资", "investment"), whole, above, display(made.measure("wan_yuan")))
    assert "东县" in str(bulletin_text(old, Period(2022, 4), names))
    assert len(summary_rows(old, names.display)[1]) == len(published_year.NAMES)
    assert changes(old, new, True), "months differ"
