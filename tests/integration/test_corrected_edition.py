"""A late file after publication, in a programme without a freeze: a second edition that lists every cell it changed."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.flow.month.build_site import build_site, rebuild_after_publication
from pipelines.flow.month.run_month import run_month
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.settings import REPOSITORY, Settings

MONTH = Period(2023, 6)
COUNTIES = {"01001": ("3000000", "2000000"), "01003": ("1500000", "1500000"), "01005": ("1200000", "1000000")}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    folder = tmp_path / "programme"
    shutil.copytree(REPOSITORY / "tests" / "programmes" / "permits", folder)
    units = (folder / "units.csv").read_text(encoding="utf-8").splitlines()
    (folder / "units.csv").write_text("\n".join(units[:4]) + "\n", encoding="utf-8")
    return open_context(Settings(home=tmp_path / "home", workers=1), str(folder))


def send(folder: Path, county: str, ytd: str, day: int) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / f"{county}-{day}.csv"
    head = "period,unit_code,unit_name,indicator,ytd,ytd_last_year,measure"
    rows = (
        f"2023-06,{county},X,permits_value,{ytd},{COUNTIES[county][1]},USD",
        f"2023-06,{county},X,permits_units,7,7,dwellings",
    )
    file.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    moment = datetime(2023, 7, day, 12, tzinfo=UTC).timestamp()
    os.utime(file, (moment, moment))


def test_the_second_edition_says_what_changed(context: Context, tmp_path: Path) -> None:
    inbox = tmp_path / "sent"
    for county in ("01001", "01003"):
        send(inbox, county, COUNTIES[county][0], 5)
    first = run_month(context, MONTH, datetime(2023, 7, 20, tzinfo=UTC), inbox, sign_off_as="demo")
    assert (first.state, first.edition) == ("published", "2023-06-e1"), first.reason
    page = Path(first.path or "").read_bytes()
    assert "corrects" not in json.loads((Path(first.path or "").parent / "ranking.json").read_bytes())

    send(inbox, "01003", "4500000", 21)
    send(inbox, "01005", COUNTIES["01005"][0], 21)
    second = run_month(context, MONTH, datetime(2023, 7, 25, tzinfo=UTC), inbox, sign_off_as="demo")
    assert (second.state, second.edition) == ("published", "2023-06-e2"), second.reason
    folder = Path(second.path or "").parent
    document = json.loads((folder / "ranking.json").read_bytes())
    assert document["corrects"] == "2023-06-e1"
    changed = {(c["unit"], c["field"]): (c["before"], c["after"]) for c in document["changes"]}
    assert changed["01003", "ytd"] == ("1500000", "4500000") and changed["01003", "rank"] == (2, 1)
    assert changed["01001", "rank"] == (1, 2) and ("01001", "ytd") not in changed
    assert changed["01005", "state"] == ("missing", "scored")
    for name in ("index.html", "notes.txt"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "2023-06-e1" in text and "1500000 → 4500000" in text, name
    assert Path(first.path or "").read_bytes() == page, "the published edition stays readable as it was"
    assert [e.state for e in context.warehouse.editions("2023-06")] == ["published", "published"]
    context.warehouse.close()


def test_the_site_follows_each_publication_and_never_undoes_one(context: Context, tmp_path: Path) -> None:
    inbox, site = tmp_path / "sent", context.settings.site
    for county in ("01001", "01003"):
        send(inbox, county, COUNTIES[county][0], 5)
    first = datetime(2023, 7, 20, tzinfo=UTC)
    assert run_month(context, MONTH, first, inbox, sign_off_as="demo").state == "published"
    send(inbox, "01003", "4500000", 21)
    second = datetime(2023, 7, 25, tzinfo=UTC)
    run = run_month(context, MONTH, second, inbox, sign_off_as="demo")
    assert run.state == "published"

    assert build_site(context, first - timedelta(minutes=1)).editions == 0
    assert "尚未发布" in (site / "index.html").read_text(encoding="utf-8")
    assert build_site(context, first).editions == 1
    assert not (site / "2023-06" / "r1").exists()
    before = (site / "2023-06" / "r0" / "files" / "ranking.json").read_bytes()
    assert rebuild_after_publication(context, second) == ""
    assert (site / "2023-06" / "r1" / "index.html").is_file()
    assert (site / "2023-06" / "r0" / "files" / "ranking.json").read_bytes() == before
    failures = context.settings.editions / "2023-06" / "2023-06-e2" / "rule_failures.json"
    recorded = json.loads(failures.read_bytes())
    assert recorded["edition"] == "2023-06-e2" and any(rule["rows"] for rule in recorded["rules"])
    failures.write_text(json.dumps({**recorded, "rules": [{"rule": "Z99", "rows": 10, "failed": 5}]}), encoding="utf-8")
    build_site(context, second)
    assert "Z99" in (site / "quality" / "index.html").read_text(encoding="utf-8"), "what was recorded stays"
    assert build_site(context, second).written == 0

    changed = Path(run.path or "").parent / "notes.txt"
    kept = changed.read_bytes()
    changed.write_text("x", encoding="utf-8")
    told = rebuild_after_publication(context, second)
    assert "notes.txt" in told and "saima site build" in told
    edition = context.warehouse.edition(str(MONTH))
    assert edition is not None and edition.state == "published"
    changed.write_bytes(kept)
    (context.settings.editions / "2023-06" / "2023-06-e9").mkdir()
    shutil.copytree(changed.parent, context.settings.editions / "2023-06" / "2023-06-e9" / "published")
    assert build_site(context, second).editions == 2, "what the ledger does not know is not published"
    context.warehouse.close()
